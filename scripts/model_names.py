"""Writes the tables of ``podlib/models/__init__.py`` from the modules beside it.

A module's public names are its ``__all__``, or else its public classes. ``python
scripts/model_names.py`` writes; ``--check`` only says whether that would change anything.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

MODELS = Path(__file__).resolve().parent.parent / "podlib" / "models"
PRIVATE = {"_base": ["Model", "decode"]}
"""What is public of private modules, as far as it is not all."""
SKIPPED = {"__init__", "_switch", "_parameters"}
IMPORTS = ("if TYPE_CHECKING:\n", "\n_MODULES = {\n")
TABLE = ("\n_MODULES = {\n", "}\n_HOME = ")


def public_names(module: Path) -> list[str]:
    """What ``podlib.models`` offers of a module."""
    if module.stem in PRIVATE:
        return PRIVATE[module.stem]
    tree = ast.parse(module.read_text())
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return sorted(ast.literal_eval(node.value))
    classes = (node.name for node in tree.body if isinstance(node, ast.ClassDef))
    return sorted(name for name in classes if not name.startswith("_"))


def written(text: str) -> str:
    """The module's text with both tables made anew."""
    modules = {
        path.stem: public_names(path)
        for path in sorted(MODELS.glob("*.py"))
        if path.stem not in SKIPPED
    }
    imports = "".join(
        f"    from .{module} import {name} as {name}\n"
        for module, names in modules.items()
        for name in names
    )
    table = "".join(f"    {module!r}: {names!r},\n" for module, names in modules.items() if names)
    text = _replaced(text, *IMPORTS, imports)
    return _formatted(_replaced(text, *TABLE, table))


def _replaced(text: str, begin: str, end: str, block: str) -> str:
    before, _, rest = text.partition(begin)
    return before + begin + block + end + rest.partition(end)[2]


def _formatted(text: str) -> str:
    for command in (["check", "-q", "--fix", "--select=I"], ["format", "-q"]):
        name = f"--stdin-filename={MODELS / '__init__.py'}"
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, name, "-"],
            input=text,
            capture_output=True,
            text=True,
            check=True,
        )
        text = done.stdout
    return text


def main() -> int:
    """Write or check; the exit status."""
    file = MODELS / "__init__.py"
    text = file.read_text()
    new = written(text)
    if "--check" not in sys.argv[1:]:
        file.write_text(new)
    elif new != text:
        print(f"{file.name} of podlib.models is not what its modules say: run `make generate`")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

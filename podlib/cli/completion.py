"""Completion for shells: what may come next is asked of podlib itself."""

from __future__ import annotations

import shlex
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from podlib.errors import PodmanError

from .call import Call, Command
from .commands import HOMES, NAMES, command
from .documents import listed
from .parser import Parser, global_options

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

SCRIPTS = {
    "bash": """\
_podlib() {
    local IFS=$'\\n'
    COMPREPLY=($(podlib __complete bash "${COMP_LINE:0:COMP_POINT}" 2>/dev/null))
}
complete -o default -F _podlib podlib
""",
    "zsh": """\
#compdef podlib
_podlib() {
    local -a found
    found=("${(@f)$(podlib __complete zsh "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    if [[ -n "${found[*]}" ]]; then compadd -Q -- "${found[@]}"; else _files; fi
}
if [[ "$funcstack[1]" == _podlib ]]; then _podlib "$@"; else compdef _podlib podlib; fi
""",
    "fish": """\
function __podlib_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l found (podlib __complete fish $words[2..-1] 2>/dev/null)
    if set -q found[1]
        string join \\n -- $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c podlib -f -a '(__podlib_complete)'
""",
}


def _options(parser: Parser) -> None:
    parser.add_argument("shell", choices=[*SCRIPTS], help="which shell it is for")


def _completion(call: Call) -> object:
    return SCRIPTS[call.options.shell]


# -- what may come next --------------------------------------------------------------------------


def _complete(call: Call) -> object:
    """The words after the command's own, the last of which is being typed."""
    shell, *words = call.options.words
    if shell != "bash":
        return _that_fit(words or [""], call)
    # Its words end at colons and equal signs: the whole line is told, the ends are wanted.
    words = _split(words[0])
    known = max(words[-1].rfind(":"), words[-1].rfind("=")) + 1
    return [word[known:] for word in _that_fit(words, call)]


def _split(line: str) -> list[str]:
    """The words of a line behind the first, with an empty one where a new word begins."""
    try:
        words = shlex.split(line)
    except ValueError:  # within a quotation
        words = line.split()
    return [*words[1:], *([""] if line[-1:].isspace() else [])] or [""]


def _that_fit(words: Sequence[str], call: Call) -> list[str]:
    *before, typed = words
    option, equals, value = typed.partition("=")
    if equals and option.startswith("--"):
        values = candidates([*before, option], call, flags=False)
        return [f"{option}={each}" for each in values if each.startswith(value)]
    found = candidates(before, call, flags=typed.startswith("-"))
    return [word for word in found if word.startswith(typed)]


def candidates(before: Sequence[str], call: Call, *, flags: bool) -> Iterable[str]:
    """All that may follow the words ``before``. Files are the shell's business."""
    ours, words = _global_parser().words_of_another(before, 0)
    for option, value in pairwise(ours):
        if option in ("--socket", "--connection"):  # what the line says is heeded
            setattr(call.options, option.removeprefix("--"), value)
    name, behind = (words[0], words[1:]) if words else ("", ours)
    parser = _parser(name)
    if parser is None:
        return []
    last = parser.option(behind[-1]) if behind else None
    if last is not None and last.nargs != 0:
        return _choices(last)
    if flags:
        return _flags(parser)
    return _of_positional(parser, behind, call) if name else NAMES


def _global_parser() -> Parser:
    parser = Parser("podlib", "")
    global_options(parser)
    return parser


def _parser(name: str) -> Parser | None:
    """That of a command, or of what stands before; None for a command that does not exist."""
    parser = _global_parser()
    if name and name not in HOMES:
        return None
    if name and (add := command(name).options) is not None:
        add(parser)
    return parser


def _choices(action: argparse.Action) -> list[str]:
    return [str(each) for each in action.choices or ()]


def _flags(parser: Parser) -> list[str]:
    return [flag for flag in parser.options() if flag.startswith("--")]


def _of_positional(parser: Parser, behind: Sequence[str], call: Call) -> list[str]:
    """What the next argument may be that is no option."""
    place = 0
    _, left = parser.words_of_another(behind, 0)
    while left:
        place += 1
        _, left = parser.words_of_another(left[1:], 0)
    expected = parser.positionals()[place : place + 1]
    return [word for each in expected for word in [*_choices(each), *_existing(each, call)]]


_LISTS: dict[str, tuple[str, dict[str, object], str]] = {
    "CONTAINER": ("containers/json", {"all": True}, "Names"),
    "IMAGE": ("images/json", {}, "RepoTags"),
}


def _existing(action: argparse.Action, call: Call) -> list[str]:
    """The names that the service has; none if it does not answer."""
    if action.metavar not in _LISTS:
        return []
    route, query, member = _LISTS[str(action.metavar)]
    try:
        found: list[dict[str, Any]] = call.get(route, **query)
    except PodmanError:
        return []
    return [name for each in found for name in listed(each.get(member))]


def _show_words(data: list[str]) -> str:
    return "\n".join(data)


COMMANDS = {
    "completion": Command(
        "what makes a shell complete podlib's words",
        _completion,
        options=_options,
        examples=(
            "  podlib completion bash > ~/.local/share/bash-completion/completions/podlib\n"
            "  podlib completion zsh > ~/.zfunc/_podlib\n"
            "  podlib completion fish > ~/.config/fish/completions/podlib.fish\n"
            "  source <(podlib completion bash)   # for this shell only"
        ),
        always_text=True,
    ),
    "__complete": Command(
        "the words that may come next", _complete, _show_words, own_words=-1, always_text=True
    ),
}

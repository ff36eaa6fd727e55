"""Writes the blocking flavour from the asyncio flavour, word by word.

``python scripts/unasync.py`` writes; ``--check`` compares instead, and fails on a file that
differs or has no source, on a rule that nothing uses, and on an async word that is left.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TREES = {
    "podlib/_async": "podlib/_sync",
    "podlib/docker/_async": "podlib/docker/_sync",
    "tests/live/_async": "tests/live/_sync",
}

WORDS = {
    "async def": "def",
    "async with": "with",
    "async for": "for",
    "await ": "",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "anext": "next",
    "asynccontextmanager": "contextmanager",
    "aclose": "close",
    "AsyncExitStack": "ExitStack",
    "enter_async_context": "enter_context",
    "AbstractAsyncContextManager": "AbstractContextManager",
    "AsyncGenerator": "Generator",
    "AsyncIterator": "Iterator",
    "AsyncBaseTransport": "BaseTransport",
    "AsyncArtifacts": "Artifacts",
    "AsyncContainerAttach": "ContainerAttach",
    "AsyncContainerCheckpoints": "ContainerCheckpoints",
    "AsyncContainerFiles": "ContainerFiles",
    "AsyncContainerLife": "ContainerLife",
    "AsyncContainerWatching": "ContainerWatching",
    "AsyncContainers": "Containers",
    "AsyncBuilder": "Builder",
    "AsyncDocker": "Docker",
    "AsyncDockerClient": "DockerClient",
    "AsyncDockerContainerAttach": "DockerContainerAttach",
    "AsyncDockerContainerFiles": "DockerContainerFiles",
    "AsyncDockerContainerLife": "DockerContainerLife",
    "AsyncDockerContainerWatching": "DockerContainerWatching",
    "AsyncDockerContainers": "DockerContainers",
    "AsyncDockerExec": "DockerExec",
    "AsyncDockerImageArchives": "DockerImageArchives",
    "AsyncDockerImageBuilding": "DockerImageBuilding",
    "AsyncDockerImageTransfer": "DockerImageTransfer",
    "AsyncDockerImages": "DockerImages",
    "AsyncDockerLink": "DockerLink",
    "AsyncDockerNetworks": "DockerNetworks",
    "AsyncDockerSecrets": "DockerSecrets",
    "AsyncDockerSystem": "DockerSystem",
    "AsyncDockerVerbs": "DockerVerbs",
    "AsyncDockerVolumes": "DockerVolumes",
    "AsyncExec": "Exec",
    "AsyncExecSession": "ExecSession",
    "AsyncExport": "Export",
    "AsyncFence": "Fence",
    "AsyncGenerate": "Generate",
    "AsyncGroup": "Group",
    "AsyncGroupRecovery": "GroupRecovery",
    "AsyncImageArchives": "ImageArchives",
    "AsyncImageBuilding": "ImageBuilding",
    "AsyncImageStore": "ImageStore",
    "AsyncImageTransfer": "ImageTransfer",
    "AsyncImages": "Images",
    "AsyncKube": "Kube",
    "AsyncLink": "Link",
    "AsyncMadePlaces": "MadePlaces",
    "AsyncManifests": "Manifests",
    "AsyncMove": "Move",
    "AsyncNetworks": "Networks",
    "AsyncPodman": "Podman",
    "AsyncPods": "Pods",
    "AsyncProjectLoading": "ProjectLoading",
    "AsyncProjectSaving": "ProjectSaving",
    "AsyncQuadlets": "Quadlets",
    "AsyncRawConnection": "RawConnection",
    "AsyncResponse": "Response",
    "AsyncRecovery": "Recovery",
    "AsyncRuntime": "Runtime",
    "AsyncRuntimeBuilding": "RuntimeBuilding",
    "AsyncRuntimeCheckpoints": "RuntimeCheckpoints",
    "AsyncRuntimeContainers": "RuntimeContainers",
    "AsyncRuntimeCore": "RuntimeCore",
    "AsyncRuntimeExec": "RuntimeExec",
    "AsyncRuntimeHealth": "RuntimeHealth",
    "AsyncRuntimeImages": "RuntimeImages",
    "AsyncRuntimeNetworks": "RuntimeNetworks",
    "AsyncRuntimeProjects": "RuntimeProjects",
    "AsyncFeed": "Feed",
    "AsyncImageBuild": "ImageBuild",
    "AsyncSecrets": "Secrets",
    "AsyncSession": "Session",
    "AsyncSystem": "System",
    "AsyncTransportClient": "TransportClient",
    "AsyncUnloading": "Unloading",
    "AsyncUnixClient": "UnixClient",
    "AsyncSocketWay": "SocketWay",
    "AsyncFileWay": "FileWay",
    "AsyncRegistryWay": "RegistryWay",
    "AsyncVerbs": "Verbs",
    "AsyncVolumes": "Volumes",
    "async_load_checkpoint": "load_checkpoint",
    "async_load_project": "load_project",
    "async_migrate": "migrate",
    "async_migrate_pod": "migrate_pod",
    "async_migrate_project": "migrate_project",
    "async_plan_migration": "plan_migration",
    "async_plan_pod_migration": "plan_pod_migration",
    "async_plan_project_migration": "plan_project_migration",
    "async_recover_migration": "recover_migration",
    "async_save_checkpoint": "save_checkpoint",
    "client_async": "client_sync",
    "async_save_project": "save_project",
    "flow_async": "flow_sync",
    "podlib._async": "podlib._sync",
    "podlib.docker._async": "podlib.docker._sync",
    "unix_async": "unix_sync",
    "The asyncio flavour: the one that is written. ``_sync`` is generated from it.": (
        "The blocking flavour: generated from ``_async``."
    ),
}
_RULES = [
    (word, re.compile(rf"(?<!\w){re.escape(word)}" + (r"(?!\w)" if word[-1].isalnum() else "")), to)
    for word, to in WORDS.items()
]
_LEFTOVER = re.compile(r"\b(?:async|await|asyncio|Async\w+|a(?:enter|exit))\b")


def generate(folder: Path) -> set[str]:
    """Write all trees below ``folder``; the rules that were used."""
    used: set[str] = set()
    for source_tree, target_tree in TREES.items():
        for source in sorted((ROOT / source_tree).rglob("*.py")):
            name = source.relative_to(ROOT / source_tree)
            target = folder / target_tree / name
            target.parent.mkdir(parents=True, exist_ok=True)
            text, words = convert(source.read_text())
            used |= words
            target.write_text(f"# Generated from {source_tree}/{name}: edit there.\n{text}")
    _format(folder)
    return used


def convert(text: str) -> tuple[str, set[str]]:
    """The text in its blocking flavour, and the rules that it needed."""
    used: set[str] = set()
    for word, pattern, to in _RULES:
        text, count = pattern.subn(to, text)
        if count:
            used.add(word)
    return text, used


def _format(folder: Path) -> None:
    trees = [str(folder / tree) for tree in TREES.values() if (folder / tree).exists()]
    config = ["--config", str(ROOT / "pyproject.toml")]
    ruff = [sys.executable, "-m", "ruff"]
    subprocess.run(
        [*ruff, "check", "-q", "--fix", "--select=I,SIM117", *config, *trees], check=True
    )
    subprocess.run([*ruff, "format", "-q", *config, *trees], check=True)


def _contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for tree in TREES.values()
        for path in sorted((folder / tree).rglob("*.py"))
    }


def check() -> list[str]:
    """What is wrong with the generated trees."""
    with tempfile.TemporaryDirectory() as name:
        fresh = Path(name)
        used = generate(fresh)
        wanted, found = _contents(fresh), _contents(ROOT)
    problems = [f"{path}: has no source" for path in found.keys() - wanted.keys()]
    problems += [f"{path}: is missing" for path in wanted.keys() - found.keys()]
    problems += [
        f"{path}: differs from its source"
        for path in wanted.keys() & found.keys()
        if wanted[path] != found[path]
    ]
    problems += [f"rule {word!r} is used by nothing" for word in WORDS.keys() - used]
    for path, text in wanted.items():
        body = text.partition("\n")[2]
        if leftover := _LEFTOVER.search(body):
            problems.append(f"{path}: {leftover[0]!r} is left")
    return sorted(problems)


def main() -> int:
    """Write or check; the exit status."""
    if "--check" not in sys.argv[1:]:
        generate(ROOT)
        return 0
    problems = check()
    for problem in problems:
        print(problem)
    if problems:
        print("run `make generate`, or mend scripts/unasync.py")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

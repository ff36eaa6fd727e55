"""The options of ``run``: from the words of the command line to those of a new container."""

from __future__ import annotations

import json
import os
import shlex
from typing import TYPE_CHECKING, Any, cast

from podlib.errors import ParameterError

from .failures import UsageError
from .times import span

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from podlib import models

    from .parser import Parser

RELABELS = {"z": "z", "Z": "Z", "shared": "z", "private": "Z"}
PROPAGATIONS = ("private", "rprivate", "shared", "rshared", "slave", "rslave", "unbindable")


def add_options(parser: Parser) -> None:
    """What ``run`` takes."""
    add = parser.add_argument
    add("image", metavar="IMAGE", help="its name or id; COMMAND follows it")
    add("--name", help="the container's name (default: the server chooses one)")
    add("--entrypoint", help="instead of the image's: a program, or a JSON list of words")
    parser.flag("--detach", "-d", help="accepted: the command waits for the end in any case")
    add("--port", "-p", action="append", default=[], metavar="HOST:CONTAINER", help="publish it")
    add(
        *("--env", "-e"),
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a variable; KEY alone has the value that it has here",
    )
    add("--volume", "-v", action="append", default=[], metavar="SRC:DST[:OPTS]", help="mount it")
    add(
        *("--mount", "-m"),
        action="append",
        default=[],
        metavar="SOURCE:TARGET[:RELABEL,PROPAGATION,SIZE]",
        help="mount it: Z or z, rshared and so on; SIZE is for the source tmpfs",
    )
    add(
        *("--run-command", "-c"),
        nargs="+",
        metavar="WORD",
        help="the command, instead of COMMAND, up to the next option or --; one word is taken "
        "apart as a shell does",
    )
    parser.flag("--no-auto-remove", help="keep the container when it has ended")
    add(
        *("--network-mode", "--network"),
        dest="network",
        default="none",
        help="none, host, bridge, a network's name and so on (default: none)",
    )
    add("--memory", default="20m", metavar="SIZE", help="units are b, k, m, g (default: 20m)")
    add(
        "--memory-swap",
        default="20m",
        metavar="SIZE",
        help="memory and swap together, at least --memory (default: 20m); -1 is no limit",
    )
    add("--cpus", type=float, default=0.5, metavar="NUMBER", help="(default: 0.5)")
    add(
        "--timeout",
        default="5",
        metavar="SECONDS",
        help="then the container is killed (default: 5; 0: never)",
    )
    add("--workdir", "-w", metavar="FOLDER", help="where in the container the command runs")


def timeout(options: argparse.Namespace) -> float | None:
    """The limit in seconds; None for none."""
    return span(options.timeout) or None


def container_options(options: argparse.Namespace) -> models.ContainerOptions:
    """The options as ``containers.create`` takes them."""
    wanted: dict[str, Any] = {
        "name": options.name,
        "command": _command(options),
        "entrypoint": _entrypoint(options.entrypoint),
        "env": _env(options.env),
        "mounts": [
            *(_volume(text) for text in options.volume),
            *(_mount(text) for text in options.mount),
        ],
        "ports": options.port,
        "network": options.network,
        "workdir": options.workdir,
        "cpus": options.cpus or None,
        **_memory(options.memory, options.memory_swap),
    }
    if options.port and options.network == "none":
        raise UsageError(
            "--port: a container without a network has no ports",
            advice="add a network, such as --network bridge",
        )
    given = {name: value for name, value in wanted.items() if value not in (None, [], {})}
    if options.entrypoint == "":
        given["entrypoint"] = []
    return cast("models.ContainerOptions", given)  # containers.create checks them


def _command(options: argparse.Namespace) -> list[str]:
    words, instead = options.words, options.run_command
    if not instead:
        return [*words]
    if words:
        raise UsageError("--run-command: the command is there already, behind the image")
    if len(instead) > 1:
        return [*instead]
    try:
        return shlex.split(instead[0])
    except ValueError as error:
        raise UsageError(f"--run-command: {instead[0]!r}: {error}") from None


def _entrypoint(text: str | None) -> list[str] | None:
    if not text:
        return None
    if text.startswith("["):
        try:
            words = json.loads(text)
        except ValueError:
            words = None
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):  # pyright: ignore[reportUnknownVariableType] -- JSON is anything
            raise UsageError(f"--entrypoint: {text!r} is no JSON list of words")
        return [str(word) for word in words]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] -- they are texts
    return [text]


def _env(texts: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not name:
            raise UsageError(f"--env: {text!r} is not KEY=VALUE")
        if equals:
            found[name] = value
        elif name in os.environ:
            found[name] = os.environ[name]
    return found


# -- mounts --------------------------------------------------------------------------------------


def _volume(text: str) -> models.Mount:
    from podlib.models import Mount

    source, colon, rest = text.partition(":")
    if not colon or not source or not rest:
        raise UsageError(f"--volume: {text!r} is not SRC:DST or SRC:DST:OPTS")
    return Mount.parse(f"{_source(source)}:{rest}")


def _source(text: str) -> str:
    """A path that begins with a dot is one of this folder's, as Podman has it."""
    return os.path.abspath(text) if text.startswith(".") else text  # noqa: PTH100 -- Path keeps the dots


def _mount(text: str) -> models.Mount:
    from podlib.models import Mount

    fields = text.split(":")
    if len(fields) not in (2, 3) or not fields[0] or not fields[1]:
        raise UsageError(f"--mount: {text!r} is not SOURCE:TARGET[:RELABEL,PROPAGATION,SIZE]")
    source, target, *rest = fields
    options, size = _mount_words(text, rest[0].split(",") if rest else [])
    if source == "tmpfs":
        return Mount(type="tmpfs", target=target, options=options, size=size)
    if size is not None:
        raise UsageError(f"--mount: {text!r}: only the source tmpfs has a size")
    source = _source(source)
    if source.startswith("/"):
        return Mount(type="bind", source=source, target=target, options=options)
    return Mount(source=source, target=target, options=options)


def _mount_words(text: str, words: Sequence[str]) -> tuple[list[str], str | None]:
    """Options and size. The first word that can be a relabel is one, the second no more."""
    options: list[str] = []
    size = None
    for place, word in enumerate(words):
        if place == 0 and word in RELABELS:
            options.append(RELABELS[word])
        elif word in PROPAGATIONS or word in ("ro", "rw"):
            options.append(word)
        elif word[:1].isdigit() or word.startswith("size="):
            size = word.removeprefix("size=")
        elif word:
            raise UsageError(
                f"--mount: {text!r}: {word!r} is neither a relabel (Z, z) nor a propagation "
                f"({', '.join(PROPAGATIONS)}) nor a size"
            )
    return options, size


# -- limits --------------------------------------------------------------------------------------


def _memory(memory: str, swap: str) -> dict[str, int]:
    """Both limits in bytes; no memory limit, no limit of both together."""
    limit = _size("--memory", memory)
    if limit == 0:
        return {}
    both = -1 if swap == "-1" else max(_size("--memory-swap", swap), limit)
    return {"memory": limit, "memory_swap": both}


def _size(option: str, text: str) -> int:
    from podlib.models._parameters import size_in_bytes

    try:
        return size_in_bytes(option, text)
    except ParameterError:
        raise UsageError(
            f"{option}: {text!r} is no size, such as 20m; units are b, k, m, g"
        ) from None

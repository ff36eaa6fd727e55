"""``migrate``: a running container moves to another host."""

from __future__ import annotations

import sys
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from .call import Command
from .failures import UsageError
from .streams import STDERR, is_terminal

if TYPE_CHECKING:
    from collections.abc import Callable

    from podlib import models

    from .call import Call
    from .parser import Parser

_MOVE_OPTIONS = {
    "--tcp-established": "move open TCP connections too, to a host of the same address",
    "--tcp-close": "close them at the target",
    "--file-locks": "move processes that hold file locks too",
    "--ignore-root-fs": "leave what was changed in the image's files",
    "--ignore-volumes": "leave the content of its named volumes",
    "--ignore-static-ip": "let the target choose the address",
    "--ignore-static-mac": "let the target choose the MAC address",
    "--leave-running": "make a copy: both run then",
}


def _options(parser: Parser) -> None:
    add = parser.add_argument
    add("container", metavar="CONTAINER", nargs="?", help="its name or id")
    add("target", metavar="TARGET", nargs="?", help="a socket, a URI, or a connection's name")
    add(
        "--as",
        dest="kind",
        choices=("container", "project", "pod"),
        default="container",
        help="CONTAINER names a compose project, or a pod: all of its containers move, or none",
    )
    parser.flag("--dry-run", help="only say what would be done, and what is in the way")
    parser.flag("--recover", help="finish or undo what a killed command left")
    add("--journal", metavar="PATH", help="a file for --recover, there while it moves")
    add("--through-file", metavar="PATH", help="by an archive here, with a manifest beside it")
    add("--compress", choices=("none", "gzip", "zstd"), default="none", help="that archive")
    add("--through-registry", metavar="REGISTRY/NAME:TAG", help="as an image that both reach")
    parser.flag("--no-tls-verify", help="allow that registry to be without TLS")
    parser.flag("--keep", help="keep the archive, or the image on both hosts")
    add("--name", help="another name at the target, with a new id")
    add("--pod", help="a pod at the target that it goes into")
    add("--publish", "-p", action="append", default=[], metavar="PORTS", help="other ports there")
    add("--stall", type=float, default=60.0, metavar="SECONDS", help="for a transfer (default: 60)")
    add("--answer", type=float, default=600.0, metavar="SECONDS", help="of a host (default: 600)")
    for name, what in _MOVE_OPTIONS.items():
        parser.flag(name, help=what)


def _migrate(call: Call) -> object:
    options = call.options
    if options.target is None and options.recover and options.journal:
        options.container, options.target = None, options.container
    if options.target is None or (options.container is None and not options.recover):
        raise UsageError(
            "migrate: which container, and where to?", advice="podlib migrate CONTAINER TARGET"
        )
    if options.recover and options.dry_run:
        raise UsageError("--dry-run is of a move: what --recover would do is not told")
    target = call.other(options.target)
    if options.recover:
        return _recover(call, target)
    if options.dry_run:
        return _plan(call, target)
    limits = {"stall": options.stall, "answer": options.answer}
    common = {**limits, "journal": options.journal, "progress": _progress()}
    move, _ = _calls(call)
    moved = move(options.container, call.podman, target, **common, **_move_options(call))
    return asdict(moved)


def _calls(call: Call) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """What moves it, and what plans that."""
    import podlib

    way = _way(call)
    if call.options.kind == "container":
        return partial(podlib.migrate, through=way), partial(podlib.plan_migration, through=way)
    if way is not None:
        raise UsageError("migrate: several containers go from host to host only, through nothing")
    given = call.options
    if given.name or given.pod or given.publish or given.leave_running:
        raise UsageError(
            "migrate: --name, --pod, --publish and --leave-running are of a single container"
        )
    if call.options.kind == "project":
        return podlib.migrate_project, podlib.plan_project_migration
    return podlib.migrate_pod, podlib.plan_pod_migration


def _plan(call: Call, target: Any) -> object:  # noqa: ANN401 -- a client
    _, plan_of = _calls(call)
    plan = plan_of(call.options.container, call.podman, target, **_move_options(call))
    findings = [asdict(each) for each in plan.findings]  # a group's are of all its containers
    can_move = not plan.blockers
    return {**asdict(plan), "findings": findings, "can_move": can_move, "text": str(plan)}


def _recover(call: Call, target: Any) -> object:  # noqa: ANN401 -- a client
    from podlib import recover_migration

    options = call.options
    recovered = recover_migration(
        call.podman, target, options.container, name=options.name, journal=options.journal
    )
    return asdict(recovered)


def _way(call: Call) -> models.ThroughFile | models.ThroughRegistry | None:
    from podlib.models import ThroughFile, ThroughRegistry

    options = call.options
    if options.through_file and options.through_registry:
        raise UsageError("migrate: through a file or through a registry, not both")
    if options.through_file:
        return ThroughFile(options.through_file, options.compress, options.keep)
    if options.through_registry:
        verify = False if options.no_tls_verify else None
        return ThroughRegistry(options.through_registry, options.keep, tls_verify=verify)
    if options.keep or options.compress != "none" or options.no_tls_verify:
        raise UsageError(
            "--keep, --compress and --no-tls-verify go with --through-file or --through-registry"
        )
    return None


def _move_options(call: Call) -> models.MoveOptions:
    options = call.options
    given: dict[str, Any] = {}
    for name in _MOVE_OPTIONS:
        key = name.removeprefix("--").replace("-", "_")
        if getattr(options, key):
            given[key] = True
    for key in ("name", "pod", "publish"):
        if value := getattr(options, key):
            given[key] = value
    return cast("models.MoveOptions", given)  # migrate checks them


def _progress() -> Callable[[models.MigrationProgress], object] | None:
    """On a terminal, a line for each step."""
    if not is_terminal(STDERR):
        return None

    def show(event: models.MigrationProgress) -> None:
        if not event.bytes:  # those about bytes come too often
            print(f"{event.phase:<10} {event.message}", file=sys.stderr, flush=True)

    return show


def _show(data: dict[str, Any]) -> str:
    if "text" in data:
        return str(data["text"])
    if "did" in data:
        did = "; ".join(data["did"]) or "there was nothing to do"
        return f"{data['name']} is on the {data['location']}: {did}"
    return f"{data['name']} runs on the target; it stood still for {data['frozen']:.2f} s"


COMMANDS = {
    "migrate": Command(
        "move a running container to another host",
        _migrate,
        _show,
        _options,
        "  podlib migrate web /run/other-host/podman.sock --dry-run\n"
        "  podlib --connection here migrate web there --journal web.journal\n"
        "  podlib migrate web there --recover --journal web.journal\n"
        "  podlib migrate shop there --as project\n"
        "  podlib migrate web there --through-file web.tar --compress zstd\n"
        "  podlib migrate web there --through-registry registry.example.com/checkpoints/web:1\n\n"
        "The container comes from the service that --socket or --connection names. It is never\n"
        "lost: a failure before it was seen running at the target brings it back.",
    )
}

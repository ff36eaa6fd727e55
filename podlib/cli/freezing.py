"""Commands that freeze containers and bring them back: checkpoint, restore."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from .call import Command
from .failures import UsageError

if TYPE_CHECKING:
    from .call import Call
    from .parser import Parser

_COMMON = {
    "--tcp-established": "also with open TCP connections, which are kept",
    "--file-locks": "also with file locks",
    "--ignore-root-fs": "without what was changed in the image's files",
}


# -- checkpoint ----------------------------------------------------------------------------------


def _checkpoint_options(parser: Parser) -> None:
    parser.add_argument("container", metavar="CONTAINER", help="its name or id")
    parser.add_argument(
        "--file", "-f", metavar="PATH", help="write an archive, with a manifest PATH.json"
    )
    parser.add_argument(
        "--compress", choices=("none", "gzip", "zstd"), default="none", help="the archive"
    )
    parser.flag("--leave-running", help="do not stop it")
    for name, what in _COMMON.items():
        parser.flag(name, help=what)
    parser.flag("--keep", help="without --file: keep CRIU's logs")
    parser.flag("--stats", help="without --file: tell what CRIU counted")


def _checkpoint(call: Call) -> object:
    options = call.options
    common: dict[str, Any] = {
        "leave_running": options.leave_running,
        "tcp_established": options.tcp_established,
        "file_locks": options.file_locks,
        "ignore_root_fs": options.ignore_root_fs,
    }
    if options.file is None:
        if options.compress != "none":
            raise UsageError("--compress: only an archive can be compressed, see --file")
        report = call.podman.containers.checkpoint(
            options.container, keep=options.keep, print_stats=options.stats, **common
        )
        return {"container": options.container, **_report(report)}
    if options.keep or options.stats:
        raise UsageError("--keep and --stats go without --file")
    from dataclasses import asdict

    from podlib import save_checkpoint

    manifest = save_checkpoint(
        options.container, call.podman, options.file, compression=options.compress, **common
    )
    return {"path": os.path.abspath(options.file), **asdict(manifest)}  # noqa: PTH100 -- the links in it stay


def _show_checkpoint(data: dict[str, Any]) -> str:
    if "path" not in data:
        return f"{data['container']} is frozen"
    from .tables import size

    return f"{data['name']}: {data['path']}, {size(data['size'])}"


# -- restore -------------------------------------------------------------------------------------


def _restore_options(parser: Parser) -> None:
    parser.add_argument(
        "container", metavar="CONTAINER", nargs="?", help="its name or id, or an image's"
    )
    parser.add_argument("--file", "-f", metavar="PATH", help="an archive of a checkpoint instead")
    parser.add_argument("--name", help="another name, with a new id")
    parser.add_argument(
        "--publish", "-p", action="append", default=[], metavar="PORTS", help="other ports"
    )
    for name, what in _COMMON.items():
        parser.flag(name, help=what)
    parser.flag("--tcp-close", help="close the TCP connections that it had")
    parser.flag("--ignore-volumes", help="without the content of its volumes")
    parser.flag("--ignore-static-ip", help="with another address")
    parser.flag("--ignore-static-mac", help="with another MAC address")
    parser.flag("--keep", help="keep the checkpoint")
    parser.flag("--stats", help="tell what CRIU counted")


def _restore(call: Call) -> object:
    options = call.options
    if (options.container is None) == (options.file is None):
        raise UsageError("restore: name a container, or an archive with --file")
    given: dict[str, Any] = {
        "publish": options.publish,
        "tcp_close": options.tcp_close,
        "ignore_root_fs": options.ignore_root_fs,
        "ignore_volumes": options.ignore_volumes,
        "ignore_static_ip": options.ignore_static_ip,
        "ignore_static_mac": options.ignore_static_mac,
    }
    if options.file is not None and os.path.exists(f"{options.file}.json"):  # noqa: PTH110 -- a text with an ending
        return _report(_with_manifest(call, given))
    given |= {
        "tcp_established": options.tcp_established,
        "file_locks": options.file_locks,
        "keep": options.keep,
        "print_stats": options.stats,
    }
    containers = call.podman.containers
    if options.file is None:
        report = containers.restore(options.container, new_name=options.name, **given)
    else:
        report = containers.restore_from(options.file, name=options.name, **given)
    return _report(report)


def _with_manifest(call: Call, given: dict[str, Any]) -> object:
    from podlib import load_checkpoint

    options = call.options
    for name in ("keep", "stats", "tcp_established", "file_locks"):
        if getattr(options, name):
            option = name.replace("_", "-")
            raise UsageError(
                f"--{option}: the archive has a manifest, which tells how it is restored"
            )
    return load_checkpoint(options.file, call.podman, name=options.name, **given)


def _report(report: Any) -> dict[str, Any]:  # noqa: ANN401 -- both kinds of reports
    found: dict[str, Any] = report.model_dump(mode="json", exclude_none=True)
    return found


def _show_restore(data: dict[str, Any]) -> str:
    return f"{data['id']} runs"


COMMANDS = {
    "checkpoint": Command(
        "freeze a container, here or into an archive",
        _checkpoint,
        _show_checkpoint,
        _checkpoint_options,
        "  podlib checkpoint web\n"
        "  podlib checkpoint web --file web.tar --compress gzip\n"
        "  podlib checkpoint web --file web.tar --leave-running",
    ),
    "restore": Command(
        "let a frozen container go on, or one from an archive",
        _restore,
        _show_restore,
        _restore_options,
        "  podlib restore web\n"
        "  podlib restore --file web.tar\n"
        "  podlib restore --file web.tar --name copy --publish 8081:80",
    ),
}

"""``play``: what a Kubernetes YAML describes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .call import Command
from .failures import CommandError

if TYPE_CHECKING:
    from podlib import models

    from .call import Call
    from .parser import Parser


def _options(parser: Parser) -> None:
    parser.add_argument("file", metavar="FILE", help="the YAML, or a folder with a play.yaml")
    parser.flag("--down", help="remove what it describes")
    parser.flag("--replace", help="remove pods of the same names first")
    parser.flag("--no-start", help="do not start the pods")
    parser.flag("--force", help="with --down: its volumes too")


def _play(call: Call) -> object:
    options = call.options
    source, kube = Path(options.file), call.podman.kube
    if options.down:
        return _removed(kube.down(source, force=options.force))
    report = kube.play(source, replace=options.replace, start=not options.no_start)
    if failed := [error for pod in report.pods for error in pod.container_errors]:
        raise CommandError(
            f"not all containers of {options.file} started: {'; '.join(failed)}",
            advice=f"look at them, or remove all of it: podlib play --down {options.file}",
        )
    return {
        "pods": [{"id": pod.id, "containers": pod.containers} for pod in report.pods],
        "volumes": [volume.name for volume in report.volumes],
        "secrets": [each.create_report.id for each in report.secrets if each.create_report],
    }


def _removed(report: models.KubeReport) -> dict[str, Any]:
    errors = [
        *(each.error for each in report.rm_report),
        *(each.error for each in report.volume_rm_report),
        *(each.error for each in report.secret_rm_report),
    ]
    if failed := [error for error in errors if error]:
        raise CommandError(f"not all was removed: {'; '.join(failed)}")
    return {
        "pods_removed": [each.id for each in report.rm_report],
        "volumes_removed": [each.id for each in report.volume_rm_report],
        "secrets_removed": [each.id for each in report.secret_rm_report],
    }


def _show(data: dict[str, Any]) -> str:
    lines: list[str] = []
    for kind, found in data.items():
        names = [_name(each) for each in found]
        lines += [f"{kind.replace('_', ' ')}: {', '.join(names)}"] if names else []
    return "\n".join(lines) or "nothing was there"


def _name(each: str | dict[str, Any]) -> str:
    return each if isinstance(each, str) else str(each["id"])


COMMANDS = {
    "play": Command(
        "make the pods and volumes of a Kubernetes YAML",
        _play,
        _show,
        _options,
        "  podlib play web.yaml\n"
        "  podlib play web.yaml --replace\n"
        "  podlib play web.yaml --down --force",
    )
}

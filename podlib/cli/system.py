"""``system df``: what takes how much space."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .call import Command
from .tables import Table, size

if TYPE_CHECKING:
    from podlib import models

    from .call import Call
    from .parser import Parser


def _options(parser: Parser) -> None:
    parser.add_argument("what", choices=("df",), metavar="df", help="how much space is taken")


def _system(call: Call) -> object:
    usage = call.podman.system.df()
    return {
        "images": _images(usage),
        "containers": {
            "total": len(usage.containers),
            "active": sum(each.status == "running" for each in usage.containers),
            "size": sum(each.rw_size for each in usage.containers),
            "reclaimable": sum(
                each.rw_size for each in usage.containers if each.status != "running"
            ),
        },
        "volumes": {
            "total": len(usage.volumes),
            "active": sum(each.links > 0 for each in usage.volumes),
            "size": sum(each.size for each in usage.volumes),
            "reclaimable": sum(each.reclaimable_size for each in usage.volumes),
        },
    }


def _images(usage: models.DiskUsage) -> dict[str, int]:
    """Of an image with several names, the server has an entry for each."""
    images = list({each.image_id: each for each in usage.images}.values())
    together = usage.images_size
    return {
        "total": len(images),
        "active": sum(each.containers > 0 for each in images),
        "size": sum(each.unique_size for each in images) if together is None else together,
        "reclaimable": sum(each.unique_size for each in images if not each.containers),
    }


def _show(data: dict[str, Any]) -> Table:
    rows = [
        (kind, use["total"], use["active"], size(use["size"]), size(use["reclaimable"]))
        for kind, use in data.items()
    ]
    return Table(("KIND", "TOTAL", "ACTIVE", "SIZE", "RECLAIMABLE"), rows)


COMMANDS = {
    "system": Command(
        "system df: what takes how much space", _system, _show, _options, "  podlib system df"
    )
}

"""What tests leave on a host, and its removal: with few requests, since it is after each test."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from .errors import TestbedError

if TYPE_CHECKING:
    from .host import Host
    from .image import BaseImage

PATIENCE = 20.0
"""Seconds until it is an error that something is still there: it may be going already."""

# How things are listed, which member names one, and how that one is removed. External containers
# are those of builds; a pod goes with its infra container.
KINDS = (
    (
        "/containers/json?all=true&external=true",
        "Id",
        "/containers/{}?force=true&volumes=true&timeout=0&depend=true&ignore=true",
    ),
    ("/pods/json", "Id", "/pods/{}?force=true&timeout=0"),
    ("/networks/json", "name", "/networks/{}?force=true"),
    ("/volumes/json", "Name", "/volumes/{}?force=true"),
    ("/secrets/json", "ID", "/secrets/{}"),
)
ARTIFACTS = ("/artifacts/json", "Name", "/artifacts/{}")
ARTIFACTS_SINCE = (5, 6)
DEFAULT_NETWORK = "podman"
QUADLETS = "etc/containers/systemd"


def remove_leftovers(host: Host, keep: BaseImage) -> None:
    """Remove all that there is but the image ``keep``, which is brought back if it is gone."""
    deadline = time.monotonic() + PATIENCE
    while found := [*_remove_things(host), *_remove_images(host, keep)]:
        if time.monotonic() > deadline:
            raise TestbedError(f"{host.name} cannot be emptied:\n" + "\n".join(found))
    for left in (host.root / QUADLETS).rglob("*.*"):
        left.unlink()


def _remove_things(host: Host) -> list[str]:
    """Remove all but images; what was found, and why it is still there if it is."""
    release = tuple(int(number) for number in host.version.split(".")[:2])
    kinds = [*KINDS, ARTIFACTS] if release >= ARTIFACTS_SINCE else KINDS
    found: list[str] = []
    for listing, member, removal in kinds:
        for thing in host.api("GET", listing):
            if thing.get("name") != DEFAULT_NETWORK:
                found += [_remove(host, removal.format(quote(thing[member], safe="")))]
    return found


def _remove_images(host: Host, keep: BaseImage) -> list[str]:
    """Likewise for images, and for all names but its own of the one that is kept."""
    images: list[dict[str, Any]] = host.api("GET", "/images/json?all=true")
    names = [(name, each["Id"]) for each in images for name in each.get("Names") or [each["Id"]]]
    unwanted = [name for name, id_ in names if (name, id_) != (keep.name, keep.id)]
    query = urlencode({"images": unwanted, "force": "true"}, doseq=True)
    found = [_remove(host, f"/images/remove?{query}")] if unwanted else []
    if (keep.name, keep.id) not in names:
        keep.load(host)
    return found


def _remove(host: Host, path: str) -> str:
    try:
        return f"{path}: {host.api('DELETE', path)}"
    except TestbedError as error:
        time.sleep(0.05)  # it may be under way already
        return str(error)

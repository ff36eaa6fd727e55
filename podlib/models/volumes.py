"""Volumes: what their operations answer, and what a new one is made from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field, TypeAdapter, with_config
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from ._base import EMPTY_DICT, Dicted, PascalModel, Texts, Time, wire
from ._parameters import Spec, check_options, renamed

__all__ = ["Volume", "VolumeFilters", "VolumeOptions", "VolumePruneFilters", "volume_spec"]

VolumeFilters = TypedDict(
    "VolumeFilters",
    {
        "after": Texts,
        "anonymous": bool,
        "dangling": bool,
        "driver": Texts,
        "label": Texts,
        "label!": Texts,
        "name": Texts,
        "opt": Texts,
        "scope": Texts,
        "since": Texts,
        "until": str | datetime,
    },
    total=False,
)
"""What ``list`` of volumes can go by. ``name`` is a regular expression, ``since`` a volume.

A volume must meet all of them; of several values, any, but of labels all. Podman 4.3 lacks
``after``, ``since`` and ``label!``; ``anonymous`` is for Podman 6.0 or newer.
"""

VolumePruneFilters = TypedDict(
    "VolumePruneFilters",
    {
        "after": Texts,
        "all": bool,
        "anonymous": bool,
        "label": Texts,
        "label!": Texts,
        "since": Texts,
        "until": str | datetime,
    },
    total=False,
)
"""What ``prune`` of volumes can go by. A volume must meet all of them.

``all`` and ``anonymous`` are for Podman 6.0 or newer.
"""


class Volume(PascalModel):
    """One volume."""

    name: str
    driver: str = ""
    mountpoint: str = ""
    """Where it is on the server's host."""
    created_at: Time = None
    status: Dicted[object] = EMPTY_DICT
    """What its plugin says of it."""
    labels: Dicted[str] = EMPTY_DICT
    scope: str = ""
    """Always ``local``."""
    options: Dicted[str] = EMPTY_DICT
    """The driver's."""
    uid: Annotated[int, wire("UID")] = 0
    gid: Annotated[int, wire("GID")] = 0
    anonymous: bool = False
    """It was made for one container, and goes with it."""
    mount_count: int = 0
    """How many containers have it mounted now."""
    needs_copy_up: bool = False
    """What the image has in its place will be copied into it."""
    needs_chown: bool = False
    """It will be given to the user of the first container that mounts it."""
    timeout: int = 0
    """In seconds: the plugin's."""
    storage_id: Annotated[str, wire("StorageID")] = ""
    """Of the driver ``image`` only."""
    lock_number: int = 0


Id = Annotated[int, Field(ge=0, lt=2**32)]


@with_config(ConfigDict(extra="forbid", strict=True, defer_build=True))
class VolumeOptions(TypedDict, total=False):
    """All that can be said of a new volume besides its name."""

    driver: str
    """``local`` (unless said), ``image``, or a plugin of the server."""
    options: Mapping[str, str]
    """The driver's. Of ``local``: ``type``, ``device`` and ``o``, as of ``mount``; of ``image``:
    ``image``."""
    labels: Mapping[str, str]
    uid: Id
    """Whose it is, on the server's host; else that of the first container's user."""
    gid: Id
    ignore_if_exists: bool
    """A volume of this name is answered as it is."""


_adapter = TypeAdapter(VolumeOptions)
_WIRE = {
    "driver": "Driver",
    "options": "Options",
    "labels": "Labels",
    "uid": "UID",
    "gid": "GID",
    "ignore_if_exists": "IgnoreIfExists",
}


def volume_spec(name: str, options: VolumeOptions) -> Spec:
    """The options as the server takes them. Raises ``ParameterError``."""
    options = check_options("volume options", _adapter, options, VolumeOptions)
    return {"Name": name, **renamed(options, _WIRE)}

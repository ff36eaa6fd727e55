# Generated from podlib/_async/restored_volumes.py: edit there.
"""Named volumes of a container that was restored: their folders become what they were."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from podlib.volume_folders import folder_archive

from .checkpoints import patiently

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from podlib import models
    from podlib.volume_folders import VolumeFolders

    from .client import Podman


def mounted(container: models.ContainerInspect) -> dict[str, str]:
    """Where its named volumes are, by their names, but for those that it only reads."""
    mounts = container.mounts
    return {each.name: each.destination for each in mounts if each.type == "volume" and each.rw}


def watched(
    archive: Iterator[list[memoryview]], folders: VolumeFolders
) -> Iterator[list[memoryview]]:
    """The archive, looked at on its way."""
    for pieces in archive:
        folders.watch(pieces)
        yield pieces


def give_back(
    podman: Podman, container: str, volumes: Mapping[str, str], folders: Mapping[str, str]
) -> None:
    """Give the folders of the running container's volumes their owners and modes.

    ``volumes`` are the paths and ``folders`` what they were, by the volumes' names.
    """
    put = podman.containers.put_archive
    for name in volumes.keys() & folders.keys():
        if archive := folder_archive(folders[name]):
            patiently(partial(put, container, volumes[name], [archive], copy_uid_gid=False))

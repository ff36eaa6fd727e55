"""Named volumes of a container that was restored: their folders become what they were."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from podlib.volume_folders import folder_archive

from .checkpoints import patiently

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from podlib import models
    from podlib.volume_folders import VolumeFolders

    from .client import AsyncPodman


def mounted(container: models.ContainerInspect) -> dict[str, str]:
    """Where its named volumes are, by their names, but for those that it only reads."""
    mounts = container.mounts
    return {each.name: each.destination for each in mounts if each.type == "volume" and each.rw}


async def watched(
    archive: AsyncIterator[list[memoryview]], folders: VolumeFolders
) -> AsyncIterator[list[memoryview]]:
    """The archive, looked at on its way."""
    async for pieces in archive:
        folders.watch(pieces)
        yield pieces


async def give_back(
    podman: AsyncPodman, container: str, volumes: Mapping[str, str], folders: Mapping[str, str]
) -> None:
    """Give the folders of the running container's volumes their owners and modes.

    ``volumes`` are the paths and ``folders`` what they were, by the volumes' names.
    """
    put = podman.containers.put_archive
    for name in volumes.keys() & folders.keys():
        if archive := folder_archive(folders[name]):
            await patiently(partial(put, container, volumes[name], [archive], copy_uid_gid=False))

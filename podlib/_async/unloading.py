"""The named volumes of a group: filled with what an archive has of them, as it passes."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from podlib.errors import ProtocolError
from podlib.http.flow_async import uninterrupted
from podlib.luggage import Luggage, owner

from .checkpoints import patiently
from .places import FILLER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Sequence

    from .client import AsyncPodman

_PLACE = "/podlib-volume"


class AsyncUnloading:
    """Fills ``volumes``, which are there and empty, from one container's archive.

    Podman restores the content of all of a container's volumes, which must not be there yet, or of
    none: it gives them neither labels nor options, and two containers could share none.
    """

    def __init__(
        self, podman: AsyncPodman, volumes: Collection[str], image: str, command: Sequence[str]
    ) -> None:
        self._podman = podman
        self._volumes = volumes
        self._image = image
        self._command = command

    async def unpacked(
        self, archive: AsyncIterator[list[memoryview]]
    ) -> AsyncIterator[list[memoryview]]:
        """The archive as it is; before it ends, the volumes are filled. Raises FileError."""
        luggage = Luggage(self._volumes)
        try:
            async for pieces in archive:
                for piece in pieces:
                    for name, file in luggage.feed(piece):
                        await self._fill(name, file)
                yield pieces
        finally:
            luggage.close()
        if luggage.missing:
            names = ", ".join(sorted(luggage.missing))
            raise ProtocolError(f"the checkpoint lacks the content of the volumes {names}")

    async def _fill(self, volume: str, content: IO[bytes]) -> None:
        """Podman gives a new volume to the user of the first container that mounts it.

        That is how its own folder gets its owner, whom ``put_archive`` does not set. The helper is
        made ready to run for that, and never started.
        """
        containers = self._podman.containers
        made = await containers.create(
            self._image,
            entrypoint=[],
            command=self._command,
            user=owner(content),
            mounts=[f"{volume}:{_PLACE}"],
            labels={FILLER: volume},
            network="none",
        )
        try:
            await containers.init(made.id)
            await containers.put_archive(made.id, _PLACE, content, copy_uid_gid=False)
        finally:
            await uninterrupted(
                lambda: patiently(lambda: containers.remove(made.id, force=True, timeout=0))
            )

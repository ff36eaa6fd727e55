# Generated from podlib/_async/unloading.py: edit there.
"""The named volumes of a group: filled with what an archive has of them, as it passes."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from podlib.errors import ProtocolError
from podlib.http.flow_sync import uninterrupted
from podlib.luggage import Luggage, owner

from .checkpoints import patiently
from .places import FILLER

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from .client import Podman

_PLACE = "/podlib-volume"


class Unloading:
    """Fills ``volumes``, which are there and empty, from one container's archive.

    Podman restores the content of all of a container's volumes, which must not be there yet, or of
    none: it gives them neither labels nor options, and two containers could share none.
    """

    def __init__(
        self, podman: Podman, volumes: Collection[str], image: str, command: Sequence[str]
    ) -> None:
        self._podman = podman
        self._volumes = volumes
        self._image = image
        self._command = command

    def unpacked(self, archive: Iterator[list[memoryview]]) -> Iterator[list[memoryview]]:
        """The archive as it is; before it ends, the volumes are filled. Raises FileError."""
        luggage = Luggage(self._volumes)
        try:
            for pieces in archive:
                for piece in pieces:
                    for name, file in luggage.feed(piece):
                        self._fill(name, file)
                yield pieces
        finally:
            luggage.close()
        if luggage.missing:
            names = ", ".join(sorted(luggage.missing))
            raise ProtocolError(f"the checkpoint lacks the content of the volumes {names}")

    def _fill(self, volume: str, content: IO[bytes]) -> None:
        """Podman gives a new volume to the user of the first container that mounts it.

        That is how its own folder gets its owner, whom ``put_archive`` does not set. The helper is
        made ready to run for that, and never started.
        """
        containers = self._podman.containers
        made = containers.create(
            self._image,
            entrypoint=[],
            command=self._command,
            user=owner(content),
            mounts=[f"{volume}:{_PLACE}"],
            labels={FILLER: volume},
            network="none",
        )
        try:
            containers.init(made.id)
            containers.put_archive(made.id, _PLACE, content, copy_uid_gid=False)
        finally:
            uninterrupted(
                lambda: patiently(lambda: containers.remove(made.id, force=True, timeout=0))
            )

"""The ways of a checkpoint from host to host: by sockets, through a file, through a registry."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from podlib import models
from podlib.checkpoint_files import ArchiveFile, remove_archive
from podlib.credentials import auth_header
from podlib.errors import PodmanError, PullError, PushError
from podlib.http.flow_async import in_thread
from podlib.volume_folders import VolumeFolders

from .checkpoint_saving import blocks, describe
from .checkpoints import AsyncExport, patiently
from .image_transfer import without_errors
from .restored_volumes import watched
from .verbs import Sent, documents

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from podlib.http.unix_async import AsyncResponse

    from .client import AsyncPodman
    from .moves import AsyncMove

T = TypeVar("T")
Through: TypeAlias = "models.ThroughFile | models.ThroughRegistry"


def way(through: Through | None, move: AsyncMove) -> AsyncSocketWay:
    """The one that was asked for."""
    match through:
        case None:
            return AsyncSocketWay(move)
        case models.ThroughFile():
            return AsyncFileWay(move, through)
        case models.ThroughRegistry():
            return AsyncRegistryWay(move, through)


class AsyncSocketWay:
    """From socket to socket. The other ways differ by what lies between."""

    archive = ""
    """The file that nobody wants when it is known where the container runs."""
    image = ""
    """The image that it goes through, on both hosts."""

    def __init__(self, move: AsyncMove, create_image: str | None = None) -> None:
        self._move = move
        self._folders = VolumeFolders()
        options = move.options
        self._export = AsyncExport(
            move.source.containers,
            move.id,
            leave_running=options.get("leave_running", False),
            tcp_established=move.keeps_connections,
            ignore_root_fs=options.get("ignore_root_fs", False),
            file_locks=options.get("file_locks", False),
            image=create_image,
        )

    @property
    def size(self) -> int:
        """Bytes of the checkpoint."""
        return self._export.size

    @property
    def folders(self) -> Mapping[str, str]:
        """What the named volumes' folders are on the source, as far as the archive told."""
        return self._folders.found

    @property
    def froze(self) -> bool:
        """Whether the source said that the container is frozen."""
        return self._export.opened

    @property
    def refused(self) -> bool:
        """Whether the source said that it does not run, and so was not frozen by this move."""
        return self._export.refused

    async def prepare(self) -> None:
        """Have ready what this way needs, before anything is touched."""

    async def freeze(self) -> None:
        """Freeze the container. Raises CheckpointFailedError."""
        await self._export.open()

    async def send(self) -> None:
        """Bring the checkpoint to the target, and let it run there. Raises RestoreFailedError."""
        options, luggage = self._move.options, self._move.luggage
        try:
            archive = self._watched(await self._archive())
            await self._move.target.containers.restore_from(
                archive if luggage is None else luggage.unpacked(archive),
                name=options.get("name"),
                pod=options.get("pod"),
                publish=options.get("publish", ()),
                tcp_established=options.get("tcp_established", False),
                tcp_close=options.get("tcp_close", False),
                ignore_root_fs=options.get("ignore_root_fs", False),
                ignore_volumes=options.get("ignore_volumes", False),
                ignore_static_ip=options.get("ignore_static_ip", False),
                ignore_static_mac=options.get("ignore_static_mac", False),
                file_locks=options.get("file_locks", False),
            )
        finally:
            await self._export.close()

    async def _archive(self) -> AsyncIterator[list[memoryview]]:
        """What the target is sent."""
        pieces = self._export.pieces()
        return watched(pieces, self._folders) if self._move.volumes else pieces

    async def _watched(
        self, archive: AsyncIterator[list[memoryview]]
    ) -> AsyncIterator[list[memoryview]]:
        """The archive on its way: it can be interrupted until the target has it whole."""
        sent = 0
        self._move.stop_if_interrupted()
        async for pieces in archive:
            sent += sum(map(len, pieces))
            self._move.report_bytes(f"sending {self._move.name}", sent)
            yield pieces
            self._move.stop_if_interrupted()
        await self._move.deliver(sent)

    def interrupt(self) -> None:
        """Wake who waits for bytes: it ends with an error."""
        self._export.interrupt()

    async def thaw(self) -> models.ContainerInspect:
        """Bring the container back on the source, unless it runs; what it is then."""
        await self._export.close()
        return await self._export.thaw()

    async def clear(self) -> None:
        """It is known where the container runs: remove what lies between."""


class AsyncFileWay(AsyncSocketWay):
    """Through an archive on the caller's disk."""

    def __init__(self, move: AsyncMove, through: models.ThroughFile) -> None:
        super().__init__(move)
        self._through = through
        self._manifest: models.CheckpointManifest | None = None
        self.archive = "" if through.keep else str(Path(through.path).absolute())

    @property
    def folders(self) -> Mapping[str, str]:
        """As the manifest has them."""
        return self._manifest.volume_folders if self._manifest else {}

    async def _archive(self) -> AsyncIterator[list[memoryview]]:
        move, through = self._move, self._through
        manifest = describe(
            move.facts,
            move.source,
            move.architecture,
            tcp_established=move.keeps_connections,
            file_locks=move.options.get("file_locks", False),
        )
        with ArchiveFile(through.path, through.compression) as file:
            async for pieces in self._export.pieces():
                file.write(pieces)
                move.report_bytes(f"writing {file.path}", self.size)
                move.stop_if_interrupted()
            self._manifest = await in_thread(lambda: file.commit(manifest))
        await self._export.close()
        return blocks(through.path, self._manifest)

    async def clear(self) -> None:
        """Remove the archive and its manifest. Raises FileError."""
        if self.archive:
            await in_thread(lambda: remove_archive(self.archive))


class AsyncRegistryWay(AsyncSocketWay):
    """As an image through a registry, which source and target reach by themselves."""

    def __init__(self, move: AsyncMove, through: models.ThroughRegistry) -> None:
        super().__init__(move, through.reference)
        self._through = through
        self._size = 0
        self._fields: Sequence[tuple[str, str]] = ()
        self._report: AsyncResponse | None = None
        self.image = through.reference

    @property
    def size(self) -> int:
        """Bytes of the checkpoint's image."""
        return self._size

    async def prepare(self) -> None:
        """Find out who the caller is to the registry. Raises FileError."""
        through = self._through
        self._fields = await in_thread(lambda: auth_header(through.reference, through.credentials))

    async def send(self) -> None:
        """Push, pull, restore. Raises PushError, PullError, RestoreFailedError."""
        await self._export.close()
        move, reference = self._move, self._through.reference
        move.stop_if_interrupted()
        made = await move.source.images.inspect(reference)
        self._size = made.size
        move.report(f"pushing {reference}")
        await self._push()
        move.report(f"pulling {reference}", made.size)
        if (pulled := await self._pull()) != made.id:
            message = f"{reference} is another image in the registry: {pulled}, not {made.id}"
            raise PodmanError(message)
        await move.deliver(made.size)
        options = move.options
        await move.target.containers.restore(
            made.id,
            new_name=options.get("name"),
            publish=options.get("publish", ()),
            tcp_close=options.get("tcp_close", False),
            ignore_root_fs=options.get("ignore_root_fs", False),
            ignore_volumes=options.get("ignore_volumes", False),
            ignore_static_ip=options.get("ignore_static_ip", False),
            ignore_static_mac=options.get("ignore_static_mac", False),
            file_locks=options.get("file_locks", False),
        )

    async def _push(self) -> None:
        reference = self._through.reference
        images = _patient(self._move.source).images
        response = await images._response(
            "POST",
            "images/{}/push",
            [reference],
            {"quiet": False, "tlsVerify": self._through.tls_verify},
            Sent(fields=self._fields),
        )
        lines = documents(models.PushProgress, response)
        await self._last(response, without_errors(lines, PushError, f"cannot push {reference}"))

    async def _pull(self) -> str:
        """The id of what the registry has."""
        reference = self._through.reference
        images = _patient(self._move.target).images
        response = await images._response(
            "POST",
            "images/pull",
            [],
            {"reference": reference, "policy": "always", "tlsVerify": self._through.tls_verify},
            Sent(fields=self._fields),
        )
        lines = without_errors(
            documents(models.PullProgress, response),
            PullError,
            f"cannot pull {reference}",
            is_last=lambda line: line.id,
        )
        last = await self._last(response, lines)
        return last.id if last else ""

    async def _last(self, response: AsyncResponse, lines: AsyncIterator[T]) -> T | None:
        """Read a report to its end, unless it is interrupted; its last line."""
        self._report, last = response, None
        async with response:
            async for last in lines:  # noqa: B007 -- the last is what is wanted
                self._move.stop_if_interrupted()
        self._move.stop_if_interrupted()
        return last

    def interrupt(self) -> None:
        """Wake who reads a report: it ends with an error, and the service lets it be."""
        self._export.interrupt()
        if self._report is not None:
            self._report.abort()

    async def clear(self) -> None:
        """Remove the image from both hosts. The registry keeps it."""
        if not self._through.keep:
            for podman in (self._move.source, self._move.target):
                await forget(podman, self.image)


def _patient(podman: AsyncPodman) -> AsyncPodman:
    """A report says nothing while a blob is on its way, so it may stand still as an answer may."""
    return podman.with_timeouts(idle=podman._timeouts.head)


async def forget(podman: AsyncPodman, image: str) -> None:
    """Remove an image's name; one that cannot be removed is no reason to fail."""
    with suppress(PodmanError):
        await patiently(lambda: podman.images.remove(image))

"""Images: built, pulled, kept, and carried as archives."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Literal, TypeAlias

from podlib import models, query
from podlib.errors import BuildError, ProtocolError, PullError
from podlib.files import Writer, destination_file, open_for_reading, tar_folder
from podlib.http.flow_async import in_thread, uninterrupted

from .verbs import AsyncVerbs, as_tar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence

    from podlib.http.unix_async import Body

ArchiveFormat: TypeAlias = Literal["oci-archive", "docker-archive"]
PullPolicy: TypeAlias = Literal["always", "missing", "newer", "never"]
_OCI = "application/vnd.oci.image.manifest.v1+json"
"""The manifest that is built anyway; unless it is asked for, the server does not use its cache."""
ImageList: TypeAlias = "list[models.ImageSummary]"


class AsyncImages(AsyncVerbs):
    """``podman.images``."""

    __slots__ = ()

    async def list(
        self, *, all: bool = False, filters: models.ImageFilters | None = None
    ) -> ImageList:
        """The images of the store; ``all`` with those that are but layers of others.

        ``GET /libpod/images/json``. ``filters``: such as ``{"reference": "alpine"}``; a list of
        values stands for several.
        """
        kind = list[models.ImageSummary]
        return await self._get(
            kind, "images/json", all=all, filters=query.filters(filters, models.ImageFilters)
        )

    async def inspect(self, name: str) -> models.ImageInspect:
        """Everything Podman knows about one image, by name or id. Raises NotFoundError.

        ``GET /libpod/images/{name}/json``.
        """
        return await self._get(models.ImageInspect, "images/{}/json", name)

    async def exists(self, name: str) -> bool:
        """Whether the store has an image. ``GET /libpod/images/{name}/exists``."""
        return await self._exists("images/{}/exists", name)

    async def remove(self, name: str, *, force: bool = False) -> models.ImageRemoved:
        """Remove a name of an image, and with its last name the image.

        ``DELETE /libpod/images/{name}``. ``force`` removes its containers too. Raises
        NotFoundError; ConflictError while a container uses it.
        """
        return await self._delete(models.ImageRemoved, "images/{}", name, force=force)

    async def tag(self, name: str, repo: str, tag: str = "latest") -> None:
        """Give an image another name, ``repo:tag``. ``POST /libpod/images/{name}/tag``."""
        await self._unit("POST", "images/{}/tag", name, repo=repo, tag=tag)

    async def pull(
        self,
        reference: str,
        *,
        policy: PullPolicy = "always",
        tls_verify: bool | None = None,
        progress: Callable[[models.PullProgress], object] | None = None,
    ) -> models.PulledImage:
        """Pull an image from its registry.

        ``POST /libpod/images/pull``. ``policy`` says when to ask the registry at all;
        ``tls_verify=False`` allows one without TLS. ``progress`` is called with each line of the
        server's report. Raises PullError.
        """
        last: models.PullProgress | None = None
        async with self._lines(
            models.PullProgress,
            "POST",
            "images/pull",
            reference=reference,
            policy=policy,
            tlsVerify=tls_verify,
            pullProgress=True,
        ) as lines:
            async for line in lines:
                if line.error:
                    raise PullError(f"cannot pull {reference}: {line.error}")
                if progress is not None:
                    progress(line)
                last = line
        if last is None or not last.id:
            raise ProtocolError(f"the pull of {reference} ended without telling an image")
        return models.PulledImage(id=last.id, images=last.images)

    @asynccontextmanager
    async def build_stream(
        self,
        context: str | os.PathLike[str],
        *,
        tags: Sequence[str] = (),
        containerfile: str | None = None,
        build_args: Mapping[str, str] | None = None,
        labels: Mapping[str, str] | None = None,
        target: str | None = None,
        no_cache: bool = False,
        pull: PullPolicy | None = None,
    ) -> AsyncGenerator[AsyncIterator[models.BuildLine]]:
        """Build an image, and read the log as it comes: the lines as the server sends them.

        ``POST /libpod/build``. Parameters as for :meth:`build`. An ``error`` line is the
        caller's to act on. If it is left early, the server still ends the running step.
        """
        async with self._lines(
            models.BuildLine,
            "POST",
            "build",
            send=as_tar(tar_folder(context)),
            t=list(tags),
            dockerfile=containerfile,
            buildargs=build_args or None,
            labels=labels or None,
            target=target,
            nocache=no_cache or None,
            pullpolicy=pull,
            layers=True,
            outputformat=_OCI,
            forcerm=True,
        ) as lines:
            yield lines

    async def build(
        self,
        context: str | os.PathLike[str],
        *,
        tags: Sequence[str] = (),
        containerfile: str | None = None,
        build_args: Mapping[str, str] | None = None,
        labels: Mapping[str, str] | None = None,
        target: str | None = None,
        no_cache: bool = False,
        pull: PullPolicy | None = None,
        progress: Callable[[str], object] | None = None,
    ) -> models.BuiltImage:
        """Build an image from the folder ``context``, which is streamed to the server.

        ``POST /libpod/build``. ``containerfile`` is its path within the context (default:
        ``Containerfile``, else ``Dockerfile``); ``target`` the stage to stop at; ``pull`` when to
        ask the registry for base images. ``progress`` is called with each line of the log, as it
        comes. Raises BuildError, with the end of the log; FileError for a context that cannot be
        read.
        """
        log: list[str] = []
        async with self.build_stream(
            context,
            tags=tags,
            containerfile=containerfile,
            build_args=build_args,
            labels=labels,
            target=target,
            no_cache=no_cache,
            pull=pull,
        ) as lines:
            async for line in lines:
                if line.error:
                    raise BuildError(f"the build failed: {line.error.strip()}", log)
                for text in line.stream.splitlines():
                    log.append(text)
                    if progress is not None:
                        progress(text)
        if not log:
            raise ProtocolError("the build ended without telling an image")
        return models.BuiltImage(id=log[-1], log=log)  # the log's last line is the image's id

    @asynccontextmanager
    async def save_stream(
        self, name: str, *, format: ArchiveFormat = "oci-archive"
    ) -> AsyncGenerator[AsyncIterator[bytes]]:
        """An image as an archive, in blocks as they come. ``GET /libpod/images/{name}/get``."""
        async with self._stream("GET", "images/{}/get", name, format=format) as response:
            yield response.iter_bytes()

    async def save_to(
        self,
        name: str,
        destination: str | os.PathLike[str] | Writer,
        *,
        format: ArchiveFormat = "oci-archive",
    ) -> int:
        """Write an image as an archive, to a file or a writer; how many bytes it has.

        ``GET /libpod/images/{name}/get``. A file appears under its name only when it is complete.
        Raises NotFoundError, FileError.
        """
        with destination_file(destination) as file:
            async with self._stream("GET", "images/{}/get", name, format=format) as response:
                async for pieces in response.iter_pieces():
                    file.write(pieces)
            await uninterrupted(lambda: in_thread(file.commit))
        return file.size

    async def load(self, source: str | os.PathLike[str] | Body) -> models.ImageLoaded:
        """Load the images of an archive: a path, an open file, or its blocks.

        ``POST /libpod/images/load``.
        """
        kind = models.ImageLoaded
        if isinstance(source, str | os.PathLike):
            with open_for_reading(source) as file:
                return await self._post(kind, "images/load", send=as_tar(file))
        return await self._post(kind, "images/load", send=as_tar(source))

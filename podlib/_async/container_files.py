"""Containers: their files, copied in and out, compared, mounted, and made an image."""

from __future__ import annotations

import binascii
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Literal, TypeAlias

from podlib import models, query
from podlib.errors import ProtocolError, StreamError

from .tars import complete, download, opened, trimmed
from .verbs import AsyncVerbs, as_tar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence

    from podlib.files import Writer
    from podlib.http.unix_async import Body

ChangeList: TypeAlias = "list[models.ContainerChange]"
DiffType: TypeAlias = Literal["all", "container", "image"]
ImageFormat: TypeAlias = Literal["oci", "docker"]


class AsyncContainerFiles(AsyncVerbs):
    """What is done with a container's files, whether it runs or not."""

    __slots__ = ()

    async def archive_stat(self, name: str, path: str | os.PathLike[str]) -> models.PathStat:
        """What a path in a container is; symbolic links are followed.

        ``HEAD /libpod/containers/{name}/archive``. Raises NotFoundError for a container, or a path
        in it, that is not there.
        """
        reply = await self._call("HEAD", "containers/{}/archive", name, path=os.fspath(path))
        return _path_stat(reply.header("X-Docker-Container-Path-Stat"))

    @asynccontextmanager
    async def archive_stream(
        self, name: str, path: str | os.PathLike[str]
    ) -> AsyncGenerator[AsyncIterator[bytes]]:
        """A file or folder of a container as a tar archive, in blocks as they come.

        ``GET /libpod/containers/{name}/archive``. A path that ends in ``/.`` is the contents of a
        folder, without it. Raises NotFoundError.
        """
        async with self._stream(
            "GET", "containers/{}/archive", name, path=os.fspath(path)
        ) as response:
            yield complete(response.iter_bytes())

    async def archive_to(
        self,
        name: str,
        path: str | os.PathLike[str],
        destination: str | os.PathLike[str] | Writer,
    ) -> int:
        """Write a file or folder of a container as a tar archive; how many bytes it has.

        ``GET /libpod/containers/{name}/archive``. ``destination`` is a path, where a file appears
        only when it is complete, or a writer. Raises NotFoundError, FileError.
        """
        answer = self._stream("GET", "containers/{}/archive", name, path=os.fspath(path))
        return await download(answer, destination)

    async def put_archive(
        self,
        name: str,
        path: str | os.PathLike[str],
        source: str | os.PathLike[str] | Body,
        *,
        copy_uid_gid: bool = True,
        rename: Mapping[str, str] | None = None,
        no_overwrite_dir_non_dir: bool = False,
    ) -> None:
        """Unpack a tar archive into a folder of a container: a path, an open file, or its blocks.

        ``PUT /libpod/containers/{name}/archive``. With ``copy_uid_gid`` all that is unpacked
        belongs to the container's user, without it to whom the archive says. ``rename`` gives
        members other names; ``no_overwrite_dir_non_dir`` refuses to replace a folder by a file, or
        the other way round. Raises NotFoundError, and FileError for an archive that cannot be read.
        """
        options = {
            "path": os.fspath(path),
            "copyUIDGID": copy_uid_gid,
            "rename": rename or None,
            "noOverwriteDirNonDir": no_overwrite_dir_non_dir,
        }
        with opened(source) as archive:
            send = as_tar(trimmed(archive))
            await self._request("PUT", "containers/{}/archive", [name], options, send)

    @asynccontextmanager
    async def export_stream(self, name: str) -> AsyncGenerator[AsyncIterator[bytes]]:
        """All files of a container as a tar archive, in blocks as they come.

        ``GET /libpod/containers/{name}/export``. Volumes are not in it.
        """
        async with self._stream("GET", "containers/{}/export", name) as response:
            yield complete(response.iter_bytes())

    async def export_to(self, name: str, destination: str | os.PathLike[str] | Writer) -> int:
        """Write all files of a container as a tar archive; how many bytes it has.

        ``GET /libpod/containers/{name}/export``. Volumes are not in it. ``destination`` as for
        :meth:`archive_to`. Raises NotFoundError, FileError.
        """
        return await download(self._stream("GET", "containers/{}/export", name), destination)

    async def changes(
        self, name: str, *, parent: str | None = None, diff_type: DiffType | None = None
    ) -> ChangeList:
        """The files that a container has otherwise than its image.

        ``GET /libpod/containers/{name}/changes``. ``parent`` is another image, container or layer
        to compare it with; ``diff_type`` says what ``name`` is the name of (default: of anything).
        """
        kind = list[models.ContainerChange]
        return await self._get(
            kind, "containers/{}/changes", name, parent=parent, diffType=diff_type
        )

    async def mount(self, name: str, *, external: bool = False) -> str:
        """Mount a container's files on the server's host; the path where they are.

        ``POST /libpod/containers/{name}/mount``. ``external``: one of another program, such as a
        build (Podman 6 or newer).
        """
        reply = await self._call("POST", "containers/{}/mount", name, external=external or None)
        return reply.body.decode("utf-8", "surrogateescape").removesuffix("\n")

    async def unmount(self, name: str) -> None:
        """Undo a :meth:`mount`. What runs stays mounted all the same.

        ``POST /libpod/containers/{name}/unmount``. Raises ConflictError for one that is
        not mounted.
        """
        await self._unit("POST", "containers/{}/unmount", name)

    async def showmounted(self) -> dict[str, str]:
        """Where containers' files are mounted on the server's host, by the containers' ids.

        ``GET /libpod/containers/showmounted``. Those that run are mounted, too.
        """
        return await self._get(dict[str, str], "containers/showmounted")

    async def commit(
        self,
        name: str,
        *,
        repo: str | None = None,
        tag: str | None = None,
        author: str | None = None,
        comment: str | None = None,
        changes: Sequence[str] = (),
        format: ImageFormat | None = None,
        pause: bool | None = None,
        squash: bool = False,
        progress: Callable[[str], object] | None = None,
    ) -> models.CommittedImage:
        """Make an image of a container.

        ``POST /libpod/commit``. It is called ``repo:tag`` (default: no name; ``latest``).
        ``changes`` are instructions as in a Containerfile, such as ``CMD ["sh"]``; ``pause`` holds
        the container meanwhile (default: yes); ``squash`` makes one layer of all. ``progress`` is
        called with each line of the server's report (Podman 4.8 or newer). Raises NotFoundError,
        StreamError.
        """
        last = ""
        async with self._lines(
            models.CommitLine,
            "POST",
            "commit",
            container=query.container(name),
            repo=repo,
            tag=tag,
            author=author,
            comment=comment,
            changes=[*changes],
            format=format,
            pause=pause,
            squash=squash,
            stream=progress is not None,
        ) as lines:
            async for line in lines:
                if line.error_detail is not None:
                    raise StreamError(f"cannot commit {name}: {line.error_detail.message}")
                last = line.id or line.stream.rstrip("\n")
                if progress is not None:
                    progress(last)
        if not last:
            raise ProtocolError("the commit ended without telling an image")
        return models.CommittedImage(id=last)


def _path_stat(header: str | None) -> models.PathStat:
    if header is None:
        raise ProtocolError("the answer does not say what the path is")
    try:
        document = binascii.a2b_base64(header, strict_mode=True)
    except binascii.Error as error:
        raise ProtocolError(f"what the answer says of the path is no base64: {header!r}") from error
    return models.decode(models.PathStat, document)

"""Containers: their files, copied in and out, compared, mounted, and made an image."""

from __future__ import annotations

import binascii
import os
import posixpath
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from podlib import models, query
from podlib.copying import Place, demands_folder, item_here, item_there, place_at, place_here
from podlib.errors import NotFoundError, ProtocolError, StreamError
from podlib.http.flow_async import in_thread
from podlib.tar import tar_folder, tar_path
from podlib.unpack import Unpacker, Ways

from .tars import complete, download, opened, read_apart, trimmed
from .verbs import AsyncVerbs, as_tar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence

    from podlib.copying import Item
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
        found, there = await self._look(name, os.fspath(path))
        if found is None or not there:
            raise _not_there(name, path)
        return found

    async def _look(self, name: str, path: str) -> tuple[models.PathStat | None, bool]:
        """What a path is, and whether it is there: a link to nowhere is known by its end."""
        route = "containers/{}/archive"
        reply = await self._request("HEAD", route, [name], {"path": path}, accept=404)
        header = reply.header("X-Docker-Container-Path-Stat")
        there = reply.status != 404
        return (_path_stat(header) if there or header else None), there

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

    async def copy_in(
        self,
        name: str,
        source: str | os.PathLike[str],
        path: str | os.PathLike[str],
        *,
        copy_uid_gid: bool = True,
        overwrite: bool = False,
    ) -> str:
        """Copy a file or folder of the caller's into a container, as ``podman cp`` does; its path.

        ``PUT /libpod/containers/{name}/archive``. If ``path`` is a folder, the copy goes into it;
        if nothing is there, the copy gets that name, which must not end in ``/``. A text
        ``source`` that ends in ``/.`` means what is in the folder. Links within a folder stay
        links. The copy belongs to the container's user; with ``copy_uid_gid=False`` it keeps the
        numbers of its owners. ``overwrite`` lets a file replace a folder, and the other way round.
        Raises NotFoundError, ParameterError for a folder that would become a file, FileError.
        """
        item = item_here(source)
        place = await self._place(name, item, os.fspath(path))
        archive = (
            tar_path(item.path, place.name) if place.name else tar_folder(item.path, pipes=True)
        )
        await self.put_archive(
            name,
            place.folder,
            read_apart(archive),
            copy_uid_gid=copy_uid_gid,
            no_overwrite_dir_non_dir=not overwrite,
        )
        return place.path

    async def _place(self, name: str, item: Item, path: str) -> Place:
        found, there = await self._look(name, path)
        if found and there:
            return place_at(item, item_there(found))
        if demands_folder(path):
            raise _not_there(name, path)
        folder, base = posixpath.split(found.link_target if found else path)
        above = await self.archive_stat(name, folder or "/")
        return Place(item_there(above).path, base)

    async def copy_out(
        self,
        name: str,
        path: str | os.PathLike[str],
        destination: str | os.PathLike[str],
        *,
        overwrite: bool = False,
        trusted: bool = False,
    ) -> Path:
        """Copy a file or folder of a container to the caller's disk, as ``podman cp``; its path.

        ``GET /libpod/containers/{name}/archive``. ``path``, ``destination`` and ``overwrite`` as
        the source and path of :meth:`copy_in`. A file appears under its name only when it is
        complete. Modes and times are kept; the copy belongs to the caller, for Podman does not
        tell who owns what in a container.

        Nothing is ever written outside of the copy. Unless the container is ``trusted``, links
        that lead out of the copy are refused, set-user-id and set-group-id bits dropped; device
        nodes are left out. What was written before a failure stays. Raises NotFoundError,
        FileError for what is refused, too, ParameterError, TruncatedError.
        """
        item = item_there(await self.archive_stat(name, path))
        place = await in_thread(lambda: place_here(item, destination))
        whole = bool(place.name) and item.path != "/"
        source = item.path if whole else f"{item.path}/."
        ways = Ways(overwrite=overwrite, trusted=trusted)
        with Unpacker(place, whole=whole, ways=ways) as unpacker:
            async with self._stream("GET", "containers/{}/archive", name, path=source) as response:
                async for pieces in response.iter_pieces():
                    for piece in pieces:
                        unpacker.feed(piece)
            unpacker.end()
        return Path(place.path)

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


def _not_there(name: str, path: str | os.PathLike[str]) -> NotFoundError:
    message = f"there is no container {name!r}, or no {os.fspath(path)} in it"
    route = f"containers/{name}/archive"
    return NotFoundError(404, message, cause="", method="HEAD", path=route)


def _path_stat(header: str | None) -> models.PathStat:
    if header is None:
        raise ProtocolError("the answer does not say what the path is")
    try:
        document = binascii.a2b_base64(header, strict_mode=True)
    except binascii.Error as error:
        raise ProtocolError(f"what the answer says of the path is no base64: {header!r}") from error
    return models.decode(models.PathStat, document)

# Generated from podlib/docker/_async/container_files.py: edit there.
"""Containers through Docker's API: their files, copied in and out, and made an image."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from podlib import models, query
from podlib._sync.tars import complete, download, opened, trimmed
from podlib._sync.verbs import as_json, as_tar

from .verbs import DockerVerbs

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from podlib.files import Writer
    from podlib.http.unix_sync import Body


class DockerContainerFiles(DockerVerbs):
    """What is done with a container's files, whether it runs or not."""

    __slots__ = ()

    @contextmanager
    def archive_stream(self, name: str, path: str | os.PathLike[str]) -> Generator[Iterator[bytes]]:
        """A file or folder of a container as a tar archive, in blocks as they come.

        ``GET /containers/{name}/archive``. Raises NotFoundError.
        """
        with self._stream("GET", "containers/{}/archive", name, path=os.fspath(path)) as response:
            yield complete(response.iter_bytes())

    def archive_to(
        self,
        name: str,
        path: str | os.PathLike[str],
        destination: str | os.PathLike[str] | Writer,
    ) -> int:
        """Write a file or folder of a container as a tar archive; how many bytes it has.

        ``GET /containers/{name}/archive``. ``destination`` is a path, where a file appears only
        when it is complete, or a writer. Raises NotFoundError, FileError.
        """
        answer = self._stream("GET", "containers/{}/archive", name, path=os.fspath(path))
        return download(answer, destination)

    def put_archive(
        self,
        name: str,
        path: str | os.PathLike[str],
        source: str | os.PathLike[str] | Body,
        *,
        copy_uid_gid: bool = True,
        no_overwrite_dir_non_dir: bool = False,
    ) -> None:
        """Unpack a tar archive into a folder of a container: a path, an open file, or its blocks.

        ``PUT /containers/{name}/archive``. With ``copy_uid_gid`` all that is unpacked belongs to
        the container's user; ``no_overwrite_dir_non_dir`` refuses to replace a folder by a file, or
        the other way round. Raises NotFoundError, and FileError for an archive that cannot be read.
        """
        options = {
            "path": os.fspath(path),
            "copyUIDGID": copy_uid_gid,
            "noOverwriteDirNonDir": no_overwrite_dir_non_dir,
        }
        with opened(source) as archive:
            send = as_tar(trimmed(archive))
            self._request("PUT", "containers/{}/archive", [name], options, send)

    @contextmanager
    def export_stream(self, name: str) -> Generator[Iterator[bytes]]:
        """All files of a container as a tar archive, in blocks as they come.

        ``GET /containers/{name}/export``. Volumes are not in it.
        """
        with self._stream("GET", "containers/{}/export", name) as response:
            yield complete(response.iter_bytes())

    def export_to(self, name: str, destination: str | os.PathLike[str] | Writer) -> int:
        """Write all files of a container as a tar archive; how many bytes it has.

        ``GET /containers/{name}/export``. ``destination`` as for :meth:`archive_to`. Raises
        NotFoundError, FileError.
        """
        return download(self._stream("GET", "containers/{}/export", name), destination)

    def commit(
        self,
        name: str,
        *,
        repo: str | None = None,
        tag: str | None = None,
        author: str | None = None,
        comment: str | None = None,
        changes: Sequence[str] = (),
        pause: bool | None = None,
        squash: bool = False,
    ) -> models.DockerCommitted:
        """Make an image of a container. ``POST /commit``. Raises NotFoundError.

        It is called ``repo:tag`` (default: no name; ``latest``). ``changes`` are instructions as in
        a Containerfile, such as ``CMD ["sh"]``; ``pause`` holds the container meanwhile (default:
        yes); ``squash`` makes one layer of all.
        """
        return self._post(
            models.DockerCommitted,
            "commit",
            send=as_json({}),  # older servers want a body
            container=query.container(name),
            repo=repo,
            tag=tag,
            author=author,
            comment=comment,
            changes=[*changes],
            pause=pause,
            squash=squash,
        )

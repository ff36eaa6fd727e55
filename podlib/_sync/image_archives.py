# Generated from podlib/_async/image_archives.py: edit there.
"""Images as archives: saved, exported, loaded, imported."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, TypeAlias

from podlib import models
from podlib.build.contexts import is_url

from .tars import complete, download, opened
from .verbs import Verbs, as_tar

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from podlib.files import Writer
    from podlib.http.unix_sync import Body

ArchiveFormat: TypeAlias = Literal["oci-archive", "docker-archive", "oci-dir", "docker-dir"]


class ImageArchives(Verbs):
    """What goes out of the store, and comes into it, without a registry."""

    __slots__ = ()

    @contextmanager
    def save_stream(
        self, name: str, *, format: ArchiveFormat = "oci-archive", compress: bool = False
    ) -> Generator[Iterator[bytes]]:
        """An image as an archive, in blocks as they come. ``GET /libpod/images/{name}/get``.

        Parameters as for :meth:`save_to`.
        """
        with self._stream(
            "GET", "images/{}/get", name, format=format, compress=compress or None
        ) as response:
            yield complete(response.iter_bytes())

    def save_to(
        self,
        name: str,
        destination: str | os.PathLike[str] | Writer,
        *,
        format: ArchiveFormat = "oci-archive",
        compress: bool = False,
    ) -> int:
        """Write an image as an archive, to a file or a writer; how many bytes it has.

        ``GET /libpod/images/{name}/get``. ``oci-dir`` and ``docker-dir`` come as a tar of the
        folder; ``compress`` is for the layers of the latter. A file appears under its name only
        when it is complete. Raises NotFoundError, FileError.
        """
        answer = self._stream(
            "GET", "images/{}/get", name, format=format, compress=compress or None
        )
        return download(answer, destination)

    @contextmanager
    def export_stream(
        self,
        *names: str,
        format: ArchiveFormat = "docker-archive",
        compress: bool = False,
        accept_uncompressed: bool = False,
    ) -> Generator[Iterator[bytes]]:
        """Several images as one archive, in blocks as they come. ``GET /libpod/images/export``.

        Parameters as for :meth:`export_to`.
        """
        with self._stream(
            "GET",
            "images/export",
            references=[*names],
            format=format,
            compress=compress or None,
            ociAcceptUncompressedLayers=accept_uncompressed or None,
        ) as response:
            yield complete(response.iter_bytes())

    def export_to(
        self,
        names: Sequence[str],
        destination: str | os.PathLike[str] | Writer,
        *,
        format: ArchiveFormat = "docker-archive",
        compress: bool = False,
        accept_uncompressed: bool = False,
    ) -> int:
        """Write several images as one archive, to a file or a writer; how many bytes it has.

        ``GET /libpod/images/export``. More than one image can be in a ``docker-archive`` only.
        ``accept_uncompressed``: an OCI archive may have layers as they are. The rest as for
        :meth:`save_to`. Raises FileError; BadRequestError for an image that is not there.
        """
        answer = self._stream(
            "GET",
            "images/export",
            references=[*names],
            format=format,
            compress=compress or None,
            ociAcceptUncompressedLayers=accept_uncompressed or None,
        )
        return download(answer, destination)

    def load(self, source: str | os.PathLike[str] | Body) -> models.ImageLoaded:
        """Load the images of an archive: a path, an open file, or its blocks.

        ``POST /libpod/images/load``.
        """
        with opened(source) as archive:
            return self._post(models.ImageLoaded, "images/load", send=as_tar(archive))

    def load_local(self, path: str | os.PathLike[str]) -> models.ImageLoaded:
        """Load the images of an archive that is on the server's host already.

        ``POST /libpod/local/images/load``. Podman 5.7 or newer. ``path`` is absolute. Raises
        NotFoundError.
        """
        return self._post(models.ImageLoaded, "local/images/load", path=os.fspath(path))

    def import_(
        self,
        source: str | os.PathLike[str] | Body,
        *,
        reference: str | None = None,
        changes: Sequence[str] = (),
        message: str | None = None,
        os: str | None = None,
        arch: str | None = None,
        variant: str | None = None,
    ) -> models.ImageImported:
        """Make an image of a root file system: of a tar archive, or what the server finds at a URL.

        ``POST /libpod/images/import``. ``source`` is a path, an open file, its blocks, or a text
        that begins with ``http://`` or ``https://``. ``reference`` is the image's name;
        ``changes`` are instructions of a Containerfile such as ``CMD sh``; ``message`` is kept in
        its history; ``os``, ``arch`` and ``variant``: by default those of the server's host.
        """
        url = source if is_url(source) else None
        with opened(b"" if is_url(source) else source) as body:
            reply = self._call(
                "POST",
                "images/import",
                send=None if url else as_tar(body),
                URL=url,
                reference=reference,
                changes=[*changes],
                message=message,
                OS=os,
                Architecture=arch,
                Variant=variant,
            )
        return models.decode(models.ImageImported, reply.body)

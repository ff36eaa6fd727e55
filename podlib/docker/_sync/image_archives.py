# Generated from podlib/docker/_async/image_archives.py: edit there.
"""Images as archives, through Docker's API: saved, loaded, imported."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from podlib import models
from podlib._sync.image_transfer import without_errors
from podlib._sync.tars import complete, download, opened
from podlib._sync.verbs import as_tar
from podlib.build.contexts import is_url
from podlib.errors import ProtocolError, PullError

from .verbs import DockerVerbs

if TYPE_CHECKING:
    import os
    from collections.abc import Generator, Iterator, Sequence

    from podlib.files import Writer
    from podlib.http.unix_sync import Body

_LOADED = "Loaded image"


class DockerImageArchives(DockerVerbs):
    """What goes out of the store, and comes into it, without a registry."""

    __slots__ = ()

    @contextmanager
    def save_stream(self, name: str) -> Generator[Iterator[bytes]]:
        """An image as an archive, in blocks as they come. ``GET /images/{name}/get``."""
        with self._stream("GET", "images/{}/get", name) as response:
            yield complete(response.iter_bytes())

    def save_to(self, name: str, destination: str | os.PathLike[str] | Writer) -> int:
        """Write an image as an archive, to a file or a writer; how many bytes it has.

        ``GET /images/{name}/get``. A file appears under its name only when it is complete. Raises
        NotFoundError, FileError.
        """
        return download(self._stream("GET", "images/{}/get", name), destination)

    @contextmanager
    def export_stream(self, *names: str) -> Generator[Iterator[bytes]]:
        """Several images as one archive, in blocks as they come. ``GET /images/get``."""
        with self._stream("GET", "images/get", names=[*names]) as response:
            yield complete(response.iter_bytes())

    def export_to(self, names: Sequence[str], destination: str | os.PathLike[str] | Writer) -> int:
        """Write several images as one archive, to a file or a writer; how many bytes it has.

        ``GET /images/get``. The rest as for :meth:`save_to`.
        """
        return download(self._stream("GET", "images/get", names=[*names]), destination)

    def load(self, source: str | os.PathLike[str] | Body) -> models.ImageLoaded:
        """Load the images of an archive: a path, an open file, or its blocks.

        ``POST /images/load``.
        """
        names: list[str] = []
        with (
            opened(source) as archive,
            self._lines(
                models.DockerProgressLine, "POST", "images/load", send=as_tar(archive)
            ) as lines,
        ):
            for line in without_errors(lines, PullError, "cannot load the archive"):
                text = line.stream.strip()
                if text.startswith(_LOADED):
                    names += [each.strip() for each in text.partition(": ")[2].split(",")]
        return models.ImageLoaded(names=names)

    def import_(
        self,
        source: str | os.PathLike[str] | Body,
        *,
        repo: str | None = None,
        tag: str | None = None,
        changes: Sequence[str] = (),
        message: str | None = None,
        platform: str | None = None,
    ) -> models.ImageImported:
        """Make an image of a root file system: of a tar archive, or what the server finds at a URL.

        ``POST /images/create``. ``source`` is a path, an open file, its blocks, or a text that
        begins with ``http://`` or ``https://``. ``repo:tag`` is the image's name; ``changes`` are
        instructions of a Containerfile such as ``CMD sh``; ``message`` is kept in its history.
        """
        url = source if is_url(source) else None
        reference = repo and (f"{repo}:{tag}" if tag else repo)  # older servers ignore ``tag``
        last = ""
        with (
            opened(b"" if is_url(source) else source) as body,
            self._lines(
                models.DockerProgressLine,
                "POST",
                "images/create",
                send=None if url else as_tar(body),
                fromSrc=url or "-",
                repo=reference,
                changes=[*changes],
                message=message,
                platform=platform,
            ) as lines,
        ):
            for line in without_errors(lines, PullError, "cannot import the archive"):
                last = line.status or line.id or last
        if not last:
            raise ProtocolError("the import ended without telling an image")
        return models.ImageImported(id=last)

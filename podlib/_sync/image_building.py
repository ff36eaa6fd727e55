# Generated from podlib/_async/image_building.py: edit there.
"""Images built from a Containerfile."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from podlib import models
from podlib.build_contexts import EMPTY, is_url, tar_context
from podlib.credentials import config_header
from podlib.errors import BuildError, ParameterError, ProtocolError
from podlib.http.flow_sync import in_thread

from .verbs import Sent, Verbs, as_tar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping
    from typing import Unpack

    from podlib.credentials import Credentials

_ID = re.compile(r"[0-9a-f]{64}")


class ImageBuilding(Verbs):
    """What makes new images. The options are those of :class:`podlib.models.BuildOptions`."""

    __slots__ = ()

    @contextmanager
    def build_stream(
        self,
        context: str | os.PathLike[str],
        *,
        credentials: Mapping[str, Credentials] | None = None,
        **options: Unpack[models.BuildOptions],
    ) -> Generator[Iterator[models.BuildLine]]:
        """Build an image, and read the log as it comes: the lines as the server sends them.

        ``POST /libpod/build``. Parameters as for :meth:`build`. An ``error`` line is the
        caller's to act on. If it is left early, the server still ends the running step.
        """
        self._link.connect(self._timeouts)
        query = models.build_spec(self._link.version, options)
        fields = in_thread(lambda: config_header(credentials))
        secrets = options.get("secrets", {})
        if is_url(context):
            if secrets:
                raise ParameterError("secrets: they are sent with a folder only")
            body, remote = iter([EMPTY]), context
        else:
            body, remote = tar_context(context, secrets), None
        with self._lines(
            models.BuildLine, "POST", "build", send=as_tar(body, fields), remote=remote, **query
        ) as lines:
            yield lines

    def build(
        self,
        context: str | os.PathLike[str],
        *,
        credentials: Mapping[str, Credentials] | None = None,
        progress: Callable[[str], object] | None = None,
        **options: Unpack[models.BuildOptions],
    ) -> models.BuiltImage:
        """Build an image from the folder ``context``, which is streamed to the server.

        ``POST /libpod/build``. A ``context`` that begins with ``http://``, ``https://`` or
        ``git://`` is fetched by the server: an archive, a Containerfile or a repository.
        ``credentials``, by registry, are for base images and caches; by default those of the
        user's auth files. ``progress`` is called with each line of the log, as it comes. Raises
        ParameterError for an option that is unknown or cannot be right; BuildError, with the end
        of the log; FileError for a context that cannot be read.
        """
        with self.build_stream(context, credentials=credentials, **options) as lines:
            return _built(lines, progress)

    @contextmanager
    def build_local_stream(
        self,
        path: str | os.PathLike[str],
        *,
        credentials: Mapping[str, Credentials] | None = None,
        **options: Unpack[models.BuildOptions],
    ) -> Generator[Iterator[models.BuildLine]]:
        """Build an image from a folder of the server's host, and read the log as it comes.

        ``POST /libpod/local/build``. Podman 5.7 or newer. Parameters as for :meth:`build_local`.
        """
        if options.get("secrets"):  # the server would move the files that it takes for them away
            raise ParameterError("secrets: they cannot go with a local build")
        self._link.connect(self._timeouts)
        query = models.build_spec(self._link.version, options)
        fields = in_thread(lambda: config_header(credentials))
        with self._lines(
            models.BuildLine,
            "POST",
            "local/build",
            send=Sent(fields=fields),
            localcontextdir=os.fspath(path),
            **query,
        ) as lines:
            yield lines

    def build_local(
        self,
        path: str | os.PathLike[str],
        *,
        credentials: Mapping[str, Credentials] | None = None,
        progress: Callable[[str], object] | None = None,
        **options: Unpack[models.BuildOptions],
    ) -> models.BuiltImage:
        """Build an image from a folder of the server's host, an absolute ``path``.

        ``POST /libpod/local/build``. Podman 5.7 or newer. The rest as for :meth:`build`, but for
        ``secrets``. Raises NotFoundError for a path that is not there.
        """
        with self.build_local_stream(path, credentials=credentials, **options) as lines:
            return _built(lines, progress)


def _built(
    lines: Iterator[models.BuildLine], progress: Callable[[str], object] | None
) -> models.BuiltImage:
    log: list[str] = []
    rest = ""
    for line in lines:
        if line.error:
            log += [rest] if rest else []
            raise BuildError(f"the build failed: {line.error.strip()}", log)
        *whole, rest = (rest + line.stream).split("\n")
        for text in whole:
            log.append(text)
            if progress is not None:
                progress(text)
    if rest or not log or not _ID.fullmatch(log[-1]):
        raise ProtocolError("the build ended without telling an image")
    return models.BuiltImage(id=log[-1], log=log)  # the log's last line is the image's id

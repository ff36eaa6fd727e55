"""Images built from a Containerfile."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from podlib import models
from podlib.build.contexts import sending
from podlib.build.log import BuildLog
from podlib.credentials import config_header
from podlib.errors import ParameterError
from podlib.http.common import Readable
from podlib.http.flow_async import in_thread

from .tars import read_apart
from .verbs import AsyncVerbs, Sent, documents

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
    from typing import Unpack

    from podlib.build.contexts import Context
    from podlib.credentials import Credentials
    from podlib.http.unix_async import AsyncResponse

KEPT = 1_000
"""Lines of a log that is streamed: only its error needs them."""


class AsyncBuilder(AsyncVerbs):
    """What both APIs build with."""

    __slots__ = ()

    @asynccontextmanager
    async def _build(
        self,
        log: BuildLog,
        context: Context,
        credentials: Mapping[str, Credentials] | None,
        options: models.BuildOptions,
    ) -> AsyncGenerator[AsyncIterator[models.BuildLogLine]]:
        async with await self._open_build(context, credentials, options) as response:
            yield log_lines(log, response)

    async def _open_build(
        self,
        context: Context,
        credentials: Mapping[str, Credentials] | None,
        options: models.BuildOptions,
    ) -> AsyncResponse:
        """Send the context, until the build begins; the answer with its log, to be closed."""
        await self._link.connect(self._timeouts)
        version = self._link.version
        query = models.build_spec(version, options)
        fields = await in_thread(lambda: config_header(credentials))
        sent = await in_thread(lambda: sending(version, context, options, query))
        body = sent.body if isinstance(sent.body, Readable) else read_apart(sent.body)
        send = Sent(body, (*fields, ("Content-Type", sent.kind)))
        return await self._response("POST", "build", (), sent.query, send)


class AsyncImageBuilding(AsyncBuilder):
    """What makes new images. The options are those of :class:`podlib.models.BuildOptions`."""

    __slots__ = ()

    @asynccontextmanager
    async def build_stream(
        self,
        context: Context,
        *,
        credentials: Mapping[str, Credentials] | None = None,
        **options: Unpack[models.BuildOptions],
    ) -> AsyncGenerator[AsyncIterator[models.BuildLogLine]]:
        """Build an image, and read the log as it comes, by lines.

        ``POST /libpod/build``. Parameters and errors as for :meth:`build`: a build that fails
        raises BuildError after the last line of its log, of which the error keeps the last 1,000.
        The last line of a build that succeeds is the image's id. If it is left early, the server
        still ends the running step.
        """
        async with self._build(BuildLog(KEPT), context, credentials, options) as lines:
            yield lines

    async def build(
        self,
        context: Context,
        *,
        credentials: Mapping[str, Credentials] | None = None,
        progress: Callable[[models.BuildLogLine], object] | None = None,
        **options: Unpack[models.BuildOptions],
    ) -> models.BuiltImage:
        """Build an image from ``context``, which is streamed to the server.

        ``POST /libpod/build``. A ``context`` is a folder; a list of files and folders, each by
        its own name; a mapping of contents (bytes or str) by the files' names; an open archive
        (tar, also compressed), as a binary file. One that begins with ``http://``, ``https://`` or
        ``git://`` is fetched by the server: an archive, a Containerfile or a repository. What its
        ignore file says is left out before it is sent, but for archives and URLs.

        ``credentials``, by registry, are for base images and caches; by default those of the
        user's auth files. ``progress`` is called with each line of the log, as it comes. Raises
        ParameterError for an option that is unknown or cannot be right; BuildError, with the step
        and the end of the log; FileError for a context that cannot be read.
        """
        log = BuildLog()
        async with self._build(log, context, credentials, options) as lines:
            return await built(log, lines, progress)

    @asynccontextmanager
    async def build_local_stream(
        self,
        path: str | os.PathLike[str],
        *,
        credentials: Mapping[str, Credentials] | None = None,
        **options: Unpack[models.BuildOptions],
    ) -> AsyncGenerator[AsyncIterator[models.BuildLogLine]]:
        """Build an image from a folder of the server's host, and read the log as it comes.

        ``POST /libpod/local/build``. Podman 5.7 or newer. Parameters as for :meth:`build_local`,
        the log as for :meth:`build_stream`.
        """
        async with self._build_local(BuildLog(KEPT), path, credentials, options) as lines:
            yield lines

    async def build_local(
        self,
        path: str | os.PathLike[str],
        *,
        credentials: Mapping[str, Credentials] | None = None,
        progress: Callable[[models.BuildLogLine], object] | None = None,
        **options: Unpack[models.BuildOptions],
    ) -> models.BuiltImage:
        """Build an image from a folder of the server's host, an absolute ``path``.

        ``POST /libpod/local/build``. Podman 5.7 or newer. The rest as for :meth:`build`, but that
        nothing is sent: no ``secrets``, ``ignorefile`` or Containerfile from here, and folders
        among ``build_contexts`` are the server's. Raises NotFoundError for a path that is not
        there.
        """
        log = BuildLog()
        async with self._build_local(log, path, credentials, options) as lines:
            return await built(log, lines, progress)

    @asynccontextmanager
    async def _build_local(
        self,
        log: BuildLog,
        path: str | os.PathLike[str],
        credentials: Mapping[str, Credentials] | None,
        options: models.BuildOptions,
    ) -> AsyncGenerator[AsyncIterator[models.BuildLogLine]]:
        for name in models.build_parts_sent(options):
            raise ParameterError(f"{name}: it cannot go with a local build")
        await self._link.connect(self._timeouts)
        query = models.build_spec(self._link.version, options)
        fields = await in_thread(lambda: config_header(credentials))
        send = Sent(fields=fields)
        query["localcontextdir"] = os.fspath(path)
        async with self._lines(
            models.BuildLine, "POST", "local/build", send=send, **query
        ) as pieces:
            yield _lines_of(log, pieces)


def log_lines(log: BuildLog, response: AsyncResponse) -> AsyncIterator[models.BuildLogLine]:
    """The lines of a build's log, as they come. Raises BuildError after the last one."""
    return _lines_of(log, documents(models.BuildLine, response))


async def _lines_of(
    log: BuildLog, pieces: AsyncIterator[models.BuildLine]
) -> AsyncIterator[models.BuildLogLine]:
    complete = False
    async for piece in pieces:
        complete = complete or bool(piece.aux)  # Docker's API tells the same once more after that
        for line in () if complete else log.feed(piece):
            yield line
    log.image()


async def built(
    log: BuildLog,
    lines: AsyncIterator[models.BuildLogLine],
    progress: Callable[[models.BuildLogLine], object] | None,
) -> models.BuiltImage:
    """The image, at the end of its log."""
    async for line in lines:
        if progress is not None:
            progress(line)
    return log.image()

"""Images built from a Containerfile, through Docker's API."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from podlib._async.image_building import KEPT, AsyncBuilder, built
from podlib.build.log import BuildLog

from .verbs import AsyncDockerVerbs

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
    from typing import Unpack

    from podlib import models
    from podlib.build.contexts import Context
    from podlib.credentials import Credentials


class AsyncDockerImageBuilding(AsyncDockerVerbs, AsyncBuilder):
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

        ``POST /build``. Parameters and errors as for :meth:`build`; the log as for ``build_stream``
        of the libpod side.
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

        ``POST /build``. It is the same builder as that of the libpod side, with the same options,
        contexts and errors, but that without ``containerfile`` it looks for a ``Dockerfile`` only.
        Docker's BuildKit is not served by Podman.
        """
        log = BuildLog()
        async with self._build(log, context, credentials, options) as lines:
            return await built(log, lines, progress)

# Generated from podlib/docker/_async/image_building.py: edit there.
"""Images built from a Containerfile, through Docker's API."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from podlib._sync.image_building import KEPT, Builder, built
from podlib.build.log import BuildLog

from .verbs import DockerVerbs

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping
    from typing import Unpack

    from podlib import models
    from podlib.build.contexts import Context
    from podlib.credentials import Credentials


class DockerImageBuilding(DockerVerbs, Builder):
    """What makes new images. The options are those of :class:`podlib.models.BuildOptions`."""

    __slots__ = ()

    @contextmanager
    def build_stream(
        self,
        context: Context,
        *,
        credentials: Mapping[str, Credentials] | None = None,
        **options: Unpack[models.BuildOptions],
    ) -> Generator[Iterator[models.BuildLogLine]]:
        """Build an image, and read the log as it comes, by lines.

        ``POST /build``. Parameters and errors as for :meth:`build`; the log as for ``build_stream``
        of the libpod side.
        """
        with self._build(BuildLog(KEPT), context, credentials, options) as lines:
            yield lines

    def build(
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
        with self._build(log, context, credentials, options) as lines:
            return built(log, lines, progress)

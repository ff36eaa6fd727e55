"""Images that a runtime builds, and the events of that."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from podlib import models, runtime_views
from podlib.backlog import Backlog
from podlib.build.log import BuildLog
from podlib.http.flow_async import Event, beside, tell

from .image_building import KEPT, log_lines
from .runtime_core import AsyncRuntimeCore

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from podlib.http.unix_async import AsyncResponse


class AsyncImageBuild:
    """A build that is under way, as long as the ``with`` block that it comes from lasts."""

    def __init__(self, response: AsyncResponse) -> None:
        self._response = response
        self._log = BuildLog(KEPT)
        self._backlog: Backlog[models.BuildEvent] = Backlog(_size)
        self._news = Event()
        self._over = Event()
        self._failure: BaseException | None = None

    async def events(self) -> AsyncIterator[models.BuildEvent]:
        """The lines of its log, as they come, until it ends.

        The build never waits for who reads them. Of those that wait to be read, the oldest are
        dropped beyond 4 Mi characters; the next event says how many: ``missed``. Raises BuildError
        after the last event of a build that fails.
        """
        while True:
            self._news.clear()
            while (taken := self._backlog.take()) is not None:
                event, missed = taken
                yield replace(event, missed=missed) if missed else event
            if self._over.is_set():
                break
            await self._news.wait()
        self._raise_failure()

    async def image(self) -> models.ImageRef:
        """Wait until it ends: the image. Raises BuildError."""
        await self._over.wait()
        self._raise_failure()
        built = self._log.image()
        return models.ImageRef(built.id, tuple(built.tags))

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    async def _follow(self) -> None:
        """Read the log to its end, as fast as it comes."""
        try:
            async for line in log_lines(self._log, self._response):
                self._backlog.put(models.BuildEvent(line.text, line.step))
                self._news.set()
        except BaseException as error:  # noqa: BLE001 -- whoever waits for the build gets it
            self._failure = error
        finally:
            self._over.set()
            self._news.set()

    def _abort(self) -> None:
        if not self._over.is_set():
            self._response.abort()


def _size(event: models.BuildEvent) -> int:
    """Characters, and what an empty line costs."""
    return len(event.text) + 100


class AsyncRuntimeBuilding(AsyncRuntimeCore):
    """The part of a runtime that builds: through libpod, for Podman serves no BuildKit."""

    async def build_image(
        self,
        spec: models.BuildSpec,
        events: Callable[[models.BuildEvent], object] | None = None,
    ) -> models.ImageRef:
        """Build an image: its id and its tags.

        ``POST /libpod/build``. ``events`` is called with each line of the log, as it comes; if it
        is slow, the build goes on, and what is dropped then is counted, as by
        :meth:`build_image_stream`. Raises BuildError, with the step and the end of the log;
        FileError for a context that cannot be read; ParameterError.
        """
        async with self.build_image_stream(spec) as build:
            if events is not None:
                async for event in build.events():
                    await tell(events, event)
            return await build.image()

    @asynccontextmanager
    async def build_image_stream(self, spec: models.BuildSpec) -> AsyncGenerator[AsyncImageBuild]:
        """Build an image: its ``events()`` as they come, then the ``image()``.

        ``POST /libpod/build``. The block begins when the context has been sent. If it is left
        early, the server still ends the running step. Raises FileError, ParameterError.
        """
        images, options = self.podman.images, runtime_views.build_options(spec)
        response = await images._open_build(spec.context, spec.credentials, options)
        async with response:
            build = AsyncImageBuild(response)
            async with beside(build._follow, build._abort):
                yield build

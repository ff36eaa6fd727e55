"""Health that an orchestrator finds out itself: by commands that it runs in containers."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from podlib import models
from podlib.errors import ConflictError, PodmanError
from podlib.http.flow_async import Event, beside, happens, sleep

from .runtime_containers import AsyncRuntimeContainers

if TYPE_CHECKING:
    from podlib.models.runtime import HealthProbe, HealthReport

    from .client import AsyncPodman
    from .sessions import AsyncSession


class AsyncRuntimeHealth(AsyncRuntimeContainers):
    """The part of a runtime that sees whether containers are healthy."""

    async def probe_health(self, id: str, probe: HealthProbe) -> HealthReport:
        """Try once, now, as the container's own user unless the probe says otherwise.

        A container that does not run is not healthy. Raises NotFoundError.
        """
        try:
            return await self._tried(id, probe)
        except ConflictError as error:
            return models.HealthReport(healthy=False, tries=1, exit_code=None, output=str(error))

    async def wait_healthy(self, id: str, probe: HealthProbe) -> HealthReport:
        """Try again and again, until the container is healthy, or is not: the last report.

        It is not after as many failures in a row as the probe has ``retries``; those of its
        ``start_period`` do not count. Nor is it when it has ended. Raises NotFoundError.
        """
        begin = time.monotonic()
        failures, tries = 0, 0
        while True:
            await sleep(probe.interval)
            report = await self.probe_health(id, probe)
            tries += 1
            if time.monotonic() - begin > probe.start_period:
                failures += 1
            if report.healthy or failures >= probe.retries or await self._has_ended(id, report):
                return replace(report, tries=tries)

    async def _has_ended(self, id: str, report: HealthReport) -> bool:
        if report.exit_code is not None:  # it ran a moment ago
            return False
        return (await self.inspect_container(id)).finished is not None

    async def _tried(self, id: str, probe: HealthProbe) -> HealthReport:
        command = probe.command
        words = ["/bin/sh", "-c", command] if isinstance(command, str) else [*command]
        options: models.ExecOptions = {"user": probe.user} if probe.user else {}
        created = await self._docker.exec.create(id, words, **options)
        async with self._docker.exec.start(created.id) as session:
            limit = _Limit(self.podman, created.id, session, probe.timeout)
            async with beside(limit.keep, limit.lift):
                return await _report(session, limit)


class _Limit:
    """How long a try may take. Then its process is ended, if the server can do that."""

    def __init__(
        self, podman: AsyncPodman, exec_id: str, session: AsyncSession, seconds: float
    ) -> None:
        self._podman = podman
        self._exec_id = exec_id
        self._session = session
        self._lifted = Event()
        self.seconds = seconds
        self.ran_out = False

    async def keep(self) -> None:
        """Wait for the try to end, but no longer."""
        if await happens(self._lifted, self.seconds):
            return
        self.ran_out = True
        self._session.abort()
        with suppress(PodmanError):  # it has just ended, or the server is too old
            await self._podman.exec.remove(self._exec_id, force=True)

    def lift(self) -> None:
        """It has ended."""
        self._lifted.set()


async def _report(session: AsyncSession, limit: _Limit) -> HealthReport:
    try:
        result = await session.communicate()
    except PodmanError:
        if not limit.ran_out:
            raise
    else:
        if not limit.ran_out:
            output = (result.stdout + result.stderr).decode("utf-8", "replace")
            return models.HealthReport(result.exit_code == 0, 1, result.exit_code, output)
    why = f"it did not end within {limit.seconds} seconds"
    return models.HealthReport(healthy=False, tries=1, exit_code=None, output=why)

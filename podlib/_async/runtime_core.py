"""A runtime: opened, asked what it can do, and closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from podlib import models
from podlib.errors import CheckpointUnsupportedError
from podlib.http.flow_async import Lock, outcome

from .client import AsyncPodman

if TYPE_CHECKING:
    import os

    from podlib.docker._async.docker import AsyncDocker
    from podlib.http.flow_async import Asked


class AsyncRuntimeCore:
    """What all parts of a runtime share."""

    def __init__(
        self,
        socket: str | os.PathLike[str] | None = None,
        *,
        connection: str | None = None,
        checkpoint_probe: Asked[bool] | None = None,
        connect_timeout: float | None = 10.0,
    ) -> None:
        self.podman = AsyncPodman(socket, connection=connection, connect_timeout=connect_timeout)
        """The client beneath, for what a runtime has no words for."""
        self._probe = checkpoint_probe
        self._opening = Lock()
        self._capabilities: models.Capabilities | None = None

    @property
    def _docker(self) -> AsyncDocker:
        return self.podman.docker

    async def capabilities(self) -> models.Capabilities:
        """What the engine can do. The first call opens the runtime; then it is known.

        ``checkpoint``: libpod's API answers, and the probe, if there is one, has said yes.
        """
        async with self._opening:
            if self._capabilities is None:
                self._capabilities = await self._look()
            return self._capabilities

    async def _look(self) -> models.Capabilities:
        info = await self.podman.system.info()
        backend = info.host.network_backend_info
        return models.Capabilities(
            healthchecks=True,
            exit_codes=True,
            # Before Podman 4.5 it was not told.
            service_name_dns=backend is None or bool(backend.dns.path or backend.dns.package),
            checkpoint=self._probe is None or bool(await outcome(self._probe)),
        )

    def prefer_self_probed_health(self) -> bool:
        """Whether an orchestrator should run health checks itself, by ``wait_healthy``: True.

        Podman runs a check of its own as root, and the first one at the start already. That breaks
        images that drop privileges: what the check leaves behind belongs to root.
        """
        return True

    async def _check_checkpoints(self) -> None:
        if not (await self.capabilities()).checkpoint:
            raise CheckpointUnsupportedError(
                "this host cannot checkpoint and restore, says the runtime's probe: is CRIU "
                "installed there? Nothing was touched"
            )

    async def close(self) -> None:
        """Close all connections; calls that are under way end with ClosedError."""
        await self.podman.close()

    async def __aenter__(self) -> Self:
        try:
            await self.capabilities()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

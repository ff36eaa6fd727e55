"""The networks, volumes and pod of a group, made on the host that it goes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from podlib import models
from podlib.errors import NotFoundError, PodmanError

from .checkpoints import patiently

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podlib.http.flow_async import Call

    from .client import AsyncPodman


@dataclass(frozen=True)
class Places:
    """What a group needs where it goes, as it is where it comes from."""

    networks: Sequence[models.Network] = ()
    volumes: Sequence[models.Volume] = ()
    pod: models.PodOptions | None = None


class AsyncMadePlaces:
    """What was made for a group on one host."""

    def __init__(
        self,
        podman: AsyncPodman,
        networks: Sequence[str] = (),
        volumes: Sequence[str] = (),
        pod: str = "",
    ) -> None:
        self._podman = podman
        self.networks = [*networks]
        self.volumes = [*volumes]
        self.pod = pod

    async def make(self, wanted: Places, note: Call[object]) -> None:
        """Create all of it. ``note`` is called after each. Raises ConflictError."""
        for network in wanted.networks:
            await self._podman.networks.create(network.name, **models.network_like(network))
            self.networks += [network.name]
            await note()
        for volume in wanted.volumes:
            await self._podman.volumes.create(volume.name, **models.volume_like(volume))
            self.volumes += [volume.name]
            await note()
        if wanted.pod is not None:
            self.pod = (await self._podman.pods.create(**wanted.pod)).id
            await note()
            await self._podman.pods.start(self.pod)

    async def unmake(self) -> list[str]:
        """Remove all that was made; what could not be removed, and why."""
        left = [await self._remove_pod()] if self.pod else []
        left += [await self._remove_volume(each) for each in self.volumes]
        left += [await self._remove_network(each) for each in self.networks]
        return [f"it is left at the target: {each}" for each in left if each]

    async def _remove_volume(self, name: str) -> str:
        """With the container that was to fill it, if one is left."""
        return await _problem(lambda: self._podman.volumes.remove(name, force=True))

    async def _remove_pod(self) -> str:
        return await _problem(lambda: self._podman.pods.remove(self.pod, force=True, timeout=0))

    async def _remove_network(self, name: str) -> str:
        return await _problem(lambda: self._podman.networks.remove(name))


async def _problem(remove: Call[object]) -> str:
    try:
        await patiently(remove)
    except NotFoundError:
        return ""
    except PodmanError as error:
        return str(error)
    return ""

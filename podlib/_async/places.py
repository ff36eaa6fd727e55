"""The networks, volumes and pod of a group, made on the host that it goes to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from podlib import models
from podlib.errors import APIError, NotFoundError, PodmanError

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


FILLER = "podlib.filler"
"""The label of a container that only lends Podman a place at which a volume is written."""


class AsyncMadePlaces:
    """What was made for a group on one host."""

    def __init__(
        self,
        podman: AsyncPodman,
        networks: Sequence[str] = (),
        volumes: Sequence[str] = (),
        pods: Sequence[str] = (),
    ) -> None:
        self._podman = podman
        self.networks = [*networks]
        self.volumes = [*volumes]
        self.pods = [*pods]

    async def make(self, wanted: Places, note: Call[object]) -> None:
        """Create all of it. ``note`` is called after each. Raises ConflictError."""
        podman = self._podman
        for network in wanted.networks:
            like = models.network_like(network)
            create = partial(podman.networks.create, network.name, **like)
            await _made(self.networks, network.name, create)
            await note()
        for volume in wanted.volumes:
            options = models.volume_like(volume)
            call = partial(podman.volumes.create, volume.name, **options)
            await _made(self.volumes, volume.name, call)
            await note()
        if wanted.pod is not None:
            name = wanted.pod.get("name", "")
            await _made(self.pods, name, partial(podman.pods.create, **wanted.pod))
            await note()
            await podman.pods.start(name)

    async def unmake(self) -> list[str]:
        """Remove all that was made, but what others use by now; what is left, and why."""
        podman = self._podman
        left = [await _problem(self._remove_fillers)] if self.volumes else []
        for pod in self.pods:
            left += [await _problem(partial(podman.pods.remove, pod, force=True, timeout=0))]
        left += [await _problem(partial(podman.volumes.remove, each)) for each in self.volumes]
        left += [await _problem(partial(podman.networks.remove, each)) for each in self.networks]
        return [f"it is left at the target: {each}" for each in left if each]

    async def _remove_fillers(self) -> None:
        """Containers that were to fill the volumes, and whose process was killed."""
        found = await self._podman.containers.list(all=True, filters={"label": FILLER})
        for each in found:
            if each.labels[FILLER] in self.volumes:
                await self._podman.containers.remove(each.id, force=True, timeout=0)


async def _made(names: list[str], name: str, create: Call[object]) -> None:
    """Create it, and keep its name, also if the answer is lost."""
    names.append(name)
    try:
        await create()
    except APIError:  # it is not there, or is not ours
        names.remove(name)
        raise


async def _problem(remove: Call[object]) -> str:
    try:
        await patiently(remove)
    except NotFoundError:
        return ""
    except PodmanError as error:
        return str(error)
    return ""

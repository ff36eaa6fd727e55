# Generated from podlib/_async/places.py: edit there.
"""The networks, volumes and pod of a group, made on the host that it goes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from podlib import models
from podlib.errors import NotFoundError, PodmanError

from .checkpoints import patiently

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podlib.http.flow_sync import Call

    from .client import Podman


@dataclass(frozen=True)
class Places:
    """What a group needs where it goes, as it is where it comes from."""

    networks: Sequence[models.Network] = ()
    volumes: Sequence[models.Volume] = ()
    pod: models.PodOptions | None = None


class MadePlaces:
    """What was made for a group on one host."""

    def __init__(
        self,
        podman: Podman,
        networks: Sequence[str] = (),
        volumes: Sequence[str] = (),
        pod: str = "",
    ) -> None:
        self._podman = podman
        self.networks = [*networks]
        self.volumes = [*volumes]
        self.pod = pod

    def make(self, wanted: Places, note: Call[object]) -> None:
        """Create all of it. ``note`` is called after each. Raises ConflictError."""
        for network in wanted.networks:
            self._podman.networks.create(network.name, **models.network_like(network))
            self.networks += [network.name]
            note()
        for volume in wanted.volumes:
            self._podman.volumes.create(volume.name, **models.volume_like(volume))
            self.volumes += [volume.name]
            note()
        if wanted.pod is not None:
            self.pod = (self._podman.pods.create(**wanted.pod)).id
            note()
            self._podman.pods.start(self.pod)

    def unmake(self) -> list[str]:
        """Remove all that was made; what could not be removed, and why."""
        left = [self._remove_pod()] if self.pod else []
        left += [self._remove_volume(each) for each in self.volumes]
        left += [self._remove_network(each) for each in self.networks]
        return [f"it is left at the target: {each}" for each in left if each]

    def _remove_volume(self, name: str) -> str:
        """With the container that was to fill it, if one is left."""
        return _problem(lambda: self._podman.volumes.remove(name, force=True))

    def _remove_pod(self) -> str:
        return _problem(lambda: self._podman.pods.remove(self.pod, force=True, timeout=0))

    def _remove_network(self, name: str) -> str:
        return _problem(lambda: self._podman.networks.remove(name))


def _problem(remove: Call[object]) -> str:
    try:
        patiently(remove)
    except NotFoundError:
        return ""
    except PodmanError as error:
        return str(error)
    return ""

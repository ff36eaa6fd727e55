# Generated from podlib/_async/fences.py: edit there.
"""Making sure that a container does not run on the target, and will not come up there late.

A target that got the whole archive may restore it at any moment, also when nobody listens any
more. Podman refuses to make a container whose name is taken: so a container that only takes the
name keeps a late restore away, while the source brings the real one back.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from podlib.errors import APIError, ConflictError, NotFoundError, PodmanError
from podlib.http.flow_sync import sleep

from .checkpoints import patiently

if TYPE_CHECKING:
    from podlib import models

    from .client import Podman

LABEL = "podlib.fence"
_TRIES = 10
_SLOWEST = 20_000_000
"""Bytes a second at which a target surely reads an archive before it makes the container."""
_AT_LEAST = 10.0


def late(archive_bytes: int) -> float:
    """Seconds after which a target that has the archive restores it, or never will."""
    return _AT_LEAST + archive_bytes / _SLOWEST


def is_it(facts: models.ContainerInspect, container: str, image: str) -> bool:
    """Whether a container of the target is the one that moves, and does not only have its name.

    Under another name it has another id: then it is what was restored from its image.
    """
    return facts.id == container or (facts.image == image and facts.state.restored)


class Fence:
    """Keeps one container away from the target."""

    def __init__(self, target: Podman, *, there: str, name: str, image: str) -> None:
        self._target = target
        self._there = there
        self._name = name
        self._image = image
        self._fence = ""
        self._began = time.monotonic()

    def evict(self) -> None:
        """Remove the container from the target, whether it runs or not. Raises PodmanError."""
        if (facts := self._look()) is not None:
            self._remove(facts)

    def close(self, *, evict: bool = False) -> bool:
        """Whether the container runs on the target. If not, it is not there, and cannot come.

        With ``evict`` it is removed even if it runs. Raises PodmanError when that cannot be known.
        """
        for _ in range(_TRIES):
            facts = self._look()
            if facts is None:
                if self._take_name():
                    return False
            elif evict or not facts.state.running:
                self._remove(facts)
            else:
                return True
        raise PodmanError(f"container {self._name!r} comes and goes on the target")

    def lift(self, patience: float) -> None:
        """Give the name free again, ``patience`` seconds after the fence was made."""
        if not self._fence:
            return
        sleep(max(0.0, self._began + patience - time.monotonic()))
        try:
            patiently(lambda: self._target.containers.remove(self._fence, force=True))
        except NotFoundError:
            return

    def _look(self) -> models.ContainerInspect | None:
        """The container as it is on the target. What only has its name is another one."""
        try:
            facts = patiently(lambda: self._target.containers.inspect(self._there))
        except NotFoundError:
            return None
        return facts if is_it(facts, self._there, self._image) else None

    def _take_name(self) -> bool:
        """Whether nobody else can come by this name; if not, the container was faster."""
        try:
            made = self._target.containers.create(
                self._image, name=self._name, labels={LABEL: self._there}
            )
        except NotFoundError:  # without the image, nothing can be restored either
            return True
        except ConflictError:
            return self._taken()
        self._fence = made.id
        return True

    def _taken(self) -> bool:
        """Whether it is another container that has the name, which is a fence as well."""
        try:
            facts = patiently(lambda: self._target.containers.inspect(self._name))
        except NotFoundError:
            return False
        if LABEL in facts.config.labels:  # of somebody who was killed behind it
            self._fence = facts.id
            return True
        return self._look() is None

    def _remove(self, facts: models.ContainerInspect) -> None:
        """Remove what a restore left. Raises PodmanError if its processes may be alive.

        A service that is killed while it restores leaves CRIU and the processes behind, and Podman
        takes the container for one that was only created. The runtime knows better: it refuses to
        make a second one of that id.
        """
        if facts.state.status == "created":
            try:
                patiently(lambda: self._target.containers.init(facts.id))
            except APIError as error:
                if "exist" in error.message:
                    message = f"processes of {self._name!r} are alive on the target, though Podman "
                    message += "does not know of them: the host must be looked at"
                    raise PodmanError(message) from error
        try:
            patiently(lambda: self._target.containers.remove(facts.id, force=True, timeout=0))
        except NotFoundError:
            return

# Generated from tests/live/_async/pod_steps.py: edit there.
"""Steps of the tests of pods."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from podlib import Podman


SLEEP = ("sleep", "60")


def sleeping(podman: Podman, image: str, name: str, pod: str, network: str = "") -> None:
    """A container that lives on, and is stopped without delay."""
    podman.containers.create(
        image, name=name, command=SLEEP, pod=pod, network=network, stop_signal="SIGKILL"
    )


def pod_of(podman: Podman, image: str, *containers: str) -> str:
    """A pod ``web`` that runs, with an infra container and these; its id."""
    created = podman.pods.create(name="web")
    for name in containers:
        sleeping(podman, image, name, "web")
    podman.pods.start("web")
    return created.id


def is_4(podman: Podman) -> bool:
    return podman.server_version.startswith("4.")


def states(podman: Podman, pod: str) -> dict[str, str]:
    """The states of a pod's containers, without the infra container."""
    found = podman.pods.inspect(pod)
    return {
        each.name: each.state for each in found.containers if each.id != found.infra_container_id
    }

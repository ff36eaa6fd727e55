"""Steps of the tests of pods."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from podlib import AsyncPodman


SLEEP = ("sleep", "60")


async def sleeping(podman: AsyncPodman, image: str, name: str, pod: str, network: str = "") -> None:
    """A container that lives on, and is stopped without delay."""
    await podman.containers.create(
        image, name=name, command=SLEEP, pod=pod, network=network, stop_signal="SIGKILL"
    )


async def pod_of(podman: AsyncPodman, image: str, *containers: str) -> str:
    """A pod ``web`` that runs, with an infra container and these; its id."""
    created = await podman.pods.create(name="web")
    for name in containers:
        await sleeping(podman, image, name, "web")
    await podman.pods.start("web")
    return created.id


def is_4(podman: AsyncPodman) -> bool:
    return podman.server_version.startswith("4.")


async def states(podman: AsyncPodman, pod: str) -> dict[str, str]:
    """The states of a pod's containers, without the infra container."""
    found = await podman.pods.inspect(pod)
    return {
        each.name: each.state for each in found.containers if each.id != found.infra_container_id
    }

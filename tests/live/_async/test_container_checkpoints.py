"""Checkpoints that become images, and restores from those."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.live.marks import checkpointing

from .steps import counted, counts, run_counter, running

if TYPE_CHECKING:
    from podlib import AsyncPodman


@checkpointing
async def test_checkpoint_as_an_image(podman: AsyncPodman, image: str) -> None:
    await run_counter(podman, image)
    await podman.containers.checkpoint("counter", create_image="localhost/frozen:1")
    assert not await running(podman, "counter")
    before = await counts(podman, "counter")
    made = await podman.images.inspect("localhost/frozen:1")
    await podman.containers.remove("counter")
    report = await podman.containers.restore(made.id)
    after = await counted(podman, report.id, 1)
    assert after[0].number > before[-1].number
    second = await podman.containers.restore(made.id, new_name="second")
    assert second.id != report.id
    assert (await podman.containers.inspect("second")).id == second.id

# Generated from tests/live/_async/test_container_checkpoints.py: edit there.
"""Checkpoints that become images, and restores from those."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.live.marks import checkpointing

from .steps import counted, counts, run_counter, running

if TYPE_CHECKING:
    from podlib import Podman


@checkpointing
def test_checkpoint_as_an_image(podman: Podman, image: str) -> None:
    run_counter(podman, image)
    podman.containers.checkpoint("counter", create_image="localhost/frozen:1")
    assert not running(podman, "counter")
    before = counts(podman, "counter")
    made = podman.images.inspect("localhost/frozen:1")
    podman.containers.remove("counter")
    report = podman.containers.restore(made.id)
    after = counted(podman, report.id, 1)
    assert after[0].number > before[-1].number
    second = podman.containers.restore(made.id, new_name="second")
    assert second.id != report.id
    assert (podman.containers.inspect("second")).id == second.id

"""Moves through a registry that both hosts reach: whatever fails, the container is not lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from podlib import (
    CheckpointFailedError,
    Credentials,
    MigrationError,
    async_migrate,
    async_recover_migration,
    models,
)
from podlib.migration_journal import Journal, JournalEntry
from tests.live._async.steps import counted, counts, listing, run, run_counter, running, until
from tests.live.counter import missing
from tests.testbed.relay import Relay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from podlib import AsyncPodman
    from tests.testbed import Host

SECRET = "sesame"  # noqa: S105 -- of a registry that lives as long as a test


@pytest.fixture
def reference(host_a: Host, host_b: Host) -> Iterator[str]:
    """The name of an image in a registry that both hosts find at the same address."""
    address = host_a.registry(user="ann", password=SECRET)
    with Relay(host_b, to=host_a, at=5000):
        yield f"{address}/checkpoints/counter:1"


def way(reference: str, *, keep: bool = False, password: str = SECRET) -> models.ThroughRegistry:
    credentials = Credentials("ann", password)
    return models.ThroughRegistry(reference, keep=keep, credentials=credentials, tls_verify=False)


async def assert_goes_on(podman: AsyncPodman, container: str) -> None:
    assert await running(podman, container)
    seen = await counted(podman, container, (await counts(podman, container))[-1].number + 1)
    assert missing(seen) == set()


def when(message: str, act: Callable[[], object]) -> Callable[[models.MigrationProgress], None]:
    """Act when the migration says so."""

    def progress(event: models.MigrationProgress) -> None:
        if event.message.startswith(message):
            act()

    return progress


@pytest.mark.parametrize("keep", [False, True])
async def test_move_through_a_registry(
    podman_a: AsyncPodman,
    podman_b: AsyncPodman,
    host_a: Host,
    image: str,
    reference: str,
    tmp_path: Path,
    keep: bool,
) -> None:
    container = await run_counter(podman_a, image)
    logged: list[str] = []
    moved = await async_migrate(
        "counter",
        podman_a,
        podman_b,
        through=way(reference, keep=keep),
        journal=tmp_path / "journal",
        progress=when(
            "making sure",
            lambda: logged.extend(host_a.run("podman", "logs", container).stdout.split("\n")),
        ),
    )
    assert (moved.container_id, moved.name) == (container, "counter")
    assert moved.archive_bytes > 50_000
    assert not await podman_a.containers.exists(container)
    await assert_goes_on(podman_b, container)
    # The log stays behind: it goes on with the count after the last one there.
    first = (await counts(podman_b, container))[0].number
    assert str(first - 1) == [line for line in logged if line][-1].split()[0]
    for podman in (podman_a, podman_b):
        assert await podman.images.exists(reference) == keep
    assert "PUT /v2/checkpoints/counter/manifests/1 201" in host_a.registry_requests()
    assert listing(tmp_path) == []


async def test_what_travels(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str, reference: str
) -> None:
    """Under another name and other ports: its memory, its files and its volumes."""
    work = "echo file > /file; echo volume > /data/file; while :; do sleep 0.1; done"
    container = await run(
        podman_a,
        image,
        name="worker",
        command=["sh", "-c", work],
        mounts=["data:/data"],
        ports=["8080:80"],
    )

    async def written() -> bool:
        return "/data/file" in (await inside(podman_a, container, "ls /data/file"))

    await until(written)
    moved = await async_migrate(
        "worker", podman_a, podman_b, through=way(reference), name="moved", publish=["8081:80"]
    )
    assert moved.name == "moved"
    assert moved.container_id != container
    facts = await podman_b.containers.inspect("moved")
    assert facts.id == moved.container_id
    assert facts.network_settings.ports["80/tcp"][0].host_port == "8081"
    assert await inside(podman_b, "moved", "cat /file /data/file") == "file\nvolume\n"


async def inside(podman: AsyncPodman, container: str, command: str) -> str:
    """What a command prints in a container."""
    return (await podman.exec.run(container, ["sh", "-c", command])).stdout.decode()


async def fails(
    podman_a: AsyncPodman,
    podman_b: AsyncPodman,
    through: models.ThroughRegistry,
    because: str,
    **more: object,
) -> MigrationError:
    """The move fails, the container runs on, and nothing is left by it on either host."""
    before = [{each.id for each in await one.images.list()} for one in (podman_a, podman_b)]
    with pytest.raises(MigrationError, match=because) as caught:
        await async_migrate("counter", podman_a, podman_b, through=through, **more)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] -- any of the options, as the test says
    assert caught.value.location == "source"
    await assert_goes_on(podman_a, "counter")
    after = [{each.id for each in await one.images.list()} for one in (podman_a, podman_b)]
    assert after == before
    assert await podman_b.containers.list(all=True) == []
    return caught.value


async def test_registry_that_refuses(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str, reference: str
) -> None:
    await run_counter(podman_a, image)
    refused = "unauthorized|authentication required"
    error = await fails(podman_a, podman_b, way(reference, password="wrong"), refused)
    assert error.phase == "transfer"


async def test_target_that_does_not_reach_it(
    podman_a: AsyncPodman, podman_b: AsyncPodman, host_a: Host, image: str
) -> None:
    await run_counter(podman_a, image)
    through = models.ThroughRegistry(f"{host_a.registry()}/counter:1", tls_verify=False)
    await fails(podman_a, podman_b, through, "cannot pull .* connection refused")


async def test_image_that_cannot_be_made(
    podman_a: AsyncPodman, podman_b: AsyncPodman, host_a: Host, image: str, reference: str
) -> None:
    """The processes are frozen by then, and Podman takes them for ended."""
    await run_counter(podman_a, image)
    host_a.run("mount", "-t", "tmpfs", "-o", "size=4096", "none", "/var/tmp")
    try:
        error = await fails(podman_a, podman_b, way(reference), "no space left")
    finally:
        host_a.run("umount", "-l", "/var/tmp")
    assert error.phase == "checkpoint"


async def test_what_is_refused_before_anything_is_touched(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str, reference: str
) -> None:
    await run_counter(podman_a, image)
    error = await fails(
        podman_a, podman_b, way(reference), "its address does not travel", tcp_established=True
    )
    assert error.phase == "check"
    for podman, side in ((podman_b, "target"), (podman_a, "source")):
        await podman.images.tag(image, reference.removesuffix(":1"), tag="1")
        error = await fails(podman_a, podman_b, way(reference), f"the {side} has an image")
        assert error.phase == "check"


async def test_another_image_by_that_name(
    podman_a: AsyncPodman, podman_b: AsyncPodman, host_a: Host, image: str, reference: str
) -> None:
    """Somebody else pushes between the push and the pull: what is not ours is not restored."""
    await run_counter(podman_a, image)
    words = ["podman", "push", "--tls-verify=false", f"--creds=ann:{SECRET}", image, reference]
    await fails(
        podman_a,
        podman_b,
        way(reference),
        "is another image in the registry",
        progress=when("pulling", lambda: host_a.run(*words)),
    )


@pytest.mark.parametrize("message", ["freezing", "pushing", "pulling", "starting"])
async def test_progress_that_raises(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str, reference: str, message: str
) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    container = await run_counter(podman_a, image)
    with pytest.raises(ZeroDivisionError):
        await async_migrate(
            "counter", podman_a, podman_b, through=way(reference), progress=when(message, fail)
        )
    await assert_goes_on(podman_a, container)
    assert await podman_b.containers.list(all=True) == []
    for podman in (podman_a, podman_b):
        assert not await podman.images.exists(reference)


async def test_cancelled_while_the_push_stands_still(
    podman_a: AsyncPodman, podman_b: AsyncPodman, host_a: Host, image: str
) -> None:
    container = await run_counter(podman_a, image)
    host_a.registry()
    with Relay(host_a, limit=20_000) as relay:
        through = models.ThroughRegistry(f"{relay.address}/counter:1", tls_verify=False)
        task = asyncio.ensure_future(async_migrate("counter", podman_a, podman_b, through=through))
        assert await asyncio.to_thread(relay.held.wait, 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
        assert relay.wait_until_left()
    assert caught.value.__notes__ == ["container 'counter' is now: source"]
    await assert_goes_on(podman_a, container)
    assert not await podman_a.images.exists(through.reference)


async def test_recovery_removes_the_images(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str, reference: str, tmp_path: Path
) -> None:
    """What a process that was killed after the pull has left."""
    container = await run_counter(podman_a, image)
    await podman_a.containers.checkpoint(container, keep=True, create_image=reference)
    await podman_b.images.tag(image, reference.removesuffix(":1"), tag="1")
    path = tmp_path / "journal"
    entry = JournalEntry(
        container, "counter", container, source="", target="", checkpoint_image=reference
    )
    Journal(path).begin(entry)
    recovered = await async_recover_migration(podman_a, podman_b, journal=path)
    assert recovered.location == "source"
    await assert_goes_on(podman_a, container)
    for podman in (podman_a, podman_b):
        assert not await podman.images.exists(reference)
    assert await podman_b.images.exists(image)
    assert listing(tmp_path) == []


async def test_recovery_of_what_was_frozen_while_its_image_was_made(
    podman_a: AsyncPodman, podman_b: AsyncPodman, host_a: Host, image: str, tmp_path: Path
) -> None:
    """Podman then takes it for one that ended by itself: only the journal knows better."""
    container = await run_counter(podman_a, image)
    reference = "localhost/checkpoints/counter:1"
    host_a.run("mount", "-t", "tmpfs", "-o", "size=4096", "none", "/var/tmp")
    try:
        with pytest.raises(CheckpointFailedError, match="no space left"):
            await podman_a.containers.checkpoint(container, keep=True, create_image=reference)
    finally:
        host_a.run("umount", "-l", "/var/tmp")
    assert not (await podman_a.containers.inspect(container)).state.checkpointed
    with pytest.raises(MigrationError, match=f"`podman container restore {container[:12]}`"):
        await async_recover_migration(podman_a, podman_b, "counter")
    path = tmp_path / "journal"
    entry = JournalEntry(
        container, "counter", container, source="", target="", checkpoint_image=reference
    )
    Journal(path).begin(entry)
    recovered = await async_recover_migration(podman_a, podman_b, journal=path)
    assert (recovered.location, recovered.did) == ("source", ("brought it back on the source",))
    await assert_goes_on(podman_a, container)

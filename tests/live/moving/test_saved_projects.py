"""A compose project kept in a folder: a set that is complete comes up whole, or not at all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from podlib import (
    CheckpointFailedError,
    FileError,
    NotFoundError,
    RestoreFailedError,
    async_load_project,
    async_save_project,
)
from tests.live._async.steps import listing, run, running, until

from .project import NET, SERVICES, goes_on, name, nothing_left, start, tear_down

if TYPE_CHECKING:
    from pathlib import Path

    from podlib import AsyncPodman
    from tests.testbed import Host

FILES = sorted(
    ["project.json", *(f"{name(each)}.tar{end}" for each in SERVICES for end in ("", ".json"))]
)


async def test_saved_torn_down_and_loaded_where_it_was(
    podman_a: AsyncPodman, image: str, tmp_path: Path
) -> None:
    await start(podman_a, image)
    folder = tmp_path / "shop"
    saved = await async_save_project("shop", podman_a, folder, compression="gzip")
    assert listing(folder) == FILES
    assert [each.service for each in saved.containers] == [*SERVICES]
    for service in SERVICES:
        assert (await podman_a.containers.inspect(name(service))).state.checkpointed
    with pytest.raises(RestoreFailedError, match="volume 'shop_cron' is there already"):
        await async_load_project(folder, podman_a)
    # What is stopped makes room; volumes and network are there still.
    loaded = await async_load_project(folder, podman_a, ignore_volumes=True)
    assert (loaded.networks, loaded.volumes) == ((), ())
    await goes_on(podman_a)
    with pytest.raises(RestoreFailedError, match=f"'{name('cron')}' is there, and running"):
        await async_load_project(folder, podman_a, ignore_volumes=True)
    await tear_down(podman_a)
    loaded = await async_load_project(folder, podman_a)
    assert loaded.networks == (NET,)
    assert {*loaded.volumes} == {"shop_cron", "shop_data", "shop_files", "shop_web"}
    assert [*loaded.containers] == [name(each) for each in SERVICES]
    await goes_on(podman_a)


async def test_loaded_elsewhere_or_not_at_all(
    podman_a: AsyncPodman, podman_b: AsyncPodman, image: str, tmp_path: Path
) -> None:
    await start(podman_a, image)
    facts = await podman_a.containers.inspect(name("web"))
    address = facts.network_settings.networks[NET].ip_address
    await async_save_project("shop", podman_a, tmp_path, stop_after=False)
    for service in SERVICES:
        assert await running(podman_a, name(service))
    await async_save_project("shop", podman_a, tmp_path)  # in place of the first
    # Somebody has the address of the last one: those before it do not stay.
    await podman_b.networks.create(NET, subnets=["10.99.7.0/24"])
    other = await run(podman_b, image, command=["sleep", "60"], network=f"{NET}:ip={address}")
    with pytest.raises(RestoreFailedError):
        await async_load_project(tmp_path, podman_b)
    assert [each.id for each in await podman_b.containers.list(all=True)] == [other]
    assert await podman_b.volumes.list() == []
    await podman_b.containers.remove(other, force=True, timeout=0)
    await podman_b.networks.remove(NET)
    # An archive of another set is not restored.
    manifest = tmp_path / "project.json"
    right = manifest.read_text()
    wrong = json.loads(right)
    wrong["containers"][1]["checkpoint"]["sha256"] = "0" * 64
    manifest.write_text(json.dumps(wrong))
    with pytest.raises(FileError, match="not the archive that the project's manifest describes"):
        await async_load_project(tmp_path, podman_b)
    await nothing_left(podman_b)
    manifest.write_text(right)
    await async_load_project(tmp_path, podman_b)
    await goes_on(podman_b)


async def test_saving_that_fails(
    podman_a: AsyncPodman, host_a: Host, image: str, tmp_path: Path
) -> None:
    await start(podman_a, image)
    labels = {"com.docker.compose.project": "shop", "com.docker.compose.service": "aaa"}
    # Open connections are not frozen unless that is said.
    talk = "nc -l -p 1 -e sleep 60 & sleep 0.2; nc 127.0.0.1 1 -e sleep 60; sleep 60"
    command = ["sh", "-c", talk]
    made = await run(podman_a, image, name="talker", command=command, labels=labels)

    async def connected() -> bool:
        return b"ESTABLISHED" in (await podman_a.exec.run(made, ["netstat", "-tn"])).stdout

    await until(connected)
    (tmp_path / "project.json").write_text("an older set")
    with pytest.raises(CheckpointFailedError):
        await async_save_project("shop", podman_a, tmp_path)
    assert listing(tmp_path) == ["project.json"]
    assert await running(podman_a, "talker")
    await goes_on(podman_a)
    host_a.run("podman", "kill", "talker")
    await podman_a.containers.wait("talker")
    (tmp_path / f"{name('db')}.tar").mkdir()
    with pytest.raises(FileError, match="Is a directory"):
        await async_save_project("shop", podman_a, tmp_path)
    assert (tmp_path / "project.json").read_text() == "an older set"
    await goes_on(podman_a)
    with pytest.raises(NotFoundError, match="no container is of the project 'nobody'"):
        await async_save_project("nobody", podman_a, tmp_path)

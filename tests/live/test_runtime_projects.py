"""Compose projects of a runtime: frozen, torn down, brought back, and still talking."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from podlib import (
    AsyncRuntime,
    CheckpointFailedError,
    FileError,
    NotFoundError,
    ParameterError,
    RestoreFailedError,
)
from podlib.models import CheckpointRef, RunSpec

from ._async.steps import listing, until
from .marks import checkpointing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.testbed import Host

pytestmark = checkpointing

COMPOSE = "com.docker.compose"
LABELS = {f"{COMPOSE}.project": "shop"}
COUNT = "n=0; while :; do n=$((n+1)); echo $n > /data/next; mv /data/next /data/n; sleep 0.1; done"
FOREVER = "while :; do sleep 1; done"


@pytest.fixture
async def runtime(host: Host) -> AsyncIterator[AsyncRuntime]:
    async with AsyncRuntime(host.socket) as opened:
        yield opened


async def up(runtime: AsyncRuntime, image: str) -> dict[str, str]:
    """Two services that find each other by name, and one that has ended: ids by name."""
    await runtime.create_network("shop", labels=LABELS)
    await runtime.create_volume("data", labels=LABELS)
    ids: dict[str, str] = {}
    for service, script in (("web", FOREVER), ("db", COUNT), ("setup", "exit 0")):
        spec = RunSpec(
            image=image,
            name=f"shop-{service}-1",
            command=["sh", "-c", script],
            labels={**LABELS, f"{COMPOSE}.service": service},
            network=f"shop:alias={service}",
            mounts=["data:/data"] if service == "db" else [],
            stop_timeout=0,
        )
        container = await runtime.run_container(spec)
        await runtime.start_container(container.id)
        ids[container.name] = container.id
    await until(lambda: counts_to(runtime, 2))
    return ids


async def number(runtime: AsyncRuntime) -> int:
    """What the database has counted, as the other service learns it: by name."""
    serve = "nc -l -p 8000 < /data/n > /dev/null 2>&1 &"
    served = await runtime.exec_container("shop-db-1", ["sh", "-c", serve])
    assert served.exit_code == 0
    ask = "for i in 1 2 3 4 5; do nc -w 2 db 8000 < /dev/null && exit; sleep 0.1; done; exit 1"
    asked = await runtime.exec_container("shop-web-1", ["sh", "-c", ask])
    assert asked.exit_code == 0, asked.stderr
    return int(asked.text)


async def counts_to(runtime: AsyncRuntime, least: int) -> bool:
    read = await runtime.exec_container("shop-db-1", ["cat", "/data/n"])
    return read.exit_code == 0 and int(read.text) >= least


async def down(runtime: AsyncRuntime) -> None:
    for container in await runtime.list_containers(LABELS):
        await runtime.remove_container(container.id, force=True)
    await runtime.remove_network("shop")
    await runtime.remove_volume("data")


async def test_a_project_is_frozen_and_brought_back(
    runtime: AsyncRuntime, image: str, tmp_path: Path
) -> None:
    ids = await up(runtime, image)
    first = await number(runtime)
    folder = tmp_path / "shop"
    archives = await runtime.checkpoint_project("shop", folder)
    assert archives == [
        CheckpointRef(str(path), path.stat().st_size)
        for path in (folder / "shop-db-1.tar", folder / "shop-web-1.tar")
    ]
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    states = {each.name: each.state for each in await runtime.list_containers(LABELS)}
    assert set(states.values()) == {"exited"}

    with pytest.raises(RestoreFailedError, match="volume 'data' is there") as caught:
        await runtime.restore_project(folder)
    assert caught.value.archive_path == str(folder)
    await down(runtime)
    assert await runtime.list_containers(LABELS) == []

    # what has the name, and does not run, makes room
    await runtime.run_container(RunSpec(image=image, name="shop-db-1"))
    restored = await runtime.restore_project(folder)
    assert [(each.name, each.id) for each in restored] == [
        (name, ids[name]) for name in ("shop-db-1", "shop-web-1")
    ]
    assert {each.state for each in restored} == {"running"}
    assert await runtime.create_network("shop", labels=LABELS)
    second = await number(runtime)
    assert first <= second < first + 1000

    # what runs is refused, and runs on
    with pytest.raises(RestoreFailedError, match="running"):
        await runtime.restore_project(folder, ignore_volumes=True)
    await until(lambda: counts_to(runtime, second + 2))


async def test_no_complete_set(
    runtime: AsyncRuntime, host: Host, image: str, tmp_path: Path
) -> None:
    folder = tmp_path / "shop"
    with pytest.raises(NotFoundError, match="no container"):
        await runtime.checkpoint_project("shop", folder)
    await up(runtime, image)
    with pytest.raises(ParameterError, match="empty"):  # not the containers of all projects
        await runtime.checkpoint_project("", folder)
    criu = host.run("sh", "-c", "command -v criu").stdout.strip()
    host.run("mount", "--bind", "/dev/null", criu)  # in the host's own mount namespace
    try:
        with pytest.raises(CheckpointFailedError):
            await runtime.checkpoint_project("shop", folder)
    finally:
        host.run("umount", criu)
    assert listing(folder) == []
    await runtime.checkpoint_project("shop", folder, stop_after=False)
    before = await number(runtime)
    await until(lambda: counts_to(runtime, before + 2))
    (folder / "project.json").unlink()
    with pytest.raises(FileError):
        await runtime.restore_project(folder)
    await until(lambda: counts_to(runtime, before + 4))

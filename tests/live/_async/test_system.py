"""What a real service says of itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from podlib import APIError, ParameterError

from .steps import lacks, run, said, until

if TYPE_CHECKING:
    from pathlib import Path

    from podlib import AsyncPodman
    from podlib.models import SystemPruneFilters
    from tests.testbed import Host


async def test_ping_tells_the_versions(podman: AsyncPodman, host: Host) -> None:
    assert podman.server_version == ""
    ping = await podman.system.ping()
    assert ping.libpod_version == podman.server_version == host.version
    assert ping.os == "linux"
    assert ping.api_version
    assert ping.buildah_version


async def test_version_tells_the_components(podman: AsyncPodman, host: Host) -> None:
    version = await podman.system.version()
    assert version.version == host.version
    assert version.os == "linux"
    assert {"Podman Engine", "Conmon"} <= {part.name for part in version.components}
    assert version.kernel_version
    assert version.go_version.startswith("go")


async def test_info_tells_of_host_and_store(podman: AsyncPodman, host: Host, image: str) -> None:
    assert await podman.images.exists(image)
    info = await podman.system.info()
    assert info.host.hostname == host.name
    assert info.host.oci_runtime
    assert info.host.oci_runtime.name == host.base.runtime
    assert info.host.remote_socket
    assert info.host.remote_socket.path.endswith("/podman.sock")
    assert info.host.mem_total > 1 << 20
    assert not info.host.security.rootless
    assert info.store.container_store.number == 0
    assert info.store.image_store.number >= 1
    assert info.store.graph_root == "/var/lib/containers/storage"
    assert info.version.version == host.version
    if host.version != "4.3.1":  # Debian's does not know
        assert info.version.built
    assert "bridge" in info.plugins.network


# -- df --------------------------------------------------------------------------------------


async def test_df(podman: AsyncPodman, host: Host, image: str) -> None:
    script = "echo 12345 > /data/five; head -c 5000 /dev/zero > /own; echo written; sleep 1000"
    command = ["sh", "-c", script]
    container = await run(
        podman, image, name="user", command=command, mounts=["data:/data"], network="none"
    )

    async def written() -> bool:
        return await said(podman, container) == ["written"]

    await until(written)
    used = await podman.system.df()
    [each] = [each for each in used.images if each.containers]
    assert f"{each.repository}:{each.tag}" == image
    assert each.image_id == (await podman.images.inspect(image)).id
    assert each.created
    assert each.size == each.unique_size + each.shared_size > 1_000_000
    if host.version.startswith("4."):
        assert used.images_size is None
    else:
        assert used.images_size
        assert used.images_size >= each.size
    [user] = used.containers
    assert (user.container_id, user.names, user.status) == (container, "user", "running")
    assert (user.image, user.command, user.local_volumes) == (each.image_id, command, 1)
    assert user.size > user.rw_size >= 5000
    assert user.created
    [volume] = used.volumes
    assert (volume.volume_name, volume.links, volume.reclaimable_size) == ("data", 1, 0)
    assert volume.size == 6
    await podman.containers.kill("user")
    await podman.containers.remove("user", force=True)
    used = await podman.system.df()
    assert used.containers == []
    assert [volume.reclaimable_size for volume in used.volumes] == [6]


# -- prune -----------------------------------------------------------------------------------


@pytest.fixture
async def unused(podman: AsyncPodman, host: Host, image: str, tmp_path: Path) -> dict[str, str]:
    """One of each kind that nobody uses, with the label ``a=b``: ids, or names, by kind."""
    (tmp_path / "Containerfile").write_text(f"FROM {image}\nLABEL a=b\n")
    labels = {"a": "b"}
    host.run("podman", "network", "create", "--label=a=b", "unused")
    host.run("podman", "volume", "create", "--label=a=b", "unused")
    stopped = await podman.containers.create(image, labels=labels, network="none")
    built = await podman.images.build(tmp_path)
    named = await podman.images.build(tmp_path, no_cache=True, tags=["localhost/unused"])
    assert built.id != named.id
    return {
        "network": "unused",
        "volume": "unused",
        "container": stopped.id,
        "image": built.id,
        "named image": named.id,
    }


async def test_prune(podman: AsyncPodman, host: Host, image: str, unused: dict[str, str]) -> None:
    running = await run(podman, image, command=["sleep", "1000"], network="none")
    pod = host.run("podman", "pod", "create", "ended").stdout.strip()
    host.run("podman", "pod", "start", "ended")
    host.run("podman", "pod", "stop", "--time=0", "ended")
    report = await podman.system.prune()
    assert [each.id for each in report.pod_prune_report] == [pod]
    assert unused["container"] in {each.id for each in report.container_prune_reports}
    assert unused["image"] in {each.id for each in report.image_prune_reports}
    assert [each.name for each in report.network_prune_reports] == [unused["network"]]
    assert report.volume_prune_reports == []
    assert report.reclaimed_space >= sum(each.size for each in report.image_prune_reports) > 0
    for reports in (report.pod_prune_report, report.network_prune_reports):
        assert [each.error for each in reports] == [""]
    assert {each.id for each in await podman.containers.list(all=True)} == {running}
    assert await podman.images.exists(unused["named image"])
    assert [each.volume_name for each in (await podman.system.df()).volumes] == ["unused"]
    again = await podman.system.prune()
    assert again.container_prune_reports == again.image_prune_reports == []
    assert (again.network_prune_reports, again.reclaimed_space) == ([], 0)


async def test_prune_of_all(podman: AsyncPodman, image: str, unused: dict[str, str]) -> None:
    await podman.containers.create(image, name="user", network="none")
    await run(podman, image, command=["sleep", "1000"], network="none")
    report = await podman.system.prune(all=True, volumes=True)
    assert unused["named image"] in {each.id for each in report.image_prune_reports}
    assert [each.id for each in report.volume_prune_reports] == [unused["volume"]]
    assert await podman.images.exists(image)


async def test_prune_of_what_others_need(podman: AsyncPodman, image: str) -> None:
    base = await podman.containers.create(image, name="base", network="none")
    other = await podman.containers.create(image, name="other", network="container:base")
    reports = (await podman.system.prune()).container_prune_reports
    assert {each.id for each in reports} == {base.id, other.id}
    for each in reports:  # it depends on which the server takes first
        if each.error:
            assert each.id == base.id
            assert "dependent containers" in each.error
    await podman.system.prune()
    assert await podman.containers.list(all=True) == []


async def test_prune_by_filters(podman: AsyncPodman, unused: dict[str, str]) -> None:
    early = datetime.now(UTC) - timedelta(hours=1)
    several: list[SystemPruneFilters]
    several = [{"label": "a=c"}, {"label!": "a"}, {"until": early}, {"until": "1h"}]
    for filters in several:
        report = await podman.system.prune(filters=filters)
        assert report.container_prune_reports == []
        assert report.image_prune_reports == []
        assert report.network_prune_reports == []
    report = await podman.system.prune(filters={"label": ["a=b"], "until": datetime.now(UTC)})
    assert unused["container"] in {each.id for each in report.container_prune_reports}
    assert unused["image"] in {each.id for each in report.image_prune_reports}
    with pytest.raises(ParameterError, match="did you mean 'label'"):
        await podman.system.prune(filters={"lable": "a"})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] -- a misspelt name
    with pytest.raises(APIError, match="time or duration"):
        await podman.system.prune(filters={"until": "nonsense"})


async def test_prune_of_what_podman_does_not_know(
    podman: AsyncPodman, unused: dict[str, str]
) -> None:
    if await lacks(podman, "5.1.0", lambda: podman.system.prune(external=True)):
        return
    report = await podman.system.prune(external=True)
    assert report.container_prune_reports == report.image_prune_reports == []
    assert await podman.containers.exists(unused["container"])
    with pytest.raises(APIError, match="cannot be combined"):
        await podman.system.prune(external=True, all=True)


async def test_prune_of_what_builds_left(podman: AsyncPodman, image: str) -> None:
    if await lacks(podman, "5.4.0", lambda: podman.system.prune(build=True)):
        return
    report = await podman.system.prune(build=True)
    assert report.container_prune_reports == []
    assert await podman.images.exists(image)


# -- check -----------------------------------------------------------------------------------


async def test_check_of_a_sound_storage(podman: AsyncPodman) -> None:
    if await lacks(podman, "5.2.0", podman.system.check):
        return
    report = await podman.system.check()
    assert not report.errors
    assert (report.layers, report.images, report.containers) == ({}, {}, {})
    report = await podman.system.check(quick=True, unreferenced_layer_max_age=timedelta(hours=1))
    assert not report.errors
    with pytest.raises(ParameterError, match="span of time"):
        await podman.system.check(unreferenced_layer_max_age=-1)


async def test_check_and_repair(
    podman: AsyncPodman, host: Host, image: str, tmp_path: Path
) -> None:
    if await lacks(podman, "5.2.0", lambda: podman.system.check(repair=True)):
        return
    (tmp_path / "Containerfile").write_text(f"FROM {image}\nRUN echo sound > /state\n")
    built = await podman.images.build(tmp_path, tags=["localhost/damaged"])
    created = await podman.containers.create("localhost/damaged", name="damaged", network="none")
    top = (await podman.images.inspect(built.id)).graph_driver
    assert top
    host.run("sh", "-c", f"echo damaged > {top.data['UpperDir']}/state")
    report = await podman.system.check()
    assert report.errors
    assert list(report.images) == [built.id]
    assert len(report.layers) == 1
    assert list(report.containers) == [created.id]
    assert (report.removed_images, report.removed_containers) == ({}, {})
    with pytest.raises(APIError, match="layer has children"):
        await podman.system.check(repair=True)
    assert await podman.containers.exists("damaged")
    report = await podman.system.check(repair_lossy=True)
    assert report.removed_images == {built.id: ["localhost/damaged:latest"]}
    assert list(report.removed_containers) == [created.id]
    assert not await podman.images.exists("localhost/damaged")
    assert await podman.images.exists(image)
    assert not (await podman.system.check(quick=True)).errors

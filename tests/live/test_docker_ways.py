"""One scenario in three ways: Docker's API, libpod's, and docker-py on the same socket."""

from __future__ import annotations

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from docker.errors import ContainerError

from podlib import AsyncPodman, ConnectError, NotFoundError, Podman, TruncatedError

from ._sync.image_steps import trusting

if TYPE_CHECKING:
    from tests.testbed import Host

COMMAND = ["sh", "-c", "echo out; echo err >&2; trap 'exit 3' TERM; while :; do sleep 0.05; done"]
SCRIPT = ["sh", "-c", "echo -n said; echo -n wrong >&2; exit 7"]
ENV, LABELS = {"A": "b"}, {"app": "web"}

Told = dict[str, Any]
"""What a way told of the scenario, by names that mean the same in each."""


def by_docker(podman: Podman, image: str) -> Told:
    docker, told = podman.docker, Told()
    told["network"] = docker.networks.create("lab", labels=LABELS).id
    told["volume"] = docker.volumes.create("data", labels=LABELS).name
    told["image"] = docker.images.pull(image).id
    created = docker.containers.create(
        image,
        name="web",
        command=COMMAND,
        env=ENV,
        labels=LABELS,
        networks=["lab:alias=www"],
        mounts=["data:/data"],
        memory="64m",
        stop_timeout=5,
    )
    docker.containers.start("web")
    told["listed"] = [each.id for each in docker.containers.list()] == [created.id]
    result = docker.exec.run("web", SCRIPT)
    told["exec"] = (result.exit_code, result.stdout, result.stderr)
    with docker.containers.logs("web") as lines:
        told["logs"] = {(line.stream, line.text) for line in lines}
    found = docker.containers.inspect("web")
    place = found.network_settings.networks["lab"]
    told |= {
        "name": found.name.removeprefix("/"),
        "image_id": found.image,
        "command": found.config.cmd,
        "env": "A=b" in found.config.env,
        "labels": found.config.labels["app"],
        "memory": found.host_config.memory,
        "stop_timeout": found.config.stop_timeout,
        "mounts": [(each.type, each.name, each.destination) for each in found.mounts],
        "networks": sorted(found.network_settings.networks),
        "alias": "www" in place.aliases,
        "addressed": bool(place.ip_address and place.mac_address),
        "running": found.state.running,
        "hostname": found.config.hostname == found.id[:12],
    }
    docker.containers.stop("web")
    told["exit_code"] = docker.containers.inspect("web").state.exit_code
    docker.containers.remove("web")
    docker.volumes.remove("data")
    docker.networks.remove("lab")
    told["left"] = len(docker.containers.list(all=True)) + len(docker.volumes.list())
    return told


def by_libpod(podman: Podman, image: str) -> Told:
    told = Told()
    told["network"] = podman.networks.create("lab", labels=LABELS).id
    told["volume"] = podman.volumes.create("data", labels=LABELS).name
    told["image"] = podman.images.pull(image, tls_verify=False).id
    created = podman.containers.create(
        image,
        name="web",
        command=COMMAND,
        env=ENV,
        labels=LABELS,
        network="lab:alias=www",
        mounts=["data:/data"],
        memory="64m",
        stop_timeout=5,
    )
    podman.containers.start("web")
    told["listed"] = [each.id for each in podman.containers.list()] == [created.id]
    result = podman.exec.run("web", SCRIPT)
    told["exec"] = (result.exit_code, result.stdout, result.stderr)
    with podman.containers.logs("web") as lines:
        told["logs"] = {(line.stream, line.text) for line in lines}
    found = podman.containers.inspect("web")
    place = found.network_settings.networks["lab"]
    told |= {
        "name": found.name,
        "image_id": found.image,
        "command": found.config.cmd,
        "env": "A=b" in found.config.env,
        "labels": found.config.labels["app"],
        "memory": found.host_config.memory,
        "stop_timeout": found.config.stop_timeout,
        "mounts": [(each.type, each.name, each.destination) for each in found.mounts],
        "networks": sorted(found.network_settings.networks),
        "alias": "www" in place.aliases,
        "addressed": bool(place.ip_address and place.mac_address),
        "running": found.state.running,
        "hostname": found.config.hostname == found.id[:12],
    }
    podman.containers.stop("web")
    told["exit_code"] = podman.containers.inspect("web").state.exit_code
    podman.containers.remove("web")
    podman.volumes.remove("data")
    podman.networks.remove("lab")
    told["left"] = len(podman.containers.list(all=True)) + len(podman.volumes.list())
    return told


def by_docker_py(podman: Podman, image: str) -> Told:
    """As it would be written for Docker: nothing here is podlib's but the client."""
    client: Any = podman.docker.sdk()
    told = Told()
    try:
        network = client.networks.create("lab", labels=LABELS)
        told["network"] = network.id
        volume = client.volumes.create("data", labels=LABELS)
        told["volume"] = volume.name
        told["image"] = client.images.pull(image).id
        container = client.containers.run(
            image,
            COMMAND,
            detach=True,
            name="web",
            environment=ENV,
            labels=LABELS,
            network="lab",
            networking_config={"lab": client.api.create_endpoint_config(aliases=["www"])},
            volumes={"data": {"bind": "/data", "mode": "rw"}},
            mem_limit="64m",
        )
        told["listed"] = [each.id for each in client.containers.list()] == [container.id]
        code, (stdout, stderr) = container.exec_run(SCRIPT, demux=True)
        told["exec"] = (code, stdout, stderr)
        told["logs"] = {
            (stream, line)
            for stream in ("stdout", "stderr")
            for line in container.logs(**{"stdout": False, "stderr": False, stream: True})
            .decode()
            .splitlines()
        }
        container.reload()
        found = container.attrs
        place = found["NetworkSettings"]["Networks"]["lab"]
        told |= {
            "name": container.name,
            "image_id": found["Image"],
            "command": found["Config"]["Cmd"],
            "env": "A=b" in found["Config"]["Env"],
            "labels": container.labels["app"],
            "memory": found["HostConfig"]["Memory"],
            "mounts": [
                (each["Type"], each["Name"], each["Destination"]) for each in found["Mounts"]
            ],
            "networks": sorted(found["NetworkSettings"]["Networks"]),
            "alias": "www" in place["Aliases"],
            "addressed": bool(place["IPAddress"] and place["MacAddress"]),
            "running": found["State"]["Running"],
            "hostname": found["Config"]["Hostname"] == container.id[:12],
        }
        container.stop(timeout=5)
        container.reload()
        told["exit_code"] = container.attrs["State"]["ExitCode"]
        container.remove()
        volume.remove()
        network.remove()
        told["left"] = len(client.containers.list(all=True)) + len(client.volumes.list())
    finally:
        client.close()
    return told


def test_three_ways_tell_the_same(host: Host, image: str) -> None:
    address = host.registry()
    name = f"{address}/web:1"
    with trusting(host, address), Podman(host.socket) as podman:
        podman.images.push(image, name, tls_verify=False)
        podman.images.tag(image, "localhost/kept")
        docker = by_docker(podman, name)
        libpod = by_libpod(podman, name)
        docker_py = by_docker_py(podman, name)
    assert docker["exec"] == (7, b"said", b"wrong")
    assert docker["logs"] == {("stdout", "out"), ("stderr", "err")}
    assert (docker["exit_code"], docker["left"], docker["running"]) == (3, 0, True)
    ids = {each.pop("network") for each in (docker, libpod, docker_py)}
    assert len(ids) == 3
    assert all(len(each) == 64 for each in ids)
    assert docker.pop("stop_timeout") == libpod.pop("stop_timeout") == 5
    for told in (docker, libpod, docker_py):
        for field in ("image", "image_id"):
            told[field] = told[field].removeprefix("sha256:")
    assert docker == libpod
    assert docker == docker_py


def test_docker_py_removes_a_container_when_its_output_was_read(host: Host, image: str) -> None:
    """Written as for Docker; read after the removal, nothing would have come of it."""
    said = ["sh", "-c", "sleep 0.3; echo said; echo wrong >&2"]
    with Podman(host.socket) as podman:
        client: Any = podman.docker.sdk()
        try:
            for _ in range(5):
                assert client.containers.run(image, said, remove=True) == b"said\n"
            both = client.containers.run(image, said, remove=True, stderr=True, stream=True)
            assert b"".join(both) == b"said\nwrong\n"
            with pytest.raises(ContainerError) as caught:
                client.containers.run(image, ["sh", "-c", "echo no >&2; exit 3"], remove=True)
            assert (caught.value.exit_status, caught.value.stderr) == (3, b"no\n")
            assert client.containers.list(all=True) == []
            kept = client.containers.run(image, said, remove=True, detach=True)
            assert kept.attrs["HostConfig"]["AutoRemove"]
            assert kept.wait()["StatusCode"] == 0
        finally:
            client.close()


def test_both_sides_see_the_same(host_b: Host, image: str) -> None:
    with Podman(host_b.socket) as podman:
        created = podman.docker.containers.create(image, name="web", command=COMMAND)
        assert podman.containers.inspect("web").id == created.id
        podman.containers.start("web")
        there = podman.docker.containers.inspect("web")
        here = podman.containers.inspect("web")
        assert there.created == here.created
        assert there.state.pid == here.state.pid
        assert there.state.started_at == here.state.started_at
        assert there.host_config.shm_size == here.host_config.shm_size
        assert json.dumps(there.model_dump(by_alias=True))
        image_there, image_here = podman.docker.images.inspect(image), podman.images.inspect(image)
        assert image_there.size == image_here.size
        assert image_there.root_fs == image_here.root_fs


def test_a_service_that_dies_and_comes_back(host_a: Host, image: str) -> None:
    with Podman(host_a.socket) as podman:
        docker = podman.docker
        docker.containers.create(image, name="web", command=COMMAND, network_mode="none")
        docker.containers.start("web")
        with docker.containers.logs("web", follow=True) as lines:
            assert next(lines).text
            host_a.kill_service()
            with pytest.raises(TruncatedError):
                list(lines)
        with pytest.raises(ConnectError):
            docker.system.info()
        host_a.start_service()
        assert docker.containers.inspect("web").state.running


def test_fifty_threads(host_b: Host, image: str) -> None:
    with Podman(host_b.socket) as podman:
        docker = podman.docker
        docker.containers.create(image, name="web", command=COMMAND, network_mode="none")
        docker.containers.start("web")
        begun = threading.Barrier(50)

        def calls(number: int) -> bool:
            begun.wait(20)
            with pytest.raises(NotFoundError):
                docker.volumes.inspect(f"v{number}")
            made = docker.volumes.create(f"v{number}").name == f"v{number}"
            return made and docker.containers.inspect("web").state.running

        with ThreadPoolExecutor(50) as threads:
            assert all(threads.map(calls, range(50)))
        assert len(docker.volumes.list()) == 50


async def test_two_hundred_tasks(host_b: Host, image: str) -> None:
    async with AsyncPodman(host_b.socket) as podman:
        docker = podman.docker
        await docker.containers.create(image, name="web", command=COMMAND, network_mode="none")
        await docker.containers.start("web")
        waiting = [asyncio.create_task(docker.containers.wait("web")) for _ in range(100)]
        found = await asyncio.gather(*(docker.containers.inspect("web") for _ in range(100)))
        assert all(each.state.running for each in found)
        for task in waiting[:50]:
            task.cancel()
        await docker.containers.kill("web", signal="TERM")
        ends = await asyncio.gather(*waiting[50:])
        assert {each.status_code for each in ends} == {3}
        left = await asyncio.gather(*waiting[:50], return_exceptions=True)
        assert {type(each) for each in left} == {asyncio.CancelledError}

"""The Docker-compatible API, all of it, on each host."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from podlib import (
    APIError,
    BuildError,
    ConflictError,
    Credentials,
    NotFoundError,
    ParameterError,
    PullError,
    PushError,
    TimedOutError,
)
from podlib.models import Health

from .image_steps import tar_of, trusting
from .steps import lacks, read, until

if TYPE_CHECKING:
    from pathlib import Path

    from podlib import AsyncPodman
    from tests.testbed import Host

LOOP = ("sh", "-c", "echo out; echo err >&2; trap 'exit 3' TERM; while :; do sleep 0.05; done")
APART = ("sh", "-c", "cat; echo err >&2; exit 4")


async def test_a_container_from_its_creation_to_its_end(podman: AsyncPodman, image: str) -> None:
    docker = podman.docker
    await docker.networks.create("lab", labels={"a": "b"}, subnets=["10.77.0.0/24"])
    created = await docker.containers.create(
        image,
        name="web",
        command=LOOP,
        env={"A": "b"},
        labels={"app": "web"},
        networks=["lab:ip=10.77.0.9,alias=www"],
        mounts=["data:/data:ro", "/scratch"],
        tmpfs={"/t": "size=1m"},
        ports=["127.0.0.1:8088:80"],
        stop_timeout=1,
        stop_signal="TERM",
        memory="64m",
        cpus=0.5,
        pids_limit=50,
        hosts={"gone": "10.1.2.3"},
        hostname="host1",
        workdir="/tmp",
        health=Health(command="true", interval=0),
    )
    await docker.containers.start("web")
    await docker.containers.start("web")
    found = await docker.containers.inspect("web", size=True)
    assert (found.id, found.name, found.state.running) == (created.id, "/web", True)
    assert found.config.cmd == [*LOOP]
    assert {"A=b"} <= {*found.config.env}
    assert found.config.labels["app"] == "web"
    assert (found.config.hostname, found.config.working_dir) == ("host1", "/tmp")
    assert found.config.healthcheck is not None
    assert found.host_config.memory == 64 << 20
    assert found.host_config.nano_cpus == 500_000_000
    assert found.host_config.port_bindings["80/tcp"][0].host_port == "8088"
    assert found.network_settings.networks["lab"].ip_address == "10.77.0.9"
    assert "www" in found.network_settings.networks["lab"].aliases
    assert {each.destination for each in found.mounts} >= {"/data", "/scratch"}
    assert found.size_root_fs
    [listed] = await docker.containers.list(size=True, filters={"label": ["app=web"]})
    assert (listed.id, listed.names, listed.state) == (created.id, ["/web"], "running")
    assert listed.command
    assert (await docker.networks.inspect("lab")).containers

    async def written() -> bool:
        return len(await read(docker.containers.logs("web"))) == 2

    await until(written)
    lines = await read(docker.containers.logs("web", timestamps=True))
    assert {(line.stream, line.text) for line in lines} == {("stdout", "out"), ("stderr", "err")}
    assert all(line.time for line in lines)
    top = await docker.containers.top("web")
    assert len(top.processes) >= 1
    stats = await docker.containers.stats("web", one_shot=True)
    assert stats.memory_stats.limit
    async with docker.containers.stats_stream("web") as samples:
        assert (await anext(samples)).name
    await docker.containers.pause("web")
    assert (await docker.containers.inspect("web")).state.paused
    await docker.containers.unpause("web")
    assert any(each.path == "/data" for each in await docker.containers.changes("web"))
    await docker.containers.rename("web", "other")
    await docker.containers.kill("other", signal="TERM")
    assert (await docker.containers.wait("other")).status_code == 3
    await docker.containers.restart("other", timeout=1)
    await docker.containers.stop("other", timeout=1)
    await docker.containers.stop("other", timeout=1)
    await docker.containers.remove("other", volumes=True)
    assert await docker.containers.list(all=True) == []


async def test_update(podman: AsyncPodman, image: str) -> None:
    docker = podman.docker
    if await lacks_docker(podman):
        return
    await docker.containers.create(image, name="web", command=LOOP, network_mode="none")
    await docker.containers.start("web")
    await docker.containers.update("web", memory="128m", restart="on-failure", restart_retries=1)
    found = await docker.containers.inspect("web")
    assert found.host_config.memory == 128 << 20
    assert found.host_config.restart_policy.name == "on-failure"


async def lacks_docker(podman: AsyncPodman) -> bool:
    """Whether the server is too old for an update through Docker's API."""
    await podman.docker.system.ping()
    return await lacks(podman, "5.1.0", lambda: podman.docker.containers.update("web"))


async def test_further_processes(podman: AsyncPodman, image: str) -> None:
    docker = podman.docker
    await docker.containers.create(image, name="web", command=LOOP, network_mode="none")
    with pytest.raises(ConflictError):
        await docker.exec.create("web", ["true"])
    await docker.containers.start("web")
    data = os.urandom(5_000_000)
    result = await docker.exec.run("web", APART, input=data)
    assert (result.exit_code, result.stderr) == (4, b"err\n")
    assert result.stdout == data
    created = await docker.exec.create("web", ["sh", "-c", "read x; echo $x"], stdin=True, tty=True)
    async with docker.exec.start(created.id, height=10, width=20) as session:
        await docker.exec.resize(created.id, height=11, width=21)
        await session.write(b"hello\n")
        pieces = [piece.data async for piece in session.output()]
        assert b"hello" in b"".join(pieces)
        assert await session.exit_code() == 0
    with pytest.raises(APIError):
        await docker.exec.resize(created.id, height=12, width=22)
    await docker.exec.resize(created.id, height=12, width=22, running=True)
    with pytest.raises(ConflictError):
        await docker.exec.start_detached(created.id)
    alone = await docker.exec.create("web", ["touch", "/made"])
    await docker.exec.start_detached(alone.id)

    async def made() -> bool:
        return (await docker.exec.run("web", ["test", "-e", "/made"])).exit_code == 0

    await until(made)
    assert (await docker.exec.inspect(alone.id)).container_id
    with pytest.raises(NotFoundError):
        await docker.exec.inspect("nobody")
    with pytest.raises(ParameterError):
        await docker.exec.run("web", ["cat"], input=b"", tty=True)


async def test_attached(podman: AsyncPodman, image: str) -> None:
    docker = podman.docker
    await docker.containers.create(
        image, name="web", command=APART, network_mode="none", stdin=True, stdin_once=True
    )
    data = os.urandom(5_000_000)
    async with docker.containers.attach("web", stdin=True) as session:
        await docker.containers.start("web")
        result = await session.communicate(data)
    assert (result.exit_code, result.stderr, result.stdout == data) == (4, b"err\n", True)
    with pytest.raises(NotFoundError):
        async with docker.containers.attach("nobody"):
            pass
    await docker.containers.create(
        image, name="term", command=["sh"], network_mode="none", stdin=True, tty=True
    )
    async with docker.containers.attach("term", stdin=True) as session:
        await docker.containers.start("term")
        await docker.containers.resize("term", height=12, width=34)
        await session.write(b"stty size; exit 5\n")
        pieces = [piece.data async for piece in session.output()]
        assert b"12 34" in b"".join(pieces)
        assert await session.exit_code() == 5


async def test_files(podman: AsyncPodman, image: str, tmp_path: Path) -> None:
    docker = podman.docker
    await docker.containers.create(image, name="web", command=LOOP, network_mode="none")
    await docker.containers.put_archive("web", "/tmp", tar_of({"f": b"abc"}))
    blocks = await read(docker.containers.archive_stream("web", "/tmp/f"))
    assert b"abc" in b"".join(blocks)
    assert await docker.containers.archive_to("web", "/tmp/f", tmp_path / "f.tar")
    assert b"abc" in (tmp_path / "f.tar").read_bytes()
    whole = sum(map(len, await read(docker.containers.export_stream("web"))))
    assert whole > 100_000
    assert await docker.containers.export_to("web", tmp_path / "all.tar") == whole
    with pytest.raises(NotFoundError):
        await read(docker.containers.archive_stream("web", "/none"))
    with pytest.raises(NotFoundError):
        await docker.containers.put_archive("nobody", "/", tar_of({}))
    made = await docker.containers.commit(
        "web", repo="localhost/made", tag="1", author="me", comment="so", changes=["LABEL a=b"]
    )
    found = await docker.images.inspect("localhost/made:1")
    assert found.id.removeprefix("sha256:") == made.id.removeprefix("sha256:")
    assert found.config is not None
    assert found.config.labels["a"] == "b"
    await docker.containers.remove("web")
    assert (await docker.containers.prune(filters={"until": "1h"})).containers_deleted == []


async def test_images(podman: AsyncPodman, image: str, tmp_path: Path) -> None:
    docker = podman.docker
    await docker.images.tag(image, "localhost/more", "1")
    assert {"localhost/more:1", image} <= {
        tag for each in await docker.images.list(shared_size=True) for tag in each.repo_tags
    }
    assert len(await docker.images.list(filters={"reference": "localhost/more"})) == 1
    assert (await docker.images.inspect("localhost/more:1")).architecture
    assert (await docker.images.history(image))[0].created_by
    removed = await docker.images.remove("localhost/more:1")
    assert [each.untagged for each in removed] == ["localhost/more:1"]
    archive = await docker.images.save_to(image, tmp_path / "image.tar")
    blocks = await read(docker.images.save_stream(image))
    assert archive == (tmp_path / "image.tar").stat().st_size
    assert blocks
    assert (await docker.images.load(tmp_path / "image.tar")).names == [image]
    assert await docker.images.export_to([image], tmp_path / "images.tar")
    assert b"manifest.json" in b"".join(await read(docker.images.export_stream(image)))
    imported = await docker.images.import_(
        tar_of({"f": b"abc"}), repo="localhost/imported", tag="1", changes=["CMD sh"], message="m"
    )
    found = await docker.images.inspect("localhost/imported:1")
    assert found.id.removeprefix("sha256:") == imported.id.removeprefix("sha256:")
    for name in (docker.images.inspect, docker.images.history, docker.images.remove):
        with pytest.raises(NotFoundError):
            await name("localhost/nobody")
    with pytest.raises(APIError):
        await docker.images.load(b"no archive")


async def test_builds(podman: AsyncPodman, image: str) -> None:
    docker = podman.docker
    context = {"Dockerfile": f"FROM {image}\nCOPY f /f\nRUN echo hello\n", "f": "abc"}
    told: list[str] = []
    built = await docker.images.build(
        context, tags=["localhost/built:1"], progress=lambda line: told.append(line.text)
    )
    assert "hello" in told
    assert (await docker.images.inspect("localhost/built:1")).id.endswith(built.id)
    assert built.tags == ["localhost/built:1"]
    lines = await read(docker.images.build_stream({"Dockerfile": f"FROM {image}\nLABEL a=b\n"}))
    dangling = lines[-1].text
    pruned = await docker.images.prune(filters={"dangling": True})
    assert dangling in {each.deleted.removeprefix("sha256:") for each in pruned.images_deleted}
    with pytest.raises(BuildError, match="build failed"):
        await docker.images.build({"Dockerfile": f"FROM {image}\nRUN exit 7\n"})


async def test_registries(podman: AsyncPodman, host: Host, image: str) -> None:
    docker = podman.docker
    address = host.registry(user="me", password="secret")
    good, bad = Credentials("me", "secret"), Credentials("me", "wrong")
    here = address.replace("127.0.0.1", "localhost")  # where the server does without TLS
    assert (await docker.system.auth(here, good)).status
    with pytest.raises(APIError):
        await docker.system.auth(here, bad)
    name = f"{address}/web:1"
    told: list[str] = []
    pushed = await docker.images.push(
        image,
        name,
        tls_verify=False,
        credentials=good,
        progress=lambda line: told.append(line.status),
    )
    assert told
    assert pushed.digest.startswith("sha256:")
    name2 = f"{address}/web:2"
    one = await docker.images.push(image, name2, format="oci", tls_verify=False, credentials=good)
    other = await docker.images.push(
        image, name2, format="v2s2", tls_verify=False, credentials=good
    )
    assert one.digest != other.digest
    with pytest.raises(PushError):
        await docker.images.push(image, name, tls_verify=False, credentials=bad)
    with trusting(host, address):
        pulled = await docker.images.pull(name, credentials=good)
        assert pulled.id == (await docker.images.inspect(image)).id
        with pytest.raises(PullError):
            await docker.images.pull(name, credentials=bad)
        with pytest.raises(PullError):
            await docker.images.pull(f"{address}/nobody", credentials=good)
    tags = await docker.images.search(
        f"{address}/web", list_tags=True, tls_verify=False, credentials=good
    )
    assert sorted(each.tag for each in tags) == ["1", "2"]


async def test_networks(podman: AsyncPodman, image: str) -> None:
    docker = podman.docker
    created = await docker.networks.create(
        "lab", driver="bridge", internal=True, labels={"a": "b"}, options={"mtu": "1400"},
        subnets=["10.78.0.0/24"],
    )  # fmt: skip
    with pytest.raises(ConflictError):
        await docker.networks.create("lab")
    found = await docker.networks.inspect("lab")
    assert (found.id, found.internal, found.labels) == (created.id, True, {"a": "b"})
    assert found.ipam.config[0].subnet == "10.78.0.0/24"
    assert [each.name for each in await docker.networks.list(filters={"name": "lab"})] == ["lab"]
    await docker.containers.create(image, name="web", command=LOOP)
    await docker.networks.connect("lab", "web", aliases=["www"], ips=["10.78.0.7"])
    place = (await docker.containers.inspect("web")).network_settings.networks["lab"]
    assert "www" in place.aliases
    await docker.containers.start("web")
    with pytest.raises(ConflictError, match="already connected"):
        await docker.networks.connect("lab", "web")
    with pytest.raises(ConflictError):
        await docker.networks.remove("lab")
    for few in (docker.networks.inspect, docker.networks.remove):
        with pytest.raises(NotFoundError):
            await few(created.id[:6])
    with pytest.raises(ConflictError):
        await docker.networks.remove(created.id)
    await docker.networks.disconnect("lab", "web", force=True)
    await docker.networks.remove("lab")
    with pytest.raises(NotFoundError):
        await docker.networks.remove("lab")
    with pytest.raises(NotFoundError):
        await docker.networks.inspect("lab")
    await docker.networks.create("unused")
    assert (await docker.networks.prune()).networks_deleted == ["unused"]


async def test_volumes_and_secrets(podman: AsyncPodman, image: str) -> None:
    docker = podman.docker
    created = await docker.volumes.create("data", driver="local", labels={"a": "b"})
    assert (created.name, created.labels) == ("data", {"a": "b"})
    assert (await docker.volumes.create("data")).created_at == created.created_at
    assert await docker.volumes.list(filters={"name": "data"}) == [created]
    assert await docker.volumes.inspect("data") == created
    await docker.containers.create(image, name="web", mounts=["data:/data"], network_mode="none")
    with pytest.raises(ConflictError):
        await docker.volumes.remove("data")
    await docker.containers.remove("web")
    with pytest.raises(NotFoundError):
        await docker.volumes.remove("dat")
    await docker.volumes.remove("dat", force=True)
    await docker.volumes.remove("data")
    await docker.volumes.remove("data", force=True)
    await docker.volumes.create("unused", labels={"a": "b"})
    pruned = await docker.volumes.prune(filters={"label": "a=b"})
    assert pruned.volumes_deleted == ["unused"]
    secret = await docker.secrets.create("token", b"xyz", labels={"a": "b"})
    with pytest.raises(ConflictError):
        await docker.secrets.create("token", "more")
    assert (await docker.secrets.inspect("token")).id == secret.id
    assert [each.spec.name for each in await docker.secrets.list()] == ["token"]
    for few in (docker.secrets.inspect, docker.secrets.remove):
        with pytest.raises(NotFoundError):
            await few(secret.id[:5])
    await docker.secrets.remove(secret.id)
    with pytest.raises(NotFoundError):
        await docker.secrets.remove("token")


async def test_the_service(podman: AsyncPodman, host: Host, image: str) -> None:
    docker = podman.docker
    assert docker.api_version == ""
    ping = await docker.system.ping()
    assert docker.api_version == ping.api_version
    assert (await docker.system.version()).version == podman.server_version == host.version
    info = await docker.system.info()
    assert (info.images, info.containers) == (1, 0)
    await docker.volumes.create("data")
    web = await docker.containers.create(image, name="web", command=LOOP, network_mode="none")
    usage = await docker.system.df()
    assert [len(usage.images), len(usage.containers), len(usage.volumes)] == [1, 1, 1]
    now = datetime.now(UTC)
    events = await read(
        docker.system.events(
            since=now - timedelta(minutes=1),
            until=now + timedelta(seconds=1),
            filters={"container": web.id, "event": "create"},
        )
    )
    assert [each.actor.attributes["name"] for each in events] == ["web"]
    async with docker.system.events(filters={"container": "web"}) as happening:
        await docker.containers.start("web")
        assert (await anext(happening)).action in {"init", "start"}


async def test_what_is_not_there(podman: AsyncPodman, image: str) -> None:
    docker = podman.docker
    for noun in (docker.containers, docker.images, docker.networks, docker.volumes, docker.secrets):
        with pytest.raises(NotFoundError):
            await noun.inspect("nobody")
    for call in (
        docker.containers.start,
        docker.containers.stop,
        docker.containers.pause,
        docker.containers.kill,
        docker.containers.remove,
        docker.containers.changes,
    ):
        with pytest.raises(NotFoundError):
            await call("nobody")
    with pytest.raises(NotFoundError):
        await docker.containers.create("localhost/nobody")
    await docker.containers.create(image, name="web", command=LOOP, network_mode="none")
    with pytest.raises(ConflictError):
        await docker.containers.create(image, name="web")
    with pytest.raises(ConflictError):
        await docker.containers.kill("web")
    with pytest.raises(ConflictError):
        await docker.containers.top("web")
    await docker.containers.start("web")
    with pytest.raises(TimedOutError):
        await docker.containers.wait("web", timeout=0.2)
    with pytest.raises(ConflictError):
        await docker.containers.remove("web")
    await docker.containers.remove("web", force=True)
    with pytest.raises(ParameterError):
        await docker.containers.create(image, nam="web")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] -- the mistake is the test

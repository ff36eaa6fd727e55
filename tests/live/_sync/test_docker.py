# Generated from tests/live/_async/test_docker.py: edit there.
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

    from podlib import Podman
    from tests.testbed import Host

LOOP = ("sh", "-c", "echo out; echo err >&2; trap 'exit 3' TERM; while :; do sleep 0.05; done")
APART = ("sh", "-c", "cat; echo err >&2; exit 4")


def test_a_container_from_its_creation_to_its_end(podman: Podman, image: str) -> None:
    docker = podman.docker
    docker.networks.create("lab", labels={"a": "b"}, subnets=["10.77.0.0/24"])
    created = docker.containers.create(
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
    docker.containers.start("web")
    docker.containers.start("web")
    found = docker.containers.inspect("web", size=True)
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
    [listed] = docker.containers.list(size=True, filters={"label": ["app=web"]})
    assert (listed.id, listed.names, listed.state) == (created.id, ["/web"], "running")
    assert listed.command
    assert (docker.networks.inspect("lab")).containers

    def written() -> bool:
        return len(read(docker.containers.logs("web"))) == 2

    until(written)
    lines = read(docker.containers.logs("web", timestamps=True))
    assert {(line.stream, line.text) for line in lines} == {("stdout", "out"), ("stderr", "err")}
    assert all(line.time for line in lines)
    top = docker.containers.top("web")
    assert len(top.processes) >= 1
    stats = docker.containers.stats("web", one_shot=True)
    assert stats.memory_stats.limit
    with docker.containers.stats_stream("web") as samples:
        assert (next(samples)).name
    docker.containers.pause("web")
    assert (docker.containers.inspect("web")).state.paused
    docker.containers.unpause("web")
    assert any(each.path == "/data" for each in docker.containers.changes("web"))
    docker.containers.rename("web", "other")
    docker.containers.kill("other", signal="TERM")
    assert (docker.containers.wait("other")).status_code == 3
    docker.containers.restart("other", timeout=1)
    docker.containers.stop("other", timeout=1)
    docker.containers.stop("other", timeout=1)
    docker.containers.remove("other", volumes=True)
    assert docker.containers.list(all=True) == []


def test_update(podman: Podman, image: str) -> None:
    docker = podman.docker
    if lacks_docker(podman):
        return
    docker.containers.create(image, name="web", command=LOOP, network_mode="none")
    docker.containers.start("web")
    docker.containers.update("web", memory="128m", restart="on-failure", restart_retries=1)
    found = docker.containers.inspect("web")
    assert found.host_config.memory == 128 << 20
    assert found.host_config.restart_policy.name == "on-failure"


def lacks_docker(podman: Podman) -> bool:
    """Whether the server is too old for an update through Docker's API."""
    podman.docker.system.ping()
    return lacks(podman, "5.1.0", lambda: podman.docker.containers.update("web"))


def test_further_processes(podman: Podman, image: str) -> None:
    docker = podman.docker
    docker.containers.create(image, name="web", command=LOOP, network_mode="none")
    with pytest.raises(ConflictError):
        docker.exec.create("web", ["true"])
    docker.containers.start("web")
    data = os.urandom(5_000_000)
    result = docker.exec.run("web", APART, input=data)
    assert (result.exit_code, result.stderr) == (4, b"err\n")
    assert result.stdout == data
    created = docker.exec.create("web", ["sh", "-c", "read x; echo $x"], stdin=True, tty=True)
    with docker.exec.start(created.id, height=10, width=20) as session:
        docker.exec.resize(created.id, height=11, width=21)
        session.write(b"hello\n")
        pieces = [piece.data for piece in session.output()]
        assert b"hello" in b"".join(pieces)
        assert session.exit_code() == 0
    with pytest.raises(APIError):
        docker.exec.resize(created.id, height=12, width=22)
    docker.exec.resize(created.id, height=12, width=22, running=True)
    with pytest.raises(ConflictError):
        docker.exec.start_detached(created.id)
    alone = docker.exec.create("web", ["touch", "/made"])
    docker.exec.start_detached(alone.id)

    def made() -> bool:
        return (docker.exec.run("web", ["test", "-e", "/made"])).exit_code == 0

    until(made)
    assert (docker.exec.inspect(alone.id)).container_id
    with pytest.raises(NotFoundError):
        docker.exec.inspect("nobody")
    with pytest.raises(ParameterError):
        docker.exec.run("web", ["cat"], input=b"", tty=True)


def test_attached(podman: Podman, image: str) -> None:
    docker = podman.docker
    docker.containers.create(
        image, name="web", command=APART, network_mode="none", stdin=True, stdin_once=True
    )
    data = os.urandom(5_000_000)
    with docker.containers.attach("web", stdin=True) as session:
        docker.containers.start("web")
        result = session.communicate(data)
    assert (result.exit_code, result.stderr, result.stdout == data) == (4, b"err\n", True)
    with pytest.raises(NotFoundError), docker.containers.attach("nobody"):
        pass
    docker.containers.create(
        image, name="term", command=["sh"], network_mode="none", stdin=True, tty=True
    )
    with docker.containers.attach("term", stdin=True) as session:
        docker.containers.start("term")
        docker.containers.resize("term", height=12, width=34)
        session.write(b"stty size; exit 5\n")
        pieces = [piece.data for piece in session.output()]
        assert b"12 34" in b"".join(pieces)
        assert session.exit_code() == 5


def test_files(podman: Podman, image: str, tmp_path: Path) -> None:
    docker = podman.docker
    docker.containers.create(image, name="web", command=LOOP, network_mode="none")
    docker.containers.put_archive("web", "/tmp", tar_of({"f": b"abc"}))
    blocks = read(docker.containers.archive_stream("web", "/tmp/f"))
    assert b"abc" in b"".join(blocks)
    assert docker.containers.archive_to("web", "/tmp/f", tmp_path / "f.tar")
    assert b"abc" in (tmp_path / "f.tar").read_bytes()
    whole = sum(map(len, read(docker.containers.export_stream("web"))))
    assert whole > 100_000
    assert docker.containers.export_to("web", tmp_path / "all.tar") == whole
    with pytest.raises(NotFoundError):
        read(docker.containers.archive_stream("web", "/none"))
    with pytest.raises(NotFoundError):
        docker.containers.put_archive("nobody", "/", tar_of({}))
    made = docker.containers.commit(
        "web", repo="localhost/made", tag="1", author="me", comment="so", changes=["LABEL a=b"]
    )
    found = docker.images.inspect("localhost/made:1")
    assert found.id.removeprefix("sha256:") == made.id.removeprefix("sha256:")
    assert found.config is not None
    assert found.config.labels["a"] == "b"
    docker.containers.remove("web")
    assert (docker.containers.prune(filters={"until": "1h"})).containers_deleted == []


def test_images(podman: Podman, image: str, tmp_path: Path) -> None:
    docker = podman.docker
    docker.images.tag(image, "localhost/more", "1")
    assert {"localhost/more:1", image} <= {
        tag for each in docker.images.list(shared_size=True) for tag in each.repo_tags
    }
    assert len(docker.images.list(filters={"reference": "localhost/more"})) == 1
    assert (docker.images.inspect("localhost/more:1")).architecture
    assert (docker.images.history(image))[0].created_by
    removed = docker.images.remove("localhost/more:1")
    assert [each.untagged for each in removed] == ["localhost/more:1"]
    archive = docker.images.save_to(image, tmp_path / "image.tar")
    blocks = read(docker.images.save_stream(image))
    assert archive == (tmp_path / "image.tar").stat().st_size
    assert blocks
    assert (docker.images.load(tmp_path / "image.tar")).names == [image]
    assert docker.images.export_to([image], tmp_path / "images.tar")
    assert b"manifest.json" in b"".join(read(docker.images.export_stream(image)))
    imported = docker.images.import_(
        tar_of({"f": b"abc"}), repo="localhost/imported", tag="1", changes=["CMD sh"], message="m"
    )
    found = docker.images.inspect("localhost/imported:1")
    assert found.id.removeprefix("sha256:") == imported.id.removeprefix("sha256:")
    for name in (docker.images.inspect, docker.images.history, docker.images.remove):
        with pytest.raises(NotFoundError):
            name("localhost/nobody")
    with pytest.raises(APIError):
        docker.images.load(b"no archive")


def test_builds(podman: Podman, image: str) -> None:
    docker = podman.docker
    context = {"Dockerfile": f"FROM {image}\nCOPY f /f\nRUN echo hello\n", "f": "abc"}
    told: list[str] = []
    built = docker.images.build(
        context, tags=["localhost/built:1"], progress=lambda line: told.append(line.text)
    )
    assert "hello" in told
    assert (docker.images.inspect("localhost/built:1")).id.endswith(built.id)
    assert built.tags == ["localhost/built:1"]
    lines = read(docker.images.build_stream({"Dockerfile": f"FROM {image}\nLABEL a=b\n"}))
    dangling = lines[-1].text
    pruned = docker.images.prune(filters={"dangling": True})
    assert dangling in {each.deleted.removeprefix("sha256:") for each in pruned.images_deleted}
    with pytest.raises(BuildError, match="build failed"):
        docker.images.build({"Dockerfile": f"FROM {image}\nRUN exit 7\n"})


def test_registries(podman: Podman, host: Host, image: str) -> None:
    docker = podman.docker
    address = host.registry(user="me", password="secret")
    good, bad = Credentials("me", "secret"), Credentials("me", "wrong")
    here = address.replace("127.0.0.1", "localhost")  # where the server does without TLS
    assert (docker.system.auth(here, good)).status
    with pytest.raises(APIError):
        docker.system.auth(here, bad)
    name = f"{address}/web:1"
    told: list[str] = []
    pushed = docker.images.push(
        image,
        name,
        tls_verify=False,
        credentials=good,
        progress=lambda line: told.append(line.status),
    )
    assert told
    assert pushed.digest.startswith("sha256:")
    name2 = f"{address}/web:2"
    one = docker.images.push(image, name2, format="oci", tls_verify=False, credentials=good)
    other = docker.images.push(image, name2, format="v2s2", tls_verify=False, credentials=good)
    assert one.digest != other.digest
    with pytest.raises(PushError):
        docker.images.push(image, name, tls_verify=False, credentials=bad)
    with trusting(host, address):
        pulled = docker.images.pull(name, credentials=good)
        assert pulled.id == (docker.images.inspect(image)).id
        with pytest.raises(PullError):
            docker.images.pull(name, credentials=bad)
        with pytest.raises(PullError):
            docker.images.pull(f"{address}/nobody", credentials=good)
    tags = docker.images.search(
        f"{address}/web", list_tags=True, tls_verify=False, credentials=good
    )
    assert sorted(each.tag for each in tags) == ["1", "2"]


def test_networks(podman: Podman, image: str) -> None:
    docker = podman.docker
    created = docker.networks.create(
        "lab", driver="bridge", internal=True, labels={"a": "b"}, options={"mtu": "1400"},
        subnets=["10.78.0.0/24"],
    )  # fmt: skip
    with pytest.raises(ConflictError):
        docker.networks.create("lab")
    found = docker.networks.inspect("lab")
    assert (found.id, found.internal, found.labels) == (created.id, True, {"a": "b"})
    assert found.ipam.config[0].subnet == "10.78.0.0/24"
    assert [each.name for each in docker.networks.list(filters={"name": "lab"})] == ["lab"]
    docker.containers.create(image, name="web", command=LOOP)
    docker.networks.connect("lab", "web", aliases=["www"], ips=["10.78.0.7"])
    place = (docker.containers.inspect("web")).network_settings.networks["lab"]
    assert "www" in place.aliases
    docker.containers.start("web")
    with pytest.raises(ConflictError, match="already connected"):
        docker.networks.connect("lab", "web")
    with pytest.raises(ConflictError):
        docker.networks.remove("lab")
    for few in (docker.networks.inspect, docker.networks.remove):
        with pytest.raises(NotFoundError):
            few(created.id[:6])
    with pytest.raises(ConflictError):
        docker.networks.remove(created.id)
    docker.networks.disconnect("lab", "web", force=True)
    docker.networks.remove("lab")
    with pytest.raises(NotFoundError):
        docker.networks.remove("lab")
    with pytest.raises(NotFoundError):
        docker.networks.inspect("lab")
    docker.networks.create("unused")
    assert (docker.networks.prune()).networks_deleted == ["unused"]


def test_volumes_and_secrets(podman: Podman, image: str) -> None:
    docker = podman.docker
    created = docker.volumes.create("data", driver="local", labels={"a": "b"})
    assert (created.name, created.labels) == ("data", {"a": "b"})
    assert (docker.volumes.create("data")).created_at == created.created_at
    assert docker.volumes.list(filters={"name": "data"}) == [created]
    assert docker.volumes.inspect("data") == created
    docker.containers.create(image, name="web", mounts=["data:/data"], network_mode="none")
    with pytest.raises(ConflictError):
        docker.volumes.remove("data")
    docker.containers.remove("web")
    with pytest.raises(NotFoundError):
        docker.volumes.remove("dat")
    docker.volumes.remove("dat", force=True)
    docker.volumes.remove("data")
    docker.volumes.remove("data", force=True)
    docker.volumes.create("unused", labels={"a": "b"})
    pruned = docker.volumes.prune(filters={"label": "a=b"})
    assert pruned.volumes_deleted == ["unused"]
    secret = docker.secrets.create("token", b"xyz", labels={"a": "b"})
    with pytest.raises(ConflictError):
        docker.secrets.create("token", "more")
    assert (docker.secrets.inspect("token")).id == secret.id
    assert [each.spec.name for each in docker.secrets.list()] == ["token"]
    for few in (docker.secrets.inspect, docker.secrets.remove):
        with pytest.raises(NotFoundError):
            few(secret.id[:5])
    docker.secrets.remove(secret.id)
    with pytest.raises(NotFoundError):
        docker.secrets.remove("token")


def test_the_service(podman: Podman, host: Host, image: str) -> None:
    docker = podman.docker
    assert docker.api_version == ""
    ping = docker.system.ping()
    assert docker.api_version == ping.api_version
    assert (docker.system.version()).version == podman.server_version == host.version
    info = docker.system.info()
    assert (info.images, info.containers) == (1, 0)
    docker.volumes.create("data")
    web = docker.containers.create(image, name="web", command=LOOP, network_mode="none")
    usage = docker.system.df()
    assert [len(usage.images), len(usage.containers), len(usage.volumes)] == [1, 1, 1]
    now = datetime.now(UTC)
    events = read(
        docker.system.events(
            since=now - timedelta(minutes=1),
            until=now + timedelta(seconds=1),
            filters={"container": web.id, "event": "create"},
        )
    )
    assert [each.actor.attributes["name"] for each in events] == ["web"]
    with docker.system.events(filters={"container": "web"}) as happening:
        docker.containers.start("web")
        assert (next(happening)).action in {"init", "start"}


def test_what_is_not_there(podman: Podman, image: str) -> None:
    docker = podman.docker
    for noun in (docker.containers, docker.images, docker.networks, docker.volumes, docker.secrets):
        with pytest.raises(NotFoundError):
            noun.inspect("nobody")
    for call in (
        docker.containers.start,
        docker.containers.stop,
        docker.containers.pause,
        docker.containers.kill,
        docker.containers.remove,
        docker.containers.changes,
    ):
        with pytest.raises(NotFoundError):
            call("nobody")
    with pytest.raises(NotFoundError):
        docker.containers.create("localhost/nobody")
    docker.containers.create(image, name="web", command=LOOP, network_mode="none")
    with pytest.raises(ConflictError):
        docker.containers.create(image, name="web")
    with pytest.raises(ConflictError):
        docker.containers.kill("web")
    with pytest.raises(ConflictError):
        docker.containers.top("web")
    docker.containers.start("web")
    with pytest.raises(TimedOutError):
        docker.containers.wait("web", timeout=0.2)
    with pytest.raises(ConflictError):
        docker.containers.remove("web")
    docker.containers.remove("web", force=True)
    with pytest.raises(ParameterError):
        docker.containers.create(image, nam="web")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] -- the mistake is the test

"""Images pulled from and pushed to the registries of real hosts, searched there, and copied."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from podlib import (
    APIError,
    BadRequestError,
    Credentials,
    NotFoundError,
    ParameterError,
    PullError,
    PushError,
    models,
)

from .image_steps import build_from, build_layers, in_registry, trusting, write
from .steps import lacks, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    from podlib import AsyncPodman
    from tests.testbed import Host

NAME = "localhost/layered:1"
ANNA = Credentials("anna", "her word: secret")


@pytest.fixture
async def layered(podman: AsyncPodman, tmp_path: Path, image: str) -> str:
    """The id of an image of three layers, called ``localhost/layered:1``."""
    return await build_layers(podman, tmp_path / "layered", image, NAME)


# -- push ------------------------------------------------------------------------------------


async def test_push(podman: AsyncPodman, host: Host, layered: str) -> None:
    target = f"{host.registry()}/pushed:1"
    told: list[models.PushProgress] = []
    pushed = await podman.images.push(NAME, target, tls_verify=False, progress=told.append)
    assert sum(line.stream.startswith("Copying blob") for line in told) == 3
    assert len(in_registry(host, target)["layers"]) == 3
    if host.version.startswith("4."):
        assert pushed.digest == ""
    else:
        again = await podman.images.pull(f"{target[:-2]}@{pushed.digest}", tls_verify=False)
        assert again.id == layered

    await podman.images.tag(NAME, target[:-2], "2")
    lines = await read(podman.images.push_stream(f"{target[:-2]}:2", tls_verify=False))
    assert len(lines) > 3
    assert "PUT /v2/pushed/manifests/2 201" in host.registry_requests()


async def test_push_that_fails(podman: AsyncPodman, host: Host, layered: str) -> None:
    target = f"{host.registry()}/pushed:1"
    told: list[models.PushProgress] = []
    with pytest.raises(PushError, match="HTTP response to HTTPS client"):
        await podman.images.push(layered, target, progress=told.append)
    assert any(line.stream for line in told)
    with pytest.raises(PushError, match=r"cannot push localhost/nothing to .*: image not known"):
        await podman.images.push("localhost/nothing", target, tls_verify=False)
    with pytest.raises(BadRequestError, match="only docker transport"):
        await podman.images.push(NAME, "oci:/tmp/x")
    assert not any("PUT" in request for request in host.registry_requests())


async def test_push_quietly(podman: AsyncPodman, host: Host, layered: str) -> None:
    target = f"{host.registry()}/pushed:1"
    assert await read(podman.images.push_stream(NAME, target, tls_verify=False, quiet=True)) == []
    assert in_registry(host, target)["config"]["digest"] == f"sha256:{layered}"
    with pytest.raises(BadRequestError, match="HTTP response to HTTPS client"):
        await podman.images.push(NAME, target, quiet=True)


@pytest.mark.usefixtures("layered")
async def test_push_in_another_format(podman: AsyncPodman, host: Host) -> None:
    target = f"{host.registry()}/pushed"
    await podman.images.push(
        NAME, f"{target}:docker", format="v2s2", remove_signatures=True, tls_verify=False
    )
    assert "docker" in in_registry(host, f"{target}:docker")["mediaType"]
    await podman.images.push(
        NAME, f"{target}:zstd", format="oci", compression_format="zstd", tls_verify=False
    )
    layers = in_registry(host, f"{target}:zstd")["layers"]
    assert len(layers) == 3

    def call() -> Any:
        return podman.images.push(
            NAME,
            f"{target}:anew",
            format="oci",
            compression_format="zstd",
            force_compression_format=True,
            tls_verify=False,
        )

    if not await lacks(podman, "4.7.0", call):
        await call()
        layers = in_registry(host, f"{target}:anew")["layers"]
        assert {layer["mediaType"].rpartition("+")[2] for layer in layers} == {"zstd"}


@pytest.mark.usefixtures("layered")
async def test_push_more_or_less_compressed(podman: AsyncPodman, host: Host) -> None:
    async def size(level: int) -> int:
        target = f"{host.registry(port=5000 + level)}/pushed:1"
        await podman.images.push(
            NAME, target, compression_format="gzip", compression_level=level, tls_verify=False
        )
        return int(in_registry(host, target)["layers"][0]["size"])

    if await lacks(podman, "4.6.0", lambda: size(1)):
        return
    assert await size(1) > await size(9)


async def test_push_of_a_manifest_list(podman: AsyncPodman, host: Host, image: str) -> None:
    await podman.manifests.create("localhost/list", [f"containers-storage:{image}"])
    target = f"{host.registry()}/list:1"
    await podman.images.push("localhost/list", target, all=True, tls_verify=False)
    assert "config" in in_registry(host, target)  # it is the image, with all or without


@pytest.mark.usefixtures("layered")
async def test_push_again_and_again(podman: AsyncPodman) -> None:
    told: list[models.PushProgress] = []

    def call() -> Any:
        return podman.images.push(
            NAME,
            "127.0.0.1:1/nobody",
            retry=2,
            retry_delay=0.01,
            tls_verify=False,
            progress=told.append,
        )

    if await lacks(podman, "5.0.0", call):
        return
    with pytest.raises(PushError, match="connection refused"):
        await call()
    assert sum("source signatures" in line.stream for line in told) == 3


# -- pull ------------------------------------------------------------------------------------


@pytest.fixture
def trusted(host: Host) -> Iterator[str]:
    """A registry that the service asks without TLS by itself."""
    address = host.registry()
    with trusting(host, address):
        yield address


async def test_pull_all_tags(podman: AsyncPodman, trusted: str, image: str, layered: str) -> None:
    for name, tag in ((image, "base"), (NAME, "layered")):
        await podman.images.push(name, f"{trusted}/several:{tag}")
    pulled = await podman.images.pull(f"{trusted}/several", all_tags=True)
    assert set(pulled.images) == {layered, (await podman.images.inspect(image)).id}
    assert pulled.id in pulled.images
    assert await podman.images.exists(f"{trusted}/several:base")
    assert await podman.images.exists(f"{trusted}/several:layered")


@pytest.fixture
async def platforms(podman: AsyncPodman, host: Host, tmp_path: Path) -> str:
    """A list of images for linux/amd64 and linux/arm64/v8, in a registry only."""
    write(tmp_path / "bare", file="file")
    name = f"{host.registry()}/platforms:1"
    for platform in ("linux/amd64", "linux/arm64/v8"):
        await build_from(
            podman,
            tmp_path / "bare",
            "FROM scratch\nCOPY file /\n",
            platforms=[platform],
            no_cache=True,
            manifest="localhost/platforms",
        )
    await podman.manifests.push("localhost/platforms", name, tls_verify=False)
    await podman.images.remove("localhost/platforms", lookup_manifest=True)
    await podman.images.prune()
    return name


async def test_pull_for_a_platform(podman: AsyncPodman, platforms: str) -> None:
    async def pulled(**platform: Any) -> tuple[str, str]:
        found = await podman.images.pull(platforms, tls_verify=False, **platform)
        inspected = await podman.images.inspect(found.id)
        return inspected.os, inspected.architecture

    assert await pulled() == ("linux", "amd64")
    assert await pulled(platform="linux/arm64/v8") == ("linux", "arm64")
    assert await pulled(arch="amd64", os="linux") == ("linux", "amd64")
    assert await pulled(arch="arm64", variant="v8") == ("linux", "arm64")
    with pytest.raises(PullError, match="s390x"):
        await pulled(arch="s390x")
    for wrong in ("linux", "linux/", "a/b/c/d"):
        with pytest.raises(ParameterError, match="is not OS/ARCH"):
            await pulled(platform=wrong)
    with pytest.raises(ParameterError, match="give either"):
        await pulled(platform="linux/arm64", arch="arm64")


async def test_pull_what_is_newer(
    podman: AsyncPodman, host: Host, image: str, layered: str
) -> None:
    name = f"{host.registry()}/newer:1"
    await podman.images.push(image, name, tls_verify=False)
    older = await podman.images.pull(name, tls_verify=False, policy="newer")
    await podman.images.push(NAME, name, tls_verify=False)
    assert (await podman.images.pull(name, policy="missing")).id == older.id
    assert (await podman.images.pull(name, tls_verify=False, policy="newer")).id == layered


async def test_pull_quietly(podman: AsyncPodman, host: Host, image: str) -> None:
    name = f"{host.registry()}/busybox:1"
    await podman.images.push(image, name, tls_verify=False)
    told: list[models.PullProgress] = []
    pulled = await podman.images.pull(name, tls_verify=False, quiet=True, progress=told.append)
    assert [(line.id, line.stream) for line in told] == [(pulled.id, "")]
    with pytest.raises(PullError, match="manifest unknown"):
        await podman.images.pull(f"{name}1", tls_verify=False, quiet=True)


async def test_pull_in_docker_s_words(podman: AsyncPodman, host: Host, image: str) -> None:
    name = f"{host.registry()}/busybox:1"

    async def lines() -> list[models.PullProgress]:
        return await read(podman.images.pull_stream(name, tls_verify=False, compat_mode=True))

    if await lacks(podman, "4.8.0", lines):
        return
    await podman.images.push(image, name, tls_verify=False)
    found = await lines()
    assert any(line.status == "Download complete" for line in found)
    assert all(line.progress_detail is not None for line in found if line.id)
    name += "1"
    with pytest.raises((NotFoundError, PullError), match="manifest unknown"):
        await lines()


async def test_pull_again_and_again(podman: AsyncPodman) -> None:
    def call(retry: int, delay: float) -> Any:
        return podman.images.pull(
            "127.0.0.1:1/nobody", retry=retry, retry_delay=delay, tls_verify=False
        )

    if await lacks(podman, "5.0.0", lambda: call(0, 60)):
        return
    with pytest.raises(PullError, match="connection refused"):
        await call(0, 60)
    begin = time.monotonic()
    with pytest.raises(PullError, match="connection refused"):
        await call(1, 0.5)
    assert time.monotonic() - begin >= 0.5


# -- credentials -----------------------------------------------------------------------------


async def test_credentials(podman: AsyncPodman, host: Host, image: str) -> None:
    registry = host.registry(user=ANNA.username, password=ANNA.password)
    name = f"{registry}/private:1"
    wrong = Credentials("anna", "guessed")
    for credentials in (None, wrong):
        with pytest.raises(PushError, match=r"authentication required|unauthorized|basic auth"):
            await podman.images.push(image, name, tls_verify=False, credentials=credentials)
    await podman.images.push(image, name, tls_verify=False, credentials=ANNA)
    for credentials in (None, wrong):
        with pytest.raises(PullError, match=r"authentication required|unauthorized|basic auth"):
            await podman.images.pull(name, tls_verify=False, credentials=credentials)
    pulled = await podman.images.pull(name, tls_verify=False, credentials=ANNA)
    assert name in (await podman.images.inspect(pulled.id)).repo_tags
    [found] = await podman.images.search(
        f"{registry}/private", list_tags=True, tls_verify=False, credentials=ANNA
    )
    assert (found.name, found.tag) == (f"{registry}/private", "1")
    with pytest.raises(APIError, match=r"authentication required|unauthorized|basic auth"):
        await podman.images.search(f"{registry}/private", list_tags=True, tls_verify=False)


async def test_credentials_of_the_user(
    podman: AsyncPodman,
    host: Host,
    image: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    registry = host.registry(user="bob", password="x")
    entry = {"auth": "Ym9iOng="}  # bob:x
    (tmp_path / "auth.json").write_text(json.dumps({"auths": {registry: entry}}))
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(tmp_path / "auth.json"))
    name = f"{registry}/private:1"
    await podman.images.push(image, name, tls_verify=False)
    pulled = await podman.images.pull(name, tls_verify=False)
    assert name in (await podman.images.inspect(pulled.id)).repo_tags
    with pytest.raises(PullError):
        await podman.images.pull(name, tls_verify=False, credentials=ANNA)


# -- search ----------------------------------------------------------------------------------


async def test_search(podman: AsyncPodman, host: Host, image: str) -> None:
    registry = host.registry()
    for name in ("one:1", "one:2", "onemore:1"):
        await podman.images.push(image, f"{registry}/{name}", tls_verify=False)

    async def found(term: str, **options: Any) -> set[tuple[str, str]]:
        results = await podman.images.search(f"{registry}/{term}", tls_verify=False, **options)
        return {(each.name.removeprefix(f"{registry}/"), each.tag) for each in results}

    assert await found("one") == {("one", ""), ("onemore", "")}
    assert len(await found("one", limit=1)) == 1
    assert await found("one", list_tags=True) == {("one", "1"), ("one", "2")}
    assert len(await found("one", list_tags=True, limit=1)) == 1
    assert await found("one", filters={"is-official": True}) == set()
    assert await found("one", filters={"is-automated": True}) == set()
    assert await found("one", filters={"stars": 3}) == set()
    assert len(await found("one", filters={"is-official": False, "stars": 0})) == 2
    assert await found("two") == set()
    assert await podman.images.search("one") == []  # the host names no registry to ask
    with pytest.raises(APIError, match="HTTP response to HTTPS client"):
        await podman.images.search(f"{registry}/one")
    with pytest.raises(ParameterError, match="there is no 'official'"):
        await found("one", filters={"official": True})


# -- scp -------------------------------------------------------------------------------------

SSH = "/usr/sbin/sshd -p 2222 -h /tmp/hostkey -o ListenAddress=127.0.0.1 -o UsePAM=no"


@pytest.fixture
def connection(host: Host) -> Iterator[str]:
    """A connection that the service knows, over ssh to itself."""
    script = f"""
        mkdir -p -m 700 /root/.ssh /run/sshd
        ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/key
        ssh-keygen -q -t ed25519 -N '' -f /tmp/hostkey
        cp /root/.ssh/key.pub /root/.ssh/authorized_keys
        echo "[127.0.0.1]:2222 $(cut -d' ' -f1,2 /tmp/hostkey.pub)" > /root/.ssh/known_hosts
        {SSH} -o PidFile=/run/sshd/pid
        podman system connection add self --identity /root/.ssh/key \
            ssh://root@127.0.0.1:2222/mnt/share/podman.sock
    """
    host.run("sh", "-euc", script)
    yield "self::"
    host.run("podman", "system", "connection", "remove", "self")
    host.run("sh", "-c", "kill $(cat /run/sshd/pid); rm -r /root/.ssh /tmp/hostkey*")


async def test_scp(podman: AsyncPodman, host: Host, connection: str, layered: str) -> None:
    if host.version.startswith("4."):  # its own command line cannot do it either
        with pytest.raises(APIError, match="ssh: handshake failed"):
            await podman.images.scp(NAME, connection)
        return
    copied = await podman.images.scp(NAME, f"{connection}localhost/copied:2")
    assert copied.id == NAME
    assert (await podman.images.inspect("localhost/copied:2")).id == layered
    assert (await podman.images.scp(f"{connection}{NAME}", quiet=True)).id == NAME
    with pytest.raises(APIError, match="nothing: image not known"):
        await podman.images.scp(f"{connection}localhost/nothing")


async def test_scp_without_a_connection(podman: AsyncPodman, image: str) -> None:
    with pytest.raises(APIError, match="must specify a destination"):
        await podman.images.scp(image)
    with pytest.raises(BadRequestError, match="user transfer"):
        await podman.images.scp(image, "nobody@localhost::")

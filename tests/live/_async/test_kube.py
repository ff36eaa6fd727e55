"""Kubernetes YAML on real services: played, taken down, generated, applied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from podlib import (
    APIError,
    BadRequestError,
    ConflictError,
    FileError,
    NotFoundError,
    ParameterError,
)
from podlib.credentials import Credentials
from podlib.files import open_for_reading
from podlib.tar import tar_folder
from tests.live.kubernetes import cluster

from .steps import lacks, names, running, until

if TYPE_CHECKING:
    from pathlib import Path

    from podlib import AsyncPodman, models
    from tests.testbed import Host

NONE = ["none"]


def pod(image: str, *, command: str = "[sleep, '1000']", more: str = "") -> str:
    """The YAML of a pod ``web`` with a container ``main``; ``more`` of the container."""
    return f"""\
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  terminationGracePeriodSeconds: 0
  restartPolicy: Never
  containers:
  - name: main
    image: {image}
    command: {command}
    {more}
"""


REST = """\
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: claim}
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Gi}}
---
apiVersion: v1
kind: Secret
metadata: {name: token}
data: {key: YWJj}
"""
MOUNTED = """\
volumeMounts: [{name: data, mountPath: /data}]
  initContainers:
  - name: before
    image: IMAGE
    command: [touch, /data/file]
    volumeMounts: [{name: data, mountPath: /data}]
  volumes: [{name: data, persistentVolumeClaim: {claimName: claim}}]
"""
PORTS = "ports: [{containerPort: 80}, {containerPort: 81, hostPort: 8081}]"


def main_of(report: models.KubeReport) -> str:
    """The container of the only pod that was made."""
    [made] = report.pods
    assert made.container_errors == []
    [container] = made.containers
    return container


def inspect_pod(host: Host) -> dict[str, Any]:
    """What the server knows of the pod."""
    found: dict[str, Any] = host.api("GET", "/pods/web/json")
    return found


# -- play and down ---------------------------------------------------------------------------


async def test_play_and_down(podman: AsyncPodman, host: Host, image: str) -> None:
    yaml = pod(image, more=MOUNTED.replace("IMAGE", image)) + REST
    report = await podman.kube.play(yaml, network=NONE)
    container = main_of(report)
    assert await running(podman, container)
    [before] = report.pods[0].init_containers
    assert not await podman.containers.exists(before)  # it is removed when it has done its work
    assert [volume.name for volume in report.volumes] == ["claim"]
    host.run("podman", "exec", container, "ls", "/data/file")
    [secret] = report.secrets
    assert secret.create_report
    assert secret.create_report.id in host.run("podman", "secret", "ls").stdout
    assert inspect_pod(host)["Id"] == report.pods[0].id

    with pytest.raises(ConflictError):
        await podman.kube.play(yaml, network=NONE)
    removed = await podman.kube.down(yaml)
    assert [each.id for each in removed.stop_report] == [report.pods[0].id]
    assert [(each.id, each.error) for each in removed.rm_report] == [(report.pods[0].id, "")]
    assert await names(podman) == set()
    host.run("podman", "volume", "exists", "claim")


async def test_down_with_volumes(podman: AsyncPodman, host: Host, image: str) -> None:
    yaml = pod(image) + REST
    if await lacks(podman, "4.4.0", lambda: podman.kube.down(yaml, force=True)):
        return
    report = await podman.kube.play(yaml, network=NONE, start=False)
    [secret] = report.secrets
    removed = await podman.kube.down(yaml, force=True)
    assert secret.create_report
    assert [each.id for each in removed.secret_rm_report] == [secret.create_report.id]
    assert removed.volume_rm_report[0].id == "claim"
    assert removed.volume_rm_report[0].error == ""
    assert removed.rm_report[0].removed_containers[main_of(report)] == ""
    assert removed.stop_report[0].raw_input == "web"
    assert host.run("podman", "volume", "exists", "claim", check=False).returncode == 1


async def test_down_of_nothing(podman: AsyncPodman, image: str) -> None:
    await podman.kube.play(pod(image), network=NONE, start=False)
    await podman.kube.down(pod(image))
    if podman.server_version.startswith("4.3"):
        with pytest.raises(NotFoundError):
            await podman.kube.down(pod(image))
    else:
        assert (await podman.kube.down(pod(image))).rm_report == []


async def test_sources(podman: AsyncPodman, image: str, tmp_path: Path) -> None:
    path = tmp_path / "pod.yaml"
    path.write_text(pod(image))
    blocks = (line.encode() for line in pod(image).splitlines(keepends=True))
    with open_for_reading(path) as file:
        for source in (pod(image).encode(), path, file, blocks):
            await podman.kube.play(source, network=NONE, start=False)
            with open_for_reading(path) as again:
                await podman.kube.down(again)
    for text in (str(path), "\ud800\n"):
        with pytest.raises(ParameterError, match="source"):
            await podman.kube.play(text)
    with pytest.raises(FileError):
        await podman.kube.down(tmp_path / "nowhere")
    assert await names(podman) == set()


async def test_play_that_cannot_be(podman: AsyncPodman, image: str) -> None:
    for yaml, message in {
        "{": "yaml",
        "apiVersion: v1\n": "supported kube kind",
        pod("localhost/nothing:1", more="imagePullPolicy: Never"): "nothing",
    }.items():
        with pytest.raises(APIError, match=message):
            await podman.kube.play(yaml, network=NONE)
    await podman.kube.down(pod(image))
    report = await podman.kube.play(pod(image, command="[nowhere]"), network=NONE)
    [error] = report.pods[0].container_errors
    assert "nowhere" in error


async def test_options(podman: AsyncPodman, image: str) -> None:
    report = await podman.kube.play(
        pod(image),
        start=False,
        network=NONE,
        annotations={"com.example.by": "grüß & co"},
        no_hosts=True,
        log_driver="k8s-file",
        log_options={"max-size": "100k"},
    )
    found = await podman.containers.inspect(main_of(report))
    assert found.state.status == "created"
    assert found.config.annotations["com.example.by"] == "grüß & co"
    assert found.host_config.log_config.type == "k8s-file"
    assert found.host_config.log_config.size == "100kB"


async def test_host_files(podman: AsyncPodman, host: Host, image: str) -> None:
    for no_hosts in (False, True):
        await podman.kube.play(pod(image), start=False, no_hosts=no_hosts)
        assert inspect_pod(host)["InfraConfig"]["NoManageHosts"] is no_hosts
        await podman.kube.down(pod(image))
    if await lacks(podman, "5.4.0", lambda: podman.kube.play("{}", no_hostname=True)):
        return
    for no_hostname in (False, True):
        report = await podman.kube.play(pod(image), network=NONE, no_hostname=no_hostname)
        found = await podman.containers.inspect(main_of(report))
        assert bool(found.hostname_path) is not no_hostname
        await podman.kube.down(pod(image))


async def test_static_addresses(podman: AsyncPodman, host: Host, image: str) -> None:
    report = await podman.kube.play(
        pod(image), network="podman", static_ips=["10.88.0.77"], static_macs=["92:d0:c6:0a:29:33"]
    )
    text = host.run("podman", "exec", main_of(report), "ip", "address", "show", "eth0").stdout
    assert "inet 10.88.0.77/16" in text
    assert "ether 92:d0:c6:0a:29:33" in text
    await podman.kube.down(pod(image))
    with pytest.raises(BadRequestError, match=r"10\.88\.0\.777"):
        await podman.kube.play(pod(image), static_ips=["10.88.0.777"])
    with pytest.raises(BadRequestError, match="MAC"):
        await podman.kube.play(pod(image), static_macs=["92"])
    with pytest.raises(APIError, match="network not found"):
        await podman.kube.play(pod(image), network=["nowhere"])
    await podman.kube.down(pod(image))


async def test_ports(podman: AsyncPodman, host: Host, image: str) -> None:
    yaml = pod(image, more=PORTS)
    if not await lacks(podman, "4.4.0", lambda: podman.kube.play("{}", publish_ports=["90:90"])):
        await podman.kube.play(yaml, start=False, publish_ports=["8090:90/udp"])
        assert {"81/tcp", "90/udp"} <= inspect_pod(host)["InfraConfig"]["PortBindings"].keys()
        await podman.kube.down(yaml)
    if not await lacks(podman, "5.0.0", lambda: podman.kube.play("{}", publish_all_ports=True)):
        for all_ports, published in ((False, {"81/tcp"}), (True, {"80/tcp", "81/tcp"})):
            await podman.kube.play(yaml, start=False, publish_all_ports=all_ports)
            assert inspect_pod(host)["InfraConfig"]["PortBindings"].keys() == published
            await podman.kube.down(yaml)


async def test_replace(podman: AsyncPodman, image: str) -> None:
    if await lacks(podman, "4.8.1", lambda: podman.kube.play("{}", replace=True)):
        return
    first = await podman.kube.play(pod(image), start=False)
    second = await podman.kube.play(pod(image), start=False, replace=True)
    assert not await podman.containers.exists(main_of(first))
    assert await podman.containers.exists(main_of(second))


async def test_service_container(podman: AsyncPodman, image: str) -> None:
    play = podman.kube.play
    if await lacks(podman, "4.5.0", lambda: play("{}", service_container=True)):
        return
    await lacks(podman, "4.5.0", lambda: play("{}", wait=True))
    report = await play(pod(image), network=NONE, service_container=True, wait=True)
    assert await running(podman, report.service_container_id)
    assert report.exit_code is None
    await podman.kube.down(pod(image))

    async def gone() -> bool:
        return not await podman.containers.exists(report.service_container_id)

    await until(gone)


async def test_userns(podman: AsyncPodman, image: str) -> None:
    if await lacks(podman, "4.7.0", lambda: podman.kube.play("{}", userns="auto")):
        return
    with pytest.raises(APIError, match="user namespace"):  # the hosts have no ids for it
        await podman.kube.play(pod(image), start=False, userns="auto")
    await podman.kube.down(pod(image))


async def test_long_annotations(podman: AsyncPodman, image: str) -> None:
    long = "x" * 64
    yaml = pod(image).replace("  name: web", f"  name: web\n  annotations: {{long: {long}}}", 1)
    if await lacks(podman, "4.7.0", lambda: podman.kube.play(yaml, no_trunc=True)):
        with pytest.raises(APIError, match="length exceeds"):
            await podman.kube.play(yaml)
        return
    report = await podman.kube.play(yaml, start=False, no_trunc=True)
    found = await podman.containers.inspect(main_of(report))
    assert found.config.annotations["long"] == long


async def test_build(podman: AsyncPodman, image: str, tmp_path: Path) -> None:
    folder = tmp_path / "context"
    (folder / "app").mkdir(parents=True)
    (folder / "app" / "Containerfile").write_text(f"FROM {image}\nLABEL made=first\n")
    (folder / "play.yaml").write_text(pod("app"))
    play = podman.kube.play
    if await lacks(podman, "5.3.0", lambda: play(folder)):
        await lacks(podman, "5.3.0", lambda: play("{}", build=True))
        return
    report = await play(folder, start=False)
    assert (await podman.containers.inspect(main_of(report))).image_name == "localhost/app:latest"
    assert (await podman.images.inspect("localhost/app")).labels["made"] == "first"

    (folder / "app" / "Containerfile").write_text(f"FROM {image}\nLABEL made=second\n")
    archive = b"".join(tar_folder(folder))
    await play(archive, tar=True, start=False, replace=True)
    assert (await podman.images.inspect("localhost/app")).labels["made"] == "first"
    await play(archive, tar=True, start=False, replace=True, build=True)
    assert (await podman.images.inspect("localhost/app")).labels["made"] == "second"
    with pytest.raises(APIError, match=r"missing play\.yaml"):
        await play(folder / "app", start=False)


async def test_registry(
    podman: AsyncPodman,
    host: Host,
    image: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(tmp_path / "auth.json"))
    registry = host.registry(user="me", password="secret")
    name = f"{registry}/box:1"
    host.run("podman", "push", "--tls-verify=false", "--creds=me:secret", image, name)
    credentials = {registry: Credentials("me", "secret")}
    with pytest.raises(APIError):
        await podman.kube.play(pod(name), network=NONE, tls_verify=False)
    with pytest.raises(APIError):
        await podman.kube.play(pod(name), network=NONE, credentials=credentials)
    await podman.kube.down(pod(name))
    report = await podman.kube.play(
        pod(name), start=False, tls_verify=False, credentials=credentials
    )
    assert (await podman.containers.inspect(main_of(report))).image_name == name


# -- generate --------------------------------------------------------------------------------


async def test_generate(podman: AsyncPodman, host: Host, image: str) -> None:
    create = ["podman", "create", "--init", "-p", "8080:80", "--annotation", f"long={'x' * 70}"]
    host.run(*create, "--name", "one", "-v", "data:/data", image, "sleep", "1000")
    host.run("podman", "pod", "create", "--name", "group")
    host.run("podman", "create", "--pod", "group", "--name", "two", image)
    generate = podman.kube.generate
    text = await generate("one")
    assert "kind: Pod" in text
    assert "hostPort: 8080" in text
    assert "kind: Service" not in text
    assert "kind: Service" in await generate("one", service=True)
    both = await generate("group", "one", "data")
    assert both.count("kind: Pod") == 2
    assert "kind: PersistentVolumeClaim" in both
    for name in ("%", "_ne", ""):
        with pytest.raises(ParameterError):
            await generate(name)
    with pytest.raises(APIError, match="not found"):
        await generate("nowhere")

    if not await lacks(podman, "4.5.0", lambda: generate("one", type="deployment")):
        deployment = await generate("one", type="deployment", replicas=3)
        assert "kind: Deployment" in deployment
        assert "replicas: 3" in deployment
        assert "kind: DaemonSet" in await generate("one", type="daemonset")
        assert "kind: Job" in await generate("one", type="job")
        with pytest.raises(APIError, match="replicas"):
            await generate("one", replicas=3)
    if not await lacks(podman, "4.7.0", lambda: generate("one", no_trunc=True)):
        assert "x" * 70 in await generate("one", no_trunc=True)
        assert "annotations.init" not in text
        assert "annotations.init" in await generate("one", podman_only=True)


async def test_generated_can_be_played(podman: AsyncPodman, image: str) -> None:
    report = await podman.kube.play(pod(image), start=False)
    yaml = await podman.kube.generate("web")
    await podman.kube.down(yaml)
    again = await podman.kube.play(yaml, start=False)
    assert main_of(again) != main_of(report)
    assert await podman.containers.exists(main_of(again))


# -- apply -----------------------------------------------------------------------------------


async def test_apply(podman: AsyncPodman, host: Host, image: str) -> None:
    with cluster(host) as there:
        kube, config = podman.kube, there.kube_config
        if await lacks(podman, "4.4.0", lambda: kube.apply(pod(image), kube_config=config)):
            return
        await podman.kube.apply(pod(image) + REST.partition("\n---")[0], kube_config=config)
        made = sorted([there.made(), there.made()])
        assert [path for path, _ in made] == [
            "/api/v1/namespaces/default/persistentvolumeclaims",
            "/api/v1/namespaces/default/pods",
        ]
        assert "name: web" in made[1][1]
        await kube.apply(pod(image), kube_config=config, namespace="mine", ca_cert_file="insecure")
        assert there.made()[0] == "/api/v1/namespaces/mine/pods"
        with pytest.raises(APIError, match="you may not do that"):
            await kube.apply(pod(image), kube_config=config, namespace="forbidden")
        with pytest.raises(APIError, match="/nowhere"):
            await kube.apply(pod(image), kube_config=config, ca_cert_file="/nowhere")
        with pytest.raises(APIError, match="/nowhere"):
            await kube.apply(pod(image), kube_config="/nowhere")
        with pytest.raises(APIError, match="unsupported Kubernetes kind"):
            await kube.apply(REST, kube_config=config)

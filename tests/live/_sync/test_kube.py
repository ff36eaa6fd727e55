# Generated from tests/live/_async/test_kube.py: edit there.
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

    from podlib import Podman, models
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


def test_play_and_down(podman: Podman, host: Host, image: str) -> None:
    yaml = pod(image, more=MOUNTED.replace("IMAGE", image)) + REST
    report = podman.kube.play(yaml, network=NONE)
    container = main_of(report)
    assert running(podman, container)
    [before] = report.pods[0].init_containers
    assert not podman.containers.exists(before)  # it is removed when it has done its work
    assert [volume.name for volume in report.volumes] == ["claim"]
    host.run("podman", "exec", container, "ls", "/data/file")
    [secret] = report.secrets
    assert secret.create_report
    assert secret.create_report.id in host.run("podman", "secret", "ls").stdout
    assert inspect_pod(host)["Id"] == report.pods[0].id

    with pytest.raises(ConflictError):
        podman.kube.play(yaml, network=NONE)
    removed = podman.kube.down(yaml)
    assert [each.id for each in removed.stop_report] == [report.pods[0].id]
    assert [(each.id, each.error) for each in removed.rm_report] == [(report.pods[0].id, "")]
    assert names(podman) == set()
    host.run("podman", "volume", "exists", "claim")


def test_down_with_volumes(podman: Podman, host: Host, image: str) -> None:
    yaml = pod(image) + REST
    if lacks(podman, "4.4.0", lambda: podman.kube.down(yaml, force=True)):
        return
    report = podman.kube.play(yaml, network=NONE, start=False)
    [secret] = report.secrets
    removed = podman.kube.down(yaml, force=True)
    assert secret.create_report
    assert [each.id for each in removed.secret_rm_report] == [secret.create_report.id]
    assert removed.volume_rm_report[0].id == "claim"
    assert removed.volume_rm_report[0].error == ""
    assert removed.rm_report[0].removed_containers[main_of(report)] == ""
    assert removed.stop_report[0].raw_input == "web"
    assert host.run("podman", "volume", "exists", "claim", check=False).returncode == 1


def test_down_of_nothing(podman: Podman, image: str) -> None:
    podman.kube.play(pod(image), network=NONE, start=False)
    podman.kube.down(pod(image))
    if podman.server_version.startswith("4.3"):
        with pytest.raises(NotFoundError):
            podman.kube.down(pod(image))
    else:
        assert (podman.kube.down(pod(image))).rm_report == []


def test_sources(podman: Podman, image: str, tmp_path: Path) -> None:
    path = tmp_path / "pod.yaml"
    path.write_text(pod(image))
    blocks = (line.encode() for line in pod(image).splitlines(keepends=True))
    with open_for_reading(path) as file:
        for source in (pod(image).encode(), path, file, blocks):
            podman.kube.play(source, network=NONE, start=False)
            with open_for_reading(path) as again:
                podman.kube.down(again)
    for text in (str(path), "\ud800\n"):
        with pytest.raises(ParameterError, match="source"):
            podman.kube.play(text)
    with pytest.raises(FileError):
        podman.kube.down(tmp_path / "nowhere")
    assert names(podman) == set()


def test_play_that_cannot_be(podman: Podman, image: str) -> None:
    for yaml, message in {
        "{": "yaml",
        "apiVersion: v1\n": "supported kube kind",
        pod("localhost/nothing:1", more="imagePullPolicy: Never"): "nothing",
    }.items():
        with pytest.raises(APIError, match=message):
            podman.kube.play(yaml, network=NONE)
    podman.kube.down(pod(image))
    report = podman.kube.play(pod(image, command="[nowhere]"), network=NONE)
    [error] = report.pods[0].container_errors
    assert "nowhere" in error


def test_options(podman: Podman, image: str) -> None:
    report = podman.kube.play(
        pod(image),
        start=False,
        network=NONE,
        annotations={"com.example.by": "grüß & co"},
        no_hosts=True,
        log_driver="k8s-file",
        log_options={"max-size": "100k"},
    )
    found = podman.containers.inspect(main_of(report))
    assert found.state.status == "created"
    assert found.config.annotations["com.example.by"] == "grüß & co"
    assert found.host_config.log_config.type == "k8s-file"
    assert found.host_config.log_config.size == "100kB"


def test_host_files(podman: Podman, host: Host, image: str) -> None:
    for no_hosts in (False, True):
        podman.kube.play(pod(image), start=False, no_hosts=no_hosts)
        assert inspect_pod(host)["InfraConfig"]["NoManageHosts"] is no_hosts
        podman.kube.down(pod(image))
    if lacks(podman, "5.4.0", lambda: podman.kube.play("{}", no_hostname=True)):
        return
    for no_hostname in (False, True):
        report = podman.kube.play(pod(image), network=NONE, no_hostname=no_hostname)
        found = podman.containers.inspect(main_of(report))
        assert bool(found.hostname_path) is not no_hostname
        podman.kube.down(pod(image))


def test_static_addresses(podman: Podman, host: Host, image: str) -> None:
    report = podman.kube.play(
        pod(image), network="podman", static_ips=["10.88.0.77"], static_macs=["92:d0:c6:0a:29:33"]
    )
    text = host.run("podman", "exec", main_of(report), "ip", "address", "show", "eth0").stdout
    assert "inet 10.88.0.77/16" in text
    assert "ether 92:d0:c6:0a:29:33" in text
    podman.kube.down(pod(image))
    with pytest.raises(BadRequestError, match=r"10\.88\.0\.777"):
        podman.kube.play(pod(image), static_ips=["10.88.0.777"])
    with pytest.raises(BadRequestError, match="MAC"):
        podman.kube.play(pod(image), static_macs=["92"])
    with pytest.raises(APIError, match="network not found"):
        podman.kube.play(pod(image), network=["nowhere"])
    podman.kube.down(pod(image))


def test_ports(podman: Podman, host: Host, image: str) -> None:
    yaml = pod(image, more=PORTS)
    if not lacks(podman, "4.4.0", lambda: podman.kube.play("{}", publish_ports=["90:90"])):
        podman.kube.play(yaml, start=False, publish_ports=["8090:90/udp"])
        assert {"81/tcp", "90/udp"} <= inspect_pod(host)["InfraConfig"]["PortBindings"].keys()
        podman.kube.down(yaml)
    if not lacks(podman, "5.0.0", lambda: podman.kube.play("{}", publish_all_ports=True)):
        for all_ports, published in ((False, {"81/tcp"}), (True, {"80/tcp", "81/tcp"})):
            podman.kube.play(yaml, start=False, publish_all_ports=all_ports)
            assert inspect_pod(host)["InfraConfig"]["PortBindings"].keys() == published
            podman.kube.down(yaml)


def test_replace(podman: Podman, image: str) -> None:
    if lacks(podman, "4.8.1", lambda: podman.kube.play("{}", replace=True)):
        return
    first = podman.kube.play(pod(image), start=False)
    second = podman.kube.play(pod(image), start=False, replace=True)
    assert not podman.containers.exists(main_of(first))
    assert podman.containers.exists(main_of(second))


def test_service_container(podman: Podman, image: str) -> None:
    play = podman.kube.play
    if lacks(podman, "4.5.0", lambda: play("{}", service_container=True)):
        return
    lacks(podman, "4.5.0", lambda: play("{}", wait=True))
    report = play(pod(image), network=NONE, service_container=True, wait=True)
    assert running(podman, report.service_container_id)
    assert report.exit_code is None
    podman.kube.down(pod(image))

    def gone() -> bool:
        return not podman.containers.exists(report.service_container_id)

    until(gone)


def test_userns(podman: Podman, image: str) -> None:
    if lacks(podman, "4.7.0", lambda: podman.kube.play("{}", userns="auto")):
        return
    with pytest.raises(APIError, match="user namespace"):  # the hosts have no ids for it
        podman.kube.play(pod(image), start=False, userns="auto")
    podman.kube.down(pod(image))


def test_long_annotations(podman: Podman, image: str) -> None:
    long = "x" * 64
    yaml = pod(image).replace("  name: web", f"  name: web\n  annotations: {{long: {long}}}", 1)
    if lacks(podman, "4.7.0", lambda: podman.kube.play(yaml, no_trunc=True)):
        with pytest.raises(APIError, match="length exceeds"):
            podman.kube.play(yaml)
        return
    report = podman.kube.play(yaml, start=False, no_trunc=True)
    found = podman.containers.inspect(main_of(report))
    assert found.config.annotations["long"] == long


def test_build(podman: Podman, image: str, tmp_path: Path) -> None:
    folder = tmp_path / "context"
    (folder / "app").mkdir(parents=True)
    (folder / "app" / "Containerfile").write_text(f"FROM {image}\nLABEL made=first\n")
    (folder / "play.yaml").write_text(pod("app"))
    play = podman.kube.play
    if lacks(podman, "5.3.0", lambda: play(folder)):
        lacks(podman, "5.3.0", lambda: play("{}", build=True))
        return
    report = play(folder, start=False)
    assert (podman.containers.inspect(main_of(report))).image_name == "localhost/app:latest"
    assert (podman.images.inspect("localhost/app")).labels["made"] == "first"

    (folder / "app" / "Containerfile").write_text(f"FROM {image}\nLABEL made=second\n")
    archive = b"".join(tar_folder(folder))
    play(archive, tar=True, start=False, replace=True)
    assert (podman.images.inspect("localhost/app")).labels["made"] == "first"
    play(archive, tar=True, start=False, replace=True, build=True)
    assert (podman.images.inspect("localhost/app")).labels["made"] == "second"
    with pytest.raises(APIError, match=r"missing play\.yaml"):
        play(folder / "app", start=False)


def test_registry(
    podman: Podman,
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
        podman.kube.play(pod(name), network=NONE, tls_verify=False)
    with pytest.raises(APIError):
        podman.kube.play(pod(name), network=NONE, credentials=credentials)
    podman.kube.down(pod(name))
    report = podman.kube.play(pod(name), start=False, tls_verify=False, credentials=credentials)
    assert (podman.containers.inspect(main_of(report))).image_name == name


# -- generate --------------------------------------------------------------------------------


def test_generate(podman: Podman, host: Host, image: str) -> None:
    create = ["podman", "create", "--init", "-p", "8080:80", "--annotation", f"long={'x' * 70}"]
    host.run(*create, "--name", "one", "-v", "data:/data", image, "sleep", "1000")
    host.run("podman", "pod", "create", "--name", "group")
    host.run("podman", "create", "--pod", "group", "--name", "two", image)
    generate = podman.kube.generate
    text = generate("one")
    assert "kind: Pod" in text
    assert "hostPort: 8080" in text
    assert "kind: Service" not in text
    assert "kind: Service" in generate("one", service=True)
    both = generate("group", "one", "data")
    assert both.count("kind: Pod") == 2
    assert "kind: PersistentVolumeClaim" in both
    for name in ("%", "_ne", ""):
        with pytest.raises(ParameterError):
            generate(name)
    with pytest.raises(APIError, match="not found"):
        generate("nowhere")

    if not lacks(podman, "4.5.0", lambda: generate("one", type="deployment")):
        deployment = generate("one", type="deployment", replicas=3)
        assert "kind: Deployment" in deployment
        assert "replicas: 3" in deployment
        assert "kind: DaemonSet" in generate("one", type="daemonset")
        assert "kind: Job" in generate("one", type="job")
        with pytest.raises(APIError, match="replicas"):
            generate("one", replicas=3)
    if not lacks(podman, "4.7.0", lambda: generate("one", no_trunc=True)):
        assert "x" * 70 in generate("one", no_trunc=True)
        assert "annotations.init" not in text
        assert "annotations.init" in generate("one", podman_only=True)


def test_generated_can_be_played(podman: Podman, image: str) -> None:
    report = podman.kube.play(pod(image), start=False)
    yaml = podman.kube.generate("web")
    podman.kube.down(yaml)
    again = podman.kube.play(yaml, start=False)
    assert main_of(again) != main_of(report)
    assert podman.containers.exists(main_of(again))


# -- apply -----------------------------------------------------------------------------------


def test_apply(podman: Podman, host: Host, image: str) -> None:
    with cluster(host) as there:
        kube, config = podman.kube, there.kube_config
        if lacks(podman, "4.4.0", lambda: kube.apply(pod(image), kube_config=config)):
            return
        podman.kube.apply(pod(image) + REST.partition("\n---")[0], kube_config=config)
        made = sorted([there.made(), there.made()])
        assert [path for path, _ in made] == [
            "/api/v1/namespaces/default/persistentvolumeclaims",
            "/api/v1/namespaces/default/pods",
        ]
        assert "name: web" in made[1][1]
        kube.apply(pod(image), kube_config=config, namespace="mine", ca_cert_file="insecure")
        assert there.made()[0] == "/api/v1/namespaces/mine/pods"
        with pytest.raises(APIError, match="you may not do that"):
            kube.apply(pod(image), kube_config=config, namespace="forbidden")
        with pytest.raises(APIError, match="/nowhere"):
            kube.apply(pod(image), kube_config=config, ca_cert_file="/nowhere")
        with pytest.raises(APIError, match="/nowhere"):
            kube.apply(pod(image), kube_config="/nowhere")
        with pytest.raises(APIError, match="unsupported Kubernetes kind"):
            kube.apply(REST, kube_config=config)

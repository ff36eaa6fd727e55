from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from podlib import runtime_views
from podlib.models import (
    BuildSpec,
    DockerContainer,
    DockerContainerSummary,
    DockerImage,
    MountPoint,
    NetworkAttachment,
    NetworkPlace,
    RunSpec,
    build_spec,
    docker_container_spec,
)

ID = 64 * "1"
TIME = "2026-01-02T03:04:05.678901234Z"
NEVER = "0001-01-01T00:00:00Z"


def container(**state: Any) -> DockerContainer:
    return DockerContainer.model_validate(
        {
            "Id": ID,
            "Name": "/web",
            "Image": f"sha256:{ID}",
            "Created": TIME,
            "State": {"StartedAt": NEVER, "FinishedAt": NEVER, **state},
            "HostConfig": {},
            "Config": {"Image": "busybox", "Env": ["A=b=c", "EMPTY="], "Labels": {"x": "y"}},
            "Mounts": [
                {"Type": "volume", "Name": "data", "Source": "/x", "Destination": "/d", "RW": True},
                {"Type": "bind", "Source": "/etc", "Destination": "/host"},
            ],
            "NetworkSettings": {
                "Networks": {"lab": {"IPAddress": "10.0.0.2", "Aliases": ["front"]}},
                "Ports": {"80/tcp": [{"HostIp": "", "HostPort": "8080"}], "90/tcp": None},
            },
        }
    )


# -- specifications ----------------------------------------------------------------------------


def test_only_what_is_said_is_an_option() -> None:
    assert runtime_views.container_options(RunSpec(image="busybox")) == {}
    assert runtime_views.build_options(BuildSpec(context=".")) == {}


@pytest.mark.parametrize("mode", ["none", "host", "bridge", "container:web", "ns:/run/netns/x"])
def test_modes_are_no_networks(mode: str) -> None:
    options = runtime_views.container_options(RunSpec(image="busybox", network=mode))
    assert options == {"network_mode": mode}


def test_networks() -> None:
    place = NetworkAttachment(name="lab", aliases=["front"])
    for given in ("bridged", place):
        options = runtime_views.container_options(RunSpec(image="busybox", network=given))
        assert options == {"networks": [given]}
    options = runtime_views.container_options(RunSpec(image="busybox", network=["a", place]))
    assert options == {"networks": ["a", place]}


def test_every_field_of_a_container_is_an_option() -> None:
    spec = RunSpec(
        image="busybox",
        name="web",
        command=["sh"],
        entrypoint=["/init"],
        env={"A": "b"},
        labels={"x": "y"},
        user="1000",
        workdir="/tmp",
        hostname="host",
        tty=True,
        stdin=True,
        init=True,
        privileged=True,
        cap_add=["NET_ADMIN"],
        cap_drop=["CHOWN"],
        security_opt=["seccomp=unconfined"],
        mounts=["data:/data"],
        network="lab:alias=front",
        ports=[80],
        hosts={"other": "10.0.0.9"},
        restart="always",
        stop_signal="SIGINT",
        stop_timeout=0,
        health="none",
    )
    options = runtime_views.container_options(spec)
    body: dict[str, Any] = docker_container_spec(spec.image, options)
    assert (body["Cmd"], body["Entrypoint"], body["User"]) == (["sh"], ["/init"], "1000")
    assert (body["StopTimeout"], body["Healthcheck"]) == (0, {"Test": ["NONE"]})
    assert body["NetworkingConfig"]["EndpointsConfig"] == {"lab": {"Aliases": ["front"]}}
    assert body["HostConfig"]["SecurityOpt"] == ["seccomp=unconfined"]


def test_every_field_of_a_build_is_an_option() -> None:
    spec = BuildSpec(
        context=".",
        tags=["x"],
        containerfile="Dockerfile",
        target="last",
        build_args={"A": "b"},
        build_contexts={"more": "docker-image://busybox"},
        labels={"x": "y"},
        secrets={"s": b"secret"},
        cache_from=["localhost/cache"],
        no_cache=True,
        pull="always",
        platform="linux/arm64",
        network="none",
    )
    query = build_spec("5.8.6", runtime_views.build_options(spec))
    assert (query["target"], query["t"]) == ("last", ["x"])
    assert runtime_views.build_options(spec).get("platforms") == ["linux/arm64"]


# -- answers -----------------------------------------------------------------------------------


def test_a_container_that_was_never_started() -> None:
    details = runtime_views.container_details(container(Status="created"))
    assert (details.id, details.name, details.image, details.image_id) == (ID, "web", "busybox", ID)
    assert details.env == {"A": "b=c", "EMPTY": ""}
    assert details.mounts == (
        MountPoint("volume", "data", "/d"),
        MountPoint("bind", "/etc", "/host", read_only=True),
    )
    assert details.networks == {"lab": NetworkPlace("10.0.0.2", ("front",))}
    assert details.ports == {"80/tcp": (":8080",)}
    assert (details.started, details.finished, details.exit_code) == (None, None, None)
    assert details.health == ""


def test_a_container_that_runs_again() -> None:
    state = {"Status": "running", "Running": True, "Pid": 7, "StartedAt": TIME, "FinishedAt": TIME}
    details = runtime_views.container_details(container(**state, Health={"Status": "healthy"}))
    assert (details.pid, details.exit_code, details.finished) == (7, None, None)
    assert details.started == datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)
    assert details.health == "healthy"
    assert runtime_views.in_short(details).state == "running"


@pytest.mark.parametrize("status", ["stopping", "running"])  # older servers, and newer ones
def test_a_container_that_is_being_stopped(status: str) -> None:
    """It runs still, for as long as its stop takes, and has not ended as it did the last time."""
    state = {"Status": status, "Running": False, "Pid": 7, "StartedAt": TIME, "FinishedAt": TIME}
    details = runtime_views.container_details(container(**state))
    assert (details.state, details.pid) == ("running", 7)
    assert (details.exit_code, details.finished) == (None, None)
    found = DockerContainerSummary.model_validate({"Id": ID, "State": "stopping"})
    assert runtime_views.container(found).state == "running"


def test_a_container_that_has_ended() -> None:
    state = {"Status": "exited", "Pid": 7, "ExitCode": 3, "StartedAt": TIME, "FinishedAt": TIME}
    details = runtime_views.container_details(container(**state))
    assert (details.pid, details.exit_code, details.finished) == (0, 3, details.started)
    state["Status"] = "stopped"  # Podman is still about to clear up
    assert runtime_views.container_details(container(**state)) == details


def test_a_container_of_a_list() -> None:
    found = DockerContainerSummary.model_validate({"Id": ID, "Names": ["/web"], "State": "exited"})
    assert runtime_views.container(found).name == "web"
    assert runtime_views.container(found.model_copy(update={"names": []})).name == ""


def test_names_of_images() -> None:
    assert runtime_views.image_name("busybox") == "busybox"
    assert runtime_views.image_name(ID) == f"sha256:{ID}"


def test_an_image_without_a_configuration() -> None:
    details = runtime_views.image_details(DockerImage.model_validate({"Id": f"sha256:{ID}"}))
    assert (details.id, details.tags, details.env, details.user) == (ID, (), {}, "")

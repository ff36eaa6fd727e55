"""The order in which the containers of a project start."""

from __future__ import annotations

import json
from typing import Any

from podlib.models import ContainerInspect, decode
from podlib.project_order import waves


def container(
    name: str,
    service: str = "",
    number: str = "1",
    *,
    after: str = "",
    volumes: tuple[str, ...] = (),
) -> ContainerInspect:
    labels = {
        "com.docker.compose.service": service or name,
        "com.docker.compose.container-number": number,
        "com.docker.compose.depends_on": after,
    }
    document: dict[str, Any] = {
        "Id": name.ljust(64, "0"),
        "Name": name,
        "Created": "2026-01-01T00:00:00Z",
        "State": {"Status": "running"},
        "Config": {"Labels": labels},
        "HostConfig": {},
        "NetworkSettings": {},
        "Mounts": [{"Type": "volume", "Name": each} for each in volumes]
        + [{"Type": "bind", "Source": "/same"}],
    }
    return decode(ContainerInspect, json.dumps(document).encode())


def names(*containers: ContainerInspect) -> list[list[str]]:
    return [[each.name for each in wave] for wave in waves(containers)]


def test_by_service_and_number() -> None:
    order = names(
        container("z-1", "a"),
        container("b-10", "b", "10"),
        container("b-9", "b", "9"),
        container("c", number="many"),
    )
    assert order == [["z-1", "b-9", "b-10", "c"]]


def test_after_what_it_depends_on() -> None:
    order = names(
        container("web", after="db:service_healthy:false,cache:service_started:true"),
        container("db"),
        container("cache", after="gone:service_started:false"),
        container("worker-1", "worker", after="web:service_started:false"),
        container("worker-2", "worker", "2", after="worker:service_started:false"),
    )
    assert order == [["cache", "db"], ["web"], ["worker-1"], ["worker-2"]]


def test_who_shares_a_volume_starts_one_after_the_other() -> None:
    order = names(
        container("a", volumes=("data",)),
        container("b", volumes=("data", "own")),
        container("c", volumes=("other",)),
        container("d", volumes=("own",)),
    )
    assert order == [["a", "c"], ["b"], ["d"]]


def test_shared_volumes_bow_to_dependencies() -> None:
    order = names(
        container("app", after="db:service_started:false", volumes=("data",)),
        container("db", volumes=("data",)),
    )
    assert order == [["db"], ["app"]]


def test_a_circle_is_not_heeded() -> None:
    order = names(
        container("b", after="a:service_started:false"),
        container("a", after="b:service_started:false"),
    )
    assert order == [["a", "b"]]


def test_none() -> None:
    assert names() == []

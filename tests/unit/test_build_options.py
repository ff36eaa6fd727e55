from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from podlib import models
from podlib.errors import ParameterError
from podlib.models import build_query

ALWAYS = {"layers", "forcerm", "outputformat"}


def made(server: str = "5.8.6", **options: Any) -> dict[str, object]:
    """What options add to the query."""
    spec = models.build_spec(server, options)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] -- mistakes are among them
    return {name: value for name, value in spec.items() if name not in ALWAYS}


def test_what_is_always_asked_for() -> None:
    assert models.build_spec("5.8.6", {}) == {
        "layers": True,
        "forcerm": True,
        "outputformat": "application/vnd.oci.image.manifest.v1+json",
    }
    spec = models.build_spec("5.8.6", {"format": "docker", "layers": False, "force_rm": False})
    assert spec == {
        "layers": False,
        "forcerm": False,
        "outputformat": "application/vnd.docker.distribution.manifest.v2+json",
    }


@pytest.mark.parametrize(
    ("options", "query"),
    [
        ({"tags": ["a", "b:1"]}, {"t": ["a", "b:1"]}),
        ({"containerfile": "in/File"}, {"dockerfile": '["in/File"]'}),
        ({"containerfile": ""}, {}),
        ({"containerfile": ["a", "b"]}, {"dockerfile": '["a","b"]'}),
        ({"build_args": {"A": "b=c"}}, {"buildargs": '{"A":"b=c"}'}),
        ({"labels": {}}, {"labels": None}),
        ({"annotations": {"a": "b=c"}}, {"annotations": '["a=b=c"]'}),
        ({"env": {"A": "b"}}, {"setenv": ["A=b"]}),
        ({"layer_labels": {"a": "b"}}, {"layerLabel": ["a=b"]}),
        ({"pull": "newer"}, {"pullpolicy": "ifnewer"}),
        ({"pull": "never"}, {"pullpolicy": "never"}),
        ({"compression": "zstd"}, {"compression": 4}),
        ({"inherit_labels": False}, {"inheritlabels": "false"}),
        ({"created_annotation": True}, {"createdannotation": "true"}),
        ({"timestamp": datetime(1970, 1, 2, tzinfo=UTC)}, {"timestamp": 86400}),
        ({"retry_delay": "1m30s"}, {"retry-delay": "90000000000ns"}),
        ({"cache_ttl": timedelta(seconds=2)}, {"cachettl": "2000000000ns"}),
        ({"hosts": {"a": "10.0.0.1"}}, {"extrahosts": '["a:10.0.0.1"]'}),
        ({"devices": ["/dev/fuse"]}, {"devices": '["/dev/fuse:/dev/fuse:rwm"]'}),
        ({"ulimits": ["nofile=1:-1"]}, {"ulimits": '["nofile=1:-1"]'}),
        ({"ulimits": [models.Ulimit(name="core", soft=0)]}, {"ulimits": '["core=0:0"]'}),
        ({"memory": "64m", "memory_swap": -1}, {"memory": 67108864, "memswap": -1}),
        ({"cpus": 0.5}, {"cpuperiod": 100000, "cpuquota": 50000}),
        ({"cpu_quota": 0.02}, {"cpuquota": 20000}),
        ({"cpu_shares": 2, "cpuset_cpus": "0-1"}, {"cpushares": 2, "cpusetcpus": "0-1"}),
        ({"shm_size": "1m"}, {"shmsize": 1048576}),
        ({"jobs": 0}, {"jobs": 0}),
    ],
)
def test_one_option(options: dict[str, Any], query: dict[str, object]) -> None:
    assert made(**options) == query


def test_secrets_are_files_of_the_context() -> None:
    assert made(secrets={"a": b"1", "b": "path"}) == {
        "secrets": '["id=a,src=.podlib-secret-0","id=b,src=.podlib-secret-1"]'
    }


@pytest.mark.parametrize(
    ("options", "mode", "found"),
    [
        ({"network": "host"}, "NetworkEnabled", [("network", True, "")]),
        ({"network": "private"}, "NetworkEnabled", [("network", False, "")]),
        ({"network": "none"}, "NetworkDisabled", [("network", False, "")]),
        ({"network": "lab"}, "NetworkEnabled", [("network", False, "lab")]),
        ({"network": "ns:/x"}, "NetworkEnabled", [("network", False, "/x")]),
        ({"pidns": "host"}, "NetworkEnabled", [("network", True, ""), ("pid", True, "")]),
        ({"cgroupns": "private"}, "NetworkEnabled", [("network", True, ""), ("cgroup", False, "")]),
        ({"ipcns": "ns:/x"}, "NetworkEnabled", [("network", True, ""), ("ipc", False, "/x")]),
    ],
)
def test_namespaces(options: dict[str, Any], mode: str, found: list[tuple[str, bool, str]]) -> None:
    query = made(**options)
    namespaces = json.loads(str(query["nsoptions"]))
    assert [(each["Name"], each["Host"], each["Path"]) for each in namespaces] == found
    assert query["networkmode"] == mode


def test_user_namespace() -> None:
    query = made(gid_map=["0:1000:10"])
    ranges = [{"containerID": 0, "hostID": 1000, "size": 10}]
    assert json.loads(str(query["idmappingoptions"])) == {"UIDMap": ranges, "GIDMap": ranges}
    assert {"Name": "user", "Host": False, "Path": ""} in json.loads(str(query["nsoptions"]))


def test_further_contexts_by_version() -> None:
    contexts = {
        "a": "docker-image://busybox",
        "b": "container-image://x:1",
        "c": "https://example.org/c.tar",
        "d": "/srv/d",
    }
    assert made(build_contexts=contexts)["additionalbuildcontexts"] == [
        "a=image:busybox",
        "b=image:x:1",
        "c=url:https://example.org/c.tar",
        "d=localpath:/srv/d",
    ]
    older = made("5.5.2", build_contexts={"a": contexts["a"], "c": contexts["c"]})
    assert json.loads(str(older["additionalbuildcontexts"])) == {
        "a": {"IsURL": False, "IsImage": True, "Value": "busybox"},
        "c": {"IsURL": True, "IsImage": False, "Value": "https://example.org/c.tar"},
    }


def test_caches_by_version() -> None:
    assert made(cache_from=["a", "b"], cache_to=["c"]) == {
        "cachefrom": '["a","b"]',
        "cacheto": '["c"]',
    }
    assert made("4.3.1", cache_from=["a"]) == {"cachefrom": "a"}
    with pytest.raises(ParameterError, match="cache_to: Podman 4"):
        made("4.3.1", cache_to=["a", "b"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tag": ["a"]}, "there is no 'tag'; did you mean 'tags'"),
        ({"tags": "a"}, "tags"),
        ({"labels": {"a": 1}}, "labels"),
        ({"jobs": True}, "jobs"),
        ({"retry": -1}, "retry: -1 is less than 0"),
        ({"timestamp": datetime(2026, 1, 1)}, "timestamp"),
        ({"secrets": {"a,b": b""}}, "secrets: 'a,b' cannot be an id"),
        ({"build_contexts": {"a": "b"}}, "build_contexts: a: 'b' is no URL"),
        ({"containerfile": "a", "containerfile_text": "FROM b"}, "give either containerfile or"),
        ({"containerfile": b"a"}, "containerfile"),
        ({"pidns": "shared"}, "pidns: 'shared' is none of"),
        ({"ulimits": ["nofile=2:1"]}, "soft limit is above"),
        ({"memory": "much"}, "memory: 'much' is no size"),
        ({"cpus": 1.0, "cpu_quota": 1.0}, "give either"),
        ({"uid_map": ["0:1"]}, "is not CONTAINER:HOST:SIZE"),
    ],
)
def test_what_cannot_be_right(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        made(**options)


def test_every_option_has_an_encoding() -> None:
    text = Path(build_query.__file__).read_text()
    names = get_type_hints(models.BuildOptions).keys() - get_type_hints(models.LimitOptions).keys()
    assert len(names) > 60
    assert [name for name in names if f'"{name}"' not in text] == []

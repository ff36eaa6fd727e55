from __future__ import annotations

import pytest

from .specs import refusal, spec

IDS = [{"container_id": 0, "host_id": 100000, "size": 5000}]
OTHERS = [{"container_id": 0, "host_id": 200000, "size": 5000}]
PRIVATE = {"nsmode": "private"}


def test_namespaces() -> None:
    assert spec(pidns="host", ipcns="container:web", utsns="pod", cgroupns="ns:/x") == {
        "pidns": {"nsmode": "host"},
        "ipcns": {"nsmode": "container", "value": "web"},
        "utsns": {"nsmode": "pod"},
        "cgroupns": {"nsmode": "path", "value": "/x"},
    }


def test_an_automatic_user_namespace_needs_the_mappings_too() -> None:
    made = spec(userns="auto")
    assert made == {"userns": {"nsmode": "auto"}, "idmappings": {"AutoUserNs": True}}
    assert spec(userns="nomap") == {"userns": {"nsmode": "no-map"}}
    assert spec(userns="auto:size=5000,uidmapping=0:100000:5000,gidmapping=0:200000:5000") == {
        "userns": {
            "nsmode": "auto",
            "value": "size=5000,uidmapping=0:100000:5000,gidmapping=0:200000:5000",
        },
        "idmappings": {
            "AutoUserNs": True,
            "AutoUserNsOpts": {
                "Size": 5000,
                "AdditionalUIDMappings": IDS,
                "AdditionalGIDMappings": OTHERS,
            },
        },
    }


def test_a_user_namespace_with_its_ids() -> None:
    made = {"userns": PRIVATE, "idmappings": {"UIDMap": IDS, "GIDMap": IDS}}
    assert spec(uid_map=["0:100000:5000"]) == made
    assert spec(gid_map=["0:100000:5000"], userns="private") == made
    both = spec(uid_map=["0:100000:5000"], gid_map=["0:200000:5000"])
    assert both["idmappings"] == {"UIDMap": IDS, "GIDMap": OTHERS}


def test_keeping_the_id() -> None:
    made = spec(userns="keep-id:uid=5,gid=6")
    assert made == {"userns": {"nsmode": "keep-id", "value": "uid=5,gid=6"}}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"userns": "private"}, "userns: 'private' needs uid_map or gid_map"),
        ({"userns": "host", "uid_map": ["0:1:2"]}, "userns: 'host': uid_map and gid_map are for"),
        ({"userns": "host:x"}, "userns: 'host:x': 'host' takes nothing behind it"),
        ({"userns": "auto:"}, "userns: 'auto:': 'auto' takes nothing"),
        ({"userns": "auto:sise=5"}, "userns: 'sise=5' is no option of 'auto'"),
        ({"userns": "auto:size=x"}, "userns: 'size=x' is no option of 'auto'"),
        ({"userns": "auto:uidmapping=5"}, "'5' is not CONTAINER:HOST:SIZE"),
        ({"userns": "keep"}, "userns: 'keep' is none of host, private, auto"),
        ({"pidns": "container:"}, "pidns: 'container:': which?"),
        ({"pidns": "container:%"}, "pidns: not the name or id of a container: '%'"),
        ({"pidns": "none"}, "pidns: 'none' is none of private"),
        ({"ipcns": "ns"}, "ipcns: 'ns': which? write ns:"),
        ({"gid_map": ["x"]}, "gid_map: 'x' is not CONTAINER:HOST:SIZE"),
    ],
)
def test_what_is_no_namespace(options: dict[str, object], message: str) -> None:
    assert message in refusal(**options)

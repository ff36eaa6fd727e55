"""What the server answers for lists: documents as Podman 5 writes them."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

MANY = 1000
FEW = 10

_SUMMARY: dict[str, Any] = {
    "AutoRemove": False,
    "CIDFile": "",
    "Command": ["sh", "-c", "while :; do sleep 1; done"],
    "Created": "2026-11-22T10:00:00.123456789Z",
    "CreatedAt": "",
    "ExitCode": 0,
    "Exited": False,
    "ExitedAt": -62135596800,
    "ExposedPorts": None,
    "Id": "",
    "Image": "quay.example/shop/web:1.4",
    "ImageID": "b" * 64,
    "IsInfra": False,
    "Labels": {"io.buildah.version": "1.39.3", "app": "web", "tier": "front"},
    "Mounts": ["/data"],
    "Names": [""],
    "Namespaces": {},
    "Networks": ["podman"],
    "Pid": 1234,
    "Pod": "",
    "PodName": "",
    "Ports": [
        {"container_port": 80, "host_ip": "", "host_port": 8080, "protocol": "tcp", "range": 1}
    ],
    "Restarts": 0,
    "Size": None,
    "StartedAt": 1763805600,
    "State": "running",
    "Status": "",
}


def write(folder: Path) -> list[str]:
    """The files that the server is started with: many containers, few, and one inspected."""
    files = {"many": summaries(MANY), "few": summaries(FEW), "one": _inspected()}
    paths: list[str] = []
    for name, document in files.items():
        path = folder / f"{name}.json"
        path.write_text(json.dumps(document, separators=(",", ":")) + "\n")
        paths.append(str(path))
    return paths


def summaries(count: int) -> list[dict[str, Any]]:
    """A list of containers."""
    made = [copy.deepcopy(_SUMMARY) for _ in range(count)]
    for number, summary in enumerate(made):
        summary["Id"] = f"{number:064x}"
        summary["Names"] = [f"web-{number}"]
    return made


def _inspected() -> dict[str, Any]:
    """A third of what Podman says of a container: to the advantage of who asks for each."""
    return {
        "Id": "0" * 64,
        "Name": "web-0",
        "Created": _SUMMARY["Created"],
        "Path": "sh",
        "Args": _SUMMARY["Command"][1:],
        "Image": _SUMMARY["ImageID"],
        "ImageName": _SUMMARY["Image"],
        "State": {"Status": "running", "Running": True, "Pid": 1234, "ExitCode": 0},
        "Config": {
            "Tty": False,
            "Env": ["PATH=/usr/bin:/bin", "HOME=/root"],
            "Cmd": _SUMMARY["Command"],
            "Labels": _SUMMARY["Labels"],
        },
        "HostConfig": {"Binds": [], "NetworkMode": "bridge", "Memory": 0, "CapDrop": []},
        "NetworkSettings": {"Ports": {"80/tcp": [{"HostIp": "", "HostPort": "8080"}]}},
        "Mounts": [],
    }

"""Archives of checkpoints, made here as Podman and CRIU make them."""

from __future__ import annotations

import io
import json
import struct
import tarfile
from typing import TYPE_CHECKING, TypeAlias

from podlib.checkpoint_archive import images

if TYPE_CHECKING:
    from collections.abc import Mapping

Fields: TypeAlias = "Mapping[int, int | bytes | str | Fields]"
TIME = 1_700_000_000
PAGE = 4096
START = 0x7FFF_0000_0000
"""The address of the page with arguments and environment."""


def varint(value: int) -> bytes:
    """A number of a message."""
    made = b""
    while value >= 0x80:
        made += bytes([value & 0x7F | 0x80])
        value >>= 7
    return made + bytes([value])


def message(fields: Fields) -> bytes:
    """A message."""
    made = b""
    for number, value in fields.items():
        if isinstance(value, int):
            made += varint(number << 3) + varint(value)
            continue
        data = value.encode() if isinstance(value, str) else value
        data = data if isinstance(data, bytes) else message(data)
        made += varint(number << 3 | 2) + varint(len(data)) + data
    return made


def image(kind: int, *entries: Fields, first: int = images.COMMON) -> bytes:
    """An image of CRIU."""
    made = struct.pack("<II", first, kind)
    for entry in entries:
        data = message(entry)
        made += struct.pack("<I", len(data)) + data
    return made


def process(
    pid: int, command: str, environment: str = "", *, pages: int = 1, start: int = START
) -> dict[str, bytes]:
    """The images of a process; its arguments are in the second of two pages."""
    words = command.encode() + environment.encode()
    middle = start + len(command)
    mm: Fields = {8: start, 9: middle, 10: middle, 11: start + len(words)}
    entries: tuple[Fields, ...] = (
        {1: pages},
        {1: 0x400000, 2: 1, 4: 4},
        {1: 0x500000, 2: 9, 4: 1},
        {1: START, 2: 1, 4: 4},
    )
    body = bytes(PAGE) + (bytes(start - START) + words).ljust(PAGE, b"x")
    return {
        f"checkpoint/core-{pid}.img": image(images.CORE, {1: 1, 3: {1: 1, 6: command[:15]}}),
        f"checkpoint/mm-{pid}.img": image(images.MM, mm),
        f"checkpoint/pagemap-{pid}.img": image(images.PAGEMAP, *entries),
        f"checkpoint/pages-{pages}.img": body,
    }


def tree(*entries: Fields) -> dict[str, bytes]:
    """The image with the processes' numbers: 1 pid, 2 ppid, 3 pgid, 4 sid, 5 threads."""
    return {"checkpoint/pstree.img": image(images.PSTREE, *entries)}


def document(value: object) -> bytes:
    """JSON."""
    return json.dumps(value).encode()


CONFIG: dict[str, object] = {
    "id": "abc",
    "name": "web",
    "rootfsImageName": "localhost/box:latest",
    "rootfsImageID": "def",
    "runtime": "crun",
    "createdTime": "2026-01-02T03:04:05.123456789Z",
    "unknown": [1, {}],
}
SPEC: dict[str, object] = {
    "process": {"args": ["top", "-b"]},
    "annotations": {"io.container.manager": "libpod"},
    "mounts": [
        {"destination": "/data", "type": "bind", "source": "/v/data", "options": ["rw"]},
        {"destination": "/proc", "type": "proc", "source": "proc"},
    ],
}
NETWORKS: dict[str, object] = {
    "podman": {
        "interfaces": {
            "eth0": {
                "subnets": [{"ipnet": "10.88.0.2/16", "gateway": "10.88.0.1"}],
                "mac_address": "92:d0:c6:0a:29:33",
            }
        }
    }
}
STATISTICS: Fields = {1: dict(zip(range(1, 15), range(101, 115), strict=True))}
FILES: dict[str, bytes] = {
    "config.dump": document(CONFIG),
    "spec.dump": document(SPEC),
    "network.status": document(NETWORKS),
    "deleted.files": document(["/bin/cal"]),
    "stats-dump": image(images.STATS, STATISTICS, first=images.SERVICE),
    "ctr.log": b"",
    "rootfs-diff.tar": bytes(2560),
    "volumes/data.tar": bytes(1536),
    "checkpoint/inventory.img": bytes(16),
    **process(1, "top\0-b\0", "A=b\0C=d=e\0"),
    **process(7, "a long name of it\0", pages=2, start=START + 100),
    **tree({1: 1, 3: 1, 4: 1, 5: b"\x01\x02"}, {1: 7, 2: 1, 3: 1, 4: 1, 5: 7}),
}


def archive(changes: Mapping[str, bytes | None] | None = None) -> bytes:
    """An archive, in the order in which Podman writes its members."""
    files = {**FILES, **(changes or {})}
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name in sorted(files, key=lambda name: ("/" in name, name)):
            if (data := files[name]) is not None:
                member = tarfile.TarInfo(name)
                member.size, member.mtime = len(data), TIME
                tar.addfile(member, io.BytesIO(data))
    return made.getvalue()

"""An archive of a checkpoint becomes what it tells."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from podlib.errors import CheckpointArchiveError
from podlib.models.checkpoint_archive import (
    CheckpointContents,
    CheckpointDumpStatistics,
    CheckpointMount,
    CheckpointNetwork,
    CheckpointSizes,
)

from .documents import Document, texts
from .images import STATS, message
from .members import Members
from .processes import processes
from .sources import blocks_of

if TYPE_CHECKING:
    import os

    from podlib.http.common import Readable

_STATISTICS = (
    *("freezing_time", "frozen_time", "memdump_time", "memwrite_time"),
    *("pages_scanned", "pages_skipped_parent", "pages_written", "irmap_resolve", "pages_lazy"),
    *("page_pipes", "page_pipe_bufs"),
    *("shpages_scanned", "shpages_skipped_parent", "shpages_written"),
)
"""In the order of their numbers in the message, from 1 on."""
_ENGINES = {"libpod": "Podman", "cri-o": "CRI-O"}
_LOGS = ("dump.log", "restore.log", "checkpoint/dump.log", "checkpoint/restore.log")
_ERROR = re.compile(r"^\([\d.]+\).*?\bError \(.*$", re.MULTILINE)
_VERSION = re.compile(r"^\([\d.]+\) Version: (\S+)", re.MULTILINE)


def read_checkpoint(source: str | os.PathLike[str] | Readable) -> CheckpointContents:
    """Look into a checkpoint's archive, without unpacking it to a disk.

    ``source`` is the path of what ``containers.checkpoint_to`` or
    ``podman container checkpoint --export`` wrote, or a binary file or stream: a tar archive,
    plain or compressed with gzip or zstd (before Python 3.14: with podlib's extra ``zstd``). It is
    read once, to its end, and in bounded memory, whatever it holds. For an asyncio program that is
    work for ``asyncio.to_thread``. Raises CheckpointArchiveError, FileError.
    """
    members = Members()
    with blocks_of(source) as blocks:
        members.read(blocks)
    return _contents(members)


def _contents(members: Members) -> CheckpointContents:
    config, spec = (_document(members, name) for name in ("config.dump", "spec.dump"))
    annotations = spec.pairs("annotations")
    logs = "\n".join(_log(members, name) for name in _LOGS)
    version = _VERSION.search(logs)
    return CheckpointContents(
        id=config.text("id"),
        name=config.text("name") or annotations.get("io.kubernetes.container.name", ""),
        image=config.text("rootfsImageName"),
        image_id=config.text("rootfsImageID") or config.text("rootfsImageRef"),
        runtime=config.text("runtime"),
        engine=_ENGINES.get(annotations.get("io.container.manager", ""), ""),
        criu_version=version[1] if version else "",
        created=config.time("createdTime"),
        checkpointed=config.time("checkpointedTime") or _dumped(members),
        command=spec.object("process").texts("args"),
        annotations=annotations,
        networks=_networks(members),
        mounts=[_mount(each) for each in spec.objects("mounts")],
        deleted_files=_deleted(members),
        sizes=CheckpointSizes(
            total=members.total,
            checkpoint=members.checkpoint,
            memory=members.pages,
            root_fs=members.root_fs,
            volumes=members.volumes,
        ),
        statistics=_statistics(members),
        processes=processes(members),
        errors=_ERROR.findall(logs),
    )


def _document(members: Members, name: str) -> Document:
    data = members.files.get(name)
    if data is None:
        raise CheckpointArchiveError(f"this is no checkpoint archive: it has no {name}")
    return Document.parse(name, data)


def _dumped(members: Members) -> datetime | None:
    """CRIU writes the inventory when all else is written."""
    time = members.times.get("checkpoint/inventory.img")
    if time is None:
        return None
    try:
        return datetime.fromtimestamp(time, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise CheckpointArchiveError(f"the inventory's time is none: {time}") from error


def _networks(members: Members) -> list[CheckpointNetwork]:
    data = members.files.get("network.status")
    if not data:
        return []
    status = Document.parse("network.status", data)
    return [
        _network(name, interface, interfaces.object(interface))
        for name in status.keys
        for interfaces in [status.object(name).object("interfaces")]
        for interface in interfaces.keys
    ]


def _network(name: str, interface: str, facts: Document) -> CheckpointNetwork:
    subnets = facts.objects("subnets")
    return CheckpointNetwork(
        name=name,
        interface=interface,
        mac_address=facts.text("mac_address"),
        addresses=[each.text("ipnet") for each in subnets],
        gateways=[gateway for each in subnets if (gateway := each.text("gateway"))],
    )


def _mount(mount: Document) -> CheckpointMount:
    return CheckpointMount(
        destination=mount.text("destination"),
        type=mount.text("type"),
        source=mount.text("source"),
        options=mount.texts("options"),
    )


def _deleted(members: Members) -> list[str]:
    data = members.files.get("deleted.files")
    return texts("deleted.files", data) if data else []


def _statistics(members: Members) -> CheckpointDumpStatistics | None:
    data = members.files.get("stats-dump")
    if data is None:
        return None
    found = message("stats-dump", data, STATS).message(1)
    return CheckpointDumpStatistics(
        **{name: found.number(field) for field, name in enumerate(_STATISTICS, 1)}
    )


def _log(members: Members, name: str) -> str:
    return members.files.get(name, bytearray()).decode("utf-8", "replace")

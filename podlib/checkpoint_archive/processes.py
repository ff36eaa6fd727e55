"""The processes of a checkpoint, as a tree. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podlib.errors import CheckpointArchiveError
from podlib.models.checkpoint_archive import CheckpointProcess

from .images import CORE, PSTREE, message, messages

if TYPE_CHECKING:
    from .members import Members
    from .protobuf import Message

_PSTREE = "checkpoint/pstree.img"
_MOST = 65_536


def processes(members: Members) -> list[CheckpointProcess]:
    """Each process before those below it, else by their numbers; none without CRIU's images."""
    data = members.files.get(_PSTREE)
    if data is None:
        return []
    entries: dict[int, Message] = {}
    for entry in messages(_PSTREE, data, PSTREE):
        entries[entry.number(1)] = entry
        if len(entries) > _MOST:
            raise CheckpointArchiveError(f"there are more than {_MOST} processes")
    return [_process(members, entries[pid], depth) for pid, depth in _in_order(entries)]


def _in_order(entries: dict[int, Message]) -> list[tuple[int, int]]:
    """The processes' numbers, and how many are above each."""
    below: dict[int, list[int]] = {}
    for pid in sorted(entries, reverse=True):
        below.setdefault(entries[pid].number(2), []).append(pid)
    tops = [pid for above, pids in below.items() if above not in entries for pid in pids]
    left = [(pid, 0) for pid in sorted(tops, reverse=True)]
    found: list[tuple[int, int]] = []
    while left:
        pid, depth = left.pop()
        found.append((pid, depth))
        left += [(each, depth + 1) for each in below.get(pid, ())]
    if len(found) < len(entries):
        raise CheckpointArchiveError("some processes are below themselves")
    return found


def _process(members: Members, entry: Message, depth: int) -> CheckpointProcess:
    pid = entry.number(1)
    core = members.files.get(f"checkpoint/core-{pid}.img")
    memory = members.memory.get(str(pid))
    pairs = [word.partition("=") for word in memory.environment.words] if memory else []
    return CheckpointProcess(
        pid=pid,
        ppid=entry.number(2),
        pgid=entry.number(3),
        sid=entry.number(4),
        depth=depth,
        name=message(f"core-{pid}.img", core, CORE).message(3).text(6) if core else "",
        command=memory.command.words if memory else [],
        environment={name: value for name, _, value in pairs},
        threads=entry.numbers(5),
    )

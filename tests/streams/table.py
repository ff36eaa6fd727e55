"""Every call of the library that streams: what a server sends for it, and what comes out.

A new call needs an entry in :data:`CALLS`, no more: ``test_table.py`` finds those that are missing,
and the tests of this folder are made for each entry, in both flavours. ``blocks`` is the answer's
body, a block for each item; ``shown`` makes of an item what ``items`` has, so that an entry says
only what matters.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from podlib.errors import BuildError, PullError, PushError, StreamError

Open: TypeAlias = Callable[[Any], Any]
"""Makes the call with a client of either flavour: a context manager."""
BROKEN = b'{"cause":"no space","message":"cannot go on: no space","response":500}\n'
"""What the server writes where the next item would be, when it fails."""
FAILED = ((BROKEN, StreamError, "cannot go on: no space"),)
ID = 64 * "1"
EMPTY_TAR = 2 * (bytes(512),)


@dataclass(frozen=True)
class Call:
    """One call that streams."""

    name: str
    """Noun and method: ``containers.logs``."""
    route: str
    """``GET containers/web/logs``, as the server sees it."""
    open: Open
    blocks: tuple[bytes, ...]
    items: tuple[object, ...]
    shown: Callable[[Any], object] = bytes
    errors: tuple[tuple[bytes, type[StreamError], str], ...] = FAILED
    """Lines that are errors, and the errors that they are: their classes and parts of their
    messages."""
    resumes: bool = False
    """Whether it goes on over a new connection when one ends."""

    @property
    def path(self) -> str:
        """The route's beginning."""
        return "/v1.41/" if self.name.startswith("docker.") else "/v5.8.6/libpod/"

    @property
    def bytewise(self) -> bool:
        """Whether its items are blocks of bytes, cut anywhere."""
        return self.shown is bytes

    def __str__(self) -> str:
        return self.name


def lines(*documents: object) -> tuple[bytes, ...]:
    """A JSON document a line, as Go writes them."""
    texts = (json.dumps(each, separators=(",", ":"), ensure_ascii=False) for each in documents)
    return tuple(text.encode() + b"\n" for text in texts)


def frame(stream: int, text: bytes) -> bytes:
    """A piece of a process's output."""
    return struct.pack(">BxxxI", stream, len(text)) + text


def _archive(name: str, route: str, opened: Open) -> Call:
    return Call(name, route, opened, EMPTY_TAR, EMPTY_TAR, errors=())


def _top(noun: str) -> Call:
    return Call(
        f"{noun}.top_stream",
        f"GET {noun}/web/top",
        lambda podman: getattr(podman, noun).top_stream("web"),
        lines(*({"Processes": [[pid]], "Titles": ["PID"]} for pid in "123")),
        ("1", "2", "3"),
        lambda top: top.processes[0][0],
    )


def _build(name: str, route: str, opened: Open) -> Call:
    return Call(
        name,
        route,
        opened,
        lines({"stream": "STEP 1/1: FROM x\n"}, {"stream": "é\n"}, {"stream": f"{ID}\n"}),
        ("STEP 1/1: FROM x", "é", ID),
        str,
        (*FAILED, (lines({"error": "it failed"})[0], BuildError, "it failed")),
    )


def _events(method: str, *, resumes: bool) -> Call:
    return Call(
        f"system.{method}",
        "GET events",
        lambda podman: getattr(podman.system, method)(),
        lines(*({"Action": each, "timeNano": i} for i, each in enumerate(("init", "start", "é")))),
        ("init", "start", "é"),
        lambda event: event.action,
        resumes=resumes,
    )


def _progress(name: str, route: str, opened: Open, kind: type[StreamError]) -> Call:
    return Call(
        name,
        route,
        opened,
        lines({"status": "Trying"}, {"status": "Done", "id": "1"}),
        ("Trying", "Done"),
        lambda line: line.status,
        (*FAILED, (lines({"error": "denied"})[0], kind, "denied")),
    )


DOCKER_CALLS = (
    _archive(
        "docker.containers.archive_stream",
        "GET containers/web/archive",
        lambda podman: podman.docker.containers.archive_stream("web", "/etc"),
    ),
    _archive(
        "docker.containers.export_stream",
        "GET containers/web/export",
        lambda podman: podman.docker.containers.export_stream("web"),
    ),
    Call(
        "docker.containers.logs",
        "GET containers/web/logs",
        lambda podman: podman.docker.containers.logs("web", follow=True),
        (frame(1, b"out\n"), frame(2, b"\xff\n"), frame(1, b"in ") + frame(1, b"two\r\n")),
        (("stdout", b"out"), ("stderr", b"\xff"), ("stdout", b"in two\r")),
        lambda line: (line.stream, line.data),
    ),
    Call(
        "docker.containers.stats_stream",
        "GET containers/web/stats",
        lambda podman: podman.docker.containers.stats_stream("web"),
        lines({"id": "1"}, {"id": "2"}),
        ("1", "2"),
        lambda stats: stats.id,
    ),
    _build(
        "docker.images.build_stream",
        "POST build",
        lambda podman: podman.docker.images.build_stream("https://example.org/context.tar"),
    ),
    _archive(
        "docker.images.export_stream",
        "GET images/get",
        lambda podman: podman.docker.images.export_stream("web"),
    ),
    _progress(
        "docker.images.pull_stream",
        "POST images/create",
        lambda podman: podman.docker.images.pull_stream("example.org/web"),
        PullError,
    ),
    _progress(
        "docker.images.push_stream",
        "POST images/web/push",
        lambda podman: podman.docker.images.push_stream("web", "example.org/web"),
        PushError,
    ),
    _archive(
        "docker.images.save_stream",
        "GET images/web/get",
        lambda podman: podman.docker.images.save_stream("web"),
    ),
    Call(
        "docker.system.events",
        "GET events",
        lambda podman: podman.docker.system.events(),
        lines(*({"Action": each, "timeNano": i} for i, each in enumerate(("init", "start", "é")))),
        ("init", "start", "é"),
        lambda event: event.action,
    ),
)

CALLS = (
    *DOCKER_CALLS,
    _archive(
        "artifacts.extract_stream",
        "GET artifacts/web/extract",
        lambda podman: podman.artifacts.extract_stream("web"),
    ),
    _archive(
        "containers.archive_stream",
        "GET containers/web/archive",
        lambda podman: podman.containers.archive_stream("web", "/etc"),
    ),
    _archive(
        "containers.checkpoint_stream",
        "POST containers/web/checkpoint",
        lambda podman: podman.containers.checkpoint_stream("web"),
    ),
    Call(
        "containers.docker_stats_stream",
        "GET containers/web/stats",
        lambda podman: podman.containers.docker_stats_stream("web"),
        lines({"Id": "1"}, {"Id": "2"}),
        ("1", "2"),
        lambda stats: stats.id,
    ),
    _archive(
        "containers.export_stream",
        "GET containers/web/export",
        lambda podman: podman.containers.export_stream("web"),
    ),
    Call(
        "containers.logs",
        "GET containers/web/logs",
        lambda podman: podman.containers.logs("web", follow=True),
        (frame(1, b"out\n"), frame(2, b"\xff\n"), frame(1, b"in ") + frame(1, b"two\r\n")),
        (("stdout", b"out"), ("stderr", b"\xff"), ("stdout", b"in two\r")),
        lambda line: (line.stream, line.data),
    ),
    Call(
        "containers.stats_stream",
        "GET containers/stats",
        lambda podman: podman.containers.stats_stream("web"),
        lines(*({"Error": None, "Stats": [{"ContainerID": each}]} for each in "12")),
        ("1", "2"),
        lambda stats: stats[0].container_id,
        (*FAILED, (lines({"Error": {}, "Stats": None})[0], StreamError, "cannot measure")),
    ),
    _top("containers"),
    _build(
        "images.build_stream",
        "POST build",
        lambda podman: podman.images.build_stream("https://example.org/context.tar"),
    ),
    _build(
        "images.build_local_stream",
        "POST local/build",
        lambda podman: podman.images.build_local_stream("/context"),
    ),
    _archive(
        "images.export_stream",
        "GET images/export",
        lambda podman: podman.images.export_stream("web"),
    ),
    Call(
        "images.pull_stream",
        "POST images/pull",
        lambda podman: podman.images.pull_stream("example.org/web"),
        lines({"stream": "Trying\n"}, {"images": ["1"], "id": "1"}),
        (("Trying\n", ""), ("", "1")),
        lambda line: (line.stream, line.id),
        (*FAILED, (lines({"error": "denied"})[0], PullError, "denied")),
    ),
    Call(
        "images.push_stream",
        "POST images/web/push",
        lambda podman: podman.images.push_stream("web", "example.org/web"),
        lines({"stream": "Copying\n"}, {"manifestdigest": "sha256:1"}),
        (("Copying\n", ""), ("", "sha256:1")),
        lambda line: (line.stream, line.manifest_digest),
        (*FAILED, (lines({"error": "denied"})[0], PushError, "denied")),
    ),
    _archive(
        "images.save_stream",
        "GET images/web/get",
        lambda podman: podman.images.save_stream("web"),
    ),
    Call(
        "pods.stats_stream",
        "GET pods/stats",
        lambda podman: podman.pods.stats_stream("web"),
        lines(*([{"Pod": "1", "CID": each}] for each in "23")),
        ("2", "3"),
        lambda stats: stats[0].cid,
    ),
    _top("pods"),
    _events("events", resumes=False),
    _events("follow_events", resumes=True),
    _archive(
        "volumes.export_stream",
        "GET volumes/web/export",
        lambda podman: podman.volumes.export_stream("web"),
    ),
)

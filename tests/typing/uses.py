"""Uses of podlib that type checkers read (`make check`); nobody runs them.

Each ``ignore`` marks a mistake that must stay an error: mypy (warn_unused_ignores) and pyright
(reportUnnecessaryTypeIgnoreComment) fail on an ignore that is no longer needed.
"""

# pyright: strict, reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal, assert_type

import httpx

import podlib
from podlib import models
from podlib.http import AsyncUnixTransport, UnixTransport
from podlib.http.common import Reply


def blocking() -> None:
    with podlib.Podman("/run/podman/podman.sock") as podman:
        assert_type(podman, podlib.Podman)
        assert_type(podlib.Podman(connection="devl"), podlib.Podman)
        assert_type(podlib.find_connections(), list[podlib.Connection])
        assert_type(podman.with_timeouts(head=5), podlib.Podman)
        assert_type(podman.server_version, str)
        assert_type(podman.system.ping(), models.Ping)
        assert_type(podman.system.info(), models.Info)
        assert_type(podman.request("GET", "volumes/{}/json", "v", query={"a": 1}), Reply)

        containers = podman.containers
        assert_type(containers.create("image"), models.ContainerCreated)
        assert_type(containers.inspect("web"), models.ContainerInspect)
        assert_type(containers.inspect("web").state.running, bool)
        assert_type(containers.list(filters={"status": ["running"]}), list[models.ContainerSummary])
        assert_type(containers.exists("web"), bool)
        assert_type(containers.wait("web", condition=["stopped", "exited"]), int)
        assert_type(containers.remove("web"), list[models.ContainerRemoved])
        assert_type(containers.checkpoint("web"), models.CheckpointReport)
        assert_type(containers.checkpoint_to("web", Path("a.tar")), models.CheckpointArchive)
        assert_type(containers.restore_from("a.tar").id, str)
        with containers.logs("web", follow=True) as lines:
            assert_type(lines, Iterator[models.LogLine])
            for line in lines:
                assert_type(line.stream, Literal["stdout", "stderr"])
                assert_type(line.time, datetime | None)
        with podman.system.follow_events(give_up=60) as events:
            assert_type(events, Iterator[models.Event])
        with containers.checkpoint_stream("web") as blocks:
            assert_type(blocks, Iterator[bytes])

        assert_type(podman.images.list(), list[models.ImageSummary])
        assert_type(podman.images.build(Path(), progress=print), models.BuiltImage)
        podman.images.build(["a", Path("b")], containerfile=Path("c"))
        podman.images.build({"a": "text", "b": b"bytes"}, build_contexts={"c": Path(), "d": "/e"})
        with Path("context.tar").open("rb") as archive:
            podman.images.build(archive)
        assert_type(podman.images.pull("busybox"), models.PulledImage)
        with podman.images.build_stream(Path()) as log:
            assert_type(log, Iterator[models.BuildLogLine])
        with podlib.ProgressDisplay() as display:
            assert_type(display, podlib.ProgressDisplay)
            podman.images.pull("busybox", progress=display)
            podman.images.push("busybox", progress=display)
            podman.images.build(Path(), progress=display)
            podman.manifests.push("list", "quay.io/me/list", progress=display)
            display(3)  # type: ignore[arg-type]

        assert_type(podlib.migrate("web", podman, podman), models.Migration)


async def with_asyncio() -> None:
    async with podlib.AsyncPodman() as podman:
        assert_type(podman, podlib.AsyncPodman)
        assert_type(await podman.system.version(), models.Version)
        containers = podman.containers
        assert_type(await containers.create("image", name="web"), models.ContainerCreated)
        assert_type(await containers.list(), list[models.ContainerSummary])
        assert_type(await containers.wait("web", timeout=3.5), int)
        async with containers.logs("web") as lines:
            assert_type(lines, AsyncIterator[models.LogLine])
        async with podman.images.save_stream("image") as blocks:
            assert_type(blocks, AsyncIterator[bytes])
        assert_type(await podlib.async_migrate("web", podman, podman), models.Migration)


def options(podman: podlib.Podman) -> None:
    """What the options of a container may be."""
    podman.containers.create(
        "image",
        name="web",
        command=["serve", "--all"],
        env={"MODE": "fast"},
        mounts=[models.Mount(type="bind", source="/srv", target="/srv")],
        ports=["8080:80", models.Port(container=53, protocol="udp")],
        memory="64m",
        restart="on-failure",
    )


def bodies(podman: podlib.Podman, file: Path) -> None:
    """What a request's body may be."""
    with file.open("rb") as reader:
        podman.request("POST", "images/load", body=reader)
    podman.request("POST", "images/load", body=b"bytes")
    podman.request("POST", "images/load", body=(block for block in (b"bytes", b"blocks")))


def transports() -> None:
    """podlib's connections under httpx's clients."""
    httpx.Client(transport=UnixTransport("/run/podman/podman.sock"))
    httpx.AsyncClient(transport=AsyncUnixTransport("/run/podman/podman.sock"))


def runtimes(file: Path) -> None:
    """What orchestrators hold."""
    with podlib.Runtime(checkpoint_probe=lambda: True) as runtime:
        assert_type(runtime, podlib.Runtime)
        assert_type(runtime.run_container(models.RunSpec(image="box")), models.Container)
        assert_type(runtime.find_container_by_label({"a": "b"}), models.Container | None)
        assert_type(runtime.inspect_container("web").exit_code, int | None)
        with file.open("wb") as output:
            result = runtime.exec_container("web", ["true"], input=b"", stdout=output, user="1000")
        assert_type(result, models.ExecResult)
        assert_type(runtime.build_image(models.BuildSpec(context=file), print), models.ImageRef)
        spec = models.CheckpointSpec(archive_path=file)
        assert_type(runtime.checkpoint("web", spec), models.CheckpointRef)
        models.RunSpec("box")  # type: ignore[call-arg]  # fields are given by name
        models.RunSpec(image="box", restart="sometimes")  # type: ignore[arg-type]  # no such policy
        spec.archive_path = "x"  # type: ignore[misc]  # specifications do not change


async def asynchronous_runtimes() -> None:
    """The same with asyncio, where what the caller gives may be coroutine functions."""

    async def probe() -> bool:
        return True

    async def note(event: models.BuildEvent) -> None:
        assert_type(event.missed, int)

    async with podlib.AsyncRuntime(checkpoint_probe=probe) as runtime:
        assert_type(runtime, podlib.AsyncRuntime)
        built = await runtime.build_image(models.BuildSpec(context="."), note)
        assert_type(built, models.ImageRef)
    podlib.AsyncRuntime(checkpoint_probe=lambda: True)


def caught(error: podlib.PodmanError) -> None:
    """What errors know."""
    if isinstance(error, podlib.APIError):
        assert_type(error.status, int)
        assert_type(error.cause, str)
    if isinstance(error, podlib.TimedOutError):
        assert_type(error.limit, str)
    if isinstance(error, podlib.MigrationError):
        assert_type(error.location, str)


def mistakes(podman: podlib.Podman, async_podman: podlib.AsyncPodman) -> None:
    """Each of these is an error to both checkers."""
    containers = podman.containers
    containers.create("image", nmae="web")  # type: ignore[call-arg]  # a misspelt option
    containers.create("image", memory=["64m"])  # type: ignore[arg-type]  # a wrong type
    containers.create("image", restart="sometimes")  # type: ignore[arg-type]  # no such policy
    containers.inspect("web", True)  # type: ignore[call-arg]  # options are given by name
    containers.inspect(1)  # type: ignore[arg-type]  # a name is a text
    containers.wait("web", condition="done")  # type: ignore[arg-type]  # no such state
    containers.strat("web")  # type: ignore[attr-defined]  # a misspelt method
    containers.inspect("web").stat  # type: ignore[attr-defined]  # a misspelt field  # noqa: B018 -- the lookup is the mistake
    podlib.migrate("web", podman, async_podman)  # type: ignore[arg-type]  # the flavours do not mix
    podlib.Podmann  # type: ignore[attr-defined]  # a misspelt name  # noqa: B018 -- the lookup is the mistake
    podman.request("POST", "x", body=["text"])  # type: ignore[list-item]  # text is no bytes


async def forgotten(podman: podlib.AsyncPodman) -> None:
    """A call without await does nothing: both checkers say so."""
    podman.containers.start("web")  # type: ignore[unused-coroutine]  # nothing is sent

"""Whatever a caller takes for a name: it never reaches another route, nor another object."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from podlib import NotFoundError, PodmanError

from .steps import read, run

if TYPE_CHECKING:
    from podlib import AsyncPodman
    from podlib.http.flow_async import Call

ROUTES = (
    *("json", "remove", "import", "prune", "create", "stats", "pull", "load", "export", "search"),
    *("showmounted", "scp", "local", "list"),
)
ODD = (
    *(
        "a/b",
        "/a",
        "a/",
        "..",
        ".",
        "../..",
        "../images/json",
        "..%2f..",
        "%2e%2e",
        "%2f",
        "%",
        "%%",
    ),
    *("_", "____________", "*", "?", "a?all=true", "?force=true", "#", "a#b", "a b", " ", "\t"),
    *(
        "ünïcode",
        "名前",
        "new\nline",
        "a\r\nX: y",
        "\0",
        "a\\b",
        "\ud800",
        "",
        "-",
        "--all",
        "a:b:c",
    ),
    *("@", "&", "=", "+", "~", "'", '"', "x" * 5000),
)


async def refused(call: Call[object]) -> bool:
    """Whether a call ends with an error of podlib, or answers that there is no such thing."""
    try:
        return await call() is False
    except PodmanError as error:
        return bool(str(error))


async def images_of(podman: AsyncPodman) -> dict[str, set[str]]:
    """The names of all images, by id."""
    return {each.id: set(each.names) for each in await podman.images.list(all=True)}


async def attached(podman: AsyncPodman, name: str) -> None:
    """Attach, and leave."""
    async with podman.containers.attach(name, stdin=True):
        pass


def container_calls(podman: AsyncPodman, name: str) -> dict[str, Call[object]]:
    """All that can be done to one container."""
    of = podman.containers
    return {
        "exists": lambda: of.exists(name),
        "inspect": lambda: of.inspect(name),
        "start": lambda: of.start(name),
        "stop": lambda: of.stop(name, timeout=0),
        "kill": lambda: of.kill(name),
        "wait": lambda: of.wait(name, timeout=5),
        "logs": lambda: read(of.logs(name)),
        "checkpoint": lambda: of.checkpoint(name),
        "checkpoint_to": lambda: of.checkpoint_to(name, io.BytesIO()),
        "checkpoint_stream": lambda: read(of.checkpoint_stream(name)),
        "restore": lambda: of.restore(name),
        "init": lambda: of.init(name),
        "restart": lambda: of.restart(name, timeout=0),
        "pause": lambda: of.pause(name),
        "unpause": lambda: of.unpause(name),
        "rename": lambda: of.rename(name, "renamed"),
        "update": lambda: of.update(name, memory="64m"),
        "healthcheck": lambda: of.healthcheck(name),
        "top": lambda: of.top(name),
        "top_stream": lambda: read(of.top_stream(name)),
        "docker_stats": lambda: of.docker_stats(name),
        "docker_stats_stream": lambda: read(of.docker_stats_stream(name)),
        "attach": lambda: attached(podman, name),
        "resize": lambda: of.resize(name, height=1, width=1),
        "archive_stat": lambda: of.archive_stat(name, "/"),
        "archive_stream": lambda: read(of.archive_stream(name, "/")),
        "archive_to": lambda: of.archive_to(name, "/", io.BytesIO()),
        "put_archive": lambda: of.put_archive(name, "/", bytes(1024)),
        "export_stream": lambda: read(of.export_stream(name)),
        "export_to": lambda: of.export_to(name, io.BytesIO()),
        "mount": lambda: of.mount(name),
        "unmount": lambda: of.unmount(name),
        "changes": lambda: of.changes(name),
        "commit": lambda: of.commit(name),
        "exec": lambda: podman.exec.run(name, ["true"]),
        "remove": lambda: of.remove(name, force=True, timeout=0),
    }


def image_calls(podman: AsyncPodman, name: str) -> dict[str, Call[object]]:
    """All that can be done to one image."""
    of = podman.images
    return {
        "exists": lambda: of.exists(name),
        "inspect": lambda: of.inspect(name),
        "tag": lambda: of.tag(name, "localhost/tagged"),
        "save_to": lambda: of.save_to(name, io.BytesIO()),
        "save_stream": lambda: read(of.save_stream(name)),
        "create": lambda: podman.containers.create(name),
        "pull": lambda: of.pull(name, policy="never"),
        "remove": lambda: of.remove(name, force=True),
    }


async def test_names_of_containers(podman: AsyncPodman, image: str) -> None:
    container = await run(podman, image, name="bystander", command=["sleep", "60"], network="none")
    images = await images_of(podman)
    before = await podman.containers.inspect(container)
    for name in (*ROUTES, *ODD, "unknown"):
        for what, call in container_calls(podman, name).items():
            assert await refused(call), f"{what}({name!r})"
    after = await podman.containers.inspect(container)
    assert after.state.pid == before.state.pid
    assert [each.id for each in await podman.containers.list(all=True)] == [container]
    assert await images_of(podman) == images


async def test_names_of_images(podman: AsyncPodman, image: str) -> None:
    await podman.images.tag(image, "localhost/bystander")
    images = await images_of(podman)
    for name in (*ROUTES, *ODD, "unknown"):
        for what, call in image_calls(podman, name).items():
            assert await refused(call), f"{what}({name!r})"
    assert await images_of(podman) == images
    assert await podman.containers.list(all=True) == []


async def test_what_is_not_there(podman: AsyncPodman) -> None:
    calls = container_calls(podman, "unknown") | {
        f"image {what}": call for what, call in image_calls(podman, "unknown").items()
    }
    for each in ("exists", "image exists", "image pull"):  # these have answers of their own
        del calls[each]
    for what, call in calls.items():
        with pytest.raises(NotFoundError, match="unknown"):
            assert await call() is what


async def test_remove_an_image_called_remove(podman: AsyncPodman, image: str) -> None:
    """``DELETE images/remove`` without parameters would remove all images that are not in use."""
    await podman.images.tag(image, "localhost/spare")
    images = await images_of(podman)
    with pytest.raises(NotFoundError, match="remove: image not known"):
        await podman.images.remove("remove")
    assert await images_of(podman) == images
    await podman.images.tag(image, "localhost/remove")
    removed = await podman.images.remove("remove")
    assert removed.untagged == ["localhost/remove:latest"]
    assert await images_of(podman) == images


async def test_names_that_are_words_of_routes(podman: AsyncPodman, image: str) -> None:
    for name in ROUTES:
        created = await podman.containers.create(image, name=name, command=["true"])
        assert (await podman.containers.inspect(name)).id == created.id
        await podman.containers.remove(name)
        assert not await podman.containers.exists(name)
    name = "a_b.c-d"
    created = await podman.containers.create(image, name=name)
    assert (await podman.containers.inspect(name)).id == created.id


async def test_names_that_cannot_be_given(podman: AsyncPodman, image: str) -> None:
    for name in ("a b", "a/b", "-a", "..", "ü", "%"):
        with pytest.raises(PodmanError, match="name"):
            await podman.containers.create(image, name=name)
    assert await podman.containers.list(all=True) == []

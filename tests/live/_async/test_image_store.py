"""Images in the store of real services: looked at, named, removed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from podlib import (
    APIError,
    BadRequestError,
    BuildError,
    NotFoundError,
    ParameterError,
)

from .image_steps import build_from, build_layers
from .steps import lacks

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any, Unpack

    from podlib import AsyncPodman
    from podlib.models import ImageFilters
    from tests.testbed import Host

NAME = "localhost/layered:1"


@pytest.fixture
async def layered(podman: AsyncPodman, tmp_path: Path, image: str) -> str:
    """The id of an image of three layers, called ``localhost/layered:1``."""
    return await build_layers(podman, tmp_path / "layered", image, NAME)


async def test_history(podman: AsyncPodman, layered: str, image: str) -> None:
    steps = await podman.images.history(NAME)
    said = [each.created_by for each in steps]
    assert "LABEL" in said[0]
    assert "COPY" in said[1]
    assert "in /one" in said[2]
    assert steps[0].id in (layered, (await podman.images.inspect(NAME)).parent)
    assert steps[1].id == "<missing>" or steps[1].id
    base = await podman.images.inspect(image)
    [kept] = [each for each in steps if each.id == base.id]
    assert kept.size > 1_000_000
    assert kept.tags in ([], [image])  # 4.3 does not tell them
    times = [each.created for each in steps if each.created]
    assert len(times) == len(steps)
    assert times == sorted(times, reverse=True)
    with pytest.raises(NotFoundError, match="nothing"):
        await podman.images.history("localhost/nothing")


async def test_changes(podman: AsyncPodman, tmp_path: Path, layered: str, image: str) -> None:
    text = f"FROM {NAME}\nRUN rm /one; echo 2 > /two; touch /etc/three\n"
    changed = await build_from(podman, tmp_path / "changed", text)

    async def found(name: str, **options: Any) -> set[tuple[str, int]]:
        return {(each.path, each.kind) for each in await podman.images.changes(name, **options)}

    assert await found(layered) == {("/two", 1)}
    assert await found(NAME, parent=image) == {("/one", 1), ("/two", 1)}
    assert await found(changed.id) >= {("/one", 2), ("/two", 0), ("/etc/three", 1)}
    with pytest.raises(NotFoundError, match="nothing"):
        await podman.images.changes("localhost/nothing")
    await podman.containers.create(image, name="container")
    with pytest.raises(NotFoundError, match="container"):
        await podman.images.changes("container")


async def test_tree(podman: AsyncPodman, layered: str, image: str) -> None:
    drawn = (await podman.images.tree(layered)).tree
    assert drawn.count("├── ID:") == 2
    assert drawn.count("└── ID:") == 1
    assert f"Top Layer of: [{NAME}]" in drawn
    assert NAME not in (await podman.images.tree(image)).tree
    assert NAME in (await podman.images.tree(image, what_requires=True)).tree
    with pytest.raises(NotFoundError, match="nothing"):
        await podman.images.tree("localhost/nothing")


async def test_resolve(podman: AsyncPodman) -> None:
    if await lacks(podman, "5.0.0", lambda: podman.images.resolve("localhost/box")):
        return
    resolved = await podman.images.resolve("localhost/box")
    assert resolved.names == ["localhost/box:latest"]
    with pytest.raises(BadRequestError, match="did not resolve"):
        await podman.images.resolve("box")


async def test_list_by_more_filters(podman: AsyncPodman, layered: str, image: str) -> None:
    async def ids(**filters: Unpack[ImageFilters]) -> set[str]:
        return {each.id for each in await podman.images.list(filters=filters)}

    async def without(filters: ImageFilters) -> set[str]:
        return await ids(**filters)

    base = (await podman.images.inspect(image)).id
    assert await ids() == {base, layered}
    assert await ids(before=NAME) == {base}
    assert await ids(since=image) == await ids(after=image) == {layered}
    assert await without({"label!": "layers"}) == {base}
    assert await without({"reference!": NAME}) == {base}
    assert await ids(id=layered) == await without({"id!": base}) == {layered}
    assert await ids(until=datetime.now(UTC) + timedelta(hours=1)) == {base, layered}
    assert await ids(until=datetime(2020, 1, 1, tzinfo=UTC)) == set()
    assert await ids(manifest=False, readonly=False, containers=False) == {base, layered}
    assert len(await podman.images.list(all=True)) > 2
    with pytest.raises(ParameterError, match="did you mean 'label'"):
        await podman.images.list(filters={"lable": "a"})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] -- the mistake under test
    await podman.containers.create(NAME)
    assert await ids(containers=True) == {layered}


async def test_list_by_filters_of_podman_5(podman: AsyncPodman, host: Host, layered: str) -> None:
    inspected = await podman.images.inspect(layered)
    old = host.version.startswith("4.")
    for filters in ({"digest": inspected.digest}, {"id": layered[:12]}, {"intermediate": True}):
        try:
            found = await podman.images.list(all=True, filters=filters)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] -- one of three kinds
        except APIError:
            assert old
        else:
            assert bool(found) is not (old and "id" in filters)


# -- names -----------------------------------------------------------------------------------


async def test_untag(podman: AsyncPodman, layered: str) -> None:
    await podman.images.tag(layered, "localhost/other", "2")
    await podman.images.tag(layered, "localhost/other")

    async def names() -> set[str]:
        return set((await podman.images.inspect(layered)).repo_tags)

    assert await names() == {NAME, "localhost/other:2", "localhost/other:latest"}
    await podman.images.untag(layered, "localhost/other")
    assert await names() == {NAME, "localhost/other:2"}
    await podman.images.untag(NAME, "localhost/other", "2")
    assert await names() == {NAME}
    with pytest.raises(NotFoundError, match="other:2"):
        await podman.images.untag(layered, "localhost/other", "2")
    await podman.images.untag(NAME)
    assert await names() == set()
    with pytest.raises(NotFoundError):
        await podman.images.untag(NAME)


async def test_few_digits_of_an_id_are_no_name(podman: AsyncPodman, layered: str) -> None:
    few = layered[:6]
    assert (await podman.images.inspect(few)).id == layered
    for call in (
        lambda: podman.images.remove(few, force=True),
        lambda: podman.images.remove_several("localhost/nothing", few),
        lambda: podman.images.untag(few),
        lambda: podman.images.tag(few, "localhost/other"),
        lambda: podman.images.push(few, "127.0.0.1:1/a"),
    ):
        with pytest.raises(NotFoundError, match=few):
            await call()
    assert (await podman.images.inspect(layered)).repo_tags == [NAME]
    removed = await podman.images.remove_several(few, ignore=True)
    assert removed.untagged == removed.deleted == []
    await podman.images.tag(layered, f"localhost/{few}")  # that is a name
    assert (await podman.images.remove(few)).untagged == [f"localhost/{few}:latest"]
    assert layered in (await podman.images.remove(layered[:12])).deleted


# -- remove, prune ---------------------------------------------------------------------------


async def test_remove_what_may_not_be_there(podman: AsyncPodman) -> None:
    def call() -> Any:
        return podman.images.remove("localhost/nothing", ignore=True)

    if await lacks(podman, "4.4.0", call):
        return
    assert (await call()).deleted == []


async def test_remove_several(podman: AsyncPodman, layered: str) -> None:
    await podman.images.tag(layered, "localhost/other")
    removed = await podman.images.remove_several("localhost/other", "localhost/nothing")
    assert (removed.untagged, removed.deleted) == (["localhost/other:latest"], [])
    assert removed.exit_code == 1
    [error] = removed.errors
    assert "nothing" in error
    removed = await podman.images.remove_several("localhost/nothing", ignore=True)
    assert (removed.errors, removed.exit_code) == ([], 0)

    await podman.containers.create(NAME)
    removed = await podman.images.remove_several(NAME)
    assert removed.deleted == []
    assert "in use" in removed.errors[0]
    removed = await podman.images.remove_several(NAME, force=True, no_prune=True)
    assert removed.deleted == [layered]
    assert await podman.containers.list(all=True) == []
    left = {each.id for each in await podman.images.list(all=True)}
    assert len(left) == 3  # no_prune: the base image, and those of the two steps


async def test_remove_of_none_removes_none(podman: AsyncPodman, layered: str) -> None:
    for names, everything in (((), False), (("",), False), ((NAME, ""), False), ((NAME,), True)):
        with pytest.raises(ParameterError, match="say which images"):
            await podman.images.remove_several(*names, all=everything)
    assert await podman.images.exists(layered)


async def test_remove_all(podman: AsyncPodman, layered: str, image: str) -> None:
    base = (await podman.images.inspect(image)).id
    await podman.containers.create(image)
    removed = await podman.images.remove_several(all=True)
    assert layered in removed.deleted
    assert base not in removed.deleted
    assert [each.id for each in await podman.images.list()] == [base]


async def test_remove_a_manifest_list(podman: AsyncPodman, image: str) -> None:
    await podman.manifests.create("localhost/list", [f"containers-storage:{image}"])
    removed = await podman.images.remove("localhost/list", lookup_manifest=True)
    assert removed.untagged == ["localhost/list:latest"]
    assert not await podman.manifests.exists("localhost/list")
    assert await podman.images.exists(image)
    await podman.manifests.create("localhost/list")
    await podman.images.remove_several("localhost/list", lookup_manifest=True)
    assert not await podman.manifests.exists("localhost/list")


async def test_prune(podman: AsyncPodman, tmp_path: Path, layered: str, image: str) -> None:
    text = f"FROM {image}\nLABEL kind="
    first = await build_from(podman, tmp_path / "first", f"{text}first")
    second = await build_from(podman, tmp_path / "second", f"{text}second")
    assert await podman.images.prune(filters={"label": "kind=third"}) == []
    assert await podman.images.prune(filters={"until": datetime(2020, 1, 1, tzinfo=UTC)}) == []
    [pruned] = await podman.images.prune(filters={"label": "kind=first"})
    assert (pruned.id, pruned.error) == (first.id, "")
    assert pruned.size > 1_000_000
    assert await podman.images.prune(filters={"label!": "kind"}) == []
    assert [each.id for each in await podman.images.prune()] == [second.id]
    assert await podman.images.prune() == []
    with pytest.raises(ParameterError, match="label: a prune of images takes one value"):
        await podman.images.prune(filters={"label": ["a", "b"]})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] -- the mistake under test
    assert {each.id for each in await podman.images.list()} >= {layered}


async def test_prune_all(podman: AsyncPodman, layered: str, image: str) -> None:
    created = await podman.containers.create(NAME)
    await podman.containers.create(image)
    pruned = {each.id for each in await podman.images.prune(all=True)}
    assert layered not in pruned
    assert len(pruned) == 2  # those of the steps, which are no longer cached
    await podman.containers.remove(created.id)
    assert layered in [each.id for each in await podman.images.prune(all=True)]
    assert await podman.images.exists(image)


async def test_prune_what_a_build_uses(
    podman: AsyncPodman, host: Host, tmp_path: Path, layered: str, image: str
) -> None:
    with pytest.raises(BuildError, match="exit status 3"):
        await build_from(
            podman, tmp_path / "failing", f"FROM {NAME}\nRUN exit 3\n", force_rm=False, rm=False
        )
    await podman.containers.create(image)
    kept = host.run("podman", "ps", "--all", "--external", "--format={{.Image}}").stdout
    assert NAME in kept
    await podman.images.prune(all=True)
    assert await podman.images.exists(layered)
    assert layered in [each.id for each in await podman.images.prune(all=True, external=True)]


async def test_prune_the_cache_of_builds(
    podman: AsyncPodman, host: Host, tmp_path: Path, image: str
) -> None:
    def call() -> Any:
        return podman.images.prune(build_cache=True)

    if await lacks(podman, "5.3.0", call):
        return
    text = f"FROM {image}\nRUN --mount=type=cache,target=/cache touch /cache/kept\n"
    await build_from(podman, tmp_path / "caching", text)
    assert host.run("sh", "-c", "ls -d /var/tmp/buildah-cache-*", check=False).stdout
    await call()
    assert not host.run("sh", "-c", "ls -d /var/tmp/buildah-cache-*", check=False).stdout

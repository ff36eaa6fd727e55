# Generated from tests/live/_async/test_image_store.py: edit there.
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

    from podlib import Podman
    from podlib.models import ImageFilters
    from tests.testbed import Host

NAME = "localhost/layered:1"


@pytest.fixture
def layered(podman: Podman, tmp_path: Path, image: str) -> str:
    """The id of an image of three layers, called ``localhost/layered:1``."""
    return build_layers(podman, tmp_path / "layered", image, NAME)


def test_history(podman: Podman, layered: str, image: str) -> None:
    steps = podman.images.history(NAME)
    said = [each.created_by for each in steps]
    assert "LABEL" in said[0]
    assert "COPY" in said[1]
    assert "in /one" in said[2]
    assert steps[0].id in (layered, (podman.images.inspect(NAME)).parent)
    assert steps[1].id == "<missing>" or steps[1].id
    base = podman.images.inspect(image)
    [kept] = [each for each in steps if each.id == base.id]
    assert kept.size > 1_000_000
    assert kept.tags in ([], [image])  # 4.3 does not tell them
    times = [each.created for each in steps if each.created]
    assert len(times) == len(steps)
    assert times == sorted(times, reverse=True)
    with pytest.raises(NotFoundError, match="nothing"):
        podman.images.history("localhost/nothing")


def test_changes(podman: Podman, tmp_path: Path, layered: str, image: str) -> None:
    text = f"FROM {NAME}\nRUN rm /one; echo 2 > /two; touch /etc/three\n"
    changed = build_from(podman, tmp_path / "changed", text)

    def found(name: str, **options: Any) -> set[tuple[str, int]]:
        return {(each.path, each.kind) for each in podman.images.changes(name, **options)}

    assert found(layered) == {("/two", 1)}
    assert found(NAME, parent=image) == {("/one", 1), ("/two", 1)}
    assert found(changed.id) >= {("/one", 2), ("/two", 0), ("/etc/three", 1)}
    with pytest.raises(NotFoundError, match="nothing"):
        podman.images.changes("localhost/nothing")
    podman.containers.create(image, name="container")
    with pytest.raises(NotFoundError, match="container"):
        podman.images.changes("container")


def test_tree(podman: Podman, layered: str, image: str) -> None:
    drawn = (podman.images.tree(layered)).tree
    assert drawn.count("├── ID:") == 2
    assert drawn.count("└── ID:") == 1
    assert f"Top Layer of: [{NAME}]" in drawn
    assert NAME not in (podman.images.tree(image)).tree
    assert NAME in (podman.images.tree(image, what_requires=True)).tree
    with pytest.raises(NotFoundError, match="nothing"):
        podman.images.tree("localhost/nothing")


def test_resolve(podman: Podman) -> None:
    if lacks(podman, "5.0.0", lambda: podman.images.resolve("localhost/box")):
        return
    resolved = podman.images.resolve("localhost/box")
    assert resolved.names == ["localhost/box:latest"]
    with pytest.raises(BadRequestError, match="did not resolve"):
        podman.images.resolve("box")


def test_list_by_more_filters(podman: Podman, layered: str, image: str) -> None:
    def ids(**filters: Unpack[ImageFilters]) -> set[str]:
        return {each.id for each in podman.images.list(filters=filters)}

    def without(filters: ImageFilters) -> set[str]:
        return ids(**filters)

    base = (podman.images.inspect(image)).id
    assert ids() == {base, layered}
    assert ids(before=NAME) == {base}
    assert ids(since=image) == ids(after=image) == {layered}
    assert without({"label!": "layers"}) == {base}
    assert without({"reference!": NAME}) == {base}
    assert ids(id=layered) == without({"id!": base}) == {layered}
    assert ids(until=datetime.now(UTC) + timedelta(hours=1)) == {base, layered}
    assert ids(until=datetime(2020, 1, 1, tzinfo=UTC)) == set()
    assert ids(manifest=False, readonly=False, containers=False) == {base, layered}
    assert len(podman.images.list(all=True)) > 2
    with pytest.raises(ParameterError, match="did you mean 'label'"):
        podman.images.list(filters={"lable": "a"})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] -- the mistake under test
    podman.containers.create(NAME)
    assert ids(containers=True) == {layered}


def test_list_by_filters_of_podman_5(podman: Podman, host: Host, layered: str) -> None:
    inspected = podman.images.inspect(layered)
    old = host.version.startswith("4.")
    for filters in ({"digest": inspected.digest}, {"id": layered[:12]}, {"intermediate": True}):
        try:
            found = podman.images.list(all=True, filters=filters)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] -- one of three kinds
        except APIError:
            assert old
        else:
            assert bool(found) is not (old and "id" in filters)


# -- names -----------------------------------------------------------------------------------


def test_untag(podman: Podman, layered: str) -> None:
    podman.images.tag(layered, "localhost/other", "2")
    podman.images.tag(layered, "localhost/other")

    def names() -> set[str]:
        return set((podman.images.inspect(layered)).repo_tags)

    assert names() == {NAME, "localhost/other:2", "localhost/other:latest"}
    podman.images.untag(layered, "localhost/other")
    assert names() == {NAME, "localhost/other:2"}
    podman.images.untag(NAME, "localhost/other", "2")
    assert names() == {NAME}
    with pytest.raises(NotFoundError, match="other:2"):
        podman.images.untag(layered, "localhost/other", "2")
    podman.images.untag(NAME)
    assert names() == set()
    with pytest.raises(NotFoundError):
        podman.images.untag(NAME)


def test_few_digits_of_an_id_are_no_name(podman: Podman, layered: str) -> None:
    few = layered[:6]
    assert (podman.images.inspect(few)).id == layered
    for call in (
        lambda: podman.images.remove(few, force=True),
        lambda: podman.images.remove_several("localhost/nothing", few),
        lambda: podman.images.untag(few),
        lambda: podman.images.tag(few, "localhost/other"),
        lambda: podman.images.push(few, "127.0.0.1:1/a"),
    ):
        with pytest.raises(NotFoundError, match=few):
            call()
    assert (podman.images.inspect(layered)).repo_tags == [NAME]
    removed = podman.images.remove_several(few, ignore=True)
    assert removed.untagged == removed.deleted == []
    podman.images.tag(layered, f"localhost/{few}")  # that is a name
    assert (podman.images.remove(few)).untagged == [f"localhost/{few}:latest"]
    assert layered in (podman.images.remove(layered[:12])).deleted


# -- remove, prune ---------------------------------------------------------------------------


def test_remove_what_may_not_be_there(podman: Podman) -> None:
    def call() -> Any:
        return podman.images.remove("localhost/nothing", ignore=True)

    if lacks(podman, "4.4.0", call):
        return
    assert (call()).deleted == []


def test_remove_several(podman: Podman, layered: str) -> None:
    podman.images.tag(layered, "localhost/other")
    removed = podman.images.remove_several("localhost/other", "localhost/nothing")
    assert (removed.untagged, removed.deleted) == (["localhost/other:latest"], [])
    assert removed.exit_code == 1
    [error] = removed.errors
    assert "nothing" in error
    removed = podman.images.remove_several("localhost/nothing", ignore=True)
    assert (removed.errors, removed.exit_code) == ([], 0)

    podman.containers.create(NAME)
    removed = podman.images.remove_several(NAME)
    assert removed.deleted == []
    assert "in use" in removed.errors[0]
    removed = podman.images.remove_several(NAME, force=True, no_prune=True)
    assert removed.deleted == [layered]
    assert podman.containers.list(all=True) == []
    left = {each.id for each in podman.images.list(all=True)}
    assert len(left) == 3  # no_prune: the base image, and those of the two steps


def test_remove_of_none_removes_none(podman: Podman, layered: str) -> None:
    for names, everything in (((), False), (("",), False), ((NAME, ""), False), ((NAME,), True)):
        with pytest.raises(ParameterError, match="say which images"):
            podman.images.remove_several(*names, all=everything)
    assert podman.images.exists(layered)


def test_remove_all(podman: Podman, layered: str, image: str) -> None:
    base = (podman.images.inspect(image)).id
    podman.containers.create(image)
    removed = podman.images.remove_several(all=True)
    assert layered in removed.deleted
    assert base not in removed.deleted
    assert [each.id for each in podman.images.list()] == [base]


def test_remove_a_manifest_list(podman: Podman, image: str) -> None:
    podman.manifests.create("localhost/list", [f"containers-storage:{image}"])
    removed = podman.images.remove("localhost/list", lookup_manifest=True)
    assert removed.untagged == ["localhost/list:latest"]
    assert not podman.manifests.exists("localhost/list")
    assert podman.images.exists(image)
    podman.manifests.create("localhost/list")
    podman.images.remove_several("localhost/list", lookup_manifest=True)
    assert not podman.manifests.exists("localhost/list")


def test_prune(podman: Podman, tmp_path: Path, layered: str, image: str) -> None:
    text = f"FROM {image}\nLABEL kind="
    first = build_from(podman, tmp_path / "first", f"{text}first")
    second = build_from(podman, tmp_path / "second", f"{text}second")
    assert podman.images.prune(filters={"label": "kind=third"}) == []
    assert podman.images.prune(filters={"until": datetime(2020, 1, 1, tzinfo=UTC)}) == []
    [pruned] = podman.images.prune(filters={"label": "kind=first"})
    assert (pruned.id, pruned.error) == (first.id, "")
    assert pruned.size > 1_000_000
    assert podman.images.prune(filters={"label!": "kind"}) == []
    assert [each.id for each in podman.images.prune()] == [second.id]
    assert podman.images.prune() == []
    with pytest.raises(ParameterError, match="label: a prune of images takes one value"):
        podman.images.prune(filters={"label": ["a", "b"]})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] -- the mistake under test
    assert {each.id for each in podman.images.list()} >= {layered}


def test_prune_all(podman: Podman, layered: str, image: str) -> None:
    created = podman.containers.create(NAME)
    podman.containers.create(image)
    pruned = {each.id for each in podman.images.prune(all=True)}
    assert layered not in pruned
    assert len(pruned) == 2  # those of the steps, which are no longer cached
    podman.containers.remove(created.id)
    assert layered in [each.id for each in podman.images.prune(all=True)]
    assert podman.images.exists(image)


def test_prune_what_a_build_uses(
    podman: Podman, host: Host, tmp_path: Path, layered: str, image: str
) -> None:
    with pytest.raises(BuildError, match="exit status 3"):
        build_from(
            podman, tmp_path / "failing", f"FROM {NAME}\nRUN exit 3\n", force_rm=False, rm=False
        )
    podman.containers.create(image)
    kept = host.run("podman", "ps", "--all", "--external", "--format={{.Image}}").stdout
    assert NAME in kept
    podman.images.prune(all=True)
    assert podman.images.exists(layered)
    assert layered in [each.id for each in podman.images.prune(all=True, external=True)]


def test_prune_the_cache_of_builds(podman: Podman, host: Host, tmp_path: Path, image: str) -> None:
    def call() -> Any:
        return podman.images.prune(build_cache=True)

    if lacks(podman, "5.3.0", call):
        return
    text = f"FROM {image}\nRUN --mount=type=cache,target=/cache touch /cache/kept\n"
    build_from(podman, tmp_path / "caching", text)
    assert host.run("sh", "-c", "ls -d /var/tmp/buildah-cache-*", check=False).stdout
    call()
    assert not host.run("sh", "-c", "ls -d /var/tmp/buildah-cache-*", check=False).stdout

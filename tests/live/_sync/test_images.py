# Generated from tests/live/_async/test_images.py: edit there.
"""Images on real services: built, pulled, listed, carried as archives."""

from __future__ import annotations

import io
import os
import stat
import tarfile
from typing import TYPE_CHECKING

import pytest

from podlib import (
    APIError,
    BuildError,
    ConflictError,
    FileError,
    NotFoundError,
    PullError,
    TruncatedError,
    models,
)

from .steps import listing, read, run, said, until

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Unpack

    from podlib import Podman
    from podlib._sync.image_archives import ArchiveFormat
    from podlib.models import ImageFilters
    from podlib.models.build_options import PullPolicy
    from tests.testbed import Host


@pytest.fixture
def context(tmp_path: Path, image: str) -> Path:
    """The folder of a build: ``recipes/Containerfile`` with two stages, and what it copies."""
    folder = tmp_path / "context"
    (folder / "recipes").mkdir(parents=True)
    (folder / "files" / "deep").mkdir(parents=True)
    (folder / "files" / "deep" / "large").write_bytes(os.urandom(1_000_000))
    (folder / "files" / "link").symlink_to("deep/large")
    script = folder / "files" / "grüße.sh"
    script.write_text("#!/bin/sh\necho hello\n")
    script.chmod(0o750)
    (folder / "recipes" / "Containerfile").write_text(f"""\
FROM {image} AS base
ARG WORD=none
LABEL word=$WORD
COPY files /files
FROM base AS full
RUN /files/grüße.sh > /said
""")
    return folder


@pytest.fixture
def recipe(tmp_path: Path, image: str) -> Path:
    """A folder with a Containerfile of one step, which a test may overwrite."""
    folder = tmp_path / "recipe"
    folder.mkdir()
    (folder / "Containerfile").write_text(f"FROM {image}\nLABEL a=b\n")
    return folder


# -- build -----------------------------------------------------------------------------------


def test_build(podman: Podman, context: Path) -> None:
    told: list[str] = []
    built = podman.images.build(
        context,
        tags=["localhost/app:1", "localhost/app:latest"],
        containerfile="recipes/Containerfile",
        build_args={"WORD": "grüß & co"},
        labels={"com.example.by": "podlib=1"},
        progress=lambda line: told.append(line.text),
    )
    assert told == built.log
    assert any("STEP 1/" in line for line in told)
    found = podman.images.inspect("localhost/app:1")
    assert found.id == built.id
    assert set(found.repo_tags) == {"localhost/app:1", "localhost/app:latest"}
    assert found.labels["word"] == "grüß & co"
    assert found.labels["com.example.by"] == "podlib=1"

    command = [
        "sh",
        "-c",
        "cat /said; stat -c %a:%s /files/grüße.sh /files/deep/large; readlink /files/link",
    ]
    container = run(podman, built.id, command=command, network="none")
    assert podman.containers.wait(container) == 0
    assert said(podman, container) == ["hello", "750:21", "644:1000000", "deep/large"]


def test_build_up_to_a_stage(podman: Podman, context: Path) -> None:
    file = "recipes/Containerfile"
    built = podman.images.build(context, containerfile=file, target="base")
    assert not any("said" in line for line in built.log)
    assert (podman.images.inspect(built.id)).labels["word"] == "none"
    again = podman.images.build(context, containerfile=file, target="base")
    assert again.id == built.id
    assert any("cache" in line for line in again.log)
    anew = podman.images.build(context, containerfile=file, target="base", no_cache=True)
    assert not any("cache" in line for line in anew.log)


def test_log_of_a_build_is_live(podman: Podman, host: Host, recipe: Path, image: str) -> None:
    step = "RUN echo waiting; sleep 61.7 || echo woken"
    (recipe / "Containerfile").write_text(f"FROM {image}\n{step}\n")

    def woken() -> bool:
        return not host.run("pkill", "-xf", "sleep 61.7", check=False).returncode

    text = ""
    with podman.images.build_stream(recipe) as lines:
        for line in lines:
            text += f"{line}\n"
            if line.text == "waiting":
                until(woken)  # the build goes on only because this line was seen
    assert "\nwoken\n" in text
    assert podman.images.exists(text.split()[-1])


def test_build_that_fails(podman: Podman, host: Host, recipe: Path, image: str) -> None:
    before = host.run("podman", "ps", "--all", "--external", "--quiet").stdout
    text = f"FROM {image}\nRUN echo before; echo why >&2; exit 3\nRUN echo never\n"
    (recipe / "Containerfile").write_text(text)
    with pytest.raises(BuildError, match="exit status 3") as caught:
        podman.images.build(recipe, tags=["localhost/failed"])
    assert {"before", "why"} <= set(caught.value.log)
    assert "why" in str(caught.value)
    assert not any("never" in line for line in caught.value.log[-3:])
    assert not podman.images.exists("localhost/failed")
    assert host.run("podman", "ps", "--all", "--external", "--quiet").stdout == before
    (recipe / "Containerfile").write_text(f"FROM {image}\nNONSENSE here\n")
    with pytest.raises((BuildError, APIError), match="NONSENSE"):
        podman.images.build(recipe)
    with pytest.raises((BuildError, APIError), match="nowhere"):
        podman.images.build(recipe, containerfile="nowhere")


def test_build_whose_context_cannot_be_read(podman: Podman, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="nowhere") as caught:
        podman.images.build(tmp_path / "nowhere")
    assert caught.value.path == str(tmp_path / "nowhere")


def test_build_whose_files_are_shorter_than_they_claim(podman: Podman) -> None:
    sysfs = "/sys/module/printk/parameters"  # each file claims to have 4096 bytes
    with pytest.raises(FileError, match=f"{sysfs}/.* became shorter"):
        podman.images.build(sysfs)
    assert podman.images.list(filters={"dangling": True}) == []


def test_build_that_is_left(podman: Podman, host: Host, recipe: Path, image: str) -> None:
    step = "RUN echo waiting; sleep 61.8; exit 3"
    (recipe / "Containerfile").write_text(f"FROM {image}\n{step}\n")
    with podman.images.build_stream(recipe) as lines:
        for line in lines:
            if line.text == "waiting":
                break
    assert (podman.system.ping()).os == "linux"

    def ended() -> bool:  # the server does not end the step by itself
        return not host.run("pkill", "-xf", "sleep 61.8", check=False).returncode

    until(ended)


# -- pull ------------------------------------------------------------------------------------


def test_pull(podman: Podman, host: Host, image: str) -> None:
    registry = host.registry()
    name = f"{registry}/busybox:latest"
    host.run("podman", "push", "--tls-verify=false", image, name)
    wanted = (podman.images.inspect(image)).id
    with pytest.raises(PullError, match="HTTP response to HTTPS client"):
        podman.images.pull(name)
    told: list[models.PullProgress] = []
    pulled = podman.images.pull(name, tls_verify=False, progress=told.append)
    assert pulled.id == wanted
    assert pulled.images == [wanted]
    assert told
    assert any(line.stream or line.pull_progress for line in told)
    assert name in (podman.images.inspect(image)).repo_tags
    with pytest.raises(PullError, match="manifest unknown"):
        podman.images.pull(f"{registry}/busybox:2", tls_verify=False)


def test_pull_that_needs_no_registry(podman: Podman, image: str) -> None:
    wanted = (podman.images.inspect(image)).id
    policies: list[PullPolicy] = ["missing", "never"]
    for policy in policies:
        assert (podman.images.pull(image, policy=policy)).id == wanted
    with pytest.raises(PullError, match="image not known"):
        podman.images.pull("localhost/nothing", policy="never")
    with pytest.raises(PullError, match="invalid reference"):
        podman.images.pull("Not A Reference")


# -- list, inspect, tag, remove --------------------------------------------------------------


def test_list(podman: Podman, recipe: Path, image: str) -> None:
    built = podman.images.build(recipe, tags=["localhost/listed:1"])
    every = {name: each for each in podman.images.list() for name in each.names}
    assert set(every) == {image, "localhost/listed:1"}
    listed = every["localhost/listed:1"]
    assert listed.id == built.id
    assert listed.created
    assert listed.size > 1_000_000
    assert listed.labels["a"] == "b"
    assert listed.containers == 0

    def ids(**filters: Unpack[ImageFilters]) -> set[str]:
        return {each.id for each in podman.images.list(filters=filters)}

    assert ids(reference="localhost/listed") == {built.id}
    assert ids(label=["a=b"]) == {built.id}
    assert ids(label="a=c") == set()
    assert ids(dangling=True) == set()
    assert built.id in ids(dangling=False)


def test_inspect(podman: Podman, image: str) -> None:
    found = podman.images.inspect(image)
    assert image in found.repo_tags
    assert found.os == "linux"
    assert found.config
    assert found.config.cmd == ["sh"]
    assert found.created
    assert found.root_fs
    assert len(found.root_fs.layers) > 0
    assert found.history
    assert (podman.images.inspect(found.id)).id == found.id
    assert podman.images.exists(found.id[:12])
    assert not podman.images.exists("localhost/nothing")
    with pytest.raises(NotFoundError, match="nothing"):
        podman.images.inspect("localhost/nothing")


def test_tag_and_remove(podman: Podman, image: str) -> None:
    podman.images.tag(image, "localhost/other", "1.0")
    podman.images.tag(image, "localhost/other")
    names = (podman.images.inspect(image)).repo_tags
    assert {"localhost/other:1.0", "localhost/other:latest", image} <= set(names)
    removed = podman.images.remove("localhost/other:1.0")
    assert (removed.untagged, removed.deleted) == (["localhost/other:1.0"], [])
    podman.images.remove("localhost/other")
    assert podman.images.exists(image)
    with pytest.raises(NotFoundError):
        podman.images.remove("localhost/other")
    with pytest.raises(NotFoundError):
        podman.images.tag("localhost/other", "localhost/third")


def test_remove_an_image_in_use(podman: Podman, recipe: Path) -> None:
    built = podman.images.build(recipe, tags=["localhost/used"])
    created = podman.containers.create("localhost/used")
    with pytest.raises(ConflictError, match="in use"):
        podman.images.remove("localhost/used")
    assert podman.containers.exists(created.id)
    removed = podman.images.remove("localhost/used", force=True)
    assert built.id in removed.deleted
    assert not podman.containers.exists(created.id)
    assert not podman.images.exists("localhost/used")


# -- save and load ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "content"), [("oci-archive", "index.json"), ("docker-archive", "manifest.json")]
)
def test_save_and_load(
    podman: Podman, recipe: Path, tmp_path: Path, kind: ArchiveFormat, content: str
) -> None:
    built = podman.images.build(recipe, tags=["localhost/carried:1"])
    path = tmp_path / "image.tar"
    size = podman.images.save_to("localhost/carried:1", path, format=kind)
    status = path.stat()
    assert (status.st_size, stat.S_IMODE(status.st_mode)) == (size, 0o600)
    with tarfile.open(path) as tar:
        assert content in tar.getnames()
    writer = io.BytesIO()
    assert podman.images.save_to("localhost/carried:1", writer, format=kind) == size
    blocks = read(podman.images.save_stream("localhost/carried:1", format=kind))
    assert len(b"".join(blocks)) == size

    with path.open("rb") as file:
        for source in (path, str(path), file, io.BytesIO(writer.getvalue()), iter(blocks)):
            podman.images.remove("localhost/carried:1")
            assert not podman.images.exists(built.id)
            loaded = podman.images.load(source)
            assert loaded.names == ["localhost/carried:1"]
            assert (podman.images.inspect("localhost/carried:1")).id == built.id


def test_archives_that_cannot_be_loaded(podman: Podman, image: str, tmp_path: Path) -> None:
    whole = b"".join(read(podman.images.save_stream(image)))
    before = {each.id for each in podman.images.list(all=True)}
    for data in (b"", 1000 * b"garbage", whole[: len(whole) // 2]):
        with pytest.raises(APIError):
            podman.images.load(iter([data]))
    with pytest.raises(FileError, match="No such file"):
        podman.images.load(tmp_path / "nothing")
    assert {each.id for each in podman.images.list(all=True)} == before


def test_save_that_fails(podman: Podman, image: str, tmp_path: Path) -> None:
    with pytest.raises((NotFoundError, APIError), match="nothing"):
        podman.images.save_to("localhost/nothing", tmp_path / "archive")
    with pytest.raises(FileError, match="No such file"):
        podman.images.save_to(image, tmp_path / "nowhere" / "archive")
    assert listing(tmp_path) == []


def test_service_that_dies_within_a_save(podman: Podman, host: Host, image: str) -> None:
    class Fault:
        def __init__(self) -> None:
            self.taken = 0

        def write(self, data: bytes) -> None:
            if not self.taken:
                host.kill_service()
            self.taken += len(data)

    writer = Fault()
    with pytest.raises(TruncatedError):
        podman.images.save_to(image, writer)
    assert writer.taken > 0

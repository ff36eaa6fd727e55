"""Builds on real services, with their options."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from podlib import (
    APIError,
    BadRequestError,
    BuildError,
    FileError,
    NotFoundError,
    ParameterError,
    models,
)

from .image_steps import build_from, ran, write
from .steps import lacks, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any, Unpack

    from podlib import AsyncPodman
    from tests.testbed import Host


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of a context."""
    return tmp_path / "context"


# -- what is built ---------------------------------------------------------------------------


async def test_what_an_image_says_of_itself(podman: AsyncPodman, folder: Path) -> None:
    write(folder, file="file")
    moment = datetime(2001, 9, 9, 1, 46, 40, tzinfo=UTC)
    await build_from(
        podman,
        folder,
        "FROM scratch\nCOPY file /\nENV OLD=1\n",
        tags=["localhost/told"],
        labels={"label": "a=b"},
        annotations={"note": "c=d"},
        env={"NEW": "e f"},
        unset_env=["OLD"],
        identity_label=False,
        timestamp=moment,
        compression="gzip",
    )
    found = await podman.images.inspect("localhost/told")
    assert found.labels == {"label": "a=b"}
    assert found.annotations["note"] == "c=d"
    assert found.config
    assert [each for each in found.config.env if "PATH" not in each] == ["NEW=e f"]
    assert found.created == moment
    assert found.manifest_type == "application/vnd.oci.image.manifest.v1+json"


async def test_format_and_history(podman: AsyncPodman, folder: Path, image: str) -> None:
    built = await build_from(
        podman,
        folder,
        f"FROM {image}\nLABEL a=b\n",
        format="docker",
        omit_history=True,
        os_version="10.0",
        os_features=["win32k"],
    )
    found = await podman.images.inspect(built.id)
    assert found.manifest_type == "application/vnd.docker.distribution.manifest.v2+json"
    assert found.history == []


async def test_layers_and_squash(podman: AsyncPodman, folder: Path, image: str) -> None:
    write(folder, one="1", two="2")
    text = f"FROM {image}\nCOPY one /\nCOPY two /\n"

    async def layers(**options: Unpack[models.BuildOptions]) -> int:
        built = await build_from(podman, folder, text, **options)
        found = await podman.images.inspect(built.id)
        assert found.root_fs
        return len(found.root_fs.layers)

    assert await layers() == 3
    assert await layers(layers=False) == 2
    assert await layers(squash=True) == 1


async def test_labels_of_the_steps(podman: AsyncPodman, folder: Path, image: str) -> None:
    write(folder, one="1")

    def call() -> Any:
        text = f"FROM {image}\nCOPY one /\nLABEL a=b\n"
        return build_from(podman, folder, text, layer_labels={"step": "x"})

    if await lacks(podman, "4.7.0", call):
        return
    built = await call()
    parent = (await podman.images.inspect(built.id)).parent
    assert (await podman.images.inspect(parent)).labels["step"] == "x"


async def test_what_is_inherited(podman: AsyncPodman, folder: Path, image: str) -> None:
    await build_from(
        podman,
        folder,
        f"FROM {image}\n",
        tags=["localhost/base"],
        labels={"a": "1", "b": "2"},
        annotations={"c": "3", "d": "4"},
    )

    async def heir(**options: Unpack[models.BuildOptions]) -> models.ImageInspect:
        text = "FROM localhost/base\nLABEL new=1\n"
        options["no_cache"] = True  # it does not know of all of these options
        built = await build_from(podman, folder, text, **options)
        return await podman.images.inspect(built.id)

    assert (await heir()).labels.items() >= {("a", "1"), ("b", "2"), ("new", "1")}
    if not await lacks(podman, "4.8.0", lambda: heir(unset_labels=["a"])):
        assert "a" not in (await heir(unset_labels=["a"])).labels
    if not await lacks(podman, "5.5.0", lambda: heir(inherit_labels=False)):
        assert not {"a", "b"} & (await heir(inherit_labels=False)).labels.keys()
    if not await lacks(podman, "5.6.0", lambda: heir(unset_annotations=["c"])):
        assert "c" not in (await heir(unset_annotations=["c"])).annotations
        assert not {"c", "d"} & (await heir(inherit_annotations=False)).annotations.keys()
        created = "org.opencontainers.image.created"
        assert created in (await heir()).annotations
        assert created not in (await heir(created_annotation=False)).annotations


async def test_source_date(podman: AsyncPodman, folder: Path, image: str) -> None:
    write(folder, file="new")
    moment = datetime(2001, 9, 9, tzinfo=UTC)

    def call() -> Any:
        text = f"FROM {image}\nCOPY file /\n"
        return build_from(podman, folder, text, source_date_epoch=moment, rewrite_timestamp=True)

    if await lacks(podman, "5.6.0", call):
        return
    built = await call()
    assert (await podman.images.inspect(built.id)).created == moment
    said = await ran(podman, folder, built.id, "stat -c %Y /file")
    assert said == [str(int(moment.timestamp()))]


async def test_platforms(podman: AsyncPodman, folder: Path) -> None:
    write(folder, file="file")
    built = await build_from(
        podman,
        folder,
        "FROM scratch\nCOPY file /\n",
        platforms=["linux/amd64", "linux/arm64/v8"],
        no_cache=True,
        manifest="localhost/list",
        jobs=2,
    )
    listed = await podman.manifests.inspect("localhost/list")
    found = {each.platform.architecture for each in listed.manifests if each.platform}
    assert found == {"amd64", "arm64"}
    assert (await podman.images.inspect(built.id)).architecture in found
    with pytest.raises((BuildError, APIError), match="a/b/c/d"):
        await build_from(podman, folder, "FROM scratch\n", platforms=["a/b/c/d"])


async def test_all_platforms(podman: AsyncPodman, host: Host, folder: Path, image: str) -> None:
    text = f"FROM {image}\nLABEL a=b\n"
    with pytest.raises(BuildError, match="resolve to a manifest list"):
        await build_from(podman, folder, text, all_platforms=True)
    await podman.manifests.create("localhost/list", [f"containers-storage:{image}"])
    base = f"{host.registry()}/list:1"
    await podman.manifests.push("localhost/list", base, tls_verify=False)
    text = f"FROM {base}\nLABEL a=b\n"
    built = await build_from(podman, folder, text, all_platforms=True, tls_verify=False)
    assert (await podman.images.inspect(built.id)).labels["a"] == "b"


# -- what it is built of ---------------------------------------------------------------------


async def test_several_containerfiles(podman: AsyncPodman, folder: Path, image: str) -> None:
    write(folder, First=f"FROM {image}\nLABEL a=1\n", Second=f"FROM {image}\nLABEL b=2\n")
    built = await podman.images.build(folder, containerfile=["First", "Second"])
    assert (await podman.images.inspect(built.id)).labels["b"] == "2"


async def test_another_base(podman: AsyncPodman, folder: Path, image: str) -> None:
    built = await build_from(podman, folder, "FROM localhost/nothing\nLABEL a=b\n", from_=image)
    assert (await podman.images.inspect(built.id)).labels["a"] == "b"


async def test_instructions_that_are_not_known(
    podman: AsyncPodman, folder: Path, image: str
) -> None:
    text = f"FROM {image}\nNONSENSE a\nLABEL a=b\n"
    built = await build_from(podman, folder, text, ignore_unknown=True)
    assert (await podman.images.inspect(built.id)).labels["a"] == "b"


@pytest.fixture
def preprocessor(host: Host) -> Iterator[None]:
    """It hands on what it gets, and says how it was called."""
    path = host.root / "usr" / "local" / "bin" / "cpp"
    path.write_text('#!/bin/sh\ncat\necho "LABEL called=\\"$*\\""\n')
    path.chmod(0o755)
    yield
    path.unlink()


@pytest.mark.usefixtures("preprocessor")
async def test_preprocessor(podman: AsyncPodman, image: str) -> None:
    contents = {"Containerfile.in": f"FROM {image}\n"}
    built = await podman.images.build(
        contents, containerfile="Containerfile.in", cpp_flags=["-DWORD=1"]
    )
    assert "-DWORD=1" in (await podman.images.inspect(built.id)).labels["called"]


async def test_excludes(podman: AsyncPodman, folder: Path, image: str) -> None:
    write(folder, one="1", two="2")
    said = await ran(podman, folder, image, "ls /all", before="COPY . /all", excludes=["one"])
    assert said == ["Containerfile", "two"]


async def test_stages_that_are_not_used(podman: AsyncPodman, folder: Path, image: str) -> None:
    text = f"FROM {image} AS idle\nRUN echo idle\nFROM {image}\nLABEL a=b\n"
    assert "idle" not in (await build_from(podman, folder, text)).log
    assert "idle" in (await build_from(podman, folder, text, skip_unused_stages=False)).log


async def test_further_contexts(
    podman: AsyncPodman, host: Host, folder: Path, image: str, served: str
) -> None:
    write(host.share / "further", motto="more light\n")
    host.run("tar", "-C", "/mnt/share/further", "-cf", "/mnt/share/f.tar", ".")
    said = await ran(
        podman,
        folder,
        image,
        "ls /copied; cat /motto",
        before="COPY --from=other /bin/busybox /copied\nCOPY --from=far motto /",
        build_contexts={"other": f"docker-image://{image}", "far": f"{served}/f.tar"},
    )
    assert said == ["/copied", "more light"]
    with pytest.raises(ParameterError, match="is no URL"):
        await ran(podman, folder, image, "true", build_contexts={"a": "localhost/a"})


async def test_secrets(podman: AsyncPodman, folder: Path, tmp_path: Path, image: str) -> None:
    (tmp_path / "word").write_text("open sesame")
    mounts = "--mount=type=secret,id=word --mount=type=secret,id=number"
    said = await ran(
        podman,
        folder,
        image,
        f"{mounts} cat /run/secrets/*; echo; ls -A /all",
        before="COPY . /all",
        secrets={"word": tmp_path / "word", "number": b"\x31\x32"},
    )
    assert said == ["12open sesame", "Containerfile"]  # they are not in the context
    assert await ran(podman, folder, image, "ls /run/secrets 2> /dev/null || true") == []
    with pytest.raises(FileError, match="No such file"):
        await ran(podman, folder, image, "true", secrets={"a": tmp_path / "nothing"})
    with pytest.raises(ParameterError, match="cannot be an id"):
        await ran(podman, folder, image, "true", secrets={"a,src=/etc/passwd": b""})


@pytest.fixture
def served(host: Host) -> Iterator[str]:
    """Where the service finds what is in the host's share."""
    host.run("busybox", "httpd", "-p", "127.0.0.1:8000", "-h", "/mnt/share")
    yield "http://127.0.0.1:8000"
    host.run("pkill", "-f", "httpd -p 127.0.0.1:8000")


async def test_context_at_a_url(podman: AsyncPodman, host: Host, image: str, served: str) -> None:
    text = f"FROM {image}\nCOPY motto /\nLABEL a=1\n"
    write(host.share / "context", motto="more light", Containerfile=text)
    host.run("tar", "-C", "/mnt/share/context", "-cf", "/mnt/share/context.tar", ".")
    (host.share / "Single").write_text(f"FROM {image}\nLABEL a=2\n")
    for name, label in (("context.tar", "1"), ("Single", "2")):
        built = await podman.images.build(f"{served}/{name}")
        assert (await podman.images.inspect(built.id)).labels["a"] == label
    with pytest.raises(APIError, match="invalid response status 404"):
        await podman.images.build(f"{served}/nothing.tar")
    with pytest.raises(ParameterError, match="cannot go with a URL"):
        await podman.images.build(f"{served}/Single", secrets={"a": b"b"})


# -- a build of what the host has ------------------------------------------------------------


async def test_build_local(podman: AsyncPodman, host: Host, image: str) -> None:
    here = host.share / "local"
    write(here, motto="more light", Containerfile=f"FROM {image}\nCOPY motto /\nLABEL a=1\n")
    write(here / "further", Other=f"FROM {image}\nCOPY --from=more motto /\nLABEL a=2\n")

    def call(path: str = "/mnt/share/local", **options: Unpack[models.BuildOptions]) -> Any:
        return podman.images.build_local(path, **options)

    with pytest.raises(ParameterError, match="secrets: it cannot go with a local build"):
        await call(secrets={"a": b""})
    with pytest.raises(ParameterError, match="containerfile: it cannot go with a local build"):
        await call(containerfile=Path("Containerfile"))
    if await lacks(podman, "5.7.0", call):
        return
    told: list[models.BuildLogLine] = []
    built = await podman.images.build_local("/mnt/share/local", progress=told.append)
    assert [str(line) for line in told] == built.log
    assert (await podman.images.inspect(built.id)).labels["a"] == "1"
    built = await call(
        containerfile="further/Other",
        tags=["localhost/local"],
        build_contexts={"more": "/mnt/share/local"},
    )
    assert (await podman.images.inspect("localhost/local")).labels["a"] == "2"
    lines = await read(podman.images.build_local_stream("/mnt/share/local", quiet=True))
    assert len(lines) == 1
    with pytest.raises(NotFoundError, match="no such file"):
        await call("/mnt/share/nothing")
    with pytest.raises(BadRequestError, match="not absolute"):
        await call("local")
    write(here, Containerfile=f"FROM {image}\nRUN exit 3\n")
    with pytest.raises(BuildError, match="exit status 3"):
        await call()


# -- mistakes --------------------------------------------------------------------------------

WRONG: Sequence[tuple[dict[str, Any], str]] = [
    ({"lables": {}}, "there is no 'lables'; did you mean 'labels'"),
    ({"tags": "localhost/a"}, "tags"),
    ({"jobs": -1}, "jobs: -1 is less than 0"),
    ({"pull": "sometimes"}, "pull"),
]


@pytest.mark.parametrize(("options", "message"), WRONG)
async def test_options_that_cannot_be_right(
    podman: AsyncPodman, folder: Path, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ParameterError, match=message):
        await podman.images.build(folder, **options)

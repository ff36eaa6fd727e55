# Generated from tests/live/_async/test_image_contexts.py: edit there.
"""What images are built from on real services, and what the log of a build tells."""

from __future__ import annotations

import gzip
import io
import tarfile
from typing import TYPE_CHECKING

import pytest

from podlib import BuildError, models

from .image_steps import build_from, ran, write
from .steps import lacks, read

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any, Unpack

    from podlib import Podman
    from podlib.build.contexts import Context


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of a context."""
    return tmp_path / "context"


LISTING = "COPY . /all\nRUN cd /all; find . -type f | sort; echo END OF IT\n"


def listed(podman: Podman, context: Context, **options: Unpack[models.BuildOptions]) -> list[str]:
    """What ``LISTING`` finds in a context."""
    options["no_cache"] = True
    log = (podman.images.build(context, **options)).log
    return [line for line in log[: log.index("END OF IT")] if line.startswith("./")]


def test_contexts(podman: Podman, folder: Path, image: str) -> None:
    write(folder, one="1", two="2", Other=f"FROM {image}\n{LISTING}")
    write(folder / "sub", three="3")
    text, files = f"FROM {image}\n{LISTING}", ["./Other", "./one", "./sub/three", "./two"]
    assert listed(podman, folder, containerfile_text=text) == files
    places = [folder / "sub", folder / "one"]
    assert listed(podman, places, containerfile=folder / "Other") == ["./one", "./sub/three"]
    assert listed(podman, {"Containerfile": text, "a/b": b"\0"}) == [
        "./Containerfile",
        "./a/b",
    ]


def test_archives(podman: Podman, folder: Path, image: str) -> None:
    write(folder, one="1", Containerfile=f"FROM {image}\n{LISTING}")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.add(folder, ".")
    packed.seek(0)
    assert listed(podman, packed) == ["./Containerfile", "./one"]
    plain = io.BytesIO(gzip.decompress(packed.getvalue()))
    own = "./.podlib-containerfile-0"
    text = f"FROM {image}\n{LISTING}"
    assert listed(podman, plain, containerfile_text=text) == [*(own, "./Containerfile", "./one")]


def test_ignore_files(podman: Podman, folder: Path, image: str) -> None:
    write(folder, a="", b="", Containerfile=f"FROM {image}\n{LISTING}")
    write(folder, **{".containerignore": "*\n!a\n", "Containerfile.containerignore": "# all\n"})
    ignores = ["./.containerignore", "./Containerfile.containerignore"]
    assert listed(podman, folder) == [ignores[0], "./Containerfile", ignores[1], "./a", "./b"]
    (folder / "Containerfile.containerignore").unlink()
    assert listed(podman, folder) == ["./a"]
    write(folder.parent, patterns="Containerfile\n.*\n/a\n")
    assert listed(podman, folder, ignorefile=folder.parent / "patterns") == ["./b"]


def test_further_folders(podman: Podman, folder: Path, image: str) -> None:
    write(folder, motto="more light")

    def call() -> Any:
        before = "COPY --from=other motto /\nCOPY --from=text motto /again"
        script = "cat /motto /again; ls /all"
        return ran(
            *(podman, folder.with_name("main"), image, script),
            before=f"{before}\nCOPY . /all",
            build_contexts={
                "other": folder,
                "text": str(folder),
                "image": f"docker-image://{image}",
            },
        )

    if lacks(podman, "5.6.0", call):
        return
    assert call() == ["more lightmore lightContainerfile"]


def test_lines_of_the_log(podman: Podman, folder: Path, image: str) -> None:
    write(folder, Containerfile=f"FROM {image} AS a\nRUN printf end\nFROM a\nRUN echo hi\n")
    lines = read(podman.images.build_stream(folder, tags=["localhost/a", "localhost/b:2"]))
    hi = next(line for line in lines if line.text == "hi")
    assert hi.step == models.BuildStep(
        number=2, total=2, instruction="RUN echo hi", stage=2, stages=2
    )
    built = podman.images.build(folder, tags=["localhost/a", "localhost/b:2"])
    assert sorted(built.tags) == ["localhost/a:latest", "localhost/b:2"]
    assert lines[-1].text == built.id


def test_a_step_that_fails(podman: Podman, folder: Path, image: str) -> None:
    with pytest.raises(BuildError, match="exit status 3") as caught:
        build_from(podman, folder, f"FROM {image}\nRUN echo out; exit 3\nRUN true\n")
    assert caught.value.step is not None
    assert (caught.value.step.number, caught.value.step.total) == (2, 3)
    assert caught.value.exit_code == 3
    assert caught.value.log[-1] == "out"
    with pytest.raises(BuildError, match="no such file") as caught:
        build_from(podman, folder, f"FROM {image}\nCOPY nothing /\n")
    assert caught.value.step is not None
    assert caught.value.step.instruction == "COPY nothing /"
    assert caught.value.exit_code is None

"""References to files and folders of the caller, and what of them is sent."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

from podlib.errors import FileError, ParameterError
from podlib.transports import Local, local

if TYPE_CHECKING:
    from pathlib import Path

CONFIG, LAYER = b"{}", b"layer" * 1000
OCI = "application/vnd.oci.image.manifest.v1+json"


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def sent(source: Local | None) -> dict[str, bytes]:
    """The files of the archive that is made of a folder."""
    assert source
    with tarfile.open(fileobj=io.BytesIO(b"".join(source.blocks()))) as tar:
        files = {each.name: tar.extractfile(each) for each in tar if each.isreg()}
        return {name: file.read() for name, file in files.items() if file}


# -- references ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reference", "wanted"),
    [
        ("alpine", None),
        ("localhost:5000/oci:latest", None),
        ("docker://quay.io/a/b:1", None),
        ("tarball:/x", None),  # the server says what it thinks of it
        ("oci-archive:/a.tar", Local("oci-archive", "/a.tar")),
        ("docker-archive:a b.tar", Local("docker-archive", "a b.tar")),
        ("oci:layout", Local("oci", "layout")),
        ("oci:/layout:localhost/a:1", Local("oci", "/layout", "localhost/a:1")),
        ("dir:/a:b", Local("dir", "/a:b")),
    ],
)
def test_references(reference: str, wanted: Local | None) -> None:
    assert local(reference) == wanted


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        ("docker-daemon:a:1", r"run `podman pull docker-daemon:a:1` on the server's host"),
        ("containers-storage:a", "from registries only"),
        ("oci:", "as in oci:PATH"),
        ("oci::tag", "as in oci:PATH"),
        ("docker-archive:/a.tar:b:1", r"leave out ':b:1'"),
    ],
)
def test_references_that_cannot_be(reference: str, says: str) -> None:
    with pytest.raises(ParameterError, match=says):
        local(reference)


# -- layouts -------------------------------------------------------------------------------------


def layout(folder: Path, *names: str) -> list[dict[str, Any]]:
    """A layout whose images have these names; what its index says of them."""
    images = [
        {
            "digest": digest(name.encode()),
            "annotations": {"org.opencontainers.image.ref.name": name},
        }
        if name
        else {"digest": digest(b"")}
        for name in names
    ]
    (folder / "blobs" / "sha256").mkdir(parents=True)
    (folder / "blobs" / "sha256" / "abc").write_bytes(LAYER)
    (folder / "oci-layout").write_bytes(b"{}")
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": images}))
    return images


def test_a_layout_is_sent_as_it_is(tmp_path: Path) -> None:
    images = layout(tmp_path, "")
    found = sent(local(f"oci:{tmp_path}"))
    assert json.loads(found.pop("index.json")) == {"schemaVersion": 2, "manifests": images}
    assert found == {"oci-layout": b"{}", "blobs/sha256/abc": LAYER}


def test_one_image_of_a_layout(tmp_path: Path) -> None:
    images = layout(tmp_path, "a", "localhost/b:1", "")
    found = sent(local(f"oci:{tmp_path}:localhost/b:1"))
    assert json.loads(found["index.json"])["manifests"] == [images[1]]


@pytest.mark.parametrize(
    ("tag", "says"),
    [
        ("", r"has 3 images; say which, as oci:PATH:NAME \(a, a\)"),
        (":a", "has 2 images called 'a'"),
        (":b", "has 0 images called 'b'"),
    ],
)
def test_not_one_image_of_a_layout(tmp_path: Path, tag: str, says: str) -> None:
    layout(tmp_path, "a", "a", "")
    with pytest.raises(ParameterError, match=says):
        sent(local(f"oci:{tmp_path}{tag}"))


# -- folders of blobs ----------------------------------------------------------------------------


def blobs(folder: Path, **more: object) -> bytes:
    """Such a folder; its manifest."""
    parts = [{"digest": digest(data)} for data in (CONFIG, LAYER)]
    document = {"config": parts[0], "layers": [parts[1], parts[1]], **more}
    manifest = json.dumps(document, indent=3).encode()
    for data in (CONFIG, LAYER):
        (folder / digest(data)[7:]).write_bytes(data)
    (folder / "version").write_text("Directory Transport Version: 1.1\n")
    (folder / "manifest.json").write_bytes(manifest)
    return manifest


@pytest.mark.parametrize("kind", ["", "application/vnd.docker.distribution.manifest.v2+json"])
def test_a_folder_is_sent_as_a_layout(tmp_path: Path, kind: str) -> None:
    manifest = blobs(tmp_path, **({"mediaType": kind} if kind else {}))
    found = sent(local(f"dir:{tmp_path}"))
    [image] = json.loads(found.pop("index.json"))["manifests"]
    assert image == {
        "mediaType": kind or OCI,
        "digest": digest(manifest),
        "size": len(manifest),
    }
    assert json.loads(found.pop("oci-layout")) == {"imageLayoutVersion": "1.0.0"}
    assert found == {
        f"blobs/{digest(data).replace(':', '/')}": data for data in (manifest, CONFIG, LAYER)
    }


NONE: list[dict[str, Any]] = [
    {"config": None},
    {"layers": 3},
    {"layers": [{}]},
    {"layers": [{"digest": 3}]},
    {"layers": [{"digest": "sha256:../../../etc/passwd"}]},
    {"config": {"digest": "/etc/passwd"}},
]


@pytest.mark.parametrize("change", NONE)
def test_a_manifest_that_is_none(tmp_path: Path, change: dict[str, Any]) -> None:
    blobs(tmp_path, **change)
    with pytest.raises(FileError, match=r"manifest\.json is not the manifest of one image"):
        sent(local(f"dir:{tmp_path}"))


def test_a_blob_that_is_missing(tmp_path: Path) -> None:
    blobs(tmp_path)
    (tmp_path / digest(LAYER)[7:]).unlink()
    with pytest.raises(FileError, match="No such file"):
        sent(local(f"dir:{tmp_path}"))


# -- what cannot be read -------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "[]", "\xff", '{"manifests": 3}', '{"manifests": [3]}', "{}"])
@pytest.mark.parametrize(("kind", "name"), [("oci", "index.json"), ("dir", "manifest.json")])
def test_nonsense(tmp_path: Path, kind: str, name: str, text: str) -> None:
    (tmp_path / name).write_bytes(text.encode("latin-1"))
    with pytest.raises(FileError) as caught:
        sent(local(f"{kind}:{tmp_path}"))
    assert caught.value.path == str(tmp_path / name)


@pytest.mark.parametrize("kind", ["oci", "dir"])
def test_folders_that_are_not_there(tmp_path: Path, kind: str) -> None:
    for name in ("none", "nul\0"):
        with pytest.raises(FileError, match="cannot read"):
            sent(local(f"{kind}:{tmp_path}/{name}"))

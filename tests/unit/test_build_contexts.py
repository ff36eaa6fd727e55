from __future__ import annotations

import io
import json
import tarfile
from email import message_from_bytes
from email.policy import HTTP
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from podlib import models
from podlib.build.contexts import is_url, sending
from podlib.errors import FileError, NotSupportedError, ParameterError
from podlib.http.common import Readable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from podlib.build.contexts import Sending


def sent(context: Any, /, server: str = "5.8.6", **options: Any) -> Sending:
    query = models.build_spec(server, options)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] -- mistakes are among them
    return sending(server, context, options, query)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] -- likewise


def body(sending: Sending) -> bytes:
    blocks = sending.body
    return blocks.read(1 << 30) if isinstance(blocks, Readable) else b"".join(blocks)


def members(archive: bytes) -> dict[str, bytes | None]:
    """The contents by the names; None for what is no file."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        files = {each.name: tar.extractfile(each) if each.isreg() else None for each in tar}
        return {name: file.read() if file else None for name, file in files.items()}


def arrived(context: Any, **options: Any) -> dict[str, bytes | None]:
    return members(body(sent(context, **options)))


def excludes(context: Any, **options: Any) -> object:
    text = sent(context, **options).query.get("excludes")
    return json.loads(str(text)) if text else None


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    (folder / "Containerfile").write_bytes(b"FROM a")
    (folder / "sub" / "x").write_bytes(b"1")
    return folder


FILES = {"Containerfile": b"FROM a", "sub": None, "sub/x": b"1"}


def test_a_folder(folder: Path) -> None:
    assert arrived(folder) == arrived(str(folder)) == FILES
    assert excludes(folder) is None
    assert sent(folder).kind == "application/x-tar"


def test_places(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder / "sub")
    assert arrived([folder / "Containerfile", folder / "sub"]) == FILES
    assert arrived((".", "../Containerfile")) == {"sub": None, "sub/x": b"1"} | FILES
    assert arrived([]) == {}


def test_contents() -> None:
    contents = {"Containerfile": "FROM ä", "./a/../b/c": b"1", "empty": b""}
    assert arrived(contents) == {"Containerfile": "FROM ä".encode(), "b/c": b"1", "empty": b""}
    assert body(sent(contents)) == body(sent(contents))  # the cache of steps knows them again


def test_an_archive_is_sent_as_it_is() -> None:
    archive = io.BytesIO(b"\x1f\x8b whatever the server takes")
    assert sent(archive).body is archive


def test_a_url() -> None:
    sending = sent("https://example.org/a.tar")
    assert sending.query["remote"] == "https://example.org/a.tar"
    assert members(body(sending)) == {}


@pytest.mark.parametrize(
    ("context", "message"),
    [
        (None, "NoneType is nothing that can be built from"),
        (b"FROM a", "bytes is nothing"),
        (io.StringIO(), "binary mode"),
        ([1], "1 is no path"),
        (["a", "b/a"], "'b/a' is there twice"),
        (["/"], "'/' has no name"),
        ({"/a": b""}, "'/a' is no name of a file in it"),
        ({"a/../..": b""}, "is no name"),
        ({".": b""}, "is no name"),
        ({"": b""}, "is no name"),
        ({"a\0": b""}, "is no name"),
        ({1: b""}, "1 is no name"),
        ({"a": 1}, "'a' is given as int"),
    ],
)
def test_what_is_no_context(context: object, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        sent(context)


def test_what_cannot_be_read(tmp_path: Path, folder: Path) -> None:
    for context in (tmp_path / "nothing", [tmp_path / "nothing"], str(folder / "Containerfile")):
        with pytest.raises(FileError, match="cannot read"):
            arrived(context)
    archive = (folder / "Containerfile").open("rb")
    archive.close()
    with pytest.raises(FileError, match="closed file"):
        sent(archive, containerfile_text="FROM a")


# -- what options add ------------------------------------------------------------------------


def test_secrets_come_first(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "word").write_bytes(b"sesame")
    archive = body(sent(folder, secrets={"a": b"x" * 512, "b": tmp_path / "word", "c": b""}))
    assert list(members(archive).items())[:3] == [
        (".podlib-secret-0", b"x" * 512),
        (".podlib-secret-1", b"sesame"),
        (".podlib-secret-2", b""),
    ]
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        assert {each.mode for each in tar if "secret" in each.name} == {0o600}


@pytest.mark.parametrize("name", ["nothing", "nul\0"])
def test_secrets_that_cannot_be_read(folder: Path, name: str) -> None:
    with pytest.raises(FileError, match="cannot read"):
        sent(folder, secrets={"a": f"{folder}/{name}"})


@pytest.mark.parametrize(
    ("options", "query", "files"),
    [
        ({"containerfile": "sub/x"}, ["sub/x"], {}),
        ({"containerfile_text": "FROM b"}, ".podlib-containerfile-0", {0: b"FROM b"}),
        ({"containerfile": Path("Other")}, [".podlib-containerfile-0"], {0: b"FROM c"}),
        ({"containerfile": ["x", Path("Other")]}, ["x", ".podlib-containerfile-1"], {1: b"FROM c"}),
    ],
)
def test_containerfiles(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: dict[str, Any],
    query: object,
    files: Mapping[int, bytes],
) -> None:
    monkeypatch.chdir(folder.parent)
    Path("Other").write_bytes(b"FROM c")
    sending = sent(folder, **options)
    told = str(sending.query["dockerfile"])
    assert (json.loads(told) if told.startswith("[") else told) == query
    added = {f".podlib-containerfile-{at}": data for at, data in files.items()}
    assert members(body(sending)) == FILES | added
    assert excludes(folder, **options) == ([*added] or None)  # no COPY finds them


class Slow:
    """Reads like a pipe: little at once."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def read(self, size: int) -> bytes:
        return self._data.read(min(size, 100))


def test_what_goes_before_an_archive(folder: Path) -> None:
    plain = body(sent(folder))
    whole = arrived(io.BytesIO(plain), secrets={"a": b"1"}, containerfile_text="FROM b")
    assert whole == {".podlib-secret-0": b"1", ".podlib-containerfile-0": b"FROM b"} | FILES
    assert excludes(io.BytesIO(plain), containerfile_text="FROM b") is None
    assert len(arrived(Slow(plain), containerfile_text="FROM b")) == 4
    with pytest.raises(ParameterError, match="need an archive that is not compressed"):
        sent(io.BytesIO(b"\x1f\x8b" + bytes(600)), secrets={"a": b"1"})
    with pytest.raises(ParameterError, match="cannot go with a URL"):
        sent("https://example.org/a", secrets={"a": b"1"})
    with pytest.raises(ParameterError, match="cannot go with a URL"):
        sent("https://example.org/a", containerfile_text="FROM a")


def test_nothing_is_written(folder: Path) -> None:
    before = sorted(folder.rglob("*")), folder.stat().st_mtime_ns
    others: dict[str, Any] = {"build_contexts": {"b": folder}, "secrets": {"a": b"1"}}
    assert body(sent(folder, containerfile_text="FROM a", **others))
    assert (sorted(folder.rglob("*")), folder.stat().st_mtime_ns) == before


# -- ignore files ----------------------------------------------------------------------------


def test_an_ignore_file(folder: Path) -> None:
    (folder / ".dockerignore").write_text("Containerfile")
    assert "sub/x" in arrived(folder)
    (folder / ".containerignore").write_text("# all\n*\n")
    kept = {"Containerfile", ".containerignore", ".dockerignore"}
    assert arrived(folder).keys() == kept
    assert excludes(folder) == ["*"]
    assert arrived(folder, containerfile="sub/x").keys() == {*kept, "sub/x"}
    assert excludes({".containerignore": "a\n/b/", "a": b"1"}) == ["a", "b"]
    assert arrived({".containerignore": "a", "a": b"1", "c": b""}).keys() == {
        *(".containerignore", "c")
    }


def test_which_ignore_file_counts(folder: Path, tmp_path: Path) -> None:
    (folder / ".containerignore").write_text("of the context")
    assert excludes(folder) == ["of the context"]
    (folder / "Containerfile.containerignore").write_text("of the Containerfile")
    assert excludes(folder) == ["of the Containerfile"]
    (folder / "Containerfile.dockerignore").write_text("")
    assert excludes(folder) == ["."]  # none at all would have the server look for itself
    assert excludes(folder, containerfile="sub/x") == ["of the context"]
    (folder / "sub" / "x.dockerignore").write_text("of x")
    assert excludes(folder, containerfile="sub/x") == ["of x"]
    assert excludes([folder / "sub"], containerfile="sub/x") == ["of x"]
    (tmp_path / "Other").write_text("FROM a")
    (tmp_path / "Other.containerignore").write_text("of the other")
    assert excludes(folder, containerfile=tmp_path / "Other") == [
        *("of the other", ".podlib-containerfile-0")
    ]


def test_an_ignore_file_that_cannot_be_read(folder: Path) -> None:
    (folder / ".containerignore").mkdir()
    with pytest.raises(FileError, match="Is a directory") as caught:
        sent(folder)
    assert caught.value.path == str(folder / ".containerignore")


def test_patterns_that_options_tell(folder: Path, tmp_path: Path) -> None:
    (folder / ".containerignore").write_text("Containerfile\nsub")
    (tmp_path / "patterns").write_text("a\n")
    assert excludes(folder, ignorefile=tmp_path / "patterns") == ["a"]
    assert excludes(folder, ignorefile=str(tmp_path / "patterns"), excludes=["b"]) == ["a", "b"]
    assert excludes("https://example.org/a", ignorefile=tmp_path / "patterns") == ["a"]
    assert "sub/x" not in arrived(folder, excludes=["**/x"])
    assert "sub" in arrived(folder, excludes=["**/x"])
    with pytest.raises(FileError, match="cannot read"):
        sent(folder, ignorefile=tmp_path / "nothing")
    with pytest.raises(ParameterError, match=r"'a\[' is no pattern of files: a \[ is not closed"):
        sent(folder, excludes=["a["])


# -- further contexts ------------------------------------------------------------------------


def test_folders_make_a_form(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "far.tar").write_bytes(body(sent({"far": b"2"})))
    contexts = {
        "other": folder / "sub",
        "text": str(folder / "sub"),
        "far": tmp_path / "far.tar",
        "image": "docker-image://a",
    }
    sending = sent(folder, build_contexts=contexts)
    assert sending.query["additionalbuildcontexts"] == ["image=image:a"]
    head = f"Content-Type: {sending.kind}\r\n\r\n".encode()
    parts = [*message_from_bytes(head + body(sending), policy=HTTP).iter_parts()]
    found = {
        part.get_param("name", header="Content-Disposition"): part.get_payload(decode=True)
        for part in parts
    }
    assert {name: members(data) for name, data in found.items() if isinstance(data, bytes)} == {
        "MainContext": FILES,
        "build-context-other": {"x": b"1"},
        "build-context-text": {"x": b"1"},
        "build-context-far": {"far": b"2"},
    }


def test_folders_that_cannot_go(folder: Path) -> None:
    with pytest.raises(NotSupportedError, match=r"needs Podman 5\.6\.0 or newer"):
        sent(folder, "5.5.2", build_contexts={"a": folder})
    with pytest.raises(ParameterError, match="'a/b' cannot be the name of a folder"):
        sent(folder, build_contexts={"a/b": folder})
    with pytest.raises(FileError, match="cannot read"):
        body(sent(folder, build_contexts={"a": folder / "nothing"}))


def test_urls(tmp_path: Path) -> None:
    assert is_url("https://example.org/a.tar")
    assert is_url("git://example.org/a")
    for path in (tmp_path, "http", "./http://a", b"http://a", None):
        assert not is_url(path)

from __future__ import annotations

from email import message_from_bytes
from email.policy import HTTP
from typing import TYPE_CHECKING

import pytest

from podlib.errors import FileError, ParameterError
from podlib.forms import form

if TYPE_CHECKING:
    from pathlib import Path


def parts(body: bytes) -> list[tuple[str | None, bytes]]:
    """The names of the files, and the contents, as another implementation reads them."""
    head = b"Content-Type: multipart/form-data; boundary=xyz\r\n\r\n"
    found = message_from_bytes(head + body, policy=HTTP)
    parts = [(each.get_filename(), each.get_payload(decode=True)) for each in found.iter_parts()]
    return [(name, data) for name, data in parts if isinstance(data, bytes)]


def test_a_document_and_files(tmp_path: Path) -> None:
    (tmp_path / 'odd "name" \\').write_bytes(b"1\r\n--xy")
    (tmp_path / "large").write_bytes(bytes(200_000))
    files: list[Path | str] = [tmp_path / 'odd "name" \\', str(tmp_path / "large")]
    blocks = list(form("xyz", b'{"a": 1}', files))
    assert max(map(len, blocks)) < 100_000
    assert parts(b"".join(blocks)) == [
        (None, b'{"a": 1}'),
        ('odd "name" \\', b"1\r\n--xy"),
        ("large", bytes(200_000)),
    ]


def test_a_document_alone() -> None:
    assert parts(b"".join(form("xyz", b"{}", []))) == [(None, b"{}")]


def test_files_that_cannot_be_sent(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="No such file"):
        list(form("xyz", b"{}", [tmp_path / "nothing"]))
    with pytest.raises(FileError, match="Is a directory"):
        list(form("xyz", b"{}", [tmp_path]))
    for name in ("a\nb", ""):
        with pytest.raises(ParameterError, match="no name that can be sent"):
            list(form("xyz", b"{}", [name]))

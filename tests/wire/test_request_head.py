from __future__ import annotations

import string

import h11
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from podlib.errors import ProtocolError
from podlib.http.wire import request_head

any_text = st.one_of(
    st.text(max_size=20),
    st.text(string.printable + "\r\n\0\x85\u2028\u010a", max_size=20),
)


def as_a_server_reads_it(head: bytes) -> h11.Request:
    server = h11.Connection(h11.SERVER)
    server.receive_data(head)
    request = server.next_event()
    assert isinstance(request, h11.Request)
    return request


@given(target=any_text)
@example("/a\r\nX: y")
@example("/a b")
@example("/a\u010ab")  # its low byte is LF
def test_no_target_injects_a_line(target: str) -> None:
    try:
        head = request_head("GET", target)
    except ProtocolError:
        return
    request = as_a_server_reads_it(head)
    assert request.target == target.encode()
    assert {name for name, _ in request.headers} == {b"host", b"user-agent"}


@given(name=any_text, value=any_text)
@example("X", "a\r\nY: b")
@example("X", "a\nY: b")
@example("X: y\r\nZ", "a")
@example("X", "\u010a")
@example("X ", "a")
@example("", "a")
def test_no_field_injects_a_line(name: str, value: str) -> None:
    try:
        head = request_head("GET", "/", [(name, value)])
    except ProtocolError:
        return
    names = [found for found, _ in as_a_server_reads_it(head).headers]
    assert names == [b"host", b"user-agent", name.lower().encode()]


@given(method=any_text)
@example("GET / HTTP/1.1\r\nX: y\r\n\r\nDELETE")
@example("")
@example("GET ")
def test_no_method_injects_a_line(method: str) -> None:
    try:
        head = request_head(method, "/")
    except ProtocolError:
        return
    request = as_a_server_reads_it(head)
    assert request.method == method.encode()
    assert request.target == b"/"


@pytest.mark.parametrize("name", ["Content-Length", "transfer-encoding"])
def test_the_framing_is_not_the_callers(name: str) -> None:
    with pytest.raises(ProtocolError, match="(?i)" + name):
        request_head("POST", "/", [(name, "5")], 3)


def test_a_value_is_not_repeated_in_the_error() -> None:
    with pytest.raises(ProtocolError) as caught:
        request_head("GET", "/", [("X-Registry-Auth", "secret\n")])
    assert "X-Registry-Auth" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("method", "length", "framing"),
    [
        ("GET", 0, {}),
        ("HEAD", 0, {}),
        ("DELETE", 0, {}),
        ("POST", 0, {b"content-length": b"0"}),
        ("PUT", 0, {b"content-length": b"0"}),
        ("GET", 3, {b"content-length": b"3"}),
        ("POST", 3 << 40, {b"content-length": b"3298534883328"}),
        ("POST", None, {b"transfer-encoding": b"chunked"}),
    ],
)
def test_the_framing_of_a_body(
    method: str, length: int | None, framing: dict[bytes, bytes]
) -> None:
    request = as_a_server_reads_it(request_head(method, "/", length=length))
    headers = dict(request.headers)
    headers.pop(b"host")
    headers.pop(b"user-agent")
    assert headers == framing

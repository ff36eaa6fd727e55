"""Generated answers: the bytes that a server might send, plain and odd, and how they arrive."""

from __future__ import annotations

import string

from hypothesis import strategies as st

TOKEN = (string.ascii_letters + string.digits + "!#$%&'*+-.^_`|~").encode()
VISIBLE = bytes([*range(0x21, 0x7F), *range(0x80, 0x100)])
FRAMING = {b"content-length", b"transfer-encoding", b"connection"}


def _bytes_of(alphabet: bytes, *, least: int = 0, most: int = 12) -> st.SearchStrategy[bytes]:
    texts = st.text(alphabet.decode("latin-1"), min_size=least, max_size=most)
    return texts.map(lambda text: text.encode("latin-1"))


tokens = _bytes_of(TOKEN, least=1)
values = _bytes_of(VISIBLE + b"  \t")
spaces = st.sampled_from([b"", b" ", b"  ", b"\t", b" \t "])


@st.composite
def field_lines(draw: st.DrawFn) -> bytes:
    """Fields that do not touch the framing, with white space around their values."""
    lines = b""
    for name, value in draw(st.lists(st.tuples(tokens, values), max_size=5)):
        if name.lower() not in FRAMING:
            lines += name + b":" + draw(spaces) + value + draw(spaces) + b"\r\n"
    return lines


@st.composite
def status_lines(draw: st.DrawFn, status: int) -> bytes:
    """A status line, with and without a reason, of both versions of HTTP/1."""
    version = draw(st.sampled_from([b"1.1", b"1.1", b"1.1", b"1.0"]))
    reason = draw(st.one_of(st.just(b""), values.map(b" ".__add__)))
    return b"HTTP/%b %d%b\r\n" % (version, status, reason)


@st.composite
def connection_fields(draw: st.DrawFn) -> bytes:
    """Nothing, or what the server wants to do with the connection."""
    options = [b"", b"", b"close", b"Close", b"keep-alive", b"keep-alive, close", b"x,\tclose ,y"]
    option = draw(st.sampled_from(options))
    return b"Connection: %b\r\n" % option if option else b""


@st.composite
def informational(draw: st.DrawFn) -> bytes:
    """Heads that come before the answer."""
    heads = b""
    for status in draw(st.lists(st.sampled_from([100, 102, 103, 199]), max_size=2)):
        heads += draw(status_lines(status)) + draw(field_lines()) + b"\r\n"
    return heads


@st.composite
def chunked(draw: st.DrawFn, data: bytes) -> bytes:
    """``data`` in chunks, with extensions, odd sizes and trailers."""
    text = b""
    while data:
        size = draw(st.integers(1, len(data)))
        form = draw(st.sampled_from([b"%x", b"%X", b"%08x"]))
        extension = draw(st.sampled_from([b"", b"", b";a", b"; a=b", b';q="x;y"', b" ", b"\t"]))
        text += (form % size) + extension + b"\r\n" + data[:size] + b"\r\n"
        data = data[size:]
    zero = draw(st.sampled_from([b"0", b"000", b"0;last"]))
    return text + zero + b"\r\n" + draw(field_lines()) + b"\r\n"


bodies = st.one_of(
    st.binary(max_size=40),
    st.binary(min_size=1, max_size=8).flatmap(
        lambda piece: st.integers(1, 20_000).map(lambda times: piece * times)
    ),
)


@st.composite
def answers(draw: st.DrawFn, *, method: str = "GET", may_end: bool = True) -> bytes:
    """A whole answer to ``method``; ``may_end``: it may be one that ends with its connection."""
    status = draw(st.sampled_from([200, 200, 200, 201, 206, 404, 500, 599, 204, 304]))
    head = draw(informational()) + draw(status_lines(status))
    fields = [draw(field_lines()), draw(connection_fields())]
    data = draw(bodies)
    ways = ["length", "chunked", "until close"] if may_end else ["length", "chunked"]
    way = draw(st.sampled_from(ways))
    if way == "length":
        times = draw(st.sampled_from([1, 1, 1, 2]))  # the same length twice is still one length
        fields += [b"Content-Length:%b%d\r\n" % (draw(spaces), len(data))] * times
    elif way == "chunked":
        fields.append(
            b"Transfer-Encoding: %b\r\n" % draw(st.sampled_from([b"chunked", b"Chunked"]))
        )
        data = draw(chunked(data))
    head += b"".join(draw(st.permutations(fields))) + b"\r\n"
    return head if method == "HEAD" or status in {204, 304} else head + data


def pieces(data: bytes) -> st.SearchStrategy[list[bytes]]:
    """``data`` as it may arrive: at once, cut anywhere, or byte by byte."""
    cuts = st.lists(st.integers(0, len(data)), max_size=8).map(sorted)
    anywhere = cuts.map(
        lambda at: [data[a:b] for a, b in zip([0, *at], [*at, len(data)], strict=True)]
    )
    single = st.just([data[i : i + 1] for i in range(len(data))])
    return st.one_of(anywhere, single) if len(data) < 2_000 else anywhere


@st.composite
def arriving(draw: st.DrawFn, whole: st.SearchStrategy[bytes]) -> list[bytes]:
    """The pieces in which what ``whole`` generates arrives."""
    return draw(pieces(draw(whole)))


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """An answer with bytes flipped, cut out, doubled or put in."""
    data = draw(answers())
    head_end = min(len(data), 400)  # damage within a long body is no news
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, min(head_end, len(data))))
        to = draw(st.integers(at, min(at + 8, len(data))))
        parts = [b"", data[at:to] * 2, b"\r\n", b"\n", b"\r", b"\0", b" ", b":", b";", b"0", b"F"]
        middle = draw(st.one_of(st.sampled_from(parts), st.binary(max_size=4)))
        data = data[:at] + middle + data[to:]
    return data

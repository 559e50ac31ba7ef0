"""Heads of requests, line by line, and in any pieces at all (RFC 9112)."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from web.browser import Server

from mailnode.web.framing import BadRequest, Head


def head(*lines: bytes) -> Head:
    made = Head()
    for line in (*lines, b""):
        made.line(line)
    return made


@pytest.mark.parametrize(
    ("fields", "length"),
    [
        ((), 0),
        ((b"Content-Length: 0",), 0),
        ((b"content-length:17\t ",), 17),
        ((b"Content-Length: 007",), 7),
        ((b"Transfer-Encoding: chunked",), None),
        ((b"TRANSFER-ENCODING:\tCHUNKED ",), None),
    ],
)
def test_where_a_request_ends(fields: tuple[bytes, ...], length: int | None) -> None:
    assert head(b"POST / HTTP/1.1", b"Host: a", *fields).length == length


@pytest.mark.parametrize(
    ("field", "status"),
    [
        (b"Content-Length: -1", 400),
        (b"Content-Length: +1", 400),
        (b"Content-Length: 1_0", 400),
        (b"Content-Length: 0x10", 400),
        (b"Content-Length: 1 0", 400),
        (b"Content-Length:", 400),
        (b"Content-Length: " + b"9" * 5000, 400),
        (b"Content-Length: \xb2", 400),
        (b"Content-Length\t: 1", 400),
        (b"Content\x00-Length: 1", 400),
        (b"Content-Length: 1\r", 400),
        (b"Content-Length: 1\x0b", 400),
        (b"Transfer-Encoding: xchunked", 501),
        (b"Transfer-Encoding: chunked, chunked", 501),
        (b"Transfer-Encoding: gzip, chunked", 501),
        (b"Transfer-Encoding: \x0bchunked", 400),
        (b"Transfer-Encoding: chunked\x00", 400),
        (b'Transfer-Encoding: "chunked"', 501),
        (b"Transfer-Encoding:", 501),
        (b"Transfer\xe2\x80\x90Encoding: chunked", 400),
        (b": x", 400),
        (b"x", 400),
        (b" x: y", 400),
        (b"\tx: y", 400),
        (b"x: a\nb", 400),
        (b"x: a\x7fb", 400),
        (b"Expect: 200-ok", 417),
    ],
)
def test_fields_in_doubt(field: bytes, status: int) -> None:
    with pytest.raises(BadRequest) as raised:
        head(b"POST / HTTP/1.1", b"Host: a", field)
    assert raised.value.status == status


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"GET  / HTTP/1.1", 400),
        (b"GET / HTTP/1.1 ", 400),
        (b" GET / HTTP/1.1", 400),
        (b"GET /a b HTTP/1.1", 400),
        (b"GET / http/1.1", 400),
        (b"GET / HTTP/1.10", 400),
        (b"GET / HTTP/1.2", 505),
        (b"GET / HTTP/2.0", 505),
        (b"GET / HTTP/0.9", 505),
        (b"GET /", 400),
        (b"GET /\xff HTTP/1.1", 400),
        (b"GET /\x00 HTTP/1.1", 400),
        (b"G(T / HTTP/1.1", 400),
        (b"GET healthz HTTP/1.1", 400),
        (b"GET * HTTP/1.1", 400),
        (b"GET ftp://a/ HTTP/1.1", 400),
        (b"\x16\x03\x01\x02", 400),
    ],
)
def test_request_lines_in_doubt(line: bytes, status: int) -> None:
    with pytest.raises(BadRequest) as raised:
        Head().line(line)
    assert raised.value.status == status


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (b"http://a", b"/"),
        (b"HTTPS://a:1/x?y", b"/x?y"),
        (b"http://a?x", b"/?x"),
        (b"/http://a/", b"/http://a/"),
        (b"//a/x", b"//a/x"),
    ],
)
def test_targets(target: bytes, path: bytes) -> None:
    passed = Head().line(b"GET %s HTTP/1.1" % target)
    assert passed == b"GET %s HTTP/1.1" % path


@pytest.mark.parametrize(
    "host", [b"", b"a.b:80", b"[::1]", b"[::1]:443", b"a_b", b"%41"]
)
def test_hosts(host: bytes) -> None:
    assert head(b"GET / HTTP/1.1", b"Host: " + host).length == 0


CHUNKED = b"POST /jmap/api HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
REQUESTS = st.lists(
    st.sampled_from(
        [
            b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
            b"HEAD /none HTTP/1.1\r\nHost: a\r\n\r\n",
            b"POST /jmap/api HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nGET /",
            CHUNKED + b"3;x\r\nGET\r\n2\r\n /\r\n0\r\nX: y\r\n\r\n",
            b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        ]
    ),
    max_size=6,
)


def answers(pieces: list[bytes]) -> bytes:
    """What is answered, but for the date."""
    client = Server().connect()
    for piece in pieces:
        client.say(piece)
    client.protocol.connectionLost()
    lines = client.said.split(b"\r\n")
    return b"\r\n".join(line for line in lines if not line.startswith(b"Date: "))


@given(
    REQUESTS, st.lists(st.integers(0, 600)), st.sampled_from([b"", b"GET x\r\n\r\n"])
)
def test_pieces_make_no_difference(
    requests: list[bytes], cuts: list[int], end: bytes
) -> None:
    whole = b"".join(requests) + end
    places = sorted({0, len(whole), *(cut for cut in cuts if cut < len(whole))})
    pieces = [whole[a:b] for a, b in pairwise(places)]
    said = answers([whole])
    assert said.count(b"HTTP/1.1 ") == len(requests) + bool(end)
    assert answers(pieces) == said


@given(st.lists(st.binary(max_size=80), max_size=8))
def test_no_octets_make_it_fail(pieces: list[bytes]) -> None:
    said = answers(pieces)
    assert said == b"" or said.startswith((b"HTTP/1.1 4", b"HTTP/1.1 5"))

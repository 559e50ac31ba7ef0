"""One pass over a message finds its parts (RFC 2045, RFC 2046, RFC 5322)."""

from __future__ import annotations

import pytest

from mailnode.message.scan import Part, Scan, Scanner


def scan(message: bytes) -> Scan:
    scanner = Scanner()
    scanner.feed(message)
    return scanner.close()


def outline(part: Part) -> str:
    """The tree of parts on one line: C{multipart/mixed(text/plain text/html)}."""
    content = part.content
    kind = f"{content.type.decode()}/{content.subtype.decode()}"
    inner = " ".join(map(outline, part.children))
    return f"{kind}({inner})" if inner else kind


def bodies(message: bytes) -> list[bytes]:
    """The bodies of all leaves in order."""
    found: list[bytes] = []
    waiting = [scan(message).root]
    while waiting:
        part = waiting.pop()
        if not part.children:
            found.append(message[part.body : part.end])
        waiting += reversed(part.children)
    return found


def test_a_plain_message() -> None:
    found = scan(b"Subject: x\r\n\r\nHello\r\nworld\r\n")
    assert (found.size, found.lines, found.header_size) == (28, 4, 14)
    root = found.root
    assert (root.start, root.body, root.end, root.lines, root.octets) == (
        0,
        14,
        28,
        2,
        14,
    )
    assert found.header.octets == b"Subject: x\r\n"
    assert found.header.first(b"subject") == b"x"


@pytest.mark.parametrize(
    ("message", "header_size", "header"),
    [
        (b"", 0, b""),
        (b"\r\n", 2, b""),
        (b"\n", 1, b""),
        (b"\r\nbody", 2, b""),
        (b"\nbody", 1, b""),
        (b"A: b", 4, b"A: b"),
        (b"A: b\r\n", 6, b"A: b\r\n"),
        (b"A: b\r\n\r", 7, b"A: b\r\n\r"),
        (b"A: b\r\n\r\n", 8, b"A: b\r\n"),
        (b"A: b\n\nbody", 6, b"A: b\n"),
        (b"A: b\r\n\nbody", 7, b"A: b\r\n"),
        (b"A: b\n\r\nbody", 7, b"A: b\n"),
        (b"A: b\n\n\r\n\r\n", 6, b"A: b\n"),
        (b"A: b\r\rbody\r\r", 12, b"A: b\r\rbody\r\r"),
        (b"no field at all", 15, b"no field at all"),
        (b"\0\0\r\n\r\n", 6, b"\0\0\r\n"),
        (b"--a\r\n\r\n--a", 7, b"--a\r\n"),
    ],
)
def test_anything_is_a_message(message: bytes, header_size: int, header: bytes) -> None:
    found = scan(message)
    assert found.header_size == header_size
    assert found.header.octets == header
    assert found.size == found.root.end == len(message)


MIXED = (
    b"Content-Type: multipart/mixed; boundary=x\r\n"
    b"\r\n"
    b"preamble\r\n"
    b"--x\r\n"
    b"\r\n"
    b"one\r\n"
    b"two\r\n"
    b"--x  \t\r\n"
    b"Content-Type: text/html\r\n"
    b"\r\n"
    b"three\r\n"
    b"\r\n"
    b"--x--\r\n"
    b"epilogue\r\n"
)


def test_a_multipart() -> None:
    found = scan(MIXED)
    assert outline(found.root) == "multipart/mixed(text/plain text/html)"
    assert bodies(MIXED) == [b"one\r\ntwo", b"three\r\n"]
    assert [part.lines for part in found.root.children] == [1, 1]
    html = found.root.children[1]
    assert MIXED[html.start : html.body] == b"Content-Type: text/html\r\n\r\n"
    assert (found.root.end, found.root.lines, found.lines) == (len(MIXED), 12, 14)


def test_lines_may_end_with_lf() -> None:
    message = MIXED.replace(b"\r\n", b"\n")
    assert outline(scan(message).root) == "multipart/mixed(text/plain text/html)"
    assert bodies(message) == [b"one\ntwo", b"three\n"]


def multipart(boundary: bytes, *parts: bytes, subtype: bytes = b"mixed") -> bytes:
    """A multipart of some whole parts."""
    joined = b"".join(b"--%b\r\n%b\r\n" % (boundary, part) for part in parts)
    return b'Content-Type: multipart/%b; boundary="%b"\r\n\r\n%b--%b--\r\n' % (
        subtype,
        boundary,
        joined,
        boundary,
    )


@pytest.mark.parametrize(
    "parameter",
    [
        b"BOUNDARY=x",
        b"boundary*0=x",
        b"boundary*=us-ascii''%78",
        b"boundary*=x",
        b'boundary="x  "',
        b'boundary="\\x"',
    ],
)
def test_a_boundary_may_be_written_in_many_ways(parameter: bytes) -> None:
    message = MIXED.replace(b"boundary=x", parameter)
    assert bodies(message) == [b"one\r\ntwo", b"three\r\n"]


def test_multiparts_within_multiparts() -> None:
    inner = multipart(b"in", b"\r\na", b"\r\nb", subtype=b"alternative")
    message = multipart(b"out", b"\r\nc", inner, b"\r\nd")
    assert outline(scan(message).root) == (
        "multipart/mixed(text/plain multipart/alternative(text/plain text/plain) text/plain)"
    )
    assert bodies(message) == [b"c", b"a", b"b", b"d"]


def test_a_boundary_may_begin_like_another() -> None:
    inner = multipart(b"outer-in", b"\r\na")
    message = multipart(b"outer", inner, b"\r\nb")
    assert (
        outline(scan(message).root)
        == "multipart/mixed(multipart/mixed(text/plain) text/plain)"
    )
    assert bodies(message) == [b"a", b"b"]
    inner = multipart(b"out", b"\r\na")
    message = multipart(b"outer", inner, b"\r\nb")
    assert bodies(message) == [b"a", b"b"]


def test_a_boundary_may_end_like_a_closing_one() -> None:
    message = multipart(b"x", multipart(b"x--", b"\r\na", b"\r\nb"), b"\r\nc")
    assert bodies(message) == [b"a", b"b", b"c"]


def test_a_delimiter_is_the_whole_line() -> None:
    message = multipart(
        b"x", b"\r\n--xy\r\n-- x\r\n --x\r\n--x y\r\n---x\r\nb--x\r\n--x---"
    )
    assert len(scan(message).root.children) == 1
    assert bodies(message) == [
        b"--xy\r\n-- x\r\n --x\r\n--x y\r\n---x\r\nb--x\r\n--x---"
    ]


def test_the_outer_boundary_closes_inner_parts() -> None:
    message = (
        b"Content-Type: multipart/mixed; boundary=o\n\n--o\n"
        b"Content-Type: multipart/mixed; boundary=i\n\n--i\n\na\n--o\n\nb\n--i\n\n--o--\n"
    )
    assert (
        outline(scan(message).root)
        == "multipart/mixed(multipart/mixed(text/plain) text/plain)"
    )
    assert bodies(message) == [b"a", b"b\n--i\n"]


def test_of_two_boundaries_alike_the_inner_counts() -> None:
    message = multipart(b"x", multipart(b"x", b"\r\na"), b"\r\nb")
    assert (
        outline(scan(message).root)
        == "multipart/mixed(multipart/mixed(text/plain) text/plain)"
    )


def test_the_last_delimiter_may_be_missing() -> None:
    message = MIXED[: MIXED.index(b"--x--")]
    assert bodies(message) == [b"one\r\ntwo", b"three\r\n\r\n"]
    cut = MIXED[: MIXED.index(b"three") + 3]
    assert bodies(cut) == [b"one\r\ntwo", b"thr"]


@pytest.mark.parametrize("tail", [b"--x--", b"--x", b"--x--  ", b"--x\r"])
def test_the_last_delimiter_may_lack_its_line_end(tail: bytes) -> None:
    message = MIXED[: MIXED.index(b"--x--")] + tail
    assert bodies(message) == [b"one\r\ntwo", b"three\r\n"]


def test_a_part_may_lack_its_empty_line() -> None:
    message = (
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"
        b"--x\r\nContent-Type: text/html\r\n--x\r\n--x\r\n\r\n--x\r\n\r\nb\r\n--x--\r\n"
    )
    found = scan(message)
    assert (
        outline(found.root)
        == "multipart/mixed(text/html text/plain text/plain text/plain)"
    )
    assert bodies(message) == [b"", b"", b"", b"b"]


def test_a_header_may_be_ended_by_a_delimiter_of_an_outer_part() -> None:
    message = (
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n"
        b"Content-Type: message/rfc822\r\n\r\nSubject: cut\r\n--x--\r\n"
    )
    found = scan(message)
    assert outline(found.root) == "multipart/mixed(message/rfc822(text/plain))"
    inner = found.root.children[0].children[0]
    assert inner.header is not None
    assert inner.header.first(b"subject") == b"cut"
    assert inner.octets == 0


FORWARDED = (
    b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n"
    b"Content-Type: message/rfc822\r\n\r\n"
    b"Subject: inner\r\nX-Other: no\r\nTo: a@b\r\nContent-Type: text/html\r\n\r\nhi\r\n--x--\r\n"
)


def test_a_message_within_a_message() -> None:
    found = scan(FORWARDED)
    assert outline(found.root) == "multipart/mixed(message/rfc822(text/html))"
    part = found.root.children[0]
    inner = part.children[0]
    assert (part.body, part.end) == (inner.start, inner.end)
    assert FORWARDED[inner.body : inner.end] == b"hi"
    assert inner.header is not None
    assert inner.header.octets == b"Subject: inner\r\nTo: a@b\r\n"
    assert part.header is None
    assert part.lines == 5


def test_a_message_may_be_a_message() -> None:
    message = (
        b"Content-Type: message/rfc822\n\nContent-Type: message/global\n\nA: b\n\nhi\n"
    )
    assert outline(scan(message).root) == "message/rfc822(message/global(text/plain))"
    assert bodies(message) == [b"hi\n"]


def test_an_encoded_message_is_not_looked_into() -> None:
    message = b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogeA==\n"
    assert outline(scan(message).root) == "application/octet-stream"


def test_parts_of_a_digest_are_messages() -> None:
    message = multipart(
        b"x",
        b"\r\nSubject: one\r\n\r\n1",
        b"Content-Type: text/plain\r\n\r\n2",
        subtype=b"digest",
    )
    assert (
        outline(scan(message).root)
        == "multipart/digest(message/rfc822(text/plain) text/plain)"
    )
    assert bodies(message) == [b"1", b"2"]


@pytest.mark.parametrize(
    "value",
    [
        b"multipart/mixed",
        b"multipart/mixed; boundary=",
        b'multipart/mixed; boundary="  "',
        b"multipart/mixed; boundary=" + b"x" * 2049,
    ],
)
def test_a_multipart_without_a_usable_boundary_is_text(value: bytes) -> None:
    message = b"Content-Type: %b\r\n\r\n--x\r\n\r\na\r\n" % value
    found = scan(message)
    assert outline(found.root) == "text/plain"
    assert found.plain is not None
    assert found.plain.octets == b"--x\r\n\r\na\r\n"


def test_a_multipart_that_was_never_delimited_is_text() -> None:
    message = b"Content-Type: multipart/mixed; boundary=x\r\n\r\nall of it\r\n"
    root = scan(message).root
    assert outline(root) == "text/plain"
    assert (root.octets, root.lines) == (11, 1)


def test_a_boundary_of_2048_octets_is_used() -> None:
    message = multipart(b"y" * 2048, b"\r\na", b"\r\nb")
    assert bodies(message) == [b"a", b"b"]


def test_keeps_the_start_of_the_text() -> None:
    found = scan(MIXED)
    assert found.plain is not None
    assert found.html is not None
    assert found.plain.octets == b"one\r\ntwo"
    assert found.html.octets == b"three\r\n"
    assert found.html.content.subtype == b"html"


def test_keeps_the_first_text_that_says_something() -> None:
    message = multipart(
        b"x",
        b"Content-Disposition: attachment\r\n\r\nfile",
        b"\r\n \r\n",
        b"\r\nfirst",
        b"\r\nsecond",
    )
    found = scan(message)
    assert found.plain is not None
    assert found.plain.octets == b"first"
    assert found.html is None


def test_keeps_a_bounded_start() -> None:
    found = scan(b"\r\n" + b"word " * 10_000)
    assert found.plain is not None
    assert found.plain.octets == b"word " * 819 + b"w"


def test_feeding_nothing_changes_nothing() -> None:
    scanner = Scanner()
    for octet in MIXED:
        scanner.feed(bytes((octet,)))
        scanner.feed(b"")
    assert scanner.close() == scan(MIXED)

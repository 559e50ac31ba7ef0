"""What is written is read again, and no octets make a reader fail."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass, field

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailnode.errors import SyntaxFault
from mailnode.message import charset, mime, words
from mailnode.message.addresses import address_list
from mailnode.message.header import Header
from mailnode.message.parts import OTHER, Place, packed, place
from mailnode.message.projection import project
from mailnode.message.scan import Part, Scan, Scanner
from mailnode.message.structure import nstring
from mailnode.message.subject import base_subject
from mailnode.message.trace import received
from mailnode.message.transfer import decoded
from mailnode.model.envelope import Address, Origin
from mailnode.wire import dates, path, xtext
from mailnode.wire.address import address
from mailnode.wire.comments import without_comments
from mailnode.wire.cursor import Cursor
from mailnode.wire.domain import canonical
from mailnode.wire.path import PathCursor

# Values

LDH = string.ascii_lowercase + string.digits
LABELS = st.one_of(
    st.text(LDH, min_size=1, max_size=20),
    st.builds(
        "{}-{}".format, st.text(LDH, min_size=1), st.text(LDH, min_size=1, max_size=5)
    ),
).filter(lambda label: len(label) <= 63)
DOMAINS = st.one_of(
    st.lists(LABELS, min_size=1, max_size=5).map(".".join),
    st.ip_addresses(v=4).map("[{}]".format),
    st.ip_addresses(v=6).map(lambda ip: canonical(f"[IPv6:{ip}]")),
).filter(lambda name: len(name) <= 255)
LOCALS = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=64
).filter(lambda local: len(local.encode()) <= path.LOCAL_LIMIT)
ADDRESSES = st.builds(Address, LOCALS, DOMAINS)
MOMENTS = st.integers(dates.EARLIEST // 1000, dates.LATEST // 1000).map(
    lambda s: s * 1000
)
OCTETS = st.binary(max_size=200)

# Round trips


@given(ADDRESSES)
def test_paths(value: Address) -> None:
    cursor = PathCursor(path.written(value))
    assert cursor.forward_path() == value
    assert cursor.international is not value.local.isascii()
    cursor.end()


@given(st.none() | ADDRESSES)
def test_reverse_paths(value: Address | None) -> None:
    assert PathCursor(path.written(value)).reverse_path() == value


@given(ADDRESSES)
def test_addresses(value: Address) -> None:
    assert address(path.mailbox(value).decode()) == value


@given(DOMAINS)
def test_domains_are_canonical_already(value: str) -> None:
    assert canonical(value) == value


@given(st.text(max_size=80))
def test_the_form_of_a_domain_is_final(text: str) -> None:
    try:
        form = canonical(text)
    except SyntaxFault:
        return
    assert canonical(form) == form
    assert canonical(form.upper()) == form
    assert form.isascii()
    assert len(form) <= 255


@given(st.binary())
def test_xtext(octets: bytes) -> None:
    text = xtext.written(octets)
    assert xtext.read(text) == octets
    assert re.fullmatch(rb"[!-~]*", text)


@given(MOMENTS)
def test_dates_of_mail(moment: int) -> None:
    assert dates.read_mail_date(dates.write_mail_date(moment)) == moment


@given(MOMENTS)
def test_internal_dates(moment: int) -> None:
    assert dates.read_internal_date(dates.write_internal_date(moment)) == moment


@given(MOMENTS)
def test_days(moment: int) -> None:
    day = dates.read_day(dates.write_internal_date(moment)[1:12].strip())
    assert day <= moment < day + 86_400_000


class Strings(Cursor):
    """How a client reads C{nstring} (RFC 9051, 9)."""

    def nstring(self) -> bytes | None:
        if self.take(b"NIL"):
            return None
        if self.match(re.compile(rb"\{")):
            size = int(self.expect(re.compile(rb"\d+"), "a number"))
            self.need(b"}\r\n")
            start, self.at = self.at, self.at + size
            return self.text[start : self.at]
        quoted = self.expect(re.compile(rb'"(?:[^"\\\r\n]|\\["\\])*"'), "a string")
        return re.sub(rb"\\(.)", rb"\1", quoted[1:-1])


@given(st.none() | st.binary(max_size=2000))
def test_strings_of_imap(value: bytes | None) -> None:
    cursor = Strings(nstring(value))
    assert cursor.nstring() == (None if value is None else value.replace(b"\0", b""))
    cursor.end()


# Any octets

LINE_ENDS = st.sampled_from([b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"\n\n"])
TEXTS = st.sampled_from([b"x", b" ", b"\t", b"\0", b"\xff", b":", b";", b"-", b"--"])
DELIMITERS = st.sampled_from([b"--a", b"--ab", b"--a--", b"\r\n--a\r\n", b"\n--ab--\n"])
FIELDS = st.sampled_from(
    [
        b"Content-Type: multipart/mixed; boundary=a\r\n",
        b"Content-Type: multipart/digest; boundary=ab\n",
        b"Content-Type: message/rfc822\r\n",
        b"Content-Type: text/html\r\n",
        b"Content-Transfer-Encoding: base64\n",
        b"Subject: a\r\n b\r\nFrom: a <b@c>\n",
    ]
)
CRUMBS = st.one_of(LINE_ENDS, TEXTS, DELIMITERS, FIELDS)
MESSAGES = st.one_of(
    st.binary(max_size=500), st.lists(CRUMBS, max_size=60).map(b"".join)
)


def scan(*pieces: bytes) -> Scan:
    scanner = Scanner()
    for piece in pieces:
        scanner.feed(piece)
    return scanner.close()


def check(part: Part, message: bytes, first: int, last: int) -> None:
    """A part lies where it must, and its lines are counted."""
    assert first <= part.start <= part.body <= part.end <= last
    assert part.lines == message.count(b"\n", part.body, part.end)
    first = part.body
    for child in part.children:
        check(child, message, first, part.end)
        first = child.end


@given(MESSAGES)
@example(b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\n--a--\r\n--a")
@example(b"Content-Type: multipart/mixed; boundary=a\n\n--a\n--a--")
def test_any_octets_are_a_message(message: bytes) -> None:
    found = scan(message)
    assert found.size == len(message)
    assert found.lines == message.count(b"\n")
    check(found.root, message, 0, len(message))
    projections = project(found)
    assert projections.header_size == found.header_size
    assert len(projections.preview) <= 200
    projections.preview.encode()
    projections.base_subject.encode()


@given(MESSAGES, st.lists(st.integers(0, 500), max_size=10))
def test_pieces_make_no_difference(message: bytes, cuts: list[int]) -> None:
    ends = sorted(min(cut, len(message)) for cut in cuts)
    pieces = [
        message[start:end]
        for start, end in zip([0, *ends], [*ends, len(message)], strict=True)
    ]
    assert scan(*pieces) == scan(message)
    assert scan(*(bytes((octet,)) for octet in message)) == scan(message)


@given(OCTETS, OCTETS)
def test_readers_of_headers_never_fail(octets: bytes, other: bytes) -> None:
    address_list(octets)
    dates.read_mail_date(octets)
    without_comments(octets)
    decoded(octets, b"base64")
    decoded(octets, b"quoted-printable")
    assert not re.search("[\x00-\x1f\x7f]", base_subject(octets))
    charset.text(octets, other)
    words.decoded(b"=?%b?b?%b?= =?utf-8?q?%b?=" % (other, octets, octets)).encode()
    header = b"\r\n".join(
        name + octets
        for name in (
            b"Content-Type: a/b",
            b"Content-Disposition: ",
            b"Content-Language: ",
        )
    )
    found = mime.content(Header(header))
    words.parameter(found.parameters, b"name")


@given(OCTETS)
def test_no_path_holds_a_line_end(octets: bytes) -> None:
    for text in (octets, b"<" + octets + b"@example.org>", b"<a@" + octets + b">"):
        cursor = PathCursor(text)
        try:
            found = cursor.reverse_path()
        except SyntaxFault as fault:
            assert 0 <= fault.at <= len(text)
            continue
        assert not re.search(rb"[\r\n\0]", text[: cursor.at])
        assert PathCursor(path.written(found)).reverse_path() == found


@given(st.text(), st.text(), st.text())
def test_trace_fields_are_of_one_shape(helo: str, peer: str, recipient: str) -> None:
    origin = Origin("ESMTP", helo, peer)
    octets = received(
        origin, by="mx.example.org", id="1", recipient=recipient, moment=0
    )
    assert re.fullmatch(
        rb"Received: from \S+ \([^()\r\n]*\)\r\n\tby mx\.example\.org with ESMTP\r\n"
        rb"\tid 1(\r\n\tfor <[^\r\n]+>)?;\r\n\tThu, 1 Jan 1970 00:00:00 \+0000\r\n",
        octets,
    )


# Messages that were built from a tree are found to be that tree

BODIES = st.lists(
    st.text(string.ascii_letters + " -", max_size=20).map(str.encode), max_size=4
).map(b"\r\n".join)


@dataclass
class Tree:
    """A part as it is to be written."""

    kind: str
    body: bytes = b""
    encoding: bytes = b"7bit"
    children: list[Tree] = field(default_factory=list)


LEAVES = st.builds(
    Tree,
    st.just("leaf"),
    BODIES,
    st.sampled_from([b"7bit", b"8bit", b"base64", b"x-odd"]),
)
TREES = st.recursive(
    LEAVES,
    lambda trees: st.one_of(
        st.builds(
            lambda children: Tree("multipart", children=children),
            st.lists(trees, min_size=1, max_size=4),
        ),
        st.builds(lambda child: Tree("message", children=[child]), trees),
    ),
    max_leaves=12,
)


@dataclass
class Writing:
    """A message being written, and where its sections are."""

    octets: bytearray = field(default_factory=bytearray)
    places: dict[tuple[int, ...], Place] = field(default_factory=dict)
    boundaries: int = 0

    def part(self, tree: Tree, section: tuple[int, ...]) -> Place:
        """Write a part, and say where it is."""
        start = len(self.octets)
        boundary = b""
        if tree.kind == "multipart":
            boundary = b"=_%d" % self.boundaries
            self.boundaries += 1
            self.octets += b"Content-Type: multipart/mixed; boundary=%b\r\n" % boundary
        elif tree.kind == "message":
            self.octets += b"Content-Type: message/rfc822\r\n"
        self.octets += b"Content-Transfer-Encoding: %b\r\n\r\n" % tree.encoding
        body = len(self.octets)
        text = None
        if tree.kind == "message":
            text = self.message(tree.children[0], section)
        elif tree.kind == "multipart":
            for number, child in enumerate(tree.children, 1):
                self.octets += b"--%b\r\n" % boundary
                self.places[*section, number] = self.part(child, (*section, number))
                self.octets += b"\r\n"
            self.octets += b"--%b--" % boundary
        else:
            self.octets += tree.body
        encoding = tree.encoding if tree.encoding != b"x-odd" else OTHER
        return Place(start, body, len(self.octets), encoding, text)

    def message(self, tree: Tree, section: tuple[int, ...]) -> int:
        """Write a message, and say where its body is (RFC 9051, 6.4.5)."""
        if tree.kind == "multipart":
            return self.part(tree, section).body
        only = (*section, 1)
        self.places[only] = self.part(tree, only)
        return self.places[only].body


@given(TREES)
def test_sections_are_where_they_were_written(tree: Tree) -> None:
    writing = Writing()
    text = writing.message(tree, ())
    message = bytes(writing.octets)
    writing.places[()] = Place(0, 0, len(message), b"7bit", text)
    table = packed(scan(message).root)
    for section, expected in writing.places.items():
        assert place(table, section) == expected
        assert place(table, (*section, 0)) is None
        assert place(table, (*section, 99)) is None


@pytest.mark.parametrize("size", [0, 127, 128, 2**14, 2**21])
def test_tables_hold_numbers_of_any_size(size: int) -> None:
    message = b"A: b\r\n\r\n" + b"x" * size
    assert place(packed(scan(message).root), (1,)) == Place(0, 8, 8 + size, b"7bit")

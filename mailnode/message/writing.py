"""Header fields written in the forms in which they are read (RFC 5322, RFC 2047, RFC 2231)."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote

from mailnode.errors import Malformed
from mailnode.message.forms import DOT_ATOM, AddressGroup, EmailAddress
from mailnode.wire.dates import write_mail_date

LINE = 78
"""Octets of a line, if there is a place to fold it (RFC 5322, 2.1.1)."""
LINE_LIMIT = 998
"""Octets of a line, in any case."""
ENCODED = 60
"""Octets of an encoded word, which may have 75 (RFC 2047, 2): it fits behind a name."""
OVERHEAD = len("=?utf-8?q??=")
LONG_WORD = 900
"""Octets of a word that is encoded only because no line could hold it."""
QUOTED = 200
"""Characters of a name in quotes; a longer one is written in encoded words, which can
be folded."""
SECTION = 50
"""Octets of a piece of a parameter (RFC 2231, 3)."""

CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
NAME = re.compile(r"[!-9;-~]{1,900}")
"""C{field-name} (RFC 5322, 2.2)."""
WORD = re.compile(rb"[ \t]*[^ \t]+|[ \t]+")
BARE = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
)
"""A display name of atoms (RFC 5322, 3.2.3)."""
LITERAL = re.compile("[ -~]*")
ADDRESS = re.compile(
    rf'(?:{DOT_ATOM}|"(?:[^"\\\x00-\x1f]|\\[^\x00-\x1f])*")'
    r"@(?:[^\s()<>@,;:\\\"\[\]\x00-\x1f\x7f]+|\[[^\s\[\]\\\x00-\x1f]*\])"
)
"""C{addr-spec} (RFC 5322, 3.4.1; RFC 6532, 3.2), the octets beyond ASCII not looked at."""
INSIDE = re.compile(r"[^\s<>\x00-\x1f\x7f]{1,900}")
"""What can stand in angle brackets and come out again."""
FOLDED = re.compile(rb"(?:[^\x00\r\n]|\r\n(?=[ \t]+[^ \t\r\n]))*")
"""C{unstructured}, with lines that are folded as they should (RFC 5322, 2.2.3)."""
TOKEN = re.compile(r"[A-Za-z0-9!#$&'*+.^_`{|}~-]{1,60}")
ATTRIBUTE_CHARS = "!#$&+.^_`{|}~-"
"""What needs no per cent sign, besides letters and digits (RFC 2231, 7)."""
PLAIN_Q = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/"
)
"""What C{Q} leaves as it is, in phrases too (RFC 2047, 5 (3))."""


def field(name: str, body: bytes) -> bytes:
    """A field with its line end, folded before words (RFC 5322, 2.2.3).

    @param body: on one line.
    @raise Malformed: when that cannot be, or there is no such name.
    """
    if not NAME.fullmatch(name):
        raise Malformed("no name of a field")
    lines, line = [], name.encode() + b":"
    for found in WORD.finditer(b" " + body if body else b""):
        word = found[0]
        foldable = word[:1] in b" \t" and word.strip(b" \t")
        if len(line) + len(word) > LINE and b" " in line.strip() and foldable:
            lines.append(line)
            line = b""
        line += word
    return checked(b"\r\n".join([*lines, line, b""]))


def raw_field(name: str, body: str) -> bytes:
    """A field as a client has written it (RFC 8621, 4.1.2.1).

    @raise Malformed: when it would be something else than one field.
    """
    octets = body.encode()
    if not NAME.fullmatch(name) or not FOLDED.fullmatch(octets):
        raise Malformed("no field")
    return checked(b"%b:%b\r\n" % (name.encode(), octets))


def checked(octets: bytes) -> bytes:
    """A field, if its lines can be sent."""
    if max(map(len, octets.split(b"\r\n"))) > LINE_LIMIT:
        raise Malformed("a line would be too long")
    return octets


def text(value: str) -> bytes:
    """Unstructured text; what is not ASCII, or looks encoded, is encoded (RFC 2047, 5)."""
    value = CONTROLS.sub(" ", value)
    if value != value.strip(" "):
        return encoded(value)
    parts = re.split("( +)", value)
    words, gaps = parts[::2], parts[1::2]
    out: list[str] = []
    run: list[str] = []
    for word, gap in zip(words, ["", *gaps], strict=True):
        if must_be_encoded(word):
            if run:
                run.append(gap)
            else:
                out.append(gap)
            run.append(word)
        else:
            out += [encoded("".join(run)).decode(), gap, word]
            run.clear()
    out.append(encoded("".join(run)).decode())
    return "".join(out).encode()


def must_be_encoded(word: str) -> bool:
    """Whether a word cannot stand as it is."""
    return not word.isascii() or "=?" in word or len(word) > LONG_WORD


def addresses(listed: Iterable[EmailAddress]) -> bytes:
    """C{address-list} (RFC 5322, 3.4); whatever they are, they stay as many."""
    return b", ".join(map(address, listed))


def grouped_addresses(groups: Iterable[AddressGroup]) -> bytes:
    """C{address-list} with groups."""
    return b", ".join(
        addresses(each.addresses)
        if each.name is None
        else b"%b: %b;" % (phrase(each.name) or b'""', addresses(each.addresses))
        for each in groups
        if each.name is not None or each.addresses
    )


def message_ids(ids: Iterable[str]) -> bytes:
    """C{1*msg-id} (RFC 5322, 3.6.4).

    @raise Malformed: when one is none.
    """
    return b" ".join(map(bracketed, ids))


def urls(listed: Iterable[str]) -> bytes:
    """URLs in brackets (RFC 2369, 2).

    @raise Malformed: when one is none.
    """
    return b", ".join(map(bracketed, listed))


def date(moment: int, zone: int) -> bytes:
    """C{date-time} (RFC 5322, 3.3)."""
    return write_mail_date(moment, zone)


def bracketed(text: str) -> bytes:
    """Something in angle brackets."""
    if not INSIDE.fullmatch(text):
        raise Malformed("it cannot stand in angle brackets")
    return b"<%b>" % text.encode()


def address(one: EmailAddress) -> bytes:
    """C{mailbox} (RFC 5322, 3.4)."""
    spec = addr_spec(one.email)
    name = phrase(one.name or "")
    return b"%b <%b>" % (name, spec) if name else spec or b"<>"


def addr_spec(email: str) -> bytes:
    """An address; what is none is put in quotes, so that it is not two."""
    email = CONTROLS.sub(" ", email)
    if not email or ADDRESS.fullmatch(email):
        return email.encode()
    local, at, host = email.rpartition("@")
    if at and local and ADDRESS.fullmatch(f"a@{host}"):
        return quoted(local) + b"@" + host.encode()
    return email.encode() if re.fullmatch(DOT_ATOM, email) else quoted(email)


def phrase(name: str) -> bytes:
    """A display name: atoms, a quoted string or encoded words."""
    name = CONTROLS.sub(" ", name).strip()
    if must_be_encoded(name) or len(name) > QUOTED:
        return encoded(name)
    if not name or BARE.fullmatch(name):
        return name.encode()
    return quoted(name)


def quoted(text: str) -> bytes:
    """C{quoted-string} (RFC 5322, 3.2.4; RFC 6532, 3.2)."""
    return ('"' + re.sub(r'(["\\])', r"\\\1", text) + '"').encode()


def encoded(text: str) -> bytes:
    """Text in encoded words, no character cut in two (RFC 2047, 2 and 5 (3))."""
    octets = text.encode()
    plain = sum(each in PLAIN_Q for each in octets)
    how = "q" if 3 * plain > 2 * len(octets) else "b"
    return b" ".join(
        f"=?utf-8?{how}?{in_q(each) if how == 'q' else in_b(each)}?=".encode()
        for each in pieces(text, how)
    )


def pieces(text: str, how: str) -> Iterator[bytes]:
    """A text in as much as one encoded word holds."""
    piece, used = b"", 0
    for character in text:
        octets = character.encode()
        cost = len(in_q(octets)) * 3 if how == "q" else 4 * len(octets)
        if used + cost > 3 * (ENCODED - OVERHEAD):
            yield piece
            piece, used = b"", 0
        piece += octets
        used += cost
    if piece:
        yield piece


def in_q(octets: bytes) -> str:
    """The C{Q} encoding (RFC 2047, 4.2)."""
    return "".join(
        chr(each) if each in PLAIN_Q else "_" if each == ord(" ") else f"={each:02X}"
        for each in octets
    )


def in_b(octets: bytes) -> str:
    """The C{B} encoding (RFC 2047, 4.1)."""
    return b64encode(octets).decode("ascii")


def parameters(pairs: Iterable[tuple[str, str]]) -> str:
    """Parameters behind a value, each with its semicolon (RFC 2045, 5.1; RFC 2231)."""
    return "".join(
        f"; {each}" for name, value in pairs for each in parameter(name, value)
    )


def parameter(name: str, value: str) -> Sequence[str]:
    """A parameter, in pieces if it is long, in per cent signs if it is not ASCII."""
    value = CONTROLS.sub(" ", value)
    if TOKEN.fullmatch(value):
        return [f"{name}={value}"]
    if LITERAL.fullmatch(value) and len(value) <= SECTION and "=?" not in value:
        return [f"{name}={quoted(value).decode()}"]
    escaped = re.findall("%[0-9A-F]{2}|.", quote(value, safe=ATTRIBUTE_CHARS))
    joined = ["utf-8''"]
    for each in escaped:
        if len(joined[-1]) + len(each) > SECTION:
            joined.append("")
        joined[-1] += each
    if len(joined) == 1:
        return [f"{name}*={joined[0]}"]
    return [f"{name}*{n}*={each}" for n, each in enumerate(joined)]

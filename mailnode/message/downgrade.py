"""A message in seven bits: parts encoded for servers that take no more (RFC 6152, 3).

Only what needs it is encoded (RFC 2045, 6), and only what may be: nothing that
was signed, and no header.
"""

from __future__ import annotations

import re
from binascii import b2a_base64, b2a_qp

from mailnode.message import mime
from mailnode.message.header import Header
from mailnode.message.scan import IDENTITIES, Part, Scanner

FLAWS = re.compile(rb"[\0\x80-\xff]|(?<!\r)\n|\r(?!\n)")
"""What seven-bit mail never holds (RFC 2045, 2.7; RFC 5321, 2.3.8)."""
STRAY = re.compile(rb"\0|(?<!\r)\n|\r(?!\n)")
"""What is no text in lines, of any number of bits."""
PRINTABLE_SHARE = 6
"""One octet in so many may be above 127 for quoted-printable to be the shorter."""
BASE64_LINE = 57
"""Octets behind a line of 76 characters (RFC 2045, 6.8)."""
SEALED = (b"signed", b"encrypted")
"""Multiparts that no relay may touch (RFC 1847, 2.1)."""
UNKNOWN_TEXT = b"Content-Type: text/plain; charset=unknown-8bit\r\n"
"""What eight bits are that nobody has described (RFC 1428, 3)."""


class Unconvertible(Exception):
    """It cannot be said in seven bits; the text says why."""


def seven_bit(data: bytes) -> bytes:
    """The same message in seven-bit lines.

    @raise Unconvertible: when it cannot be done without harm.
    """
    scanner = Scanner()
    scanner.feed(data)
    return _entity(data, scanner.close().root, whole=True)


def _entity(data: bytes, part: Part, *, whole: bool) -> bytes:
    """One part, or the message itself.

    @param whole: it is a message, and not a part of one.
    """
    header, body = data[part.start : part.body], data[part.body : part.end]
    if FLAWS.search(header):
        raise Unconvertible("a header field with octets above 127")
    if not FLAWS.search(body):
        return header + body
    if part.children:
        return _labelled(header, b"7bit", whole=whole) + _composite(data, part)
    declared = mime.content(Header(header), part.content)
    if declared.type in (b"multipart", b"message"):
        raise Unconvertible("a part that nothing may encode")  # RFC 2045, 6.4
    if declared.encoding not in IDENTITIES:
        raise Unconvertible("a part that is not encoded as it says")
    few = len(FLAWS.findall(body)) * PRINTABLE_SHARE < len(body)
    if declared.type == b"text" and few and not STRAY.search(body):
        encoded = b2a_qp(body, istext=True).replace(b"\r\n", b"\n")
        encoded = encoded.replace(b"\n", b"\r\n")
        return _labelled(header, b"quoted-printable", whole=whole) + encoded
    pieces = range(0, len(body), BASE64_LINE)
    lines = [b2a_base64(body[i : i + BASE64_LINE], newline=False) for i in pieces]
    end = b"\r\n" if body.endswith(b"\n") else b""
    return _labelled(header, b"base64", whole=whole) + b"\r\n".join(lines) + end


def _composite(data: bytes, part: Part) -> bytes:
    """The body of a part with parts inside, what stands between them kept."""
    if part.content.type == b"multipart" and part.content.subtype in SEALED:
        raise Unconvertible("a part that is signed")
    inner = part.content.type == b"message"
    pieces, at = [], part.body
    for child in part.children:
        pieces.append(_between(data[at : child.start]))
        pieces.append(_entity(data, child, whole=inner))
        at = child.end
    pieces.append(_between(data[at : part.end]))
    return b"".join(pieces)


def _between(octets: bytes) -> bytes:
    """What stands around parts, where nothing can be encoded."""
    if FLAWS.search(octets):
        raise Unconvertible("octets above 127 outside of any part")
    return octets


def _labelled(octets: bytes, encoding: bytes, *, whole: bool) -> bytes:
    """A header that says how its body is encoded (RFC 2045, 6.1)."""
    if not octets.endswith(b"\r\n"):
        raise Unconvertible("a header without an end")
    header = Header(octets[:-2])
    kept = [
        header.octets[field.start : field.end]
        for field in header.fields()
        if field.name.lower() != b"content-transfer-encoding"
    ]
    if whole and header.first(b"mime-version") is None:
        kept.append(b"MIME-Version: 1.0\r\n")
        if header.first(b"content-type") is None:
            kept.append(UNKNOWN_TEXT)
    kept.append(b"Content-Transfer-Encoding: " + encoding + b"\r\n\r\n")
    return b"".join(kept)

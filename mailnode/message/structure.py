"""ENVELOPE and BODYSTRUCTURE in the syntax of IMAP (RFC 9051, 7.5.2 and 9)."""

from __future__ import annotations

import re
from functools import lru_cache

from mailnode.message.addresses import Listed, address_list
from mailnode.message.header import Header
from mailnode.message.mime import Content, Disposition, Parameters
from mailnode.message.scan import Part, Scan

QUOTED_LIMIT = 1000
"""Octets of a quoted string; longer ones are literals, as lines have limits."""
REMEMBERED = 200
"""Octets of an address list, or of what a part says, that is remembered: people
write to the same few, and their programs say the same."""
PLAIN = re.compile(rb"[ !#-\[\]-~]{0,%d}+" % QUOTED_LIMIT)
QUOTABLE = re.compile(rb"[ -~]{0,%d}+" % QUOTED_LIMIT)
"""Octets of a quoted string that every client understands: US-ASCII."""


def nstring(value: bytes | None) -> bytes:
    """C{nstring}: NIL, a quoted string, or a literal.

    NUL is left out: no literal can hold it (RFC 9051, 9, C{CHAR8}).
    """
    if value is None:
        return b"NIL"
    if PLAIN.fullmatch(value):
        return b'"%b"' % value
    if QUOTABLE.fullmatch(value):
        return b'"%b"' % value.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    value = value.replace(b"\0", b"")
    return b"{%d}\r\n%b" % (len(value), value)


def envelope(header: Header) -> bytes:
    """C{envelope}, with the values as the header has them, unfolded.

    Encoded words are not decoded.  Sender and Reply-To are those of From if
    they are missing or empty.
    """
    from_ = _addresses(header, b"from")
    return b"(%b %b %b %b %b %b %b %b %b %b)" % (
        nstring(header.first(b"date")),
        nstring(header.first(b"subject")),
        from_,
        _addresses(header, b"sender", from_),
        _addresses(header, b"reply-to", from_),
        _addresses(header, b"to"),
        _addresses(header, b"cc"),
        _addresses(header, b"bcc"),
        nstring(header.first(b"in-reply-to")),
        nstring(header.first(b"message-id")),
    )


def body_structure(scan: Scan) -> bytes:
    """C{body} with its extension data."""
    out: list[bytes] = []
    _body(scan.root, out)
    return b"".join(out)


def _addresses(header: Header, name: bytes, default: bytes = b"NIL") -> bytes:
    """C{env-from} and its like: a list, or NIL without addresses."""
    values = header.every(name)
    if not values:
        return default
    text = b", ".join(values)
    written = _remembered_list if len(text) <= REMEMBERED else _written_list
    return written(text) or default


def _written_list(text: bytes) -> bytes:
    """The addresses of a field, or nothing at all."""
    listed = address_list(text)
    return b"(%b)" % b"".join(map(_address, listed)) if listed else b""


_remembered_list = lru_cache(maxsize=1024)(_written_list)


def _address(listed: Listed) -> bytes:
    """C{address}"""
    return b"(%b %b %b %b)" % (
        nstring(listed.name),
        nstring(listed.route),
        nstring(listed.mailbox),
        nstring(listed.host),
    )


def _body(part: Part, out: list[bytes]) -> None:
    """C{body}; nesting is bounded by the scanner's DEPTH_LIMIT."""
    content = part.content
    fields = _remembered_fields if content.weight <= REMEMBERED else _fields
    before, behind = fields(content)
    out.append(before)
    if content.type == b"multipart":
        for child in part.children:
            _body(child, out)
    else:
        out.append(b"%d" % part.octets)
        if part.children:  # C{body-type-msg}
            message = part.children[0]
            out.append(b" %b " % envelope(message.header or Header(b"")))
            _body(message, out)
        if part.children or content.type == b"text":
            out.append(b" %d" % part.lines)
    out.append(behind)


def _fields(content: Content) -> tuple[bytes, bytes]:
    """What stands in C{body} before and behind sizes and children."""
    subtype = nstring(content.subtype)
    parameters = _parameters(content.parameters)
    extension = b" %b %b %b)" % (
        _disposition(content.disposition),
        _languages(content.language),
        nstring(content.location),
    )
    if content.type == b"multipart":
        return b"(", b" %b %b%b" % (subtype, parameters, extension)
    before = b"(%b %b %b %b %b %b " % (
        nstring(content.type),
        subtype,
        parameters,
        nstring(content.id),
        nstring(content.description),
        nstring(content.encoding),
    )
    return before, b" %b%b" % (nstring(content.md5), extension)


_remembered_fields = lru_cache(maxsize=512)(_fields)


def _parameters(parameters: Parameters) -> bytes:
    """C{body-fld-param}"""
    if not parameters:
        return b"NIL"
    return b"(%b)" % b" ".join(
        b"%b %b" % (nstring(name), nstring(value)) for name, value in parameters
    )


def _disposition(disposition: Disposition | None) -> bytes:
    """C{body-fld-dsp}"""
    if disposition is None:
        return b"NIL"
    return b"(%b %b)" % (
        nstring(disposition.kind),
        _parameters(disposition.parameters),
    )


def _languages(tags: tuple[bytes, ...]) -> bytes:
    """C{body-fld-lang}"""
    return b"(%b)" % b" ".join(map(nstring, tags)) if tags else b"NIL"

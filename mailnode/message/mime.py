"""What a part says of itself: the Content fields (RFC 2045, 2183, 2231, 3282, 2557).

Type, subtype, disposition and encoding are in lower case; all other values
are as the header has them, unfolded and unquoted.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import chain, islice
from typing import NamedTuple
from urllib.parse import quote_from_bytes, unquote_to_bytes

from mailnode.message.header import Header
from mailnode.wire.comments import without_comments

PARAMETERS_LIMIT = 1000
"""Parameters of one field, continuations counted (RFC 2231, 3)."""
REMEMBERED = 200
"""Octets of a Content-Type, or of the header of a part, that is remembered:
most mail says the same few."""

_TOKEN = rb"[!#-'*+.0-9A-Z^-~-]"
MEDIA_TYPE = re.compile(
    rb"\s*+(%b{1,127})\s*+/\s*+(%b{1,127})\s*+(?:;|\Z)" % (_TOKEN, _TOKEN)
)
"""C{type "/" subtype}; RFC 6838, 4.2 limits each to 127 octets."""
MECHANISM = re.compile(rb"\s*+(%b{1,64})(?:[\s;]|\Z)" % _TOKEN)
PARAMETER = re.compile(
    rb";\s*+([^\s=;\"]++)\s*+=\s*+"
    rb'(?:"((?:[^"\\]++|\\.)*+)"?+[^;]*+|([^;]*+))',
    re.DOTALL,
)
"""C{attribute "=" value}; an unquoted value may hold spaces, as many do."""
SEGMENT = re.compile(rb"([^*]+)\*(0|[1-9]\d{0,3})(\*?)")
"""A piece of a long parameter (RFC 2231, 3)."""
_ATTRIBUTE_CHARS = "!#$&+-.^_`{|}~"

Parameters = tuple[tuple[bytes, bytes], ...]


class Disposition(NamedTuple):
    """Content-Disposition (RFC 2183)."""

    kind: bytes
    parameters: Parameters = ()


class Content(NamedTuple):
    """The Content fields of a part; C{None} where there was none.

    @ivar encoding: Content-Transfer-Encoding, C{7bit} if nothing was said.
    @ivar language: the tags of Content-Language (RFC 3282).
    """

    type: bytes = b"text"
    subtype: bytes = b"plain"
    parameters: Parameters = ((b"charset", b"us-ascii"),)
    id: bytes | None = None
    description: bytes | None = None
    encoding: bytes = b"7bit"
    disposition: Disposition | None = None
    md5: bytes | None = None
    language: tuple[bytes, ...] = ()
    location: bytes | None = None

    @property
    def weight(self) -> int:
        """Octets of all that has no limit of its own."""
        pairs = self.parameters
        if self.disposition:
            pairs += self.disposition.parameters
        texts = filter(None, (self.id, self.description, self.md5, self.location))
        return len(b"".join(chain(texts, self.language, *pairs)))

    def bare(self) -> Content:
        """The same without all that has no limit of its own."""
        return Content(self.type, self.subtype, (), encoding=self.encoding)

    def opaque(self) -> Content:
        """The same as a leaf nobody looks into (RFC 2046, 4.5.1)."""
        return self._replace(type=b"application", subtype=b"octet-stream")

    def plain(self) -> Content:
        """The same as the text that invalid content is (RFC 2045, 5.2)."""
        return self._replace(
            type=b"text", subtype=b"plain", parameters=PLAIN.parameters
        )


PLAIN = Content()
"""What a part is that says nothing, or nothing that can be read (RFC 2045, 5.2)."""
DIGESTED = Content(b"message", b"rfc822", ())
"""What a part of a digest is that says nothing (RFC 2046, 5.1.5)."""


def content(header: Header, default: Content = PLAIN) -> Content:
    """The Content fields of a header; never raises."""
    if not header.octets:
        return default
    if len(header.octets) <= REMEMBERED:
        return _remembered_content(header.octets, default)
    return _read_content(header, default)


def _read_content(header: Header, default: Content) -> Content:
    first = header.first
    named = first(b"content-type")
    disposed = first(b"content-disposition")
    type_, subtype, parameters = (
        (default.type, default.subtype, default.parameters)
        if named is None
        else _media_type(named)
    )
    return Content(
        type_,
        subtype,
        parameters,
        first(b"content-id"),
        first(b"content-description"),
        _encoding(first(b"content-transfer-encoding")),
        None if disposed is None else _disposition(disposed),
        first(b"content-md5"),
        _tags(first(b"content-language")),
        first(b"content-location"),
    )


@lru_cache(maxsize=512)
def _remembered_content(octets: bytes, default: Content) -> Content:
    return _read_content(Header(octets), default)


def parameter(parameters: Parameters, name: bytes) -> bytes | None:
    """The value of the first parameter of this lower-case name, as it stands."""
    for attribute, value in parameters:
        if attribute.lower() == name:
            return value
    return None


def extended(parameters: Parameters, name: bytes) -> tuple[bytes, bytes] | None:
    """Charset and octets of a parameter that was written as C{name*}.

    The charset is empty when none was given (RFC 2231, 4).
    """
    value = parameter(parameters, name + b"*")
    if value is None:
        return None
    named, _, tagged = value.partition(b"'")
    _, quote, escaped = tagged.partition(b"'")
    return (
        (named, unquote_to_bytes(escaped)) if quote else (b"", unquote_to_bytes(value))
    )


def parameters_of(text: bytes) -> Parameters:
    """The parameters behind the first semicolon of a field.

    Pieces are joined as RFC 2231, 6 asks of servers: C{name*0}, C{name*1}
    become C{name}, or C{name*} with charset and per cent signs kept if one of
    them had any.
    """
    pairs = [
        (name, _unquoted(quoted) if quoted is not None else plain.rstrip())
        for name, quoted, plain in (
            found.groups()
            for found in islice(PARAMETER.finditer(text), PARAMETERS_LIMIT)
        )
    ]
    return tuple(_joined(pairs) if b"*" in text else pairs)


def _media_type(text: bytes) -> tuple[bytes, bytes, Parameters]:
    """Type, subtype and parameters of a Content-Type."""
    if len(text) <= REMEMBERED:
        return _remembered_media_type(text)
    return _read_media_type(text)


def _read_media_type(text: bytes) -> tuple[bytes, bytes, Parameters]:
    text = without_comments(text)
    found = MEDIA_TYPE.match(text)
    if found is None:
        return PLAIN.type, PLAIN.subtype, PLAIN.parameters  # RFC 2045, 5.2
    return found[1].lower(), found[2].lower(), parameters_of(text)


_remembered_media_type = lru_cache(maxsize=512)(_read_media_type)


def _mechanism(text: bytes | None) -> bytes | None:
    """The one token of a Content-Transfer-Encoding or the first of a field."""
    found = text and MECHANISM.match(without_comments(text))
    return found[1].lower() if found else None


def _encoding(text: bytes | None) -> bytes:
    """A Content-Transfer-Encoding, also where it was written C{7 bit}."""
    name = _mechanism(text) or b"7bit"
    return name + b"bit" if name in (b"7", b"8") else name


def _disposition(text: bytes) -> Disposition:
    """A Content-Disposition; an unreadable one is an attachment (RFC 2183, 2.8)."""
    text = without_comments(text)
    return Disposition(_mechanism(text) or b"attachment", parameters_of(text))


def _tags(text: bytes | None) -> tuple[bytes, ...]:
    """The tags of a Content-Language."""
    if not text:
        return ()
    tags = without_comments(text).split(b",", PARAMETERS_LIMIT)[:PARAMETERS_LIMIT]
    return tuple(tag.strip() for tag in tags if tag.strip())


def _unquoted(text: bytes) -> bytes:
    """The inside of a quoted string without its backslashes."""
    return re.sub(rb"\\(.)", rb"\1", text, flags=re.DOTALL) if b"\\" in text else text


def _joined(pairs: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Parameters with their pieces put together, each where its first piece was."""
    pieces: dict[bytes, dict[int, tuple[bool, bytes]]] = {}
    names: list[tuple[bytes, bytes | None]] = []
    for name, value in pairs:
        found = SEGMENT.fullmatch(name)
        if found is None:
            names.append((name, value))
            continue
        base = found[1].lower()
        if base not in pieces:
            pieces[base] = {}
            names.append((found[1], None))
        pieces[base].setdefault(int(found[2]), (bool(found[3]), value))
    return [
        (name, value) if value is not None else _whole(name, pieces[name.lower()])
        for name, value in names
    ]


def _whole(name: bytes, pieces: dict[int, tuple[bool, bytes]]) -> tuple[bytes, bytes]:
    """One parameter from its pieces, as far as they follow each other."""
    run: list[tuple[bool, bytes]] = []
    while piece := pieces.get(len(run)):
        run.append(piece)
    if not any(extended for extended, _ in run):
        return name, b"".join(value for _, value in run)
    value = b"".join(
        value
        if extended
        else quote_from_bytes(value, safe=_ATTRIBUTE_CHARS).encode("ascii")
        for extended, value in run
    )
    return name + b"*", value if run[0][0] else b"''" + value

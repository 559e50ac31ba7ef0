"""The head of a request, line by line, and whatever is ambiguous about it (RFC 9112).

What two servers in a row may understand differently is a way past the first of
them.  So a request is refused when there is any doubt about where it ends.
"""

from __future__ import annotations

import re

HEADER_OCTETS = 16 * 2**10
"""Of all lines up to the empty one; browsers send less than 8 KiB."""
HEADERS = 100
"""Fields of one request; browsers send about 20."""
TARGET_OCTETS = 8000
"""RFC 9112, 3: "at least 8000 octets" of a request line."""
TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
REQUEST_LINE = re.compile(rb"(%s) ([!-~]+) HTTP/(\d)\.(\d)" % TOKEN)
FIELD = re.compile(rb"(%s):[ \t]*(.*?)[ \t]*" % TOKEN, re.DOTALL)
CONTROLS = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")  # RFC 9110, 5.5
ABSOLUTE = re.compile(rb"https?://[^/?]+", re.IGNORECASE)
HOST = re.compile(rb"(?:[A-Za-z0-9._~!$&'()*+,;=%-]*|\[[0-9A-Fa-f:.]+\])(?::\d{0,5})?")
LENGTH = re.compile(rb"\d{1,15}")
"""Digits of a length that anybody can count with."""


class BadRequest(Exception):
    """A request that is refused before anybody looks at what it is about.

    @ivar status: of the response (RFC 9110, 15.5).
    """

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


class Head:
    """Takes the lines of the head of a request, without their CRLF.

    @ivar begun: the request line has come.
    @ivar length: of the content, as it is announced; C{None} when it comes in
        chunks.
    """

    def __init__(self) -> None:
        self.begun = False
        self.modern = False
        self.octets = 0
        self.count = 0
        self.fields: dict[bytes, bytes] = {}

    def line(self, line: bytes) -> bytes:
        """The next line, as it may be passed on.

        @raise BadRequest: when it may not be.
        """
        self.octets += len(line) + 2
        if not self.begun:
            if len(line) > TARGET_OCTETS:
                raise BadRequest(414, "the request target is too long")
            return self.request_line(line) if line else line
        if self.octets > HEADER_OCTETS:
            raise BadRequest(431, "the header is too long")
        if line:
            self.field(line)
        else:
            self.whole()
        return line

    def request_line(self, line: bytes) -> bytes:
        """Method, target and version (RFC 9112, 3)."""
        match = REQUEST_LINE.fullmatch(line)
        if match is None:
            raise BadRequest(400, "not a request line")
        method, target, major, minor = match.groups()
        if major != b"1" or minor not in b"01":
            raise BadRequest(505, "this server speaks HTTP/1.1")
        self.begun = True
        self.modern = minor == b"1"
        absolute = ABSOLUTE.match(target)
        if absolute is not None:  # RFC 9112, 3.2.2: every server must take it.
            target = target[absolute.end() :]
            target = target if target[:1] == b"/" else b"/" + target
        if target[:1] != b"/" and (method, target) != (b"OPTIONS", b"*"):
            raise BadRequest(400, "not a request target")
        return b"%s %s HTTP/1.%s" % (method, target, minor)

    def field(self, line: bytes) -> None:
        """One field line, which neither folds nor holds what ends it (RFC 9112, 5)."""
        match = FIELD.fullmatch(line)
        if match is None or CONTROLS.search(line):
            raise BadRequest(400, "not a field line")
        self.count += 1
        if self.count > HEADERS:
            raise BadRequest(431, "too many fields")
        name = match[1].lower()
        if name in SINGLE and name in self.fields:
            raise BadRequest(400, f"{name.decode()} is there twice")
        self.fields[name] = match[2]

    def whole(self) -> None:
        """The head has ended: see whether the fields go together."""
        host = self.fields.get(b"host")
        if host is None and self.modern:
            raise BadRequest(400, "there is no Host")  # RFC 9112, 3.2
        if host is not None and not HOST.fullmatch(host):
            raise BadRequest(400, "not a Host")
        if b"transfer-encoding" in self.fields:
            self.chunks(self.fields[b"transfer-encoding"])
        elif not LENGTH.fullmatch(self.fields.get(b"content-length", b"0")):
            raise BadRequest(400, "not a Content-Length")
        if self.fields.get(b"expect", b"100-continue").lower() != b"100-continue":
            raise BadRequest(417, "nobody here knows what is expected")

    def chunks(self, coding: bytes) -> None:
        """Content in chunks, in that coding alone (RFC 9112, 6.1)."""
        if b"content-length" in self.fields or not self.modern:
            raise BadRequest(400, "it has two lengths, or none")
        if coding.lower() != b"chunked":
            raise BadRequest(501, "the only transfer coding here is chunked")

    @property
    def expects(self) -> bool:
        """The client waits to be told that its content may come (RFC 9110, 10.1.1)."""
        return self.modern and b"expect" in self.fields

    @property
    def length(self) -> int | None:
        """Octets of the content, as announced; C{None} when it comes in chunks."""
        if b"transfer-encoding" in self.fields:
            return None
        return int(self.fields.get(b"content-length", b"0"))


SINGLE = frozenset(
    {
        b"host",
        b"content-length",
        b"transfer-encoding",
        b"authorization",
        b"content-type",
        b"expect",
        b"origin",
    }
)
"""Fields that are one value; two of them would be two opinions."""

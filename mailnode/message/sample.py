"""The start of a message's text, kept while it passes for the preview (RFC 8970)."""

from __future__ import annotations

from typing import NamedTuple

from mailnode.message.mime import Content

PLAIN_LIMIT = 4 * 2**10
"""Octets of a text/plain: 200 characters, quoted lines before them, and base64."""
HTML_LIMIT = 16 * 2**10
"""Octets of a text/html, which often begins with its style."""


class Sample(NamedTuple):
    """The first octets of a text, still encoded as its part says."""

    content: Content
    octets: bytes


class Sampler:
    """Keeps the start of the first text of each kind that is not blank.

    @ivar kept: the samples by subtype.
    """

    def __init__(self) -> None:
        self.kept: dict[bytes, Sample] = {}
        self._content: Content | None = None
        self._octets = bytearray()
        self._room = 0

    def begin(self, content: Content) -> None:
        """The body of a leaf begins."""
        if (
            content.type == b"text"
            and content.subtype in (b"plain", b"html")
            and content.subtype not in self.kept
            and not (content.disposition and content.disposition.kind == b"attachment")
        ):
            self._content = content
            self._room = HTML_LIMIT if content.subtype == b"html" else PLAIN_LIMIT

    def add(self, data: bytes, start: int, end: int) -> None:
        """More of the body, if it was of any interest."""
        if self._room > 0 and start < end:
            more = data[start : min(end, start + self._room)]
            self._octets += more
            self._room -= len(more)

    def finish(self) -> None:
        """The body ends."""
        if self._content is None:
            return
        if self._octets and not self._octets.isspace():
            sample = Sample(self._content, bytes(self._octets))
            self.kept[self._content.subtype] = sample
        self._content = None
        self._octets.clear()
        self._room = 0

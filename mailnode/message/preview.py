"""The first words of a message (RFC 8970)."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from mailnode.message import charset, mime, transfer
from mailnode.message.mime import Content
from mailnode.message.sample import Sample
from mailnode.message.scan import Scan

PREVIEW_LIMIT = 200
"""Characters of a preview (RFC 8970, 3.1)."""
MOSTLY_ENOUGH = 2**10
"""Octets of a text that are read first; many begin with nothing to be left out."""
SPARE = 256
"""Characters at their end that are not looked at: a tag, or the line that says who
is quoted, may be cut in two there."""

SIGNATURE = re.compile(r"\n-- \r?\n")
"""What comes before a signature (RFC 3676, 4.3)."""
QUOTED = re.compile(
    r"(?:^[^\n>][^\n]{0,200}:[ \t]*\n(?:[ \t]*\n)?)?(?:^>[^\n]*\n?)+", re.MULTILINE
)
"""Lines of somebody else, with the line that says whose they are."""
MARKUP = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(script|style|title)\b.*?(?:</\1\s*>|\Z)"
    r"|</?([a-z0-9]*)[^>]*+(?:>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
"""Comments, what is never shown, and tags; each of them ends somewhere."""
INLINE = re.compile(
    r"a|abbr|big|code|em|font|ins|kbd|mark|small|span|strike|strong|su[bp]|tt|[bisu]",
    re.IGNORECASE,
)
"""Tags that may stand in the middle of a word."""
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u17b4\u17b5\u180e\u200b-\u200f\u2060-\u2064\ufeff]+"
)
"""Characters of no width, with which senders fill the preview."""


def preview(scan: Scan) -> str:
    """At most L{PREVIEW_LIMIT} characters of the text, or of the HTML."""
    if scan.plain and (words := _beginning(scan.plain, _unquoted)):
        return words
    return _beginning(scan.html, unmarked) if scan.html else ""


def _beginning(sample: Sample, own: Callable[[str], str]) -> str:
    """The words of a sample, which is read no further than is needed."""
    begun = sample.octets[:MOSTLY_ENOUGH]
    if len(begun) < len(sample.octets):
        whole_words = own(_text(sample.content, begun))[:-SPARE].rpartition(" ")[0]
        words = _words(whole_words)
        if len(words) >= PREVIEW_LIMIT - 1:  # It may have ended with a space
            return words
    return _words(own(_text(sample.content, sample.octets)))


def _text(content: Content, octets: bytes) -> str:
    """A sample decoded; what its cut end has broken is left out."""
    decoded = transfer.decoded(octets, content.encoding)
    named = mime.parameter(content.parameters, b"charset") or b"utf-8"
    return charset.text(decoded, named).rstrip("\ufffd")


def _unquoted(text: str) -> str:
    """Plain text without quotations and signature, if anything else is there."""
    own = SIGNATURE.split(text, 1)[0]
    if ">" in own:
        own = QUOTED.sub("", own.replace("\r\n", "\n"))
    return text if own.isspace() or not own else own


def unmarked(text: str) -> str:
    """The words of HTML."""
    return html.unescape(
        MARKUP.sub(lambda tag: "" if INLINE.fullmatch(tag[2] or "") else " ", text)
    )


def _words(text: str) -> str:
    """Words with one space between them, as many as there is room for."""
    start = " ".join(text[: 2 * PREVIEW_LIMIT].split())[:PREVIEW_LIMIT]
    if len(start) == PREVIEW_LIMIT and start.isascii() and start.isprintable():
        return start.rstrip()  # As most are: nothing to take out
    start = " ".join(text.split(None, PREVIEW_LIMIT)[:PREVIEW_LIMIT])
    shown = INVISIBLE.sub("", charset.presentable(start[: 5 * PREVIEW_LIMIT]))
    return " ".join(shown.split())[:PREVIEW_LIMIT].rstrip()

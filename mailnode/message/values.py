"""The text of a part as one value, cut where it may be cut (RFC 8621, 4.1.4 and 4.2)."""

from __future__ import annotations

import re
from codecs import IncrementalDecoder
from dataclasses import dataclass

from mailnode.interfaces.content import IOctets
from mailnode.message import charset
from mailnode.message.decoding import plain
from mailnode.message.outline import OutlinedPart
from mailnode.message.words import whole

TAG = re.compile(
    r"<!--(?:.*?-->|.*\Z)"
    r"|<[A-Za-z/!?](?:[^>=]|=\s*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z))?+)*+(?:>|\Z)",
    re.DOTALL,
)
"""A tag or a comment, which may end with the text in the middle of it; in linear time."""

LOOKED_AT = 2**19
"""Characters in which the last tag is looked for: in 16 MB, that takes more than a
second.  A tag that is longer may be cut in two."""


@dataclass(frozen=True, slots=True)
class BodyValue:
    """The text of a part.

    @ivar problem: not all of it could be read as what it claims to be.
    @ivar truncated: there is more.
    """

    text: str
    problem: bool
    truncated: bool


async def value(octets: IOctets, part: OutlinedPart, most: int) -> BodyValue:
    """The text of a part, line ends as LF alone.

    @param most: octets of it in UTF-8; nothing is read behind them.
    """
    reading = _Decoder(part)
    texts: list[str] = []
    size = 0
    encoding = part.node.encoding if part.decodable else b"binary"
    pieces = plain(octets, part.node.body, part.node.end, encoding)
    async for piece in pieces:
        texts.append(reading.decode(piece))
        size += len(texts[-1].encode())
        if size > most:
            break
    else:
        texts.append(reading.decode(b"", final=True))
    text = "".join(texts)
    shown = cut(text, most, html=part.type == "text/html")
    return BodyValue(shown, reading.problem, len(shown) < len(text))


def cut(text: str, most: int, *, html: bool) -> str:
    """As much of a text as fits in some octets, no character and no tag cut in two."""
    octets = text.encode()
    if len(octets) <= most:
        return text
    kept = octets[:most].decode("utf-8", "ignore")
    if not html:
        return kept
    tags = list(TAG.finditer(kept, max(0, len(kept) - LOOKED_AT)))
    if tags and tags[-1].end() == len(kept) and not closed(tags[-1][0]):
        return kept[: tags[-1].start()]
    return kept.removesuffix("<")


def closed(tag: str) -> bool:
    """Whether a tag is at its end."""
    return tag.endswith("-->") if tag.startswith("<!--") else tag.endswith(">")


class _Decoder:
    """Octets that come piece by piece as text.

    @ivar held: a CR at the end of what came, which may belong to an LF.
    """

    def __init__(self, part: OutlinedPart) -> None:
        self.named = (part.charset or "us-ascii").encode()
        self.problem = not part.decodable or not charset.known(self.named)
        self.decoder: IncrementalDecoder | None = None
        self.held = ""

    def decode(self, piece: bytes, *, final: bool = False) -> str:
        """Some text, with U+FFFD for what cannot be read."""
        if self.decoder is None:
            self.decoder = charset.decoder(self.named, piece)
        state = self.decoder.getstate()
        try:
            text = self.decoder.decode(piece, final)
        except UnicodeDecodeError:
            self.problem = True
            self.decoder.setstate(state)
            self.decoder.errors = "replace"
            text = self.decoder.decode(piece, final)
        text = self.held + text
        self.held = "\r" if text.endswith("\r") and not final else ""
        return whole(text.removesuffix(self.held).replace("\r\n", "\n"))

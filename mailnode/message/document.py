"""A message as a document of its own, which runs nothing and fetches nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from mailnode.message import mime
from mailnode.message.mime import Content

ADDRESS = re.compile(
    r"\b(https?://[^\s<>\"]{1,2000}|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})",
    re.IGNORECASE,
)
"""What in a text is an address of the Web or of somebody."""
TRAILING = ".,;:!?'\")]}\u2026"
"""What follows an address and seldom belongs to it."""
QUOTED = re.compile(r"((?:> ?)*+)(.*)", re.DOTALL)
LEVELS = 50
"""Quotes within quotes; deeper ones are shown at that depth."""
LIGHT = re.compile(r"\b(?:bgcolor|color|background(?:-color)?)\s*[=:]", re.IGNORECASE)
"""HTML that sets colours of its own."""
STYLE = (
    "html{font:15px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}"
    "body{margin:0}img{max-width:100%;height:auto}table{max-width:100%}"
    ".text{white-space:pre-wrap;unicode-bidi:plaintext}"
    "summary{cursor:pointer;width:2.5em;text-align:center;border-radius:1em;"
    "background:#8883;list-style:none;line-height:1.2}"
    "blockquote{margin:0.25em 0;padding-inline-start:0.8em;"
    "border-inline-start:2px solid #8886}"
)
GROUNDS = {
    "": "html{background:#fff;color:#1c1c1e}",
    "dark": "html{color-scheme:dark;background:transparent;color:#e6e6e8}a{color:#8ab4f8}",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of a message, ready to be shown.

    @ivar html: harmless.
    @ivar coloured: it sets colours of its own, for a light ground.
    """

    html: str
    coloured: bool = False


def document(pieces: Sequence[Piece], *, dark: bool, blocked: int) -> str:
    """The document.

    @param dark: people like light text on a dark ground, if the message has not its
        own colours.
    @param blocked: images from elsewhere that were left out.
    """
    light = any(each.coloured for each in pieces)
    ground = GROUNDS["dark" if dark and not light else ""]
    mark = " data-light" if light else ""
    inside = "<hr>".join(each.html for each in pieces)
    return (
        f'<!doctype html><html{mark}><head><meta charset="utf-8"><title></title>'
        f"<style>{STYLE}{ground}</style></head>"
        f'<body data-blocked="{blocked}">{inside}</body></html>'
    )


def rich(html: str) -> Piece:
    """A part that was HTML, and is harmless now."""
    return Piece(f"<div>{html}</div>", LIGHT.search(html) is not None)


def image(source: str, name: str) -> Piece:
    """An image that is a part."""
    return Piece(f'<img src="{escape(source)}" alt="{escape(name)}">')


def written(text: str, content: Content) -> Piece:
    """A part that is plain text: its quotes can be folded, its addresses are links."""
    lines = quotes(text.split("\n"), content)
    return Piece(f'<div class="text">{"".join(nested(list(lines), 0))}</div>')


Line = tuple[int, str]
"""How deeply it is quoted, and what it says."""


def quotes(lines: Sequence[str], content: Content) -> Iterator[Line]:
    """Lines with the depth of their quotes; flowed ones are put together (RFC 3676, 4)."""
    flowed = parameter(content, b"format") == b"flowed"
    tight = parameter(content, b"delsp") == b"yes"
    held: Line | None = None
    for each in lines:
        found = QUOTED.fullmatch(each)
        assert found is not None, "anything is a line"
        depth, said = found[1].count(">"), found[2]
        if flowed and said.startswith(" "):  # RFC 3676, 4.4: stuffed
            said = said[1:]
        if held is not None and held[0] == depth:
            said = held[1] + said
        elif held is not None:
            yield held
        held = None
        if flowed and said.endswith(" ") and said != "-- ":
            held = (depth, said[:-1] if tight else said)
        else:
            yield depth, said
    if held is not None:
        yield held


def parameter(content: Content, name: bytes) -> bytes:
    """A parameter of a content in lower case; empty if it is not there."""
    return (mime.parameter(content.parameters, name) or b"").lower()


def nested(lines: Sequence[Line], depth: int) -> Iterator[str]:
    """Lines of at least this depth, those that are deeper folded."""
    for deeper, group in groupby(lines, lambda line: line[0] > depth):
        inside = list(group)
        if deeper and depth < LEVELS:
            yield "<details><summary>\u2026</summary><blockquote>"
            yield from nested(inside, depth + 1)
            yield "</blockquote></details>"
        else:
            yield "\n".join(linked(said) for _, said in inside)


def linked(line: str) -> str:
    """A line with links where it has addresses."""
    made, at = [], 0
    for found in ADDRESS.finditer(line):
        said = found[1].rstrip(TRAILING)
        web = said[:4].lower() == "http"
        target = escape(said if web else f"mailto:{said}")
        made.append(escape(line[at : found.start()]))
        made.append(
            f'<a href="{target}" target="_blank" rel="noopener noreferrer">'
            f"{escape(said)}</a>"
        )
        at = found.start() + len(said)
    made.append(escape(line[at:]))
    return "".join(made)

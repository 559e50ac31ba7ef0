"""How much work some HTML is for a parser, told without parsing it.

A parser looks at every element that is open when the next tag comes, and makes
elements anew that were closed too early: 200 kB of C{<div>} take it a minute, some
kilobytes of C{<b>} and C{<p>} all memory there is.  What is counted here is never less
than what a parser has open, as far as tags can be told apart by their text alone; where
they cannot, nothing that is closed counts as closed.
"""

from __future__ import annotations

import re

WORK = 8_000_000
"""Open elements that are looked at in all, about 20 ms; newsletters take 100,000."""
ATTRIBUTES = 200
"""Of one tag; each is compared with all before it."""

SPACE = r"[ \t\n\f\r/]"
ATTRIBUTE = (
    r"[^ \t\n\f\r/>][^ \t\n\f\r/>=]*+"
    r"(?:[ \t\n\f\r]*+=[ \t\n\f\r]*+"
    r"(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|(?![\"'])[^ \t\n\f\r>]*+))?+"
)
TAG = re.compile(
    rf"<!--(?:-?>|.*?(?:--!?>|\Z))|<[!?][^>]*+|<(/?)([a-zA-Z][^ \t\n\f\r/>]*+)"
    rf"((?:{SPACE}++|{ATTRIBUTE})*+)(?:>|\Z)",
    re.DOTALL,
)
"""A comment, a tag or something else in angle brackets (HTML, 13.2.5)."""
EACH = re.compile(ATTRIBUTE)
DOUBTFUL = re.compile(
    r"<(?:svg|math|select|noscript|template|frameset|!\[CDATA\[)", re.IGNORECASE
)
"""Inside these, other rules say what is a tag and what closes it."""
VOID = frozenset(
    "area base br col embed hr img input link meta param source track wbr".split()  # noqa: SIM905 - as in HTML, 13.1.2
)
IMPLIED = frozenset(
    "p li dt dd tr td th tbody thead tfoot option optgroup colgroup".split()  # noqa: SIM905 - as in HTML, 13.1.2.4
)
"""They close each other, and are open inside of something that counts."""
RAW = frozenset(
    "script style textarea title xmp iframe noembed noframes plaintext".split()  # noqa: SIM905 - as in HTML, 13.2.6
)
"""Up to their end, what is in them is text."""


def is_too_heavy(html: str) -> bool:
    """Whether nobody should parse this."""
    doubtful = DOUBTFUL.search(html) is not None
    opened: list[str] = []
    work = at = 0
    while found := TAG.search(html, at):
        at = found.end()
        closes, name, attributes = found.groups()
        if name is None:
            continue
        name = name.lower()
        work += len(opened) + 1
        if work > WORK or too_many(attributes):
            return True
        if closes:
            if opened and opened[-1] == name and not doubtful:
                opened.pop()
        elif name in RAW and not doubtful:
            at = behind(html, name, at)
        elif name not in VOID and (doubtful or name not in IMPLIED):
            opened.append(name)
    return False


def too_many(attributes: str) -> bool:
    """Whether a tag has more attributes than anybody means."""
    if len(attributes) < 2 * ATTRIBUTES:
        return False
    return len(EACH.findall(attributes)) > ATTRIBUTES


def behind(html: str, name: str, at: int) -> int:
    """Where the text of an element ends, just before the tag that ends it."""
    end = re.compile(rf"</{name}(?=[ \t\n\f\r/>])", re.IGNORECASE).search(html, at)
    return len(html) if end is None or name == "plaintext" else end.start()

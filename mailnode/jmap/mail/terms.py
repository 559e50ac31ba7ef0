"""Words and phrases that a client looks for, as its user has typed them (RFC 8621, 4.4.1)."""

from __future__ import annotations

import re
from collections.abc import Sequence

PHRASE = re.compile(
    r"""
    " ( [^"\\]*+ (?: \\. [^"\\]*+ )*+ ) " (?!\S)  # A quote in a word ends nothing
    | ' ( [^'\\]*+ (?: \\. [^'\\]*+ | '(?=\S) [^'\\]*+ )*+ ) ' (?!\S)
    """,
    re.VERBOSE | re.DOTALL,
)
WORD = re.compile(r"\S+")
ESCAPED = re.compile(r"""\\(['"\\])""")
LONG = 1000
"""Characters of a text; nobody types more, and quotes are looked for from each."""


class TooLong(ValueError):
    """It is longer than anybody types."""


def terms(text: str) -> Sequence[str]:
    """The words and phrases of a text, each of which must be found.

    A phrase stands in quotes, between white space or the ends; a quote that
    has no other, or stands in a word, is a character as any other.

    @raise TooLong: when it has more characters than C{LONG}.
    """
    if len(text) > LONG:
        raise TooLong
    found: list[str] = []
    at = 0
    while start := WORD.search(text, at):
        phrase = PHRASE.match(text, start.start())
        if phrase is None:
            found.append(start[0])
            at = start.end()
        else:
            said = phrase[1] if phrase[1] is not None else phrase[2]
            found.append(ESCAPED.sub(r"\1", said))
            at = phrase.end()
    squeezed = (" ".join(each.split()) for each in found)
    return [each for each in squeezed if each]

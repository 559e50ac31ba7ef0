"""I-JSON: JSON that everybody reads alike, and nothing else (RFC 7493)."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import NoReturn, TypeAlias

JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"
"""A value."""
Object: TypeAlias = dict[str, JSON]

DEPTH = 64
"""Arrays and objects inside each other; a filter of people has five."""
ELEMENTS = 200_000
"""Values of a text, at about 60 octets of memory each, and a microsecond: a request of
10 MB in strings is welcome, one of three million empty arrays would take 200 MB."""
LONG = 40
"""Characters of a number: no double needs more than 24 (RFC 7493, 2.2), and to read
what is longer takes far more time."""
STRING = re.compile(rb'"[^"]*"')
"""A string in which no quotation mark is escaped."""
HIGH = re.compile("[\ud800-\udfff\ufdd0-\U0010ffff]")
"""What might be one of the following."""
NONCHARACTER = re.compile(
    rb"\xef(?:\xb7[\x90-\xaf]|\xbf[\xbe\xbf])"
    rb"|[\xf0-\xf4][\x8f\x9f\xaf\xbf]\xbf[\xbe\xbf]"
)
"""U+FDD0 to U+FDEF and the last two of each plane (RFC 7493, 2.1), in UTF-8: looked for
in octets, which takes a sixth of the time."""
LEAST = 16
"""Octets that a value counts at least where responses are weighed: one of a single
octet is written no faster."""


class NotJSON(ValueError):
    """It is not I-JSON; the text says why."""


class TooManyElements(NotJSON):
    """It has more values than may be held in memory at a time."""


def read(octets: bytes) -> JSON:
    """The value of a text.

    @raise NotJSON: when it is not I-JSON, or nested too deeply.
    @raise TooManyElements: when it has too many values.
    """
    if elements(octets) > ELEMENTS:
        raise TooManyElements("too many values")
    try:
        text = octets.decode("utf-8")
        value: JSON = json.loads(
            text,
            object_pairs_hook=members,
            parse_constant=constant,
            parse_float=number,
            parse_int=whole,
        )
    except RecursionError:
        raise NotJSON("nested too deeply") from None
    except UnicodeDecodeError:
        raise NotJSON("not UTF-8") from None
    except json.JSONDecodeError as error:
        raise NotJSON(f"{error.msg} at character {error.pos}") from None
    plain = b"\\u" not in octets  # Without escapes, UTF-8 has no surrogates.
    if plain and NONCHARACTER.search(octets):
        raise NotJSON("a character that is none")
    inspect(value, strings=not plain)
    return value


def written(value: JSON) -> bytes:
    """A value as a text."""
    return json.dumps(
        value, ensure_ascii=False, allow_nan=False, separators=(",", ":")
    ).encode()


def elements(octets: bytes) -> int:
    """How many values a text has, or a few more; counted no further than it matters."""
    quick = sum(map(octets.count, (b",", b"[", b"{")))
    if quick <= ELEMENTS:
        return quick
    plain = octets.replace(b"\\\\", b"").replace(b'\\"', b"")
    count = end = 0
    for number, string in enumerate(STRING.finditer(plain)):
        count += separators(plain[end : string.start()])
        end = string.end()
        if count > ELEMENTS or number > 2 * ELEMENTS:  # Each may have a name.
            return ELEMENTS + 1
    return count + separators(plain[end:])


def separators(octets: bytes) -> int:
    """What stands before a value, besides names; there are no strings in it."""
    return octets.count(b",") + octets.count(b"[") + octets.count(b"{")


def members(pairs: Sequence[tuple[str, JSON]]) -> Object:
    """An object, of which no name is there twice (RFC 7493, 2.3)."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise NotJSON("a name is twice in an object")
    return made


def constant(_name: str) -> NoReturn:
    """NaN and Infinity are JavaScript only (RFC 8259, 6)."""
    raise NotJSON("a number that is none")


def number(text: str) -> float:
    """A number with a fraction or an exponent, if a double can hold it."""
    value = float(measured(text))
    if value in (float("inf"), float("-inf")):
        raise NotJSON("a number out of range")
    return value


def whole(text: str) -> int:
    """A whole number."""
    return int(measured(text))


def measured(text: str) -> str:
    """A number that is not too long."""
    if len(text) > LONG:
        raise NotJSON("a number out of range")
    return text


def unfit(text: str) -> bool:
    """Whether a string has surrogates that stand alone, or noncharacters."""
    if text.isascii() or not HIGH.search(text):
        return False
    try:
        return NONCHARACTER.search(text.encode()) is not None
    except UnicodeEncodeError:  # RFC 7493, 2.1
        return True


def inspect(value: JSON, *, strings: bool) -> None:
    """Look at every value, level by level.

    @param strings: look at the strings, too.
    @raise NotJSON: when it is too deep, or a string has what is no character.
    """
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > DEPTH + strings:  # A string is no level, but is looked at on one.
            raise NotJSON("nested too deeply")
        below: list[JSON] = []
        for each in level:
            if isinstance(each, dict):
                below += each.values()
                if strings:
                    below += each
            elif isinstance(each, list):
                below += each
            elif strings and isinstance(each, str) and unfit(each):
                raise NotJSON("a character that is none")
        level = (
            below
            if strings
            else [each for each in below if isinstance(each, dict | list)]
        )


def weigh(value: JSON, most: int, deepest: int = DEPTH) -> int:
    """About how many octets a value takes when it is written, and a few for each value.

    What is there several times counts each time.

    @raise TooManyElements: when it is more than C{most}.
    @raise NotJSON: when it is nested too deeply.
    """
    level, depth, weight = [value], 0, 0
    while level:
        depth += 1
        if depth > deepest + 1:
            raise NotJSON("nested too deeply")
        below: list[JSON] = []
        for each in level:
            weight += LEAST
            if isinstance(each, str):
                weight += len(each)
            elif isinstance(each, list):
                below += each
            elif isinstance(each, dict):
                below += each.values()
                weight += sum(map(len, each))
            if weight + LEAST * len(below) > most:
                raise TooManyElements("too large")
        level = below
    return weight

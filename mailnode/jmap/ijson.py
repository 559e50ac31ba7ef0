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
ELEMENTS = 500_000
"""Values of a text, at about 60 octets of memory each: a request of 10 MB in strings
is welcome, one of three million empty arrays would take 200 MB."""
DIGITS = 400
"""Of a whole number; a double has 309 (RFC 7493, 2.2), and reading is quadratic."""
STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
UNFIT = re.compile(
    "[\ud800-\udfff\ufdd0-\ufdef"
    + "".join(
        f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}"
        for plane in range(0, 0x110000, 0x10000)
    )
    + "]"
)
"""Surrogates that stand alone and noncharacters (RFC 7493, 2.1)."""


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
    plain = "\\u" not in text
    if plain and UNFIT.search(text):
        raise NotJSON("a character that is none")
    inspect(value, strings=not plain)
    return value


def written(value: JSON) -> bytes:
    """A value as a text."""
    return json.dumps(
        value, ensure_ascii=False, allow_nan=False, separators=(",", ":")
    ).encode()


def elements(octets: bytes) -> int:
    """How many values a text has, or a few more."""
    quick = sum(map(octets.count, (b",", b"[", b"{")))
    if quick <= ELEMENTS:
        return quick
    bare = STRING.sub(b"", octets)
    return sum(map(bare.count, (b",", b"[", b"{")))


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
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise NotJSON("a number out of range")
    return value


def whole(text: str) -> int:
    """A whole number."""
    if len(text) > DIGITS:
        raise NotJSON("a number out of range")
    return int(text)


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
            elif strings and isinstance(each, str) and UNFIT.search(each):
                raise NotJSON("a character that is none")
        level = (
            below
            if strings
            else [each for each in below if isinstance(each, dict | list)]
        )


def weigh(value: JSON, most: int) -> int:
    """About how many octets a value takes when it is written.

    What is there several times counts each time.

    @raise TooManyElements: when it is more than C{most}.
    @raise NotJSON: when it is nested too deeply.
    """
    level, depth, weight = [value], 0, 0
    while level:
        depth += 1
        if depth > DEPTH + 1:
            raise NotJSON("nested too deeply")
        below: list[JSON] = []
        for each in level:
            weight += 1
            if isinstance(each, str):
                weight += len(each)
            elif isinstance(each, list):
                below += each
            elif isinstance(each, dict):
                below += each.values()
                weight += sum(map(len, each))
            if weight + len(below) > most:
                raise TooManyElements("too large")
        level = below
    return weight

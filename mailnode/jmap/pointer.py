"""JSON pointers, with C{*} for every element of an array (RFC 6901; RFC 8620, 3.7)."""

from __future__ import annotations

import re

from mailnode.jmap.ijson import JSON

INDEX = re.compile(r"0|[1-9][0-9]*", re.ASCII)  # RFC 6901, 4
ESCAPED = re.compile(r"~[01]|~")
STEPS = 64
"""Reference tokens of a pointer: no value is deeper."""
FOUND = 100_000
"""Values that one pointer may lead to, through however many C{*}."""
LOOKS = 2 * FOUND
"""Elements of arrays that the pointers of one request may lead through; to look into
one takes a microsecond."""


class NoSuchValue(ValueError):
    """The pointer leads nowhere; the text says where it ended."""


def tokens(pointer: str) -> list[str]:
    """The reference tokens of a pointer, without their escapes.

    @raise NoSuchValue: when it is not a pointer.
    """
    if pointer == "":
        return []
    first, *rest = pointer.split("/")
    if first or len(rest) > STEPS:
        raise NoSuchValue("not a pointer")
    return [ESCAPED.sub(unescaped, each) for each in rest]


def unescaped(match: re.Match[str]) -> str:
    """What an escape stands for (RFC 6901, 3)."""
    try:
        return {"~0": "~", "~1": "/"}[match[0]]
    except KeyError:
        raise NoSuchValue("not a pointer") from None


def escaped(token: str) -> str:
    """A name as a reference token."""
    return token.replace("~", "~0").replace("/", "~1")


def value_at(value: JSON, pointer: str) -> JSON:
    """What one pointer leads to.

    @raise NoSuchValue: when it leads nowhere, or to too much.
    """
    return Way().value_at(value, pointer)


class Way:
    """Follows pointers, and does not go on for ever: C{*} over empty arrays leads to
    nothing, however many they are.

    @ivar left: how often an element of an array may still be looked into.
    """

    def __init__(self, left: int = LOOKS) -> None:
        self.left = left

    def value_at(self, value: JSON, pointer: str) -> JSON:
        """What a pointer leads to.

        @raise NoSuchValue: when it leads nowhere, or to too much.
        """
        return self.follow(value, tokens(pointer))

    def follow(self, value: JSON, path: list[str]) -> JSON:
        """What reference tokens lead to, one after the other."""
        for number, token in enumerate(path):
            if isinstance(value, list) and token == "*":  # noqa: S105 - no secret
                return self.every(value, path[number + 1 :])
            value = below(value, token)
        return value

    def every(self, values: list[JSON], path: list[str]) -> JSON:
        """The rest of a path for each; arrays are joined to one (RFC 8620, 3.7)."""
        self.left -= len(values)
        if self.left < 0:
            raise NoSuchValue("it leads to too many values")
        found: list[JSON] = []
        for each in values:
            one = self.follow(each, path)
            if isinstance(one, list):
                found += one
            else:
                found.append(one)
            if len(found) > FOUND:
                raise NoSuchValue("it leads to too many values")
        return found


def below(value: JSON, token: str) -> JSON:
    """What one reference token leads to (RFC 6901, 4)."""
    if isinstance(value, dict) and token in value:
        return value[token]
    if isinstance(value, list) and INDEX.fullmatch(token) and len(token) < 10:  # noqa: PLR2004 - a thousand million elements
        index = int(token)
        if index < len(value):
            return value[index]
    raise NoSuchValue(f"there is nothing at {token[:40]!r}")

"""The arguments of a method call, each read as the type that it must have (RFC 8620, 1)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar, overload

from mailnode.jmap.errors import InvalidArguments
from mailnode.jmap.ijson import JSON, Object

ID = re.compile(r"[A-Za-z0-9_-]{1,255}", re.ASCII)  # RFC 8620, 1.2
MOST = 2**53 - 1
"""The largest whole number that everybody can count to (RFC 8620, 1.3)."""
REQUIRED = object()
"""In place of a default: the argument must be there."""
T = TypeVar("T")


def is_id(value: JSON) -> bool:
    """Whether this can be the id of something."""
    return isinstance(value, str) and ID.fullmatch(value) is not None


class Arguments:
    """Takes arguments out, one by one; in the end there must be none left.

    @ivar left: those that nobody has asked for.
    """

    def __init__(self, given: Object) -> None:
        self.left = dict(given)

    def take(self, name: str) -> JSON:
        """An argument of any type; C{None} when it is not there."""
        return self.left.pop(name, None)

    def end(self) -> None:
        """Complain of arguments that nobody knows."""
        if self.left:
            raise InvalidArguments(f"unknown arguments: {listed(self.left)}")

    @overload
    def string(self, name: str) -> str: ...
    @overload
    def string(self, name: str, default: T) -> str | T: ...
    def string(self, name: str, default: object = REQUIRED) -> object:
        """A String."""
        value = self.take(name)
        if value is None and default is not REQUIRED:
            return default
        if not isinstance(value, str):
            raise wrong(name, "a string")
        return value

    @overload
    def id(self, name: str) -> str: ...
    @overload
    def id(self, name: str, default: T) -> str | T: ...
    def id(self, name: str, default: object = REQUIRED) -> object:
        """An Id (RFC 8620, 1.2)."""
        value = self.take(name)
        if value is None and default is not REQUIRED:
            return default
        if not is_id(value):
            raise wrong(name, "an id")
        return value

    def boolean(self, name: str, default: bool) -> bool:
        """A Boolean."""
        value = self.left.pop(name, default)
        if not isinstance(value, bool):
            raise wrong(name, "true or false")
        return value

    def whole(self, name: str, default: T) -> int | T:
        """An Int (RFC 8620, 1.3)."""
        value = self.take(name)
        if value is None:
            return default
        if type(value) is not int or abs(value) > MOST:
            raise wrong(name, "a whole number")
        return value

    def unsigned(self, name: str, default: T) -> int | T:
        """An UnsignedInt (RFC 8620, 1.3)."""
        value = self.whole(name, default)
        if isinstance(value, int) and value < 0:
            raise wrong(name, "a whole number from 0")
        return value

    def strings(self, name: str) -> list[str] | None:
        """A String[], or null."""
        value = self.take(name)
        if value is None:
            return None
        if isinstance(value, list):
            found = [each for each in value if isinstance(each, str)]
            if len(found) == len(value):
                return found
        raise wrong(name, "a list of strings")

    def ids(self, name: str) -> list[str] | None:
        """An Id[], or null."""
        found = self.strings(name)
        if found is not None and not all(map(is_id, found)):
            raise wrong(name, "a list of ids")
        return found

    def objects(self, name: str) -> dict[str, Object]:
        """An Id[Object]; null is an empty one."""
        value = self.take(name)
        if value is None:
            return {}
        if isinstance(value, dict):
            found = {key: one for key, one in value.items() if isinstance(one, dict)}
            if len(found) == len(value):
                return found
        raise wrong(name, "a map of objects")


def wrong(name: str, wanted: str) -> InvalidArguments:
    """A complaint of one argument."""
    return InvalidArguments(f"{name} must be {wanted}")


def listed(names: Iterable[str]) -> str:
    """Some names, for people; not all, if they are many."""
    told = [each[:40] for each in names]
    return ", ".join(told[:10])

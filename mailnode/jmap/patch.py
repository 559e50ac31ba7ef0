"""Patches: what an update changes of an object, and nothing else (RFC 8620, 5.3)."""

from __future__ import annotations

from collections.abc import Collection
from copy import deepcopy

from mailnode.jmap.errors import SetError
from mailnode.jmap.ijson import JSON, Object
from mailnode.jmap.pointer import NoSuchValue, tokens


def invalid(why: str) -> SetError:
    """A patch that cannot be applied."""
    return SetError("invalidPatch", why)


def paths(patch: Object) -> list[tuple[list[str], JSON]]:
    """The paths of a patch, as reference tokens, with their values.

    @raise SetError: when one is no pointer, or leads into another.
    """
    found = []
    for pointer, value in patch.items():
        try:
            found.append((tokens(f"/{pointer}"), value))  # The "/" is implied.
        except NoSuchValue:
            raise invalid(f"no path: {pointer[:40]!r}") from None
    known = {tuple(path) for path, _ in found}
    if len(known) < len(found):
        raise invalid("two paths are one")
    for path, _ in found:
        if any(tuple(path[:end]) in known for end in range(1, len(path))):
            raise invalid("one path leads into another")
    return found


def patched(before: Object, patch: Object, defaults: Object) -> Object:
    """An object after a patch; the one before stays as it is.

    @param defaults: what properties are when they are patched with null.
    @raise SetError: C{invalidPatch}.
    """
    after = deepcopy(before)
    for path, value in paths(patch):
        parent = reached(after, path)
        *above, last = path
        if value is not None:
            parent[last] = deepcopy(value)
        elif not above and last in defaults:
            parent[last] = deepcopy(defaults[last])
        elif not above:
            parent[last] = None
        else:
            parent.pop(last, None)
    return after


def reached(value: Object, path: list[str]) -> Object:
    """The object whose member a path is; all before the last must be there."""
    for token in path[:-1]:
        below = value.get(token)
        if not isinstance(below, dict):  # Nothing inside arrays can be patched.
            raise invalid(f"there is no object at {token[:40]!r}")
        value = below
    return value


def properties(patch: Object) -> Collection[str]:
    """The properties that a patch changes, or parts of them."""
    return {path[0] for path, _ in paths(patch)}

"""Filters and orders of submissions (RFC 8621, 7.3)."""

from __future__ import annotations

from collections.abc import Mapping

from mailnode.errors import SyntaxFault
from mailnode.jmap.arguments import Arguments, wrong
from mailnode.jmap.dates import utc_date
from mailnode.jmap.errors import InvalidArguments
from mailnode.jmap.ijson import JSON, Object
from mailnode.jmap.matching import Key, Reader, Test
from mailnode.jmap.sending.fate import Undo

CHANGES = 10_000
"""Submissions that may have changed between two looks at a query; more are asked
for anew."""


def moment(name: str, said: JSON) -> int:
    """A UTCDate as milliseconds since 1970."""
    try:
        return utc_date(said)
    except SyntaxFault:
        raise InvalidArguments(f"{name} must be a UTCDate") from None


def among(of: str) -> Reader[Object]:
    """A condition that an id is one of several."""

    def read(given: Arguments, name: str) -> Test[Object]:
        wanted = given.ids(name)
        if wanted is None:
            raise wrong(name, "a list of ids")
        return lambda one: one[of] in wanted

    return read


def undo_status(given: Arguments, name: str) -> Test[Object]:
    """The condition that it may, may no longer, or might have been taken back."""
    said = given.string(name)
    if said not in [each.value for each in Undo]:
        raise wrong(name, "pending, final or canceled")
    return lambda one: one["undoStatus"] == said


def before(given: Arguments, name: str) -> Test[Object]:
    """The condition that it leaves before a moment."""
    bound = moment(name, given.take(name))
    return lambda one: moment("sendAt", one["sendAt"]) < bound


def after(given: Arguments, name: str) -> Test[Object]:
    """The condition that it leaves at a moment or later."""
    bound = moment(name, given.take(name))
    return lambda one: moment("sendAt", one["sendAt"]) >= bound


READERS: Mapping[str, Reader[Object]] = {
    "identityIds": among("identityId"),
    "emailIds": among("emailId"),
    "threadIds": among("threadId"),
    "undoStatus": undo_status,
    "before": before,
    "after": after,
}


def numbered(name: str) -> Key[Object]:
    """By the number in an id."""
    return lambda one: int(str(one[name]).rpartition("-")[2])


def sent(one: Object) -> int:
    """By the date."""
    return moment("sendAt", one["sendAt"])


KEYS: Mapping[str, Key[Object]] = {
    "emailId": numbered("emailId"),
    "threadId": numbered("threadId"),
    "sentAt": sent,
    "sendAt": sent,
}
"""RFC 8621 calls the date C{sentAt} in 7.3, and C{sendAt} everywhere else."""

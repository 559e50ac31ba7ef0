"""What is said over a WebSocket (RFC 8887, 4.3)."""

from __future__ import annotations

from dataclasses import dataclass

from mailnode.jmap.arguments import Arguments
from mailnode.jmap.errors import InvalidArguments, RequestError
from mailnode.jmap.extension import Repertoire
from mailnode.jmap.ijson import JSON, Object
from mailnode.jmap.push import StateChange, Types
from mailnode.jmap.request import Request, asked, no_request, spoken

TYPES = 100
"""Names of types that somebody may want to hear of."""


class Wrong(Exception):
    """A message that cannot be met.

    @ivar why: as for a request (RFC 8620, 3.6.1).
    @ivar id: the client's mark; C{None} if it has none.
    """

    def __init__(self, why: RequestError, id: str | None = None) -> None:  # noqa: A002 - the RFC's word
        super().__init__(str(why))
        self.why = why
        self.id = id

    def value(self) -> Object:
        """As it is told (RFC 8887, 4.3.4)."""
        return {"@type": "RequestError", "requestId": self.id, **self.why.problem()}


@dataclass(frozen=True, slots=True)
class Question:
    """A request with the client's mark, if it has one (RFC 8887, 4.3.2)."""

    request: Request
    id: str | None

    def answered(self, told: Object) -> Object:
        """The response, as it is told (RFC 8887, 4.3.3)."""
        mark: Object = {} if self.id is None else {"requestId": self.id}
        return {"@type": "Response", **mark, **told}


@dataclass(frozen=True, slots=True)
class Enable:
    """Changes shall be told (RFC 8887, 4.3.5.2).

    @ivar since: the last token that the client was given.
    """

    types: Types
    since: str | None


@dataclass(frozen=True, slots=True)
class Disable:
    """Changes shall be told no longer (RFC 8887, 4.3.5.3)."""


def understood(octets: bytes, repertoire: Repertoire) -> Question | Enable | Disable:
    """The message in some octets.

    @raise Wrong: when there is none that we can meet.
    """
    mark: str | None = None
    try:
        value = spoken(octets, repertoire.limits)
        mark = marked(value)
        kind = value.get("@type")
        if kind == "Request":
            return Question(asked(value, repertoire), mark)
        if kind == "WebSocketPushEnable":
            return enable(value)
        if kind == "WebSocketPushDisable":
            return Disable()
        raise no_request("@type must be Request or one of the others")
    except RequestError as why:
        raise Wrong(why, mark) from None


def marked(value: Object) -> str | None:
    """The client's mark.

    @raise RequestError: when it is no string.
    """
    mark = value.get("id")
    if mark is None or isinstance(mark, str):
        return mark
    raise no_request("id must be a string")


def enable(value: Object) -> Enable:
    """What somebody wants to hear of.

    @raise RequestError: when it is not what it should be.
    """
    arguments = Arguments(value)
    try:
        types = arguments.strings("dataTypes")
        since = arguments.string("pushState", None)
    except InvalidArguments as error:
        raise no_request(str(error)) from None
    if types is not None and len(types) > TYPES:
        raise no_request(f"dataTypes may be {TYPES} names")
    return Enable(None if types is None else frozenset(types), since)


def pushed(change: StateChange, types: Types) -> Object:
    """A change, as it is told (RFC 8887, 4.3.5.1)."""
    token: JSON = change.token
    return {**change.value(types), "pushState": token}

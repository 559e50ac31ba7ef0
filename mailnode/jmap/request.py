"""A request: method calls in order, and what comes of each (RFC 8620, 3)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from traceback import format_tb

from mailnode.errors import MailError
from mailnode.jmap.arguments import Arguments, is_id
from mailnode.jmap.call import Call, Invocation, Visit
from mailnode.jmap.errors import MethodError, RequestError, of_call
from mailnode.jmap.extension import Limits, Repertoire
from mailnode.jmap.ijson import JSON, NotJSON, Object, TooManyElements, read, weigh
from mailnode.jmap.pointer import NoSuchValue, Way

log = logging.getLogger("mailnode.jmap")

TELLING = ("/get", "/parse", "/echo")
"""Methods that change nothing, and may say as much as there is."""
SAID = 2**26
"""Octets of all that they say in one request: it is all in memory before it is sent."""
DEEPEST = 1000
"""Values in each other: a message is told with its parts in their parts."""
REFERENCES = 1000
"""Back references of a request: a call has one or two, and there are few calls."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asks for (RFC 8620, 3.3).

    @ivar created: ids by creation id, if the client named any or none.
    """

    using: frozenset[str]
    calls: Sequence[Invocation]
    created: dict[str, str] | None


def parse(octets: bytes, repertoire: Repertoire) -> Request:
    """The request in some octets.

    @raise RequestError: when it is none, or asks for more than we have or allow.
    """
    return asked(spoken(octets, repertoire.limits), repertoire)


def spoken(octets: bytes, limits: Limits) -> Object:
    """The object in some octets.

    @raise RequestError: when there is none, or one that is too large.
    """
    if len(octets) > limits.size_request:
        raise too_much("maxSizeRequest")
    try:
        value = read(octets)
    except TooManyElements as error:
        raise too_much("maxSizeRequest", str(error)) from None
    except NotJSON as error:
        raise RequestError("notJSON", str(error)) from None
    if not isinstance(value, dict):
        raise no_request("it must be an object")
    return value


def asked(value: Object, repertoire: Repertoire) -> Request:
    """The request that an object is.

    @raise RequestError: when it is none, or asks for more than we have or allow.
    """
    limits = repertoire.limits
    using = value.get("using")
    if not isinstance(using, list):
        raise no_request("using must be a list of strings")
    names = frozenset(each for each in using if isinstance(each, str))
    if len(names) < len(set(map(repr, using))):
        raise no_request("using must be a list of strings")
    request = Request(names, calls(value, limits), created_ids(value))
    if unknown := names - repertoire.extensions.keys():
        told = ", ".join(sorted(unknown))[:200]
        raise RequestError("unknownCapability", f"not known here: {told}")
    return request


def calls(value: Object, limits: Limits) -> Sequence[Invocation]:
    """The method calls of a request."""
    given = value.get("methodCalls")
    if not isinstance(given, list):
        raise no_request("methodCalls must be a list")
    if len(given) > limits.calls_in_request:
        raise too_much("maxCallsInRequest")
    return [invocation(each) for each in given]


def invocation(value: JSON) -> Invocation:
    """One method call (RFC 8620, 3.2)."""
    match value:
        case [str(name), dict(arguments), str(mark)]:
            return Invocation(name, arguments, mark)
    raise no_request("a method call is a name, an object and a string")


def created_ids(value: Object) -> dict[str, str] | None:
    """The creation ids that a client knows from earlier requests."""
    given = value.get("createdIds")
    if given is None:
        return None
    if isinstance(given, dict):
        known = {
            key: each
            for key, each in given.items()
            if is_id(key) and isinstance(each, str) and is_id(each)
        }
        if len(known) == len(given):
            return known
    raise no_request("createdIds must be a map of ids")


def no_request(detail: str) -> RequestError:
    """It is JSON, but not a request."""
    return RequestError("notRequest", detail)


def too_much(limit: str, detail: str = "") -> RequestError:
    """It would exceed a limit that the session tells of."""
    return RequestError("limit", detail or f"more than {limit}", limit)


class Responses:
    """The responses of one request, as they come.

    @ivar budget: octets that back references may still bring in: with those, a
        client says twice as much with every call, in a few words each.
    @ivar way: on which they are followed.
    @ivar references: how many more there may be.
    @ivar room: octets that may still be told.
    """

    def __init__(self, request: Request, visit: Visit) -> None:
        self.visit = visit
        self.using = request.using
        self.created = dict(request.created or {})
        self.budget = visit.repertoire.limits.size_request
        self.way = Way()
        self.references = REFERENCES
        self.room = SAID
        self.said: list[Invocation] = []

    async def answer(self, call: Invocation) -> None:
        """Do what one call asks for, and note its responses."""
        try:
            self.said += await self.response(call)
        except MethodError as error:
            self.fail(call, error)
        except MailError as error:
            self.fail(call, of_call(error))
        except Exception as trouble:
            if self.visit.gone():
                raise
            self.report(call, trouble)
            self.fail(call, MethodError("serverFail", "something went wrong here"))

    async def response(self, call: Invocation) -> Sequence[Invocation]:
        """What comes of a call.

        @raise MethodError: when it cannot be met.
        """
        extension, method = self.visit.repertoire.methods.get(call.name, (None, None))
        if (
            extension is None
            or method is None
            or extension.capability not in self.using
        ):
            raise MethodError("unknownMethod")
        arguments = Arguments(self.resolved(call.arguments))
        on_its_way = Call(self.visit, extension, call.id, self.created, self.using)
        told = await method(on_its_way, arguments)
        if call.name.endswith(TELLING):
            self.fill(told)
        return [Invocation(call.name, told, call.id), *on_its_way.more]

    def fill(self, told: Object) -> None:
        """Take the room for what is told.

        @raise MethodError: when there is none.
        """
        try:
            self.room -= weigh(told, self.room, DEEPEST)
        except TooManyElements:
            why = "the responses would be too large: ask for less at a time"
            raise MethodError("requestTooLarge", why) from None

    def fail(self, call: Invocation, error: MethodError) -> None:
        """Note that nothing came of a call."""
        self.said.append(Invocation("error", error.arguments, call.id))

    def report(self, call: Invocation, trouble: Exception) -> None:
        """Write down a fault of ours: where it was, and nothing of what was said."""
        log.error(
            "%s failed: %s\n%s",
            call.name,
            type(trouble).__qualname__,
            "".join(format_tb(trouble.__traceback__)).rstrip(),
        )

    def resolved(self, arguments: Object) -> Object:
        """Arguments with back references put in (RFC 8620, 3.7)."""
        found: Object = {}
        for name, value in arguments.items():
            if not name.startswith("#"):
                found[name] = value
                continue
            if name[1:] in arguments:
                raise MethodError("invalidArguments", f"both {name} and {name[1:]}")
            found[name[1:]] = self.referred(value)
        return found

    def referred(self, reference: JSON) -> JSON:
        """The value that a ResultReference means."""
        self.references -= 1
        if self.references < 0:
            raise lost("there are too many references")
        match reference:
            case {"resultOf": str(mark), "name": str(name), "path": str(path), **rest}:
                if rest:
                    raise lost("it has more than resultOf, name and path")
            case _:
                raise lost("it must have resultOf, name and path")
        said = next((each for each in self.said if each.id == mark), None)
        if said is None or said.name != name:
            raise lost("there is no such response")
        try:
            value = self.way.value_at(said.arguments, path)
            self.budget -= weigh(value, self.budget)
        except (NoSuchValue, NotJSON) as error:
            raise lost(str(error)) from None
        return value


def lost(why: str) -> MethodError:
    """A back reference that leads nowhere."""
    return MethodError("invalidResultReference", why)


async def respond(request: Request, visit: Visit, state: str) -> Object:
    """The response to a request (RFC 8620, 3.4).

    @param state: of the session, as it is now.
    """
    responses = Responses(request, visit)
    for call in request.calls:
        if visit.gone():
            break
        await responses.answer(call)
        await visit.turn()
    told: Object = {
        "methodResponses": [each.value() for each in responses.said],
        "sessionState": state,
    }
    if request.created is not None:
        told["createdIds"] = dict[str, JSON](responses.created)
    return told

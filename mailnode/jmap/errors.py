"""What goes wrong in JMAP, in its three sizes, and our errors in its words (RFC 8620, 3.6)."""

from __future__ import annotations

from collections.abc import Sequence

from mailnode import errors
from mailnode.jmap.ijson import JSON, Object

PREFIX = "urn:ietf:params:jmap:error:"


class RequestError(Exception):
    """A whole request that cannot be met (RFC 8620, 3.6.1).

    @ivar kind: the last word of its URN.
    @ivar limit: which limit it would have exceeded, for C{limit}.
    """

    status = 400

    def __init__(self, kind: str, detail: str, limit: str | None = None) -> None:
        super().__init__(detail)
        self.kind = kind
        self.limit = limit

    def problem(self) -> Object:
        """As a problem report (RFC 9457)."""
        told: Object = {
            "type": PREFIX + self.kind,
            "status": self.status,
            "detail": str(self),
        }
        if self.limit is not None:
            told["limit"] = self.limit
        return told


class MethodError(Exception):
    """A method call that cannot be met; the others go on (RFC 8620, 3.6.2)."""

    def __init__(self, kind: str, description: str = "", **more: JSON) -> None:
        super().__init__(description or kind)
        self.kind = kind
        self.arguments: Object = {"type": kind, **more}
        if description:
            self.arguments["description"] = description


class SetError(Exception):
    """One object that cannot be made, changed or destroyed (RFC 8620, 5.3)."""

    def __init__(
        self,
        kind: str,
        description: str = "",
        properties: Sequence[str] | None = None,
        **more: JSON,
    ) -> None:
        super().__init__(description or kind)
        self.value: Object = {"type": kind, **more}
        if description:
            self.value["description"] = description
        if properties is not None:
            self.value["properties"] = list(properties)


class InvalidArguments(MethodError):
    """An argument is missing, unknown, or not what it should be."""

    def __init__(self, description: str) -> None:
        super().__init__("invalidArguments", description)


TYPES: dict[type[errors.MailError], str] = {
    errors.NotFound: "notFound",
    errors.AlreadyExists: "alreadyExists",
    errors.NotLocal: "forbidden",
    errors.NotPermitted: "forbidden",
    errors.ReadOnly: "forbidden",
    errors.OverQuota: "overQuota",
    errors.TooLarge: "tooLarge",
    errors.TooMany: "overQuota",  # "the total number … of objects of this type"
    errors.Malformed: "invalidProperties",
    errors.Looping: "forbidden",
    errors.NoSpace: "serverUnavailable",
    errors.Damaged: "serverFail",
    errors.Unavailable: "serverUnavailable",
    errors.BadCredentials: "forbidden",
    errors.TooOften: "rateLimit",
    errors.Throttled: "rateLimit",
    errors.PrivacyRequired: "forbidden",
}
"""RFC 8620, 3.6.2 and 5.3: our errors by their names in JMAP, for a whole call and
for one object; the names are one registry (RFC 8620, 9.4)."""


def type_of(error: errors.MailError) -> str:
    """The name of one of our errors."""
    return next(TYPES[each] for each in type(error).mro() if each in TYPES)


def of_call(error: errors.MailError) -> MethodError:
    """One of our errors, as a method call ends with it."""
    return MethodError(type_of(error), str(error))


def of_object(error: errors.MailError) -> SetError:
    """One of our errors, as one object has it."""
    return SetError(type_of(error), str(error))

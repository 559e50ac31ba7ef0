"""What is answered: a value, and problems as values too (RFC 9110, 15; RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from mailnode import errors

JSON = "application/json"
PROBLEM = "application/problem+json"
RENAMED = {
    413: "Content Too Large",
    414: "URI Too Long",
    422: "Unprocessable Content",
}
"""Statuses that had other names before RFC 9110, which libraries may still use."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response.

    @ivar kind: its media type; empty when there is no content.
    @ivar headers: further fields.
    @ivar stream: the content, piece by piece, if it is not here as a whole.
    @ivar length: octets of the stream; C{None} when nobody knows yet.
    """

    status: int = 200
    content: bytes = b""
    kind: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    stream: AsyncIterator[bytes] | None = None
    length: int | None = None


class Refused(Exception):
    """A request that is answered by a problem."""

    def __init__(
        self, status: int, detail: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = headers or {}

    def answer(self) -> Answer:
        """The answer that it is."""
        return problem(self.status, str(self), self.headers)


def phrase(status: int) -> str:
    """What a status is called (RFC 9110, 15)."""
    return RENAMED.get(status) or HTTPStatus(status).phrase


def problem(
    status: int, detail: str, headers: Mapping[str, str] | None = None
) -> Answer:
    """A problem report with nothing but its status to tell its type (RFC 9457, 4.2.1)."""
    told = {"title": phrase(status), "status": status, "detail": detail}
    return Answer(status, json.dumps(told).encode(), PROBLEM, headers or {})


STATUSES: dict[type[errors.MailError], int] = {
    errors.NotFound: 404,
    errors.AlreadyExists: 409,
    errors.NotLocal: 403,
    errors.NotPermitted: 403,
    errors.ReadOnly: 403,
    errors.OverQuota: 507,
    errors.TooLarge: 413,
    errors.TooMany: 429,
    errors.Malformed: 422,
    errors.Looping: 422,
    errors.NoSpace: 503,
    errors.Damaged: 500,
    errors.Unavailable: 503,
    errors.BadCredentials: 401,
    errors.TooOften: 429,
    errors.Throttled: 429,
    errors.PrivacyRequired: 403,
}
"""RFC 9110, 15, RFC 6585, 4 and RFC 4918, 11.5: our errors as statuses."""
LATER = frozenset({429, 503})
"""Statuses that say when to come back (RFC 9110, 10.2.3)."""
SOON = 60
"""Seconds, when nobody knows better."""


def declined(error: errors.MailError) -> Answer:
    """The answer to a request that one of our errors ended."""
    status = next(STATUSES[each] for each in type(error).mro() if each in STATUSES)
    seconds = error.seconds if isinstance(error, errors.Throttled) else SOON
    headers = {"Retry-After": str(seconds or SOON)} if status in LATER else {}
    return problem(status, str(error), headers)

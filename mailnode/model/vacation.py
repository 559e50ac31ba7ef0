"""A vacation response: what somebody has answered while he is away (RFC 8621, 8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

KIND = "VacationResponse"
"""What an account keeps it as."""


@dataclass(frozen=True, slots=True)
class Vacation:
    """The answer, and when it is given.

    @ivar since: milliseconds since 1970 in UTC; C{None}: from the beginning.
    @ivar until: the first moment at which it is given no more; C{None}: never.
    @ivar text: C{None}, as C{html}: then there is only the other, or we say it
        in our own words.
    """

    enabled: bool = False
    since: int | None = None
    until: int | None = None
    subject: str | None = None
    text: str | None = None
    html: str | None = None

    def answers(self, moment: int) -> bool:
        """Whether what arrives at a moment is answered."""
        return (
            self.enabled
            and (self.since is None or self.since <= moment)
            and (self.until is None or moment < self.until)
        )

    def written(self) -> dict[str, object]:
        """As an account keeps it."""
        return {name: getattr(self, name) for name in self.__slots__}


def read(kept: Mapping[str, object]) -> Vacation:
    """What an account keeps."""
    return Vacation(**{name: kept.get(name) for name in Vacation.__slots__})  # type: ignore[arg-type]  # as it was written

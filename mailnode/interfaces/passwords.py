"""What is kept of a password, and whoever makes that and verifies it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from zope.interface import Interface

from mailnode.interfaces.realm import ScramKeys


@dataclass(frozen=True, slots=True)
class Secrets:
    """All that is kept of a password.

    @ivar hash: a hash that only its maker understands.
    @ivar scram: keys by mechanism, C{SCRAM-SHA-256} and C{SCRAM-SHA-1}.
    """

    hash: str
    scram: Mapping[str, ScramKeys] = field(default_factory=dict)

    def __repr__(self) -> str:
        return "<Secrets>"


class IPasswords(Interface):
    """Makes and verifies what is kept of passwords, so that it is hard to undo."""

    async def secrets(password: str) -> Secrets:
        """Everything that is kept of a new password.

        @raise ValueError: when no password may be like that.
        @raise Unavailable: when too many passwords wait for their turn.
        """

    async def verify(kept: str | None, password: str) -> bool:
        """Whether C{kept} is the hash of this password.

        @param kept: C{None} when there is no such person: the same work is
            done, and the answer is no.
        @raise ValueError: when C{kept} is of another kind.
        @raise Unavailable: when too many passwords wait for their turn.
        """

    def outdated(kept: Secrets) -> bool:
        """Whether C{secrets} would keep a password otherwise today.

        @raise ValueError: when the hash is of another kind.
        """

"""A push subscription as an account keeps it (RFC 8620, 7.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from mailnode.wire.ids import written
from mailnode.wire.webpush import Keys, keys

KIND = "PushSubscription"
LETTER = "N"
"""What its id begins with."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where a device wants to be told, and of what.

    @ivar device: who says that it is his.
    @ivar keys: p256dh and auth, as they came; C{None} if it wants to be told in clear.
    @ivar code: what proves that somebody hears us there.
    @ivar verified: it was proved.
    @ivar expires: milliseconds since 1970 in UTC.
    @ivar types: C{None} for all.
    @ivar credential: what opened the account to who made it, and alone opens this to
        him (RFC 8620, 7.2); as in L{Visit<mailnode.jmap.call.Visit>}.
    """

    device: str
    url: str
    keys: tuple[str, str] | None
    code: str
    expires: int
    verified: bool = False
    types: tuple[str, ...] | None = None
    credential: int = 0

    def __repr__(self) -> str:
        return f"Subscription({self.device!r})"

    @property
    def sealing(self) -> Keys | None:
        """What its messages are sealed with."""
        return None if self.keys is None else keys(*self.keys)

    @property
    def wanted(self) -> frozenset[str] | None:
        """The types, as L{StateChange<mailnode.jmap.push.StateChange>} takes them."""
        return None if self.types is None else frozenset(self.types)

    def kept(self) -> Mapping[str, object]:
        """As it is kept."""
        return {
            "device": self.device,
            "url": self.url,
            "keys": self.keys,
            "code": self.code,
            "expires": self.expires,
            "verified": self.verified,
            "types": self.types,
            "credential": self.credential,
        }


def read(value: Mapping[str, object]) -> Subscription:
    """One that was kept."""
    pair = cast("list[str] | None", value["keys"])
    types = cast("list[str] | None", value["types"])
    return Subscription(
        str(value["device"]),
        str(value["url"]),
        None if pair is None else (pair[0], pair[1]),
        str(value["code"]),
        int(str(value["expires"])),
        bool(value["verified"]),
        None if types is None else tuple(types),
        int(str(value["credential"])),
    )


def named(account: int, number: int) -> str:
    """Its id."""
    return written(LETTER, account, number)

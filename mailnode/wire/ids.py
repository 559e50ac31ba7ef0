"""Ids as they are on the wire: a letter for the kind, the account, its own number (RFC 8620, 1.2).

The account is in them, so that no two accounts ever show the same id for two
mailboxes (RFC 8474, 4), and an id of somebody else is one that never was.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAILBOX = "P"
EMAIL = "M"
THREAD = "T"
NUMBERED = re.compile(r"([A-Z])([1-9]\d{0,15})-([1-9]\d{0,17})", re.ASCII)
BLOB = re.compile(r"G([0-9a-f]{64})(?:-(\d{1,12})-(\d{1,12})-([0bq]))?", re.ASCII)


def written(kind: str, account: int, number: int) -> str:
    """The id of something in an account."""
    return f"{kind}{account}-{number}"


def number(kind: str, account: int, said: str) -> int:
    """The number in an id; 0, which nothing has, if it is not of this kind and account."""
    found = NUMBERED.fullmatch(said)
    if found is None or found[1] != kind or int(found[2]) != account:
        return 0
    return int(found[3])


@dataclass(frozen=True, slots=True)
class BlobId:
    """Octets by their hash, or a stretch of them that is decoded.

    @ivar hash: SHA-256 of the whole.
    @ivar start: where the stretch begins; C{None}: the whole, as it is.
    @ivar length: octets of the stretch, before it is decoded.
    @ivar coding: how it is encoded: C{b} base64, C{q} quoted-printable, C{0} not.
    """

    hash: bytes
    start: int | None = None
    length: int = 0
    coding: str = "0"

    def __str__(self) -> str:
        if self.start is None:
            return f"G{self.hash.hex()}"
        return f"G{self.hash.hex()}-{self.start}-{self.length}-{self.coding}"


def blob(said: str) -> BlobId | None:
    """What the id of a blob means; C{None} when it is none."""
    found = BLOB.fullmatch(said)
    if found is None:
        return None
    digest, start, length, coding = found.groups()
    if start is None:
        return BlobId(bytes.fromhex(digest))
    return BlobId(bytes.fromhex(digest), int(start), int(length), coding)

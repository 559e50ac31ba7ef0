"""Flags as bits of an integer, for each mailbox (RFC 9051, 2.3.2).

The lowest bits are the system flags, in their fixed order; above them every
mailbox has keywords of its own, in the order in which they were first used.
"""

from __future__ import annotations

from collections.abc import Iterable

import apsw

from mailnode.errors import NotPermitted, TooMany
from mailnode.model.message import DELETED, SEEN, SYSTEM_FLAGS

SYSTEM = len(SYSTEM_FLAGS)
KEYWORDS = 63 - SYSTEM
"""Keywords of one mailbox: what a signed integer of 64 bits has left."""
KEYWORD_LENGTH = 255
"""Characters of a keyword."""

SEEN_BIT = 1 << SYSTEM_FLAGS.index(SEEN)
DELETED_BIT = 1 << SYSTEM_FLAGS.index(DELETED)
BY_NAME = {name.casefold(): 1 << bit for bit, name in enumerate(SYSTEM_FLAGS)}
BY_BITS = tuple(
    frozenset(name for bit, name in enumerate(SYSTEM_FLAGS) if bits >> bit & 1)
    for bits in range(1 << SYSTEM)
)


def unseen(bits: int) -> int:
    """1 without \\Seen, otherwise 0."""
    return 0 if bits & SEEN_BIT else 1


def deleted(bits: int) -> int:
    """1 with \\Deleted, otherwise 0."""
    return 1 if bits & DELETED_BIT else 0


class Decoder:
    """Turns the bits of one mailbox into names, looking keywords up at need."""

    def __init__(self, tx: apsw.Connection, account: int, mailbox: int) -> None:
        self.tx = tx
        self.mailbox = (account, mailbox)
        self.keywords: dict[int, str] | None = None
        self.known: dict[int, frozenset[str]] = {}

    def names(self, bits: int) -> frozenset[str]:
        """The flags that are set."""
        if bits < len(BY_BITS):
            return BY_BITS[bits]
        names = self.known.get(bits)
        if names is None:
            names = self.known[bits] = self.spelt(bits)
        return names

    def spelt(self, bits: int) -> frozenset[str]:
        """The same, not remembered."""
        if self.keywords is None:
            self.keywords = dict(
                self.tx.execute(
                    "SELECT bit, name FROM keyword WHERE account = ? AND mailbox = ?",
                    self.mailbox,
                )
            )
        return BY_BITS[bits & (len(BY_BITS) - 1)].union(
            name for bit, name in self.keywords.items() if bits >> bit & 1
        )


def encode(
    tx: apsw.Connection,
    account: int,
    mailbox: int,
    flags: Iterable[str],
    *,
    learn: bool = True,
) -> int:
    """The bits of some flags in a mailbox.

    @param learn: give a bit to a keyword that is new; otherwise leave it out.
    @raise NotPermitted: for a system flag there is not, or no flag at all.
    @raise TooMany: when the mailbox has as many keywords as it can.
    """
    bits = 0
    for flag in flags:
        folded = flag.casefold()
        bit = BY_NAME.get(folded)
        if bit is None:
            if not flag or flag.startswith("\\") or len(flag) > KEYWORD_LENGTH:
                raise NotPermitted("there is no such flag")
            bit = keyword_bit(tx, (account, mailbox), flag, learn=learn)
        bits |= bit
    return bits


def keyword_bit(
    tx: apsw.Connection, mailbox: tuple[int, int], name: str, *, learn: bool
) -> int:
    """The bit of one keyword; 0, if it is not known and not to be learnt."""
    bit = tx.execute(
        "SELECT bit FROM keyword WHERE account = ? AND mailbox = ? AND folded = ?",
        (*mailbox, name.casefold()),
    ).get
    if bit is None:
        if not learn:
            return 0
        bit = free_bit(tx, mailbox)
        tx.execute(
            "INSERT INTO keyword (account, mailbox, bit, name, folded)"
            " VALUES (?, ?, ?, ?, ?)",
            (*mailbox, bit, name, name.casefold()),
        )
    return 1 << int(bit)


def free_bit(tx: apsw.Connection, mailbox: tuple[int, int]) -> int:
    """A bit that no keyword has; if need be, one that no message has any more."""
    taken = {
        bit
        for (bit,) in tx.execute(
            "SELECT bit FROM keyword WHERE account = ? AND mailbox = ?", mailbox
        )
    }
    for bit in range(SYSTEM, SYSTEM + KEYWORDS):
        if bit not in taken:
            return bit
    unused = -1
    for (bits,) in tx.execute(
        "SELECT DISTINCT flags FROM message WHERE account = ? AND mailbox = ?", mailbox
    ):
        unused &= ~bits
    for bit in range(SYSTEM, SYSTEM + KEYWORDS):
        if unused >> bit & 1:
            tx.execute(
                "DELETE FROM keyword WHERE account = ? AND mailbox = ? AND bit = ?",
                (*mailbox, bit),
            )
            return bit
    raise TooMany(f"a mailbox has at most {KEYWORDS} keywords")

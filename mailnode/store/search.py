"""Searching a mailbox: SQL first, then the index, then message by message.

All but a small search goes on in the scanning thread, a few milliseconds at a
time, so that others are not kept waiting (RFC 9051, 6.4.4).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import apsw

from mailnode.errors import NotPermitted
from mailnode.message.finding import NEVER, Facts, Finding, leaves
from mailnode.model.message import Message
from mailnode.query import Query
from mailnode.store import flags, reading, rows
from mailnode.store.asking import NOT_NARROWED, TEXTS, Asking
from mailnode.store.shelf import Shelf
from mailnode.store.within import Within, at_once

T = TypeVar("T")
SECONDS = 0.02
"""How long a search goes on before another one has its turn."""
FEW = 5000
"""Messages that are asked where the reactor waits: less than a millisecond."""
PAGE = 2000
"""Messages that are looked at together when they must be read."""
TURN = 8
"""Messages read between two looks at the time."""

Left = tuple[Facts, int]
"""A message of which more must be known, and its email."""


async def search(
    shelf: Shelf,
    place: reading.Place,
    asked: Query,
    among: Iterable[int] | None = None,
    *,
    monotonic: Callable[[], float] = time.monotonic,
) -> list[int]:
    """The UIDs of the messages that answer yes, ascending.

    @raise NotFound: when the mailbox has been deleted.
    """
    uids = None if among is None else sorted(set(among))
    searching = Search(shelf, place, asked, uids, monotonic)
    return sorted(await searching.run())


class Search:
    """A search under way.

    @ivar among: the UIDs that are asked, ascending; C{None} for all.
    @ivar narrowed: what the index knows of it.
    """

    def __init__(
        self,
        shelf: Shelf,
        place: reading.Place,
        asked: Query,
        among: Sequence[int] | None,
        monotonic: Callable[[], float],
    ) -> None:
        self.shelf = shelf
        self.place = place
        self.asked = asked
        self.among = among
        self.monotonic = monotonic
        self.narrowed = NOT_NARROWED

    async def run(self) -> list[int]:
        """The UIDs of those that answer yes."""
        texts = [leaf for leaf in leaves(self.asked) if isinstance(leaf, TEXTS)]
        shelf = self.shelf
        status = await shelf.database.read(lambda tx: reading.status(tx, self.place))
        if texts and shelf.catalogue is not None:
            self.narrowed = await shelf.catalogue.narrow(self.place[0], texts)
        few = status.messages <= FEW and not texts
        sift = shelf.database.read if few else shelf.database.scan
        found: list[int] = []
        after = 0
        while True:
            sifted = await sift(Sift(self, after))
            found += sifted.found
            if sifted.left:
                found += await self.settle(sifted.left)
            if not sifted.more:
                return found
            after = sifted.last

    async def settle(self, left: Sequence[Left]) -> list[int]:
        """Those of some messages that answer yes, whatever must be read."""
        found: list[int] = []
        catalogue = self.shelf.catalogue
        known, rest = [], list(left)
        if catalogue is not None and self.narrowed.upto:
            known = [pair for pair in left if pair[1] <= self.narrowed.upto]
            rest = [pair for pair in left if pair[1] > self.narrowed.upto]
        while known and catalogue is not None:
            weighed = await catalogue.weigh(self.place[0], self.asked, known)
            found += weighed.found
            rest += weighed.wordless
            known = known[weighed.done :]
        if rest and catalogue is not None:
            catalogue.hurry()
        while rest:
            read, done = await self.shelf.database.scan(Read(self, rest))
            found += read
            rest = rest[done:]
        return found


@dataclass
class Sifted:
    """What SQL made of a page of a mailbox.

    @ivar found: those that answer yes.
    @ivar left: those of whom more must be known.
    @ivar last: the last that was looked at, if there is C{more}.
    """

    found: list[int] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    last: int = 0
    more: bool = False


class Sift:
    """A transaction that asks SQL: all that it can decide, or a page."""

    def __init__(self, search: Search, after: int) -> None:
        self.search = search
        self.after = after

    def __call__(self, tx: apsw.Connection) -> Sifted:
        place, among = self.search.place, self.search.among

        def bit(flag: str) -> int:
            try:
                return flags.encode(tx, *place, (flag,), learn=False)
            except NotPermitted:
                return 0  # Nobody bears a flag that there is not.

        asking = Asking(self.search.asked, bit, self.search.narrowed)
        which = rows.listed(among) if among else rows.Among("1", ())
        if among is not None and not among:
            return Sifted()
        if asking.certain:
            return Sifted(self.certain(tx, asking, which))
        return self.page(tx, asking, which)

    def certain(
        self, tx: apsw.Connection, asking: Asking, which: rows.Among
    ) -> list[int]:
        """All those that answer yes."""
        return [
            uid
            for (uid,) in tx.execute(
                f"SELECT uid{asking.source} AND {which.condition}"
                f" AND ({asking.condition}) ORDER BY uid",
                (*self.search.place, *which.values, *asking.values),
                can_cache=False,
            )
        ]

    def page(self, tx: apsw.Connection, asking: Asking, which: rows.Among) -> Sifted:
        """Some of those that do not answer no, with what is known of them."""
        sifted = Sifted()
        names = flags.Decoder(tx, *self.search.place).names
        folded: dict[int, frozenset[str]] = {}
        number = 0
        for verdict, day, *row in tx.execute(
            f"SELECT ({asking.condition}), {asking.day}, uid, email, modseq, flags,"
            f" message.size, received{asking.source}"
            f" AND uid > ? AND {which.condition} AND ({asking.condition}) IS NOT 0"
            " ORDER BY uid LIMIT ?",
            (
                *asking.values,
                *self.search.place,
                self.after,
                *which.values,
                *asking.values,
                PAGE,
            ),
            can_cache=False,
        ):
            uid, email, modseq, bits, size, received = row
            number += 1
            sifted.last = uid
            if verdict:
                sifted.found.append(uid)
                continue
            if bits not in folded:
                folded[bits] = frozenset(flag.lower() for flag in names(bits))
            facts = Facts(uid, folded[bits], modseq)
            facts.message = Message(uid, email, modseq, names(bits), size, received)
            facts.day = NEVER if day is None else day
            sifted.left.append((facts, email))
        sifted.more = number == PAGE
        return sifted


class Read:
    """A transaction that reads some messages, until the time is up.

    @return: those that answer yes, and how many were read.
    """

    def __init__(self, search: Search, left: Sequence[Left]) -> None:
        self.search = search
        self.left = left

    def __call__(self, tx: apsw.Connection) -> tuple[list[int], int]:
        monotonic = self.search.monotonic
        finding = Finding(
            Within(tx, self.search.place), self.search.asked, nobody_waits
        )
        until = monotonic() + SECONDS
        found: list[int] = []
        done = 0
        while done < len(self.left) and (not done or monotonic() < until):
            batch = [facts for facts, _ in self.left[done : done + TURN]]
            open_ = finding.sorted(batch, found)
            if open_:
                found += at_once(finding.read(open_))
            done += len(batch)
        return found, done


async def nobody_waits() -> None:
    """In a thread of our own there is nobody to make room for."""

"""What a database was asked, remembered until something is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import apsw

from mailnode.store.connection import Work
from mailnode.store.database import Database

T = TypeVar("T")
Question = Callable[[apsw.Connection, str], T]
"""Something to ask by a key; it cannot be C{None}."""

REMEMBERED = 10_000
"""Answers that are kept."""


class Answers:
    """Remembers what it has read, as long as everybody writes through it.

    Whoever reads after a C{write} has returned gets what that has written:
    everything is forgotten after the commit and before the writer goes on.

    @ivar kept: by question and key.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.kept: dict[tuple[Question[object], str], object] = {}

    async def read(self, question: Question[T], key: str) -> T:
        """Ask, unless it was asked since something was written."""
        known = self.kept.get((question, key))
        if known is not None:
            return cast("T", known)
        answer = await self.database.read(lambda tx: question(tx, key))
        if len(self.kept) >= REMEMBERED:
            self.kept.clear()
        self.kept[question, key] = answer
        return answer

    async def write(self, work: Work[T]) -> T:
        """Write, and forget all answers."""
        return await self.database.write(work, self.forget)

    def forget(self, _result: object) -> None:
        """Something has been written."""
        self.kept.clear()

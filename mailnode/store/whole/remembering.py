"""Answers that were found, remembered for those who ask for the next page."""

from __future__ import annotations

from array import array

from mailnode.clock import MINUTE
from mailnode.model.mail import Question

LIFE = MINUTE
"""Milliseconds for which an answer is kept: somebody looks through a list."""
ANSWERS = 256
"""Answers that are kept."""
IDS = 1_000_000
"""Ids in all of them: 8 MB."""

Key = tuple[int, Question, int]
"""Account, question, and the state of emails."""


class Remembered:
    """Answers by question, the oldest first.

    @ivar size: ids in all of them.
    """

    def __init__(self) -> None:
        self.kept: dict[Key, tuple[int, array[int]]] = {}
        self.size = 0

    def find(self, key: Key, moment: int) -> array[int] | None:
        """An answer, if it is still known."""
        self.forget(moment)
        found = self.kept.get(key)
        return None if found is None else found[1]

    def keep(self, key: Key, ids: array[int], moment: int) -> None:
        """Remember an answer, if it is not longer than all may be together."""
        if len(ids) > IDS or key in self.kept:
            return
        self.kept[key] = (moment, ids)
        self.size += len(ids)
        self.forget(moment)

    def forget(self, moment: int) -> None:
        """Forget what is too old, or too much."""
        while self.kept:
            key = next(iter(self.kept))
            at, ids = self.kept[key]
            full = len(self.kept) > ANSWERS or self.size > IDS
            if not full and at <= moment < at + LIFE:
                break
            del self.kept[key]
            self.size -= len(ids)

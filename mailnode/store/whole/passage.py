"""One step in catching up: its connection, its account, and the numbers it draws."""

from __future__ import annotations

import apsw

from mailnode.model.mail import Kind

Shift = tuple[int, int, int, int]
"""What is added to emails, unread, threads and unread threads."""


class Passage:
    """A step under way.

    @ivar moment: now, in milliseconds.
    @ivar modseq: the last one that the account has given.
    @ivar trash: the mailbox of which unread threads are counted apart.
    @ivar shifts: by mailbox: by how much its counters change.
    @ivar changed: kinds of which something changed, with the last modseq.
    """

    def __init__(
        self, tx: apsw.Connection, account: int, moment: int, modseq: int
    ) -> None:
        self.tx = tx
        self.account = account
        self.moment = moment
        self.modseq = modseq
        self.trash: int | None = None
        self.shifts: dict[int, list[int]] = {}
        self.changed: dict[Kind, int] = {}

    def stamp(self, kind: Kind) -> int:
        """The modseq of a change of something of a kind; each gets its own.

        So whoever asks for a few changes at a time gets as many as he asked for.
        """
        self.modseq += 1
        self.changed[kind] = self.modseq
        return self.modseq

    def count(self, mailbox: int, added: Shift) -> None:
        """Let the counters of a mailbox change."""
        shift = self.shifts.setdefault(mailbox, [0, 0, 0, 0])
        for n, value in enumerate(added):
            shift[n] += value

"""Catching up: whatever became of mailboxes is brought into the whole of an account.

Nobody who brings, marks or removes messages waits for this.  It goes on in small
steps, each a transaction of its own, and whoever reads waits until it is done.
"""

from __future__ import annotations

from typing import Any

import apsw

from mailnode.errors import NotFound
from mailnode.model.mail import Kind
from mailnode.store.whole import emails, gathering, mailboxes
from mailnode.store.whole.passage import Passage

STEP = 150
"""Emails in one transaction: some 15 ms of the writer's time."""

STANDING = (
    "SELECT modseq, upto, settled, trash, floor_modseq, lost FROM account"
    " LEFT JOIN whole ON whole.account = account.id WHERE account.id = ?"
)


def target(tx: apsw.Connection, account: int) -> tuple[int, int]:
    """The last change of an account, and the one up to which its whole is ready.

    The second is -1 as long as it is not ready at all.

    @raise NotFound: when there is no such account (any more).
    """
    modseq, upto, settled = standing(tx, account)[:3]
    return modseq, upto if settled else -1


def standing(tx: apsw.Connection, account: int) -> tuple[Any, ...]:
    """What L{STANDING} finds.

    @raise NotFound: when there is no such account (any more).
    """
    row: tuple[Any, ...] | None = tx.execute(STANDING, (account,)).get
    if row is None:
        raise NotFound("there is no such account")
    return row


def settle(tx: apsw.Connection, account: int, moment: int) -> None:
    """Catch up with everything, inside a transaction that does more than that.

    @raise NotFound: when there is no such account (any more).
    """
    while catch_up(tx, account, moment, STEP):
        pass


def catch_up(tx: apsw.Connection, account: int, moment: int, most: int) -> bool:
    """Take one step.

    @param most: emails that are looked at.
    @return: whether there is more to do; if not, the whole may be read.
    @raise NotFound: when there is no such account (any more).
    """
    modseq, upto, settled, trash, floor, lost = standing(tx, account)
    if upto is None:
        begin(tx, account, moment)
        trash, lost = None, 0
    elif settled and upto >= modseq:
        return False
    passage = Passage(tx, account, moment, modseq)
    passage.trash = trash
    mailboxes.notice(passage)
    forgotten = max(floor, lost)
    more = gathering.gather(passage, forgotten if (upto or 0) < forgotten else 0)
    if not more:
        chosen, more = gathering.next_emails(tx, account, most)
        emails.settle(passage, chosen)
    finish(passage, more=more)
    return more


def begin(tx: apsw.Connection, account: int, moment: int) -> None:
    """From now on the account has a whole, with nothing in it yet."""
    tx.execute(
        "INSERT INTO whole (account, upto, settled, trash, caught_at, lost)"
        " VALUES (?, 0, 0, NULL, ?, 0)",
        (account, moment),
    )
    tx.executemany(
        "INSERT INTO whole_kind (account, kind, state, floor) VALUES (?, ?, 0, 0)",
        [(account, kind.value) for kind in Kind],
    )


def finish(passage: Passage, *, more: bool) -> None:
    """Write down how far we are.

    Nobody has read a whole before it was complete for the first time, so that is
    what changes are first known since.
    """
    tx, account = passage.tx, passage.account
    mailboxes.recount(passage)
    tx.executemany(
        "UPDATE whole_kind SET state = ? WHERE account = ? AND kind = ?",
        [(last, account, kind.value) for kind, last in passage.changed.items()],
    )
    if not more:
        tx.execute(
            "UPDATE whole_kind SET floor = state WHERE account = ? AND"
            " (SELECT upto FROM whole WHERE account = ?) = 0",
            (account, account),
        )
    tx.execute(
        "UPDATE account SET modseq = ? WHERE id = ? AND modseq < ?",
        (passage.modseq, account, passage.modseq),
    )
    tx.execute(
        "UPDATE whole SET upto = CASE WHEN ? THEN upto ELSE ? END, settled = ?,"
        " trash = ?, caught_at = ? WHERE account = ?",
        (more, passage.modseq, not more, passage.trash, passage.moment, account),
    )

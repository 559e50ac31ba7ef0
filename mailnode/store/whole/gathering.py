"""Which emails may have changed, from what mailboxes remember of their changes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import apsw

from mailnode.store.whole.passage import Passage

SOME = 2000
"""Emails that are noted in one step: some 10 ms."""
MARKINGS = 20
"""Changes of flags that are read in one step."""

BEHIND = (
    "SELECT mailbox.id, mailbox.uidnext, highest_modseq, whole_mailbox.uidnext, upto"
    " FROM mailbox JOIN whole_mailbox ON whole_mailbox.account = mailbox.account"
    " AND whole_mailbox.id = mailbox.id WHERE mailbox.account = ?"
    " AND mailbox.name IS NOT NULL"
    " AND (highest_modseq > upto OR mailbox.uidnext > whole_mailbox.uidnext)"
)
TOUCH = "INSERT OR IGNORE INTO whole_touched (account, email)"
HERE = "account = ? AND mailbox = ?"
NEW = (
    f"{TOUCH} SELECT account, email FROM message WHERE {HERE} AND uid >= ? AND uid < ?"  # noqa: S608 - our own words
)
GONE = (
    f"{TOUCH} SELECT account, email FROM vanished WHERE {HERE}"  # noqa: S608 - our own words
    " AND modseq > ? AND modseq <= ? AND email <> 0"
)
MARKED = (
    f"{TOUCH} SELECT message.account, message.email FROM flagged, json_each(spans)"  # noqa: S608 - the same
    " CROSS JOIN message ON message.account = flagged.account"
    " AND message.mailbox = flagged.mailbox"
    " AND uid BETWEEN value ->> 0 AND value ->> 1 AND message.modseq > ?3"
    " WHERE flagged.account = ?1 AND flagged.mailbox = ?2"
    " AND flagged.modseq > ?3 AND flagged.modseq <= ?4"
)
ALL_HERE = f"{TOUCH} SELECT account, email FROM whole_place WHERE {HERE}"  # noqa: S608 - the same

LEFT_OVER = (
    "SELECT email FROM whole_mailbox CROSS JOIN whole_place"
    " ON whole_place.account = whole_mailbox.account"
    " AND whole_place.mailbox = whole_mailbox.id"
    " WHERE whole_mailbox.account = ? AND destroyed IS NOT NULL LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class Behind:
    """A mailbox of which something is not known yet.

    @ivar uidnext: of the mailbox, C{uids} as far as it is known.
    @ivar highest: its last change, C{upto} as far as it is known.
    """

    mailbox: int
    uidnext: int
    highest: int
    uids: int
    upto: int


def touch_all(tx: apsw.Connection, account: int, mailbox: int | None) -> None:
    """Look again at all that a mailbox has, as far as it is known."""
    if mailbox is not None:
        tx.execute(ALL_HERE, (account, mailbox))


def gather(passage: Passage, floor: int) -> bool:
    """Note emails that may have changed.

    @param floor: what happened until then may have been forgotten.
    @return: whether there is more to note; only when all is noted the emails may
        be looked at, in the order in which they came.
    """
    tx, account = passage.tx, passage.account
    for row in list(tx.execute(BEHIND, (account,))):
        behind = Behind(*row)
        if behind.uids > 1 and behind.upto < floor:
            touch_all(tx, account, behind.mailbox)
            behind = replace(behind, uids=1, upto=floor)
        more = gather_here(tx, account, behind)
        if more:
            return True
    return False


def gather_here(tx: apsw.Connection, account: int, behind: Behind) -> bool:
    """Note some of a mailbox; whether there is more of it."""
    place = (account, behind.mailbox)
    stop = bound(
        tx, f"uid FROM message WHERE {HERE} AND uid >= ?", (*place, behind.uids), SOME
    )
    uids = behind.uidnext if stop is None else stop
    tx.execute(NEW, (*place, behind.uids, uids))
    upto = behind.upto
    if stop is None:
        upto = min(
            behind.highest if each is None else each
            for each in (
                bound(
                    tx,
                    f"modseq FROM {table} WHERE {HERE} AND modseq > ?",
                    (*place, upto),
                    most,
                )
                for table, most in (("vanished", SOME), ("flagged", MARKINGS))
            )
        )
        tx.execute(GONE, (*place, behind.upto, upto))
        tx.execute(MARKED, (*place, behind.upto, upto))
        tx.execute(f"DELETE FROM flagged WHERE {HERE} AND modseq <= ?", (*place, upto))  # noqa: S608
    tx.execute(
        "UPDATE whole_mailbox SET uidnext = ?, upto = ? WHERE account = ? AND id = ?",
        (uids, upto, *place),
    )
    return stop is not None or upto < behind.highest


def bound(
    tx: apsw.Connection, what: str, values: tuple[int, ...], most: int
) -> int | None:
    """Where the next C{most} of some numbers end; C{None}, if there are fewer."""
    column = what.partition(" ")[0]
    found: int | None = tx.execute(
        f"SELECT {what} ORDER BY {column} LIMIT 1 OFFSET ?",
        (*values, most),
    ).get
    return found


def next_emails(tx: apsw.Connection, account: int, most: int) -> tuple[list[int], bool]:
    """The emails to be looked at next, ascending, and whether there may be more.

    They are noted no longer.  Those that are in mailboxes that have been deleted
    were not noted: they are found until nothing is there any more.
    """
    found = [
        email
        for (email,) in tx.execute(
            "SELECT email FROM whole_touched WHERE account = ? ORDER BY email LIMIT ?",
            (account, most),
        )
    ]
    if found:
        tx.execute(
            "DELETE FROM whole_touched WHERE account = ? AND email <= ?",
            (account, found[-1]),
        )
    if len(found) == most:
        return found, True
    rest = [email for (email,) in tx.execute(LEFT_OVER, (account, most - len(found)))]
    return sorted({*found, *rest}), len(found) + len(rest) == most

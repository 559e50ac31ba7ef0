"""Making, renaming and deleting the mailboxes of an account."""

from __future__ import annotations

from collections.abc import Sequence

import apsw

from mailnode.errors import AlreadyExists, NotFound, NotPermitted, TooMany
from mailnode.model.change import Arrived, Change, MailboxChanged, News, Vanished
from mailnode.model.mailbox import INBOX, SEPARATOR, SpecialUse, mailbox_name
from mailnode.store import rows, transfer

MAILBOXES = 10_000
"""Mailboxes that an account may have: as many as a client can still list."""

SUBSCRIPTIONS = 2 * MAILBOXES
"""Names that an account may subscribe to, of mailboxes there are or were."""

FIRST = (
    (INBOX, None),
    ("Drafts", SpecialUse.DRAFTS),
    ("Sent", SpecialUse.SENT),
    ("Junk", SpecialUse.JUNK),
    ("Trash", SpecialUse.TRASH),
    ("Archive", SpecialUse.ARCHIVE),
)
"""What a new account has, subscribed."""

Opened = tuple[int, str, int]
"""id, name, UIDVALIDITY."""


def sought(name: str) -> str:
    """The canonical form of the name of a mailbox that should exist.

    @raise NotFound: when no mailbox could have it.
    """
    try:
        return mailbox_name(name)
    except NotPermitted:
        raise NotFound("there is no such mailbox") from None


def find(tx: apsw.Connection, account: int, name: str) -> Opened:
    """A mailbox, by its canonical name.

    @raise NotFound: when there is none.
    """
    row: Opened | None = tx.execute(
        "SELECT id, name, uidvalidity FROM mailbox WHERE account = ? AND name = ?",
        (account, name),
    ).get
    if row is None:
        raise NotFound("there is no such mailbox")
    return row


def exists(tx: apsw.Connection, account: int, name: str) -> bool:
    """Whether a name is taken."""
    found = tx.execute(
        "SELECT 1 FROM mailbox WHERE account = ? AND name = ?", (account, name)
    ).get
    return found is not None


def furnish(
    tx: apsw.Connection,
    account: int,
    limits: tuple[int | None, int | None],
    moment: int,
) -> None:
    """Make an account with its first mailboxes, if it is not there yet."""
    new = tx.execute(
        "INSERT INTO account (id, modseq, next_id, uidvalidity, floor_modseq, octets,"
        " messages, octets_limit, messages_limit) VALUES (?, 0, 1, 0, 0, 0, 0, ?, ?)"
        " ON CONFLICT (id) DO NOTHING RETURNING id",
        (account, *limits),
    ).get
    if new is None:
        return
    insert(tx, account, FIRST, moment)
    tx.executemany(
        "INSERT INTO subscription (account, name) VALUES (?, ?)",
        ((account, name) for name, _ in FIRST),
    )


def insert(
    tx: apsw.Connection,
    account: int,
    wanted: Sequence[tuple[str, SpecialUse | None]],
    moment: int,
) -> tuple[Sequence[Opened], int]:
    """Make mailboxes whose names are free; returns them and the modseq.

    UIDVALIDITY is the second of their making, or one more than the last one
    if that was as late (RFC 9051, 2.3.1.1).

    @raise TooMany: when the account has as many as it may.
    """
    number = tx.execute(
        "SELECT count(*) FROM mailbox WHERE account = ? AND name IS NOT NULL",
        (account,),
    ).get
    if number + len(wanted) > MAILBOXES:
        raise TooMany(f"an account has at most {MAILBOXES} mailboxes")
    modseq, first = rows.change(tx, account, ids=len(wanted))
    before = moment // 1000 - 1
    last = tx.execute(
        "UPDATE account SET uidvalidity ="
        " CASE WHEN uidvalidity > ? THEN uidvalidity ELSE ? END + ?"
        " WHERE id = ? RETURNING uidvalidity",
        (before, before, len(wanted), account),
    ).get
    made = []
    for n, (name, special_use) in enumerate(wanted):
        use = None if special_use is None else special_use.value
        uidvalidity = last - len(wanted) + 1 + n
        tx.execute(
            "INSERT INTO mailbox (account, id, name, special_use, uidvalidity, uidnext,"
            " highest_modseq, messages, unseen, deleted, size)"
            " VALUES (?, ?, ?, ?, ?, 1, ?, 0, 0, 0, 0)",
            (account, first + n, name, use, uidvalidity, modseq),
        )
        made.append((first + n, name, uidvalidity))
    return made, modseq


def below(name: str) -> tuple[str, str]:
    """All names that begin with C{name/} lie between these two."""
    return name + SEPARATOR, name + chr(ord(SEPARATOR) + 1)


def missing_above(tx: apsw.Connection, account: int, name: str) -> list[str]:
    """The mailboxes above a name that are not there (RFC 9051, 6.3.4)."""
    levels = name.split(SEPARATOR)
    above = (SEPARATOR.join(levels[:n]) for n in range(1, len(levels)))
    return [one for one in above if not exists(tx, account, one)]


def create(
    tx: apsw.Connection,
    account: int,
    name: str,
    special_use: SpecialUse | None,
    moment: int,
) -> tuple[Opened, Sequence[Change]]:
    """Make a mailbox, and those above it that are missing.

    @raise AlreadyExists: when the name is taken, or the use.
    @raise TooMany: when the account has as many as it may.
    """
    if exists(tx, account, name):
        raise AlreadyExists("there is such a mailbox already")
    if (
        special_use is not None
        and tx.execute(
            "SELECT 1 FROM mailbox WHERE account = ? AND special_use = ?",
            (account, special_use.value),
        ).get
    ):
        raise AlreadyExists("there is a mailbox for this use already")
    wanted: list[tuple[str, SpecialUse | None]] = [
        (one, None) for one in missing_above(tx, account, name)
    ]
    made, modseq = insert(tx, account, [*wanted, (name, special_use)], moment)
    return made[-1], news_of(made, modseq)


def news_of(made: Sequence[Opened], modseq: int) -> list[Change]:
    """That mailboxes have been made."""
    return [
        MailboxChanged(number, News.CREATED, name, modseq) for number, name, _ in made
    ]


def rename(
    tx: apsw.Connection, account: int, name: str, to: str, moment: int
) -> Sequence[Change]:
    """Rename a mailbox and all below it; their subscriptions follow.

    @raise NotFound: when there is no C{name}.
    @raise AlreadyExists: when C{to}, or a name below it, is taken.
    @raise NotPermitted: when C{to} is below C{name}, or a name becomes too long.
    """
    number, _, _ = find(tx, account, name)
    if exists(tx, account, to):
        raise AlreadyExists("there is such a mailbox already")
    if name == INBOX:
        return rename_inbox(tx, account, number, to, moment)
    if to.startswith(name + SEPARATOR):
        raise NotPermitted("a mailbox cannot be moved below itself")
    moved = [(number, name, to)]
    for each, old in list(
        tx.execute(
            "SELECT id, name FROM mailbox WHERE account = ? AND name > ? AND name < ?"
            " ORDER BY name",
            (account, *below(name)),
        )
    ):
        moved.append((each, old, mailbox_name(to + old[len(name) :])))
    leaving = {old for _, old, _ in moved}
    for _, _, new in moved:
        if new not in leaving and exists(tx, account, new):
            raise AlreadyExists("there is such a mailbox already")
    above = [(one, None) for one in missing_above(tx, account, to)]
    made, modseq = insert(tx, account, above, moment)
    for one, old, new in moved:
        tx.execute(
            "UPDATE mailbox SET name = ? WHERE account = ? AND id = ?",
            (new, account, one),
        )
        move_subscription(tx, account, old, new)
    return news_of(made, modseq) + [
        MailboxChanged(one, News.RENAMED, new, modseq, old) for one, old, new in moved
    ]


def move_subscription(tx: apsw.Connection, account: int, old: str, new: str) -> None:
    """A mailbox has a new name: whoever wants to see it still does."""
    if tx.execute(
        "DELETE FROM subscription WHERE account = ? AND name = ? RETURNING name",
        (account, old),
    ).get:
        put_subscription(tx, account, new)


def put_subscription(tx: apsw.Connection, account: int, name: str) -> bool:
    """Subscribe; whether it was not subscribed before."""
    new = tx.execute(
        "INSERT INTO subscription (account, name) VALUES (?, ?)"
        " ON CONFLICT (account, name) DO NOTHING RETURNING name",
        (account, name),
    ).get
    return new is not None


def rename_inbox(
    tx: apsw.Connection, account: int, inbox: int, to: str, moment: int
) -> Sequence[Change]:
    """Move everything in INBOX to a new mailbox (RFC 9051, 6.3.6)."""
    above = [(one, None) for one in missing_above(tx, account, to)]
    made, modseq = insert(tx, account, [*above, (to, None)], moment)
    target = made[-1][0]
    news = news_of(made, modseq)
    messages = transfer.move_all(tx, account, (inbox, target), (modseq, moment))
    if messages:
        uids = tuple(message.uid for message in messages)
        news.append(Arrived(target, messages, modseq))
        news.append(Vanished(inbox, uids, modseq))
    return news


def delete(tx: apsw.Connection, account: int, name: str) -> tuple[int, int]:
    """Take a mailbox off the account; what it has is cleared away afterwards.

    @return: its id, and the modseq.
    @raise NotFound: when there is none.
    @raise NotPermitted: for INBOX.
    """
    if name == INBOX:
        raise NotPermitted("INBOX cannot be deleted")  # RFC 9051, 6.3.5
    number, _, _ = find(tx, account, name)
    messages, size = tx.execute(
        "UPDATE mailbox SET name = NULL, special_use = NULL"
        " WHERE account = ? AND id = ? RETURNING messages, size",
        (account, number),
    ).get
    modseq, _ = rows.change(tx, account, -size, -messages)
    return number, modseq


def subscribe(
    tx: apsw.Connection, account: int, name: str, subscribed: bool
) -> Sequence[Change]:
    """Put a name on the list of subscriptions or take it off.

    @raise TooMany: when there are as many as an account may have.
    """
    if subscribed:
        number = tx.execute(
            "SELECT count(*) FROM subscription WHERE account = ?", (account,)
        ).get
        if number >= SUBSCRIPTIONS:
            raise TooMany(f"an account has at most {SUBSCRIPTIONS} subscriptions")
        changed = put_subscription(tx, account, name)
    else:
        changed = (
            tx.execute(
                "DELETE FROM subscription WHERE account = ? AND name = ?"
                " RETURNING name",
                (account, name),
            ).get
            is not None
        )
    if not changed:
        return ()
    there = tx.execute(
        "SELECT id FROM mailbox WHERE account = ? AND name = ?", (account, name)
    ).get
    modseq, _ = rows.change(tx, account)
    if there is None:
        return ()
    news = News.SUBSCRIBED if subscribed else News.UNSUBSCRIBED
    return (MailboxChanged(there, news, name, modseq),)

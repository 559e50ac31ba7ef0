"""Mailboxes by their ids and levels, as JMAP makes and changes them (RFC 8621, 2.5)."""

from __future__ import annotations

from collections.abc import Sequence

import apsw

from mailnode.errors import AlreadyExists, NotFound, NotPermitted
from mailnode.model.change import Change, MailboxChanged, News
from mailnode.model.mail import MailboxWish, Role
from mailnode.model.mailbox import INBOX, SEPARATOR, SpecialUse, mailbox_name
from mailnode.store import naming, rows


def create(
    tx: apsw.Connection, account: int, wish: MailboxWish, moment: int
) -> tuple[int, str, Sequence[Change]]:
    """Make a mailbox; returns its id and its whole name.

    @raise NotFound: when there is no such parent.
    @raise AlreadyExists: when the name is taken there, or the role.
    @raise NotPermitted: when no mailbox may have the name.
    @raise TooMany: when there are as many as there may be.
    """
    name = one_level(whole_name(tx, account, wish), wish)
    use = special_use(wish.role)
    (number, name, _), news = naming.create(tx, account, name, use, moment)
    tx.execute(
        "UPDATE mailbox SET sort_order = ? WHERE account = ? AND id = ?",
        (wish.order, account, number),
    )
    # There may be a subscription that has outlived a mailbox of this name.
    subscribed = naming.subscribe(tx, account, name, wish.subscribed)
    return number, name, [*news, *subscribed]


def change(
    tx: apsw.Connection, account: int, mailbox: int, wish: MailboxWish, moment: int
) -> Sequence[Change]:
    """Let a mailbox become what is wished.

    @raise NotFound: when it is not there, or the parent is not.
    @raise AlreadyExists: when the name is taken there, or the role.
    @raise NotPermitted: when no mailbox may have the name, or it may not be
        changed so.
    """
    name = name_of(tx, account, mailbox)
    to = whole_name(tx, account, wish)
    news: list[Change] = []
    if to != name:
        news += move(tx, account, (name, one_level(to, wish)), moment)
    news += arrange(tx, account, (mailbox, to), wish)
    news += naming.subscribe(tx, account, to, wish.subscribed)
    return news


def move(
    tx: apsw.Connection, account: int, ends: tuple[str, str], moment: int
) -> Sequence[Change]:
    """Give a mailbox and all below it another name; C{ends} are old and new."""
    name, to = ends
    if name == INBOX:
        raise NotPermitted("INBOX keeps its name")
    if to.startswith(name + SEPARATOR):
        raise NotPermitted("a mailbox cannot be moved below itself")
    return naming.rename(tx, account, name, to, moment)


def arrange(
    tx: apsw.Connection, account: int, named: tuple[int, str], wish: MailboxWish
) -> Sequence[Change]:
    """Say what a mailbox, of an id and a name, is for, and where it stands.

    @raise AlreadyExists: when another mailbox has the role.
    @raise NotPermitted: when INBOX would lose its own.
    """
    mailbox, name = named
    if name == INBOX:
        if wish.role is not Role.INBOX:
            raise NotPermitted("INBOX keeps its role")
        use = None
    else:
        use = special_use(wish.role)
    text = None if use is None else use.value
    if (
        text is not None
        and tx.execute(
            "SELECT 1 FROM mailbox WHERE account = ? AND special_use = ? AND id <> ?",
            (account, text, mailbox),
        ).get
    ):
        raise AlreadyExists("there is a mailbox for this use already")
    changed = tx.execute(
        "UPDATE mailbox SET special_use = ?, sort_order = ? WHERE account = ?"
        " AND id = ? AND (special_use IS NOT ? OR sort_order <> ?) RETURNING id",
        (text, wish.order, account, mailbox, text, wish.order),
    ).get
    if changed is None:
        return ()
    modseq, _ = rows.change(tx, account)
    return (MailboxChanged(mailbox, News.ARRANGED, name, modseq),)


def destroy(tx: apsw.Connection, account: int, mailbox: int) -> Change:
    """Take a mailbox off the account; what it has is cleared away afterwards.

    @raise NotFound: when it is not there.
    @raise NotPermitted: for INBOX, and for one with others below it.
    """
    name = name_of(tx, account, mailbox)
    if tx.execute(
        "SELECT 1 FROM mailbox WHERE account = ? AND name > ? AND name < ?",
        (account, *naming.below(name)),
    ).get:
        raise NotPermitted("there are mailboxes below it")
    number, modseq = naming.delete(tx, account, name)
    return MailboxChanged(number, News.DELETED, name, modseq)


def name_of(tx: apsw.Connection, account: int, mailbox: int) -> str:
    """The whole name of a mailbox.

    @raise NotFound: when it is not there.
    """
    name = tx.execute(
        "SELECT name FROM mailbox WHERE account = ? AND id = ?", (account, mailbox)
    ).get
    if name is None:
        raise NotFound("there is no such mailbox")
    return str(name)


def whole_name(tx: apsw.Connection, account: int, wish: MailboxWish) -> str:
    """The name that is wished, with the levels above it, in canonical form.

    @raise NotFound: when there is no such parent.
    @raise NotPermitted: when no mailbox may have it.
    """
    if wish.parent is None:
        return mailbox_name(wish.name)
    return mailbox_name(name_of(tx, account, wish.parent) + SEPARATOR + wish.name)


def one_level(name: str, wish: MailboxWish) -> str:
    """A whole name, if what is wished is only its last level.

    @raise NotPermitted: when it is more.
    """
    if SEPARATOR in wish.name:
        raise NotPermitted(f"a mailbox name has no {SEPARATOR}")
    return name


def special_use(role: Role | None) -> SpecialUse | None:
    """What a mailbox other than INBOX is for.

    @raise AlreadyExists: when that is to be the INBOX.
    """
    if role is Role.INBOX:
        raise AlreadyExists("there is an INBOX already")
    return None if role is None else SpecialUse[role.name]

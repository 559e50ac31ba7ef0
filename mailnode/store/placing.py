"""Emails in mailboxes: adding one, letting it be elsewhere, taking it away.

Messages with C{\\Deleted} are not there (RFC 8621, 4.1.1).  They belong to whoever
marked them: an email is put beside them and not in their stead, and their flags
stay.  Only when an email is destroyed they go with it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import apsw

from mailnode.errors import NotFound, NotPermitted
from mailnode.model.change import Arrived, Change, Vanished
from mailnode.store import arrival, departure, marking, transfer
from mailnode.store.arrival import Arrival
from mailnode.store.flags import DELETED_BIT

PLACES = (
    "SELECT message.mailbox, uid, flags FROM message INDEXED BY message_email"
    " CROSS JOIN mailbox"
    " ON mailbox.account = message.account AND mailbox.id = message.mailbox"
    " WHERE message.account = ? AND email = ? AND name IS NOT NULL"
    " ORDER BY message.mailbox, uid"
)

Places = dict[int, list[int]]
"""UIDs by mailbox."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Where an email should be.

    @ivar mailboxes: ascending, each once.
    @ivar flags: those that it should have everywhere, and no others.
    """

    mailboxes: Sequence[int]
    flags: tuple[str, ...]


def wish(
    tx: apsw.Connection,
    account: int,
    mailboxes: Collection[int],
    flags: tuple[str, ...],
) -> Wish:
    """The same, if it can be fulfilled.

    @raise NotFound: when a mailbox is not there.
    @raise NotPermitted: when there is none (RFC 8621, 4).
    """
    if not mailboxes:
        raise NotPermitted("an email is in one mailbox at least")
    wanted = sorted(set(mailboxes))
    for mailbox in wanted:
        if not tx.execute(
            "SELECT 1 FROM mailbox WHERE account = ? AND id = ? AND name IS NOT NULL",
            (account, mailbox),
        ).get:
            raise NotFound("there is no such mailbox")
    return Wish(wanted, flags)


def places(
    tx: apsw.Connection, account: int, email: int, *, deleted: bool = False
) -> Places:
    """Where an email is.

    @param deleted: messages with C{\\Deleted} are told too.
    @raise NotFound: when it is nowhere without C{\\Deleted}.
    """
    found: Places = {}
    visible = False
    for mailbox, uid, bits in tx.execute(PLACES, (account, email)):
        gone = bool(bits & DELETED_BIT)
        visible = visible or not gone
        if deleted or not gone:
            found.setdefault(mailbox, []).append(uid)
    if not visible:
        raise NotFound("there is no such email")
    return found


def add(
    tx: apsw.Connection,
    account: int,
    wanted: Wish,
    arriving: Arrival,
    staged: int | None,
) -> tuple[int, list[Change]]:
    """Put a new email into mailboxes; returns its id.

    @raise OverQuota: when the account has no room.
    @raise TooMany: when a mailbox has no room for a new keyword.
    """
    first, *others = wanted.mailboxes
    message = arrival.append(tx, (account, first), wanted.flags, arriving, staged)
    news: list[Change] = [Arrived(first, (message,), message.modseq)]
    for mailbox in others:
        ends = (first, mailbox)
        news += came(
            ends, transfer.copy(tx, account, ends, [message.uid], arriving.saved)
        )
    return message.id, news


def put(
    tx: apsw.Connection, account: int, email: int, wanted: Wish, moment: int
) -> list[Change]:
    """Let an email be in these mailboxes and no others, with these flags.

    @raise NotFound: when it is not there.
    @raise OverQuota: when the account has no room.
    @raise TooMany: when a mailbox has no room for a new keyword.
    """
    here = places(tx, account, email)
    news = settle(tx, account, here, wanted.mailboxes, moment)
    marked = marking.Marking(wanted.flags, (), replace=True)
    for mailbox, uids in sorted(here.items()):
        flagged = marking.mark(tx, (account, mailbox), uids, marked).flagged
        news += [] if flagged is None else [flagged]
    return news


def settle(
    tx: apsw.Connection,
    account: int,
    here: Places,
    wanted: Sequence[int],
    moment: int,
) -> list[Change]:
    """Move, copy and remove messages of an email; C{here} becomes where it is then.

    One that leaves goes to where it is wanted, if it is wanted somewhere: so the
    account grows only if the email is in more mailboxes than before.
    """
    news: list[Change] = []
    leaving = [mailbox for mailbox in sorted(here) if mailbox not in wanted]
    coming = [mailbox for mailbox in wanted if mailbox not in here]
    for source, target in zip(leaving, coming, strict=False):
        uid = here[source].pop(0)
        ends = (source, target)
        done = transfer.move(tx, account, ends, [uid], moment)
        news += [*came(ends, done), Vanished(source, (uid,), done.modseq)]
        here[target] = [done.messages[0].uid]
    source = next(
        mailbox for mailbox in sorted(here) if mailbox in wanted or here[mailbox]
    )
    for target in coming[len(leaving) :]:
        ends = (source, target)
        done = transfer.copy(tx, account, ends, here[source][:1], moment)
        news += came(ends, done)
        here[target] = [done.messages[0].uid]
    for mailbox in leaving:
        news += remove(tx, (account, mailbox), here.pop(mailbox), moment)
    return news


def destroy(tx: apsw.Connection, account: int, email: int, moment: int) -> list[Change]:
    """Remove an email from all mailboxes.

    @raise NotFound: when it is not there.
    """
    news: list[Change] = []
    for mailbox, uids in places(tx, account, email, deleted=True).items():
        news += remove(tx, (account, mailbox), uids, moment)
    return news


def remove(
    tx: apsw.Connection, place: tuple[int, int], uids: Sequence[int], moment: int
) -> list[Change]:
    """Remove messages from an account's mailbox, if there are any."""
    if not uids:
        return []
    gone, modseq = departure.expunge(tx, *place, uids, moment)
    return [Vanished(place[1], tuple(gone), modseq)]


def came(ends: tuple[int, int], done: transfer.Transfer) -> list[Change]:
    """What to tell of messages that were copied or moved."""
    return [Arrived(ends[1], tuple(done.messages), done.modseq)]

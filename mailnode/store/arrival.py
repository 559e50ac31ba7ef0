"""How a message comes into a mailbox: by delivery, or because it is put there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import apsw

from mailnode.errors import NotFound
from mailnode.interfaces.content import IContent
from mailnode.model.change import Arrived
from mailnode.model.mailbox import INBOX
from mailnode.model.message import Message
from mailnode.store import flags, rows
from mailnode.store.content import keep

IDS = 2
"""Numbers that an arrival draws: one for the email, one for its content."""

TO_NAME = (
    "UPDATE mailbox SET uidnext = uidnext + 1, highest_modseq = ?,"
    " messages = messages + 1, unseen = unseen + 1, size = size + ?"
    " WHERE account = ? AND name = ? RETURNING id, uidnext"
)
INSERT_EMAIL = (
    "INSERT INTO email (account, id, content, size, header_size, lines, sent,"
    " sent_day, base_subject, envelope, structure, parts, preview)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
INSERT_MESSAGE = (
    "INSERT INTO message (account, mailbox, uid, email, modseq, flags, size,"
    " received, saved) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that comes.

    @ivar received: INTERNALDATE, in milliseconds.
    @ivar saved: now, in milliseconds.
    @ivar accepted: we have answered for it already: no quota refuses it.
    """

    content: IContent
    received: int
    saved: int
    accepted: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a delivery goes: the name of a mailbox, or INBOX for want of it.

    @ivar staged: the content that has been written ahead, if it was.
    """

    account: int
    mailbox: str
    staged: int | None = None


def append(
    tx: apsw.Connection,
    mailbox: tuple[int, int],
    names: Sequence[str],
    arrival: Arrival,
    staged: int | None,
) -> Message:
    """Put a message into a mailbox.

    @param mailbox: account and mailbox.
    @param names: its flags.
    @raise NotFound: when the mailbox has been deleted.
    @raise OverQuota: when the account has no room.
    """
    size = arrival.content.size
    modseq, number = rows.charge(tx, mailbox[0], size, 1, IDS)
    bits = flags.encode(tx, *mailbox, names)
    uid = rows.enter(tx, *mailbox, modseq, rows.tally([(bits, size)]))
    insert(tx, mailbox, (uid, number, modseq, bits), arrival, staged)
    spelt = flags.Decoder(tx, *mailbox).names(bits)
    return Message(uid, number, modseq, spelt, size, arrival.received)


def deliver(
    tx: apsw.Connection, place: Place, delivery_id: str, arrival: Arrival
) -> Arrived | None:
    """Deliver a message to an account; C{None}, if it has it already.

    @raise OverQuota: when the account has no room.
    """
    account = place.account
    new = tx.execute(
        "INSERT INTO delivered (account, delivery_id, at) VALUES (?, ?, ?)"
        " ON CONFLICT (account, delivery_id) DO NOTHING RETURNING at",
        (account, delivery_id, arrival.saved),
    ).get
    if new is None:
        return None
    size = arrival.content.size
    if arrival.accepted:
        modseq, number = rows.change(tx, account, size, 1, IDS)
    else:
        modseq, number = rows.charge(tx, account, size, 1, IDS)
    row = tx.execute(TO_NAME, (modseq, size, account, place.mailbox)).get
    if row is None:
        row = tx.execute(TO_NAME, (modseq, size, account, INBOX)).get
    if row is None:
        raise NotFound("there is no such account")
    mailbox, uidnext = row
    uid = uidnext - 1
    insert(tx, (account, mailbox), (uid, number, modseq, 0), arrival, place.staged)
    message = Message(uid, number, modseq, frozenset(), size, arrival.received)
    return Arrived(mailbox, (message,), modseq)


def insert(
    tx: apsw.Connection,
    mailbox: tuple[int, int],
    row: tuple[int, int, int, int],
    arrival: Arrival,
    staged: int | None,
) -> None:
    """Write content, email and message; C{row} is uid, email, modseq and flags."""
    account = mailbox[0]
    content = arrival.content
    number = row[1]
    kept = keep(tx, account, number + 1, content, staged)
    known = content.projections
    tx.execute(
        INSERT_EMAIL,
        (
            account,
            number,
            kept,
            content.size,
            known.header_size,
            known.lines,
            known.sent,
            known.sent_day,
            storable(known.base_subject),
            known.envelope,
            known.structure,
            known.parts,
            storable(known.preview),
        ),
    )
    tx.execute(
        INSERT_MESSAGE,
        (*mailbox, *row, content.size, arrival.received, arrival.saved),
    )


def storable(text: str) -> str:
    """A text without what some engine refuses: NUL and lone surrogates."""
    if text.isascii() and "\0" not in text:
        return text
    return (
        text.replace("\0", "\N{REPLACEMENT CHARACTER}")
        .encode("utf-8", "replace")
        .decode("utf-8")
    )

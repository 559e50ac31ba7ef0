"""What becomes of emails when messages come, change or go (RFC 8621, 4.1.1)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import apsw

from mailnode.model.mail import Kind
from mailnode.model.message import ANSWERED, DRAFT, FLAGGED, SEEN
from mailnode.store import flags
from mailnode.store.whole import threads
from mailnode.store.whole.passage import Passage
from mailnode.store.whole.sayings import Saying, sayings

KEYWORDS = {
    SEEN: "$seen",
    ANSWERED: "$answered",
    FLAGGED: "$flagged",
    DRAFT: "$draft",
}
"""RFC 8621, 4.1.1: the system flags that are keywords; \\Recent is not stored."""

OUTSIDE, IN_TRASH = 1, 2
"""Where an email is unread: in some mailbox that is not the trash, or there."""

MESSAGES = (
    "SELECT message.email, message.mailbox, flags, message.size, received"
    " FROM json_each(?) AS asked CROSS JOIN message INDEXED BY message_email"
    " ON message.account = ? AND message.email = asked.value"
    " JOIN mailbox ON mailbox.account = message.account"
    " AND mailbox.id = message.mailbox WHERE mailbox.name IS NOT NULL"
)
KNOWN = (
    "SELECT id, thread, received, keywords, mailboxes, unread, destroyed IS NULL"
    " FROM whole_email WHERE account = ? AND id IN (SELECT value FROM json_each(?))"
)
INSERT = (
    "INSERT INTO whole_email (account, id, thread, received, size, content, sent, attached,"
    " sender, recipient, subject, ids, keywords, mailboxes, unread, first, created,"
    " modseq) VALUES"
    " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?16, ?16)"
)
UPDATE = (
    "UPDATE whole_email SET keywords = ?3, mailboxes = ?4, unread = ?5,"
    " modseq = coalesce(?6, modseq), destroyed = CASE WHEN ?4 = '[]' THEN ?6 END,"
    " created = CASE WHEN destroyed IS NOT NULL THEN ?6 ELSE created END"
    " WHERE account = ?1 AND id = ?2"
)
COME = (
    "INSERT INTO whole_place (account, mailbox, received, email, added)"
    " VALUES (?, ?, ?, ?, ?)"
)
LEFT = (
    "INSERT INTO whole_left (account, mailbox, modseq, email, received, thread, added,"
    " at) SELECT account, mailbox, ?5, email, received, ?6, added, ?7 FROM whole_place"
    " WHERE account = ?1 AND mailbox = ?2 AND received = ?3 AND email = ?4"
)
LEAVE = (
    "DELETE FROM whole_place"
    " WHERE account = ?1 AND mailbox = ?2 AND received = ?3 AND email = ?4"
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What changes of an email.

    @ivar keywords: in order.
    @ivar mailboxes: ascending; none, if it is not there.
    @ivar unread: L{OUTSIDE}, L{IN_TRASH}, both or neither.
    """

    keywords: tuple[str, ...] = ()
    mailboxes: tuple[int, ...] = ()
    unread: int = 0


ABSENT = Standing()


@dataclass(slots=True)
class Sight:
    """What the mailboxes have of an email; C{\\Deleted} messages are not seen.

    @ivar size: of the email, C{received} when it came.
    @ivar flags: by mailbox: the flags of its messages there.
    """

    size: int
    received: int
    flags: list[tuple[int, frozenset[str]]] = field(default_factory=list)

    def standing(self, trash: int | None) -> Standing:
        """What follows from it."""
        if not self.flags:
            return ABSENT
        [(mailbox, keywords), *others] = self.flags
        mailboxes: tuple[int, ...] = (mailbox,)
        if others:
            keywords = keywords.union(*(names for _, names in others))
            if not all("$seen" in names for _, names in self.flags):
                keywords -= {"$seen"}
            mailboxes = tuple(sorted({mailbox for mailbox, _ in self.flags}))
        unread = 0
        if not keywords & {"$seen", "$draft"}:  # RFC 8621, 2
            unread |= IN_TRASH if trash in mailboxes else 0
            unread |= OUTSIDE if mailboxes != (trash,) else 0
        return Standing(tuple(sorted(keywords)), mailboxes, unread)


@dataclass(frozen=True, slots=True)
class Known:
    """An email as it has been until now."""

    id: int
    thread: int
    received: int
    standing: Standing
    there: bool


def settle(passage: Passage, ids: Sequence[int]) -> None:
    """Bring what is known of some emails, which ascend, up to date."""
    if not ids:
        return
    tx, account = passage.tx, passage.account
    known = {each.id: each for each in read_known(tx, account, ids)}
    sights = look(tx, account, ids)
    new = [
        id_ for id_ in ids if id_ not in known and id_ in sights and sights[id_].flags
    ]
    said = sayings(tx, account, new)
    joining = threads.Joining(
        passage, {key for saying in said.values() for key in saying.keys}
    )
    touched = threads.Touched()
    for id_ in ids:
        sight = sights.get(id_)
        now = ABSENT if sight is None else sight.standing(passage.trash)
        if id_ in known:
            change(passage, known[id_], now, touched)
        elif sight is not None and id_ in said:
            saying = said[id_]
            thread = joining.join(id_, saying.keys)
            create(passage, (id_, thread), sight, saying, now)
            touched.comings.add(thread)
    joining.write()
    threads.settle(passage, touched)


def read_known(
    tx: apsw.Connection, account: int, ids: Sequence[int]
) -> Iterable[Known]:
    """Some emails as they have been until now."""
    for id_, thread, received, keywords, mailboxes, unread, there in tx.execute(
        KNOWN, (account, json.dumps(ids))
    ):
        standing = Standing(
            tuple(keywords.split()), threads.read_mailboxes(mailboxes), unread
        )
        yield Known(id_, thread, received, standing, bool(there))


def look(tx: apsw.Connection, account: int, ids: Sequence[int]) -> dict[int, Sight]:
    """What there is of some emails in mailboxes."""
    sights: dict[int, Sight] = {}
    decoders: dict[int, flags.Decoder] = {}
    words: dict[tuple[int, int], frozenset[str]] = {}
    for email, mailbox, bits, size, received in list(
        tx.execute(MESSAGES, (json.dumps(ids), account))
    ):
        sight = sights.get(email)
        if sight is None:
            sight = sights[email] = Sight(size, received)
        if bits & flags.DELETED_BIT:
            continue
        names = words.get((mailbox, bits))
        if names is None:
            decoder = decoders.get(mailbox)
            if decoder is None:
                decoder = decoders[mailbox] = flags.Decoder(tx, account, mailbox)
            names = frozenset(
                KEYWORDS.get(name) or name.lower() for name in decoder.names(bits)
            )
            words[mailbox, bits] = names
        sight.flags.append((mailbox, names))
    return sights


def create(
    passage: Passage,
    place: tuple[int, int],
    sight: Sight,
    saying: Saying,
    now: Standing,
) -> None:
    """An email that has not been there before; C{place} is its id and its thread."""
    stamp = passage.stamp(Kind.EMAIL)
    row = (sight.received, sight.size, *saying.kept, *written(now), stamp)
    passage.tx.execute(INSERT, (passage.account, *place, *row))
    shift_places(passage, Known(*place, sight.received, ABSENT, False), now, stamp)


def change(
    passage: Passage, known: Known, now: Standing, touched: threads.Touched
) -> None:
    """An email is perhaps not what it was."""
    before = known.standing
    if now == before:
        return
    stamp = None
    if (now.keywords, now.mailboxes) != (before.keywords, before.mailboxes):
        stamp = passage.stamp(Kind.EMAIL)
    passage.tx.execute(UPDATE, (passage.account, known.id, *written(now), stamp))
    if bool(now.mailboxes) != known.there:
        touched.comings.add(known.thread)
    elif (now.mailboxes, now.unread) != (before.mailboxes, before.unread):
        touched.others.add(known.thread)
    shift_places(passage, known, now, stamp)


def written(standing: Standing) -> tuple[str, str, int]:
    """Keywords, mailboxes and unread, as they are kept."""
    keywords = f" {' '.join(standing.keywords)} " if standing.keywords else " "
    return keywords, f"[{','.join(map(str, standing.mailboxes))}]", standing.unread


def shift_places(
    passage: Passage, known: Known, now: Standing, stamp: int | None
) -> None:
    """Put an email into mailboxes, take it out of others, and count."""
    tx, account, received = passage.tx, passage.account, known.received
    before = known.standing
    for mailbox in before.mailboxes:
        passage.count(mailbox, (-1, -bool(before.unread), 0, 0))
        if mailbox not in now.mailboxes:
            key = (account, mailbox, received, known.id)
            tx.execute(LEFT, (*key, stamp, known.thread, passage.moment))
            tx.execute(LEAVE, key)
    for mailbox in now.mailboxes:
        passage.count(mailbox, (1, int(bool(now.unread)), 0, 0))
        if mailbox not in before.mailboxes:
            tx.execute(COME, (account, mailbox, received, known.id, stamp))

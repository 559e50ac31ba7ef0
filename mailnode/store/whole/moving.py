"""How the emails of a mailbox changed, place by place (RFC 8620, 5.6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import apsw

from mailnode.errors import NotFound
from mailnode.model.mail import Kind, Moved, Question
from mailnode.store.whole import reading
from mailnode.store.whole.asking import indexed
from mailnode.store.whole.windows import Key, Window

FEW = 16
"""Places that are counted one by one; with more, all are walked once."""

LEFT = (
    "SELECT received, email, thread, added FROM whole_left"
    " WHERE account = ? AND mailbox = ? AND modseq > ?"
)
COME = (
    "SELECT place.received, place.email, thread FROM whole_place AS place"
    " INDEXED BY whole_place_added CROSS JOIN whole_email"
    " ON whole_email.account = place.account AND whole_email.id = place.email"
    " WHERE place.account = ? AND mailbox = ? AND added > ?"
)
STAYED = (
    "SELECT place.received, place.email, place.added FROM whole_email"
    " INDEXED BY whole_email_thread CROSS JOIN whole_place AS place"
    " ON place.account = whole_email.account AND place.mailbox = ?2"
    " AND place.received = whole_email.received AND place.email = whole_email.id"
    " WHERE whole_email.account = ?1 AND thread = ?3"
)


def moved(
    tx: apsw.Connection, account: int, question: Question, since: int, upto: int | None
) -> Moved:
    """What is no longer where it was, and what is there instead.

    @raise NotFound: when the question is another, or what changed is not known.
    """
    mailbox = indexed(question)
    if mailbox is None:
        raise NotFound("how the answer changed is not known")
    state = reading.known_since(tx, account, Kind.EMAIL, since)
    window = Window(account, mailbox, collapse=question.collapse)
    find = changed_threads if question.collapse else changed_emails
    gone, come = find(tx, window, since)
    removed, added = sorted(gone - come, reverse=True), come - gone
    last = None if upto is None else window.key(tx, upto)
    if last is not None:
        # Whoever has seen the list to there does not see what comes behind.
        added = {key for key in added if key >= last}
    return Moved(
        state,
        window.total(tx),
        [email for _, email in removed],
        placed(tx, window, sorted(added, reverse=True)),
    )


def changed_emails(
    tx: apsw.Connection, window: Window, since: int
) -> tuple[set[Key], set[Key]]:
    """The emails that were in a mailbox and left it, and those that came."""
    rows = tx.execute(LEFT, (*window.place, since))
    gone = {(received, email) for received, email, _, added in rows if added <= since}
    come = {
        (received, email)
        for received, email, _ in tx.execute(COME, (*window.place, since))
    }
    return gone, come


def changed_threads(
    tx: apsw.Connection, window: Window, since: int
) -> tuple[set[Key], set[Key]]:
    """The emails that were the latest of their thread, and those that are."""
    before: dict[int, list[Key]] = {}
    for received, email, thread, added in tx.execute(LEFT, (*window.place, since)):
        known = before.setdefault(thread, [])
        known += [(received, email)] if added <= since else []
    for _, _, thread in tx.execute(COME, (*window.place, since)):
        before.setdefault(thread, [])
    gone, come = set[Key](), set[Key]()
    for thread, left in before.items():
        were, are = list(left), list[Key]()
        for received, email, added in tx.execute(STAYED, (*window.place, thread)):
            are.append((received, email))
            were += [(received, email)] if added <= since else []
        gone |= latest(were)
        come |= latest(are)
    return gone, come


def latest(keys: Iterable[Key]) -> set[Key]:
    """The greatest, if there is one."""
    found = max(keys, default=None)
    return set() if found is None else {found}


def placed(
    tx: apsw.Connection, window: Window, keys: Sequence[Key]
) -> list[tuple[int, int]]:
    """Where some emails stand, which are given as they stand."""
    if len(keys) <= FEW:
        return [(key[1], window.before(tx, key)) for key in keys]
    wanted = {email for _, email in keys}
    return [
        (email, place) for place, email in enumerate(window.walk(tx)) if email in wanted
    ]

"""What must be true of the whole of an account, for L{mailnode.store.check}."""

from __future__ import annotations

from collections.abc import Iterator

import apsw

from mailnode.model.mail import Kind
from mailnode.store.whole import catching, emails, mailboxes
from mailnode.store.whole.threads import Member, read_mailboxes, talks

PAGE = 500
"""Emails that are compared together."""

BY_PLACES = "SELECT mailbox, email FROM whole_place WHERE account = ?1"
BY_EMAILS = (
    "SELECT value, whole_email.id FROM whole_email, json_each(mailboxes)"
    " WHERE account = ?1 AND destroyed IS NULL"
)
COUNTS = (
    "SELECT name, emails, unread, threads, unread_threads,"
    " (SELECT count(*) FROM whole_place AS p WHERE p.account = box.account"
    " AND p.mailbox = box.id),"
    " (SELECT count(*) FROM whole_place AS p JOIN whole_email AS e"
    " ON e.account = p.account AND e.id = p.email AND e.unread <> 0"
    " WHERE p.account = box.account AND p.mailbox = box.id),"
    " (SELECT count(*) FROM whole_talk AS t INDEXED BY whole_talk_latest"
    " WHERE t.account = box.account AND t.mailbox = box.id),"
    " (SELECT coalesce(sum(unread), 0) FROM whole_talk AS t"
    " INDEXED BY whole_talk_latest"
    " WHERE t.account = box.account AND t.mailbox = box.id)"
    " FROM whole_mailbox AS box WHERE account = ? AND destroyed IS NULL"
)
EMAILS = (
    "SELECT thread, id, received, mailboxes, unread FROM whole_email"
    " WHERE account = ? AND destroyed IS NULL"
)


def rule_whole(tx: apsw.Connection, account: int) -> Iterator[str]:
    """All that a whole counts, and that it is what the mailboxes have."""
    if not tx.execute("SELECT 1 FROM account WHERE id = ?", (account,)).get:
        return  # which somebody else complains of
    modseq, upto = catching.target(tx, account)
    yield from too_high(tx, account, modseq)
    yield from counters(tx, account)
    yield from conversations(tx, account)
    if upto == modseq:
        yield from compared(tx, account)


def too_high(tx: apsw.Connection, account: int, modseq: int) -> Iterator[str]:
    """Changes that the account has not given yet, and those above their state."""
    states = dict(
        tx.execute("SELECT kind, state FROM whole_kind WHERE account = ?", (account,))
    )
    for table, kind in (
        ("whole_mailbox", Kind.MAILBOX),
        ("whole_thread", Kind.THREAD),
        ("whole_email", Kind.EMAIL),
    ):
        last = tx.execute(
            f"SELECT max(modseq) FROM {table} WHERE account = ?",  # noqa: S608 - our own words
            (account,),
        ).get
        state = states.get(kind.value, 0)
        if (last or 0) > state or state > modseq:
            yield (
                f"a {kind.value} has the modseq {last}, the state is {state},"
                f" and {modseq} was the last one given"
            )


def counters(tx: apsw.Connection, account: int) -> Iterator[str]:
    """What mailboxes count."""
    for name, *numbers in tx.execute(COUNTS, (account,)):
        says, has = tuple(numbers[:4]), tuple(numbers[4:])
        if says != has:
            yield f"{name} as a part of the whole says {says}, and has {has}"
    for mailbox, email in tx.execute(f"{BY_PLACES} EXCEPT {BY_EMAILS}", (account,)):
        yield f"email {email} has a place in mailbox {mailbox}, and is not there"
    for mailbox, email in tx.execute(f"{BY_EMAILS} EXCEPT {BY_PLACES}", (account,)):
        yield f"email {email} is in mailbox {mailbox}, and has no place there"


def conversations(tx: apsw.Connection, account: int) -> Iterator[str]:
    """What threads have, everywhere."""
    has: dict[int, list[Member]] = {}
    for thread, email, received, boxes, unread in tx.execute(EMAILS, (account,)):
        has.setdefault(thread, []).append(
            (received, email, read_mailboxes(boxes), unread)
        )
    trash = tx.execute("SELECT trash FROM whole WHERE account = ?", (account,)).get
    true = talks(trash, has)
    for thread, mailbox, *row in tx.execute(
        "SELECT thread, mailbox, received, email, total, unread FROM whole_talk"
        " WHERE account = ?",
        (account,),
    ):
        if true.pop((thread, mailbox), None) != tuple(row):
            yield f"thread {thread} in mailbox {mailbox} is not what its emails say"
    for thread, mailbox in true:
        yield f"thread {thread} is not known in mailbox {mailbox}"
    for thread, number, unread, gone in tx.execute(
        "SELECT id, emails, unread, destroyed FROM whole_thread WHERE account = ?",
        (account,),
    ):
        there = has.pop(thread, [])
        bits = 0
        for each in there:
            bits |= each[3]
        if (number, unread, gone is None) != (len(there), bits, bool(there)):
            yield f"thread {thread} says {number} emails, and has {len(there)}"
    for thread in has:
        yield f"there are emails of thread {thread}, which there is not"


def compared(tx: apsw.Connection, account: int) -> Iterator[str]:
    """Every email is what the mailboxes have of it."""
    trash = mailboxes.find_trash(tx, account)
    after = 0
    while ids := [
        email
        for (email,) in tx.execute(
            "SELECT id FROM (SELECT id FROM email WHERE account = ?1 AND id > ?2"
            " UNION SELECT id FROM whole_email WHERE account = ?1 AND id > ?2)"
            " ORDER BY id LIMIT ?3",
            (account, after, PAGE),
        )
    ]:
        after = ids[-1]
        known = {each.id: each for each in emails.read_known(tx, account, ids)}
        sights = emails.look(tx, account, ids)
        for id_ in ids:
            sight = sights.get(id_)
            true = emails.ABSENT if sight is None else sight.standing(trash)
            says = known[id_].standing if id_ in known else emails.ABSENT
            if says != true:
                yield f"email {id_} is {true} in its mailboxes, and {says} in the whole"

"""What must be true of the whole of an account, for L{mailnode.store.check}."""

from __future__ import annotations

from collections.abc import Iterator

import apsw

from mailnode.model.mail import Kind
from mailnode.store.whole import catching, emails, mailboxes, threads

PAGE = 500
"""Emails that are compared together."""

NOT_THERE = (
    "SELECT mailbox, email FROM whole_place AS p WHERE account = ?"
    " AND NOT EXISTS (SELECT 1 FROM whole_email AS e, json_each(e.mailboxes)"
    " WHERE e.account = p.account AND e.id = p.email AND e.received = p.received"
    " AND destroyed IS NULL AND value = p.mailbox)"
)
NO_PLACE = (
    "SELECT value, e.id FROM whole_email AS e, json_each(e.mailboxes)"
    " WHERE account = ? AND destroyed IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM whole_place AS p WHERE p.account = e.account"
    " AND p.mailbox = value AND p.received = e.received AND p.email = e.id)"
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
THREADS = (
    "SELECT id FROM whole_thread WHERE account = ?1 AND id > ?2"
    " UNION SELECT thread FROM whole_email WHERE account = ?1 AND thread > ?2"
    " UNION SELECT thread FROM whole_talk WHERE account = ?1 AND thread > ?2"
    " ORDER BY 1 LIMIT ?3"
)
ONES = (
    "SELECT id FROM email WHERE account = ?1 AND id > ?2"
    " UNION SELECT id FROM whole_email WHERE account = ?1 AND id > ?2"
    " ORDER BY 1 LIMIT ?3"
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
    for mailbox, email in tx.execute(NOT_THERE, (account,)):
        yield f"email {email} has a place in mailbox {mailbox}, and is not there"
    for mailbox, email in tx.execute(NO_PLACE, (account,)):
        yield f"email {email} is in mailbox {mailbox}, and has no place there"


def pages(tx: apsw.Connection, query: str, account: int) -> Iterator[list[int]]:
    """Ids in order, some at a time, so that never all are in memory."""
    after = 0
    while ids := [id_ for (id_,) in tx.execute(query, (account, after, PAGE))]:
        yield ids
        after = ids[-1]


def conversations(tx: apsw.Connection, account: int) -> Iterator[str]:
    """What threads have, everywhere."""
    trash = tx.execute("SELECT trash FROM whole WHERE account = ?", (account,)).get
    for ids in pages(tx, THREADS, account):
        has = threads.members(tx, account, ids)
        true = threads.talks(trash, has)
        for place, row in threads.known_talks(tx, account, ids).items():
            if true.pop(place, None) != row:
                yield f"thread {place[0]} in mailbox {place[1]} is not what its emails say"
        for thread, mailbox in true:
            yield f"thread {thread} is not known in mailbox {mailbox}"
        for thread, number, unread, gone in tx.execute(
            "SELECT id, emails, unread, destroyed FROM whole_thread"
            " WHERE account = ? AND id BETWEEN ? AND ?",
            (account, ids[0], ids[-1]),
        ):
            there = has.pop(thread)
            bits = threads.unread_of(there)
            if (number, unread, gone is None) != (len(there), bits, bool(there)):
                yield f"thread {thread} says {number} emails, and has {len(there)}"
        for thread, there in has.items():
            if there:
                yield f"there are emails of thread {thread}, which there is not"


def compared(tx: apsw.Connection, account: int) -> Iterator[str]:
    """Every email is what the mailboxes have of it."""
    trash = mailboxes.find_trash(tx, account)
    for ids in pages(tx, ONES, account):
        known = {each.id: each for each in emails.read_known(tx, account, ids)}
        sights = emails.look(tx, account, ids)
        for id_ in ids:
            sight = sights.get(id_)
            true = emails.ABSENT if sight is None else sight.standing(trash)
            says = known[id_].standing if id_ in known else emails.ABSENT
            if says != true:
                yield f"email {id_} is {true} in its mailboxes, and {says} in the whole"

"""Claims: how targets of the queue are taken, and what becomes of them.

A target of a claim is ours as long as it is ACTIVE, has our name on it and the
end of the lease that the claim has.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import apsw

from mailnode.errors import NotFound
from mailnode.model.queue import Claim, Settlement, Waiting
from mailnode.store import entries, envelopes, turns
from mailnode.store.entries import UNTRIED
from mailnode.store.envelopes import UNREADABLE

TAKE = (  # A sum is found by no index: what counts is the line, not the message.
    "UPDATE queue_target SET stage = 'active', due = ?, owner = ?, turn = NULL"
    " WHERE destination = ? AND priority = ? AND turn = ? AND message + 0 = ?"
    " RETURNING number, target, reverse_path, stage, due, attempts, warned, outcome"
)
OURS = (
    " WHERE message = ? AND number = ? AND stage = 'active' AND due = ? AND owner = ?"
)
GIVE_BACK = (
    f"UPDATE queue_target SET stage = {UNTRIED}, due = ?, owner = NULL, turn = NULL"  # noqa: S608 - our own words
)
FOREIGN = (
    "SELECT message, number, destination FROM queue_target"
    " WHERE owner IS NOT NULL AND owner <> ? LIMIT ?"
)

Mine = tuple[int, int, int, str]
"""Message, number, end of the lease and owner of a target."""


@dataclass(frozen=True, slots=True)
class Taking:
    """How claims are made.

    @ivar owner: whose they are.
    @ivar now: what time it is, in ms.
    @ivar until: when the lease ends.
    @ivar busy: destinations that are not to be tried.
    @ivar only: the one destination that is to be tried; C{None}: any.
    """

    owner: str
    now: int
    until: int
    busy: Collection[str] = ()
    only: str | None = None


def take(tx: apsw.Connection, limit: int, taking: Taking) -> list[Claim]:
    """Take what is due, one destination after the other."""
    turns.rouse(tx, taking.now)
    claims: list[Claim] = []
    while len(claims) < limit:
        if taking.only is None:
            places = turns.ready(tx, taking.busy, limit - len(claims))
        else:
            places = turns.ready_there(tx, taking.only)
        if not places:
            break
        for there in places:
            claim = first(tx, there, taking)
            if claim is not None:
                claims.append(claim)
    return claims


def first(tx: apsw.Connection, there: str, taking: Taking) -> Claim | None:
    """Take those who stand first at a destination; what is damaged steps aside."""
    claim = None
    head = turns.head(tx, there, taking.now)
    if head is not None:
        rows = sorted(
            tx.execute(TAKE, (taking.until, taking.owner, there, *head)),
            key=lambda row: row[0],
        )
        try:
            claim = claimed(tx, head[2], there, rows, taking)
        except UNREADABLE:
            entries.spoil(tx, head[2], taking.now)
        turns.serve(tx, there)
    turns.look(tx, there, taking.now)
    return claim


def claimed(
    tx: apsw.Connection,
    message: int,
    there: str,
    rows: Sequence[Sequence[apsw.SQLiteValue]],
    taking: Taking,
) -> Claim:
    """A claim of some targets.

    @raise ValueError, LookupError, TypeError, AttributeError: when a row is
        damaged.
    """
    row = tx.execute(
        "SELECT name, envelope, size FROM queue_message WHERE id = ?", (message,)
    ).get
    if row is None:
        raise LookupError(message)
    name, written, size = row
    waiting = tuple(map(entries.waiting, rows))
    targets = tuple(each.target for each in waiting)
    envelope = envelopes.envelope(name, written, targets)
    return Claim(envelope, waiting, there, size, taking.until)


def settle(
    tx: apsw.Connection,
    claim: Claim,
    settlements: Sequence[Settlement],
    taking: Taking,
) -> int | None:
    """Write down what became of a claim.

    @return: its message, if nothing is left of it, and it does not count any more.
    @raise NotFound: when the claim is ours no longer.
    """
    message = ours(tx, claim)
    for waiting, settlement in zip(claim.waiting, settlements, strict=True):
        if settlement.due is None:
            statement, values = "DELETE FROM queue_target", list[object]()
        else:
            statement = (
                "UPDATE queue_target SET stage = 'deferred', due = ?, owner = NULL,"
                " attempts = attempts + 1, warned = ?, outcome = ?"
            )
            outcome = envelopes.written_outcome(settlement.outcome)
            values = [settlement.due, int(settlement.warned), outcome]
        changed(tx, statement, values, mine(message, waiting, claim, taking))
    turns.look(tx, claim.destination, taking.now)
    left = tx.execute(
        "SELECT 1 FROM queue_target WHERE message = ? LIMIT 1", (message,)
    ).get
    if left is not None or not entries.strike(tx, message):
        return None
    entries.clear(tx, message, taking.now)  # The rest of its octets goes bit by bit
    return message


def renew(tx: apsw.Connection, claim: Claim, taking: Taking) -> Claim:
    """Keep a claim for longer.

    @raise NotFound: when it is ours no longer.
    """
    message = ours(tx, claim)
    for waiting in claim.waiting:
        statement = "UPDATE queue_target SET due = ?, turn = NULL"
        which = mine(message, waiting, claim, taking)
        changed(tx, statement, [taking.until], which)
    turns.look(tx, claim.destination, taking.now)
    waiting_longer = tuple(replace(each, due=taking.until) for each in claim.waiting)
    return replace(claim, waiting=waiting_longer, lease=taking.until)


def give_back(tx: apsw.Connection, claims: Sequence[Claim], taking: Taking) -> None:
    """Let what is still ours be due at once."""
    for claim in claims:
        row = entries.find(tx, claim.envelope.id)
        if row is None:
            continue
        for each in claim.waiting:
            which = mine(row.number, each, claim, taking)
            tx.execute(f"{GIVE_BACK}{OURS}", (taking.now, *which))
    turns.look_at(tx, {claim.destination for claim in claims}, taking.now)


def take_over(tx: apsw.Connection, taking: Taking) -> bool:
    """Let what others were trying be due at once; whether there may be more."""
    rows = list(tx.execute(FOREIGN, (taking.owner, turns.CALLED)))
    tx.executemany(
        f"{GIVE_BACK} WHERE message = ? AND number = ?",
        [(taking.now, message, number) for message, number, _ in rows],
    )
    turns.look_at(tx, {there for _, _, there in rows}, taking.now)
    return len(rows) == turns.CALLED


def ours(tx: apsw.Connection, claim: Claim) -> int:
    """The message of a claim."""
    row = entries.find(tx, claim.envelope.id)
    if row is None:
        raise NotFound("the claim is ours no longer")
    return row.number


def mine(message: int, waiting: Waiting, claim: Claim, taking: Taking) -> Mine:
    """What must be true of a target of a claim."""
    return message, waiting.number, claim.lease, taking.owner


def changed(
    tx: apsw.Connection, statement: str, values: Sequence[apsw.SQLiteValue], which: Mine
) -> None:
    """Change a target that must be ours."""
    statement = f"{statement}{OURS} RETURNING number"
    if tx.execute(statement, (*values, *which)).get is None:
        raise NotFound("the claim is ours no longer")

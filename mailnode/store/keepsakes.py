"""What must be true of objects and uploads, for L{mailnode.store.check}."""

from __future__ import annotations

import json
from collections.abc import Iterator

import apsw

KINDS = (
    "SELECT kind, object_kind.modseq, floor, held, octets, count(value),"
    " coalesce(sum(length(value)), 0), coalesce(max(object.modseq), 0)"
    " FROM object_kind LEFT JOIN object USING (account, kind)"
    " WHERE account = ? GROUP BY kind"
)


def rule_objects(tx: apsw.Connection, account: int) -> Iterator[str]:
    """Every object can be read, and is of a kind that knows of it."""
    for kind, modseq, floor, said, octets, held, size, last in tx.execute(
        KINDS, (account,)
    ):
        if (said, octets) != (held, size):
            yield (
                f"{kind} says {said} objects of {octets} octets,"
                f" and has {held} of {size}"
            )
        if last > modseq:
            yield f"{kind} has an object of change {last}, after {modseq}"
        if floor > modseq:
            yield f"{kind} has forgotten change {floor}, after {modseq}"
    for kind, number in tx.execute(
        "SELECT kind, id FROM object WHERE account = ? AND NOT EXISTS"
        " (SELECT 1 FROM object_kind WHERE object_kind.account = object.account"
        " AND object_kind.kind = object.kind)",
        (account,),
    ):
        yield f"object {number} is of the kind {kind}, which there is not"
    for kind, number, created, modseq, value, gone in tx.execute(
        "SELECT kind, id, created, modseq, value, gone FROM object WHERE account = ?",
        (account,),
    ):
        if created > modseq:
            yield f"{kind} {number} was made by change {created}, after {modseq}"
        if (value is None) != (gone is not None):
            yield f"{kind} {number} is there and gone, or neither"
        if value is not None and not readable(value):
            yield f"{kind} {number} cannot be read"


def readable(text: str) -> bool:
    """Whether a text is an object in JSON."""
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def rule_uploads(tx: apsw.Connection, account: int) -> Iterator[str]:
    """What was uploaded is there, and stays as long as it was promised."""
    for (content,) in tx.execute(
        "SELECT id FROM content WHERE account = ? AND kept_until > freed_at"
        " AND hash IS NOT NULL",
        (account,),
    ):
        yield f"content {content} is to stay longer than it will"

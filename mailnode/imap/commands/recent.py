"""\\Recent in searches: RECENT, NEW and OLD, for clients of rev1 (RFC 3501, 6.4.4)."""

from __future__ import annotations

from mailnode import query
from mailnode.imap.extension import Extension
from mailnode.imap.searching import Reading
from mailnode.model.message import SEEN
from mailnode.model.numbers import NumberSet
from mailnode.query import Query

extension = Extension(3501)


@extension.search_key(b"RECENT")
def recent(reading: Reading) -> Query:
    return query.Uids(NumberSet.of(reading.selected.recent))


@extension.search_key(b"NEW")
def new(reading: Reading) -> Query:
    return query.Every((recent(reading), query.Not(query.Flagged(SEEN))))


@extension.search_key(b"OLD")
def old(reading: Reading) -> Query:
    return query.Not(recent(reading))

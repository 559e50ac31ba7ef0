"""Questions about threads, put to a mailbox that knows only emails (RFC 8474, 5.2)."""

from __future__ import annotations

from dataclasses import replace

from mailnode.message.finding import leaves
from mailnode.query import Emails, Every, Not, OfThread, Query, Some
from mailnode.store.shelf import Shelf
from mailnode.store.whole import current, reading


async def resolved(shelf: Shelf, account: int, asked: Query) -> Query:
    """The same question, with the emails of each thread in its place."""
    wanted = {each.thread for each in leaves(asked) if isinstance(each, OfThread)}
    if not wanted:
        return asked
    found = await current.read(
        shelf, account, lambda tx: reading.threads(tx, account, sorted(wanted))
    )
    return put(asked, {each.id: frozenset(each.emails) for each in found})


def put(asked: Query, emails: dict[int, frozenset[int]]) -> Query:
    """A question with emails in place of threads; nothing is in one that is not."""
    match asked:
        case OfThread(thread):
            return Emails(emails.get(thread, frozenset()))
        case Every(queries) | Some(queries):
            return replace(asked, queries=tuple(put(each, emails) for each in queries))
        case Not(inner):
            return Not(put(inner, emails))
    return asked

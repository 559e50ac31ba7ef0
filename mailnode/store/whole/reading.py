"""Reading the whole of an account, as transactions; it must have been caught up."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import apsw

from mailnode.errors import NotFound
from mailnode.model.mail import Changed, Counted, Email, Kind, Role, Thread
from mailnode.model.mailbox import INBOX, SpecialUse
from mailnode.model.message import Projections
from mailnode.store.reading import AHEAD, PROJECTIONS

ROLES = {
    SpecialUse.ARCHIVE.value: Role.ARCHIVE,
    SpecialUse.DRAFTS.value: Role.DRAFTS,
    SpecialUse.JUNK.value: Role.JUNK,
    SpecialUse.SENT.value: Role.SENT,
    SpecialUse.TRASH.value: Role.TRASH,
}
"""RFC 8621, 2, role: the uses of RFC 6154."""
TABLES = {
    Kind.MAILBOX: "whole_mailbox",
    Kind.THREAD: "whole_thread",
    Kind.EMAIL: "whole_email",
}
COUNTED = (
    "SELECT id, name, special_use, sort_order, subscribed, emails, unread, threads,"
    " unread_threads FROM whole_mailbox WHERE account = ? AND destroyed IS NULL"
)
ASKED = "id IN (SELECT value FROM json_each(?))"
EMAILS = (
    "SELECT whole_email.id, hash, thread, mailboxes, keywords, email.size, header_size,"
    " received, attached, preview FROM json_each(?2) AS asked"
    " CROSS JOIN whole_email ON whole_email.account = ?1"
    " AND whole_email.id = asked.value"
    " JOIN email ON email.account = ?1 AND email.id = whole_email.id"
    " JOIN content ON content.account = ?1 AND content.id = email.content"
    " WHERE destroyed IS NULL"
)
THREADS = (
    "SELECT thread, whole_email.id FROM json_each(?2) AS asked"
    " CROSS JOIN whole_email INDEXED BY whole_email_thread"
    " ON account = ?1 AND thread = asked.value WHERE destroyed IS NULL"
    " ORDER BY received, whole_email.id"
)
PROJECTED = (
    f"SELECT email.id, {PROJECTIONS.removeprefix('uid, ')} FROM json_each(?2) AS asked"  # noqa: S608 - our own words
    " CROSS JOIN email ON email.account = ?1 AND email.id = asked.value"
    " WHERE EXISTS (SELECT 1 FROM whole_email WHERE account = ?1"
    " AND whole_email.id = email.id AND destroyed IS NULL)"
)
OPENED = (
    "SELECT email.id, email.content, email.size, header_size, {0} FROM json_each(?2) AS asked"
    " CROSS JOIN whole_email ON whole_email.account = ?1"
    " AND whole_email.id = asked.value AND destroyed IS NULL"
    " JOIN email ON email.account = ?1 AND email.id = whole_email.id {1}"
)
PLACES = OPENED.format("NULL", "")
FIRST = (
    "LEFT JOIN chunk ON chunk.account = ?1 AND chunk.content = email.content AND n = 0"
)
BEGINNINGS = OPENED.format("data", FIRST)
HEADERS = OPENED.format("substr(data, 1, header_size)", FIRST)

Opened = tuple[int, int, int, int, bytes | None]
"""email, content, size, size of the header, and the first chunk if it was read."""


def listed(ids: Collection[int]) -> str:
    """Some ids, as SQL is given them."""
    return json.dumps(list(ids))


def state(tx: apsw.Connection, account: int, kind: Kind) -> int:
    """The modseq of the last change of a kind.

    @raise NotFound: when the account has no whole.
    """
    return bounds(tx, account, kind)[0]


def bounds(tx: apsw.Connection, account: int, kind: Kind) -> tuple[int, int]:
    """The state of a kind, and the first state since which changes are known.

    @raise NotFound: when the account has no whole.
    """
    row: tuple[int, int] | None = tx.execute(
        "SELECT state, floor FROM whole_kind WHERE account = ? AND kind = ?",
        (account, kind.value),
    ).get
    if row is None:
        raise NotFound("the account is not known as a whole")
    return row


def known_since(tx: apsw.Connection, account: int, kind: Kind, since: int) -> int:
    """The state of a kind, if what changed since another is known.

    @raise NotFound: when it is not, or not any more.
    """
    present, floor = bounds(tx, account, kind)
    if not floor <= since <= present:
        raise NotFound("what changed since then is not known")
    return present


def counted(
    tx: apsw.Connection, account: int, ids: Collection[int] | None = None
) -> list[Counted]:
    """Some mailboxes, or all, by name; INBOX first."""
    values: tuple[int | str, ...] = (account,)
    which = ""
    if ids is not None:
        which, values = f" AND {ASKED}", (account, listed(ids))
    found = [
        Counted(id_, name, role(name, use), order, bool(subscribed), *counts)
        for id_, name, use, order, subscribed, *counts in tx.execute(
            f"{COUNTED}{which} ORDER BY name", values
        )
    ]
    found.sort(key=lambda mailbox: mailbox.name != INBOX)
    return found


def role(name: str, special_use: str | None) -> Role | None:
    """What a mailbox is for."""
    if name == INBOX:
        return Role.INBOX
    return None if special_use is None else ROLES[special_use]


def emails(tx: apsw.Connection, account: int, ids: Sequence[int]) -> list[Email]:
    """Some emails, in the order in which they are asked for."""
    return [
        Email(
            id_,
            hash_,
            thread,
            frozenset(json.loads(mailboxes)),
            frozenset(keywords.split()),
            size,
            header_size,
            received,
            bool(attached),
            preview,
        )
        for id_, hash_, thread, mailboxes, keywords, *row in tx.execute(
            EMAILS, (account, listed(ids))
        )
        for size, header_size, received, attached, preview in (row,)
    ]


def threads(tx: apsw.Connection, account: int, ids: Sequence[int]) -> list[Thread]:
    """Some threads."""
    found: dict[int, list[int]] = {id_: [] for id_ in ids}
    for thread, email in tx.execute(THREADS, (account, listed(found))):
        found[thread].append(email)
    return [Thread(id_, tuple(has)) for id_, has in found.items() if has]


def projections(
    tx: apsw.Connection, account: int, ids: Sequence[int]
) -> dict[int, Projections]:
    """What was computed when some emails arrived."""
    return {
        row[0]: Projections(*row[1:])
        for row in tx.execute(PROJECTED, (account, listed(ids)))
    }


def opened(tx: apsw.Connection, account: int, ids: Sequence[int]) -> list[Opened]:
    """Where the octets of emails are, and the beginnings of the first of them."""
    found: list[Opened] = []
    left = AHEAD
    for at, id_ in enumerate(ids):
        if left <= 0:
            found += tx.execute(PLACES, (account, listed(ids[at:])))
            break
        for row in tx.execute(BEGINNINGS, (account, listed([id_]))):
            found.append(row)
            left -= len(row[-1] or b"")
    return found


def headers(tx: apsw.Connection, account: int, ids: Sequence[int]) -> dict[int, bytes]:
    """The headers of emails, as far as they are in the first chunk."""
    found = tx.execute(HEADERS, (account, listed(ids)))
    return {email: header or b"" for email, _, _, _, header in found}


def changed(
    tx: apsw.Connection, account: int, kind: Kind, since: int, most: int
) -> Changed:
    """What became different of a kind since a state (RFC 8620, 5.2).

    What was made and went again need not be told.  What went and is there again is
    told as made, whether it was known then or not.

    @raise NotFound: when that is not known.
    """
    present = known_since(tx, account, kind, since)
    found = list(changes(tx, account, kind, since, most))
    created, updated, destroyed = [], [], []
    counts_only = kind is Kind.MAILBOX
    for id_, _, made, first, gone, props in found[:most]:
        if gone is not None:
            destroyed += [id_] if first <= since else []
        elif made > since:
            created.append(id_)
        else:
            updated.append(id_)
            counts_only = counts_only and props <= since
    more = len(found) > most
    return Changed(
        found[most - 1][1] if more else present,
        created,
        updated,
        destroyed,
        more,
        counts_only and bool(updated),
    )


def changes(
    tx: apsw.Connection, account: int, kind: Kind, since: int, most: int
) -> Iterator[tuple[Any, ...]]:
    """Rows that changed after a state, the first ones and one more.

    The first change counts after which they must be known, not the last one: who
    has been told of all until then must not hear of another as something he knows.
    """
    props = "props" if kind is Kind.MAILBOX else "0"
    return tx.execute(
        f"SELECT id, CASE WHEN destroyed IS NOT NULL THEN modseq"  # noqa: S608 - our own words
        " WHEN created > ?2 THEN created"
        f" WHEN {props} > ?2 THEN {props} ELSE modseq END AS told,"
        f" created, first, destroyed, {props} FROM {TABLES[kind]}"
        " WHERE account = ?1 AND modseq > ?2 ORDER BY told LIMIT ?3",
        (account, since, most + 1),
    )

"""OBJECTID: mailboxes, emails and threads by ids that JMAP has for them too (RFC 8474)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from mailnode import query
from mailnode.imap.extension import Extension
from mailnode.imap.fetching import Batch, Column, Item
from mailnode.imap.grammar import Arguments
from mailnode.imap.searching import Reading
from mailnode.imap.view import View
from mailnode.interfaces.mailbox import IMailbox
from mailnode.model.message import THREAD
from mailnode.query import Query
from mailnode.wire import ids

extension = Extension(8474, capabilities=(b"OBJECTID",))


def mailbox_id(mailbox: IMailbox) -> bytes:
    """C{objectid} of a mailbox, in parentheses."""
    return b"(%b)" % ids.written(ids.MAILBOX, mailbox.account, mailbox.id).encode()


@extension.create_code
def made(mailbox: IMailbox) -> bytes:
    """With which CREATE ends (RFC 8474, 4.1)."""
    return b"MAILBOXID " + mailbox_id(mailbox)


@extension.select_code
def selected(view: View) -> bytes:
    """What SELECT says of it (RFC 8474, 4.2)."""
    return b"[MAILBOXID %b] for ever" % mailbox_id(view.mailbox)


extension.mailbox_atts[b"MAILBOXID"] = mailbox_id  # RFC 8474, 4.3


def written(batch: Batch, kind: str, numbers: Sequence[int | None]) -> list[bytes]:
    """Ids in parentheses, C{NIL} for want of one."""
    account = batch.selected.view.mailbox.account
    return [
        b"(%b)" % ids.written(kind, account, number).encode() if number else b"NIL"
        for number in numbers
    ]


def email_ids(batch: Batch) -> Column:
    numbers = cast("Sequence[int]", batch.known["id"])
    return Column(b"EMAILID %b", (written(batch, ids.EMAIL, numbers),))


def thread_ids(batch: Batch) -> Column:
    numbers = cast("Sequence[int | None]", batch.known[THREAD])
    return Column(b"THREADID %b", (written(batch, ids.THREAD, numbers),))


@extension.fetch_att(b"EMAILID")
def email_id(_: Arguments) -> Item:
    return Item(b"EMAILID", ("id",), email_ids)  # RFC 8474, 5.1


@extension.fetch_att(b"THREADID")
def thread_id(_: Arguments) -> Item:
    return Item(b"THREADID", (THREAD,), thread_ids)  # RFC 8474, 5.2


@extension.search_key(b"EMAILID")
def is_email(reading: Reading) -> Query:
    """An id of somebody else's is one that nothing has (RFC 8474, 6)."""
    return query.Emails(frozenset({asked(reading, ids.EMAIL)}))


@extension.search_key(b"THREADID")
def is_in_thread(reading: Reading) -> Query:
    return query.OfThread(asked(reading, ids.THREAD))


def asked(reading: Reading, kind: str) -> int:
    """The number in an C{objectid}."""
    said = reading.arguments.sp().astring().decode("ascii", "replace")
    return ids.number(kind, reading.selected.view.mailbox.account, said)

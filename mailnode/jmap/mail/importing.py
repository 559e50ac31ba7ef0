"""Messages that were uploaded become emails (RFC 8621, 4.8)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mailnode.errors import NotFound
from mailnode.interfaces.account import IMailAccount
from mailnode.interfaces.content import ISpool
from mailnode.jmap.blobs import Blob, opened
from mailnode.jmap.errors import SetError
from mailnode.jmap.ijson import Object
from mailnode.jmap.mail.arrivals import Arrival, sealed
from mailnode.jmap.mail.updating import wrong
from mailnode.message.compose import MESSAGE_LIMIT
from mailnode.message.header import Header
from mailnode.wire.dates import read_mail_date

PROPERTIES = frozenset(("blobId", "mailboxIds", "keywords", "receivedAt"))
FIRST = re.compile(rb"[!-9;-~]+[ \t]*:")
"""What every message begins with: a field (RFC 5322, 3.5)."""
HEADER_LIMIT = 2**16
"""Octets in which the first Received field is looked for."""


async def imported(
    account: IMailAccount, wanted: Object, known: Mapping[str, str]
) -> Arrival:
    """The message of an EmailImport object, made ready.

    @param known: ids by creation id.
    @raise SetError, MailError: when there can be none.
    """
    if unknown := wanted.keys() - PROPERTIES:
        raise wrong(unknown, "there are no such properties")
    said = wanted.get("blobId")
    if not isinstance(said, str):
        raise wrong(["blobId"], "an id must be given")
    said = known.get(said[1:], said) if said[:1] == "#" else said
    try:
        blob = await opened(account.mail(), said)
    except NotFound:
        raise wrong(["blobId"], "there is no such blob") from None
    if blob.end - blob.start > 2 * MESSAGE_LIMIT:
        raise SetError("tooLarge", f"a message has at most {MESSAGE_LIMIT} octets")
    return await copied(account, blob)


async def copied(account: IMailAccount, blob: Blob) -> Arrival:
    """The octets of a blob as a message.

    @raise SetError: C{invalidEmail}, when they are none.
    """
    spool = account.spool()
    try:
        beginning = await spooled(spool, blob)
    except BaseException:
        spool.discard()
        raise
    return Arrival(await sealed(account, spool), when(beginning))


async def spooled(spool: ISpool, blob: Blob) -> bytes:
    """Put a message into a spool; its beginning.

    @raise SetError: when it is too large, or none.
    """
    beginning = b""
    async for piece in blob.pieces():
        if len(beginning) < HEADER_LIMIT:
            beginning += piece[:HEADER_LIMIT]
        spool.write(piece)
        if spool.size > MESSAGE_LIMIT:
            raise SetError("tooLarge", f"at most {MESSAGE_LIMIT} octets")
    if not FIRST.match(beginning):
        raise SetError("invalidEmail", "it does not begin with a header")
    return beginning


def when(message: bytes) -> int | None:
    """The time of the most recent Received field: the first (RFC 5321, 4.4)."""
    found = Header(message).first(b"received")
    return None if found is None else read_mail_date(found.rpartition(b";")[2])

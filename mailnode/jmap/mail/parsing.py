"""Blobs read as messages, without being emails (RFC 8621, 4.9)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from mailnode.errors import NotFound
from mailnode.interfaces.account import IMailAccount
from mailnode.jmap.blobs import Blob, opened
from mailnode.jmap.errors import MethodError
from mailnode.jmap.ijson import Object
from mailnode.jmap.mail.bodies import Bodies, Message
from mailnode.jmap.mail.emails import inside
from mailnode.jmap.mail.headers import CONVENIENT
from mailnode.jmap.mail.importing import FIRST
from mailnode.message.decoding import span
from mailnode.message.parts import packed
from mailnode.message.preview import preview
from mailnode.message.scan import Scan, Scanner

USUAL = (
    *CONVENIENT,
    *("hasAttachment", "preview", "bodyValues", "textBody", "htmlBody", "attachments"),
)
"""What is told if nothing else is asked for (RFC 8621, 4.9)."""
NULL = ("id", "mailboxIds", "keywords", "receivedAt", "threadId")
"""What only an email in a mailbox has."""
BLOBS_LIMIT = 100
"""Blobs that are parsed by one call: each is read from end to end."""
OCTETS_LIMIT = 2**28
"""Octets of them all."""


@dataclass(slots=True)
class Parsed:
    """What became of some blobs, by their ids."""

    emails: dict[str, Object] = field(default_factory=dict)
    unparsable: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


async def parsed(
    account: IMailAccount,
    named: Mapping[str, str],
    properties: Collection[str],
    bodies: Bodies,
) -> Parsed:
    """Some blobs as messages.

    @param named: ids of blobs, by what the client calls them.
    @raise MethodError: C{requestTooLarge}.
    """
    if len(named) > BLOBS_LIMIT:
        raise MethodError("requestTooLarge", f"at most {BLOBS_LIMIT} at a time")
    found = Parsed()
    left = OCTETS_LIMIT
    for name, said in named.items():
        try:
            blob = await opened(account.mail(), said)
            left -= blob.end - blob.start
            if left < 0:
                raise MethodError("requestTooLarge", f"at most {OCTETS_LIMIT} octets")
            email = await told(account, blob, properties, bodies)
        except NotFound:
            found.missing.append(name)
            continue
        if email is None:
            found.unparsable.append(name)
        else:
            found.emails[name] = email
    return found


async def told(
    account: IMailAccount, blob: Blob, properties: Collection[str], bodies: Bodies
) -> Object | None:
    """Some properties of a message; C{None}, if it is none."""
    if blob.encoded:  # Its parts could not be named otherwise
        blob = await kept(account, blob)
    scanner = Scanner()
    beginning = b""
    async for piece in span(blob.kept, blob.start, blob.end):
        beginning = beginning or piece
        scanner.feed(piece)
    if not FIRST.match(beginning):
        return None
    scan = scanner.close()
    message = Message(
        whole=blob.kept,
        hash=blob.id.hash,
        start=blob.start,
        size=scan.size,
        header_size=scan.header_size,
        table=packed(scan.root),
    )
    known = metadata(blob, scan)
    looked = await inside(message, set(properties) - known.keys(), bodies)
    return {n: v for n, v in known.items() if n in properties} | looked


def metadata(blob: Blob, scan: Scan) -> Object:
    """What is not in the octets, or was found on the way."""
    return {
        **dict.fromkeys(NULL),
        "blobId": str(blob.id),
        "size": scan.size,
        "preview": preview(scan),
    }


async def kept(account: IMailAccount, blob: Blob) -> Blob:
    """The same octets, no longer encoded, for a day."""
    spool = account.spool()
    try:
        async for piece in blob.pieces():
            spool.write(piece)
        content = spool.seal()
    except BaseException:
        spool.discard()
        raise
    try:
        await account.mail().upload(content)
        return await opened(account.mail(), f"G{content.hash.hex()}")
    finally:
        content.discard()


def named(said: Sequence[str], known: Mapping[str, str]) -> dict[str, str]:
    """Ids of blobs by what they were asked for as, creation ids among them."""
    return {
        each: known.get(each[1:], each) if each[:1] == "#" else each for each in said
    }

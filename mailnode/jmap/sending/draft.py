"""What the header of an email says of who sends it, and to whom (RFC 8621, 7 and 7.5)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from mailnode.errors import Malformed, SyntaxFault
from mailnode.interfaces.content import IOctets
from mailnode.jmap.errors import SetError
from mailnode.jmap.ijson import JSON, Object
from mailnode.jmap.sending.envelope import path
from mailnode.message.addresses import Listed, address_list
from mailnode.message.decoding import span, whole
from mailnode.message.downgrade import STRAY
from mailnode.message.header import Header
from mailnode.message.submitted import HEADER_LIMIT, text
from mailnode.model.envelope import Address
from mailnode.wire.path import mailbox

RECIPIENTS = ("to", "cc", "bcc")
RECIPIENTS_LIMIT = 10_000
"""Addresses of a header that are looked at: more than may be written to."""
AUTHORS_LIMIT = 100
"""Addresses in From that are looked up; hardly any message has two."""


async def header(octets: IOctets) -> Header:
    """The header of an email that is to be sent.

    @raise SetError: when it is too long to be one.
    """
    if octets.header_size > HEADER_LIMIT:
        raise invalid("its header is too long", "headers")
    return Header(await whole(octets, 0, octets.header_size))


def invalid(why: str, *properties: str) -> SetError:
    """An email that cannot be sent as it is."""
    return SetError("invalidEmail", why, properties)


def entries(header: Header, name: str) -> Iterator[Listed]:
    """All addresses in the fields of a name, those of groups among them."""
    for value in header.every(name.encode()):
        yield from (each for each in address_list(value) if each.host is not None)


def written(listed: Listed) -> str:
    """An address of a header as it stands there."""
    return "@".join(filter(None, (text(listed.mailbox), text(listed.host))))


def address(listed: Listed) -> Address:
    """An address of a header.

    @raise SyntaxFault: when none can be sent to.
    """
    local, host = text(listed.mailbox), text(listed.host)
    if not local:
        raise SyntaxFault("a local part")
    quoted = local.replace("\\", r"\\").replace('"', r"\"")
    return path(f'"{quoted}"@{host}')


@dataclass(frozen=True, slots=True)
class Authors:
    """Who wrote an email, as far as it can be told.

    @ivar addresses: in From.
    @ivar moved: it was here before, and is sent on as it is.
    """

    addresses: tuple[Address, ...]
    moved: bool


def authors(header: Header) -> Authors:
    """Who has written an email.

    @raise SetError: when From says nothing that can be.
    """
    listed = list(entries(header, "from"))
    if len(header.every(b"from")) > 1 or len(listed) > AUTHORS_LIMIT:
        raise invalid("there is more than one From", "from")
    if header.every(b"from") and not listed:
        raise invalid("there is no address in From", "from")
    try:
        found = tuple(address(each) for each in listed)
    except SyntaxFault:
        raise invalid("an address in From is none", "from") from None
    return Authors(found, header.first(b"received") is not None)


def mail_from(header: Header, own: Address) -> Address:
    """The reverse-path of an email: its Sender or else its author, if that is he.

    @param own: of the identity.
    @raise SetError: when there are several (RFC 8621, 7).
    """
    for name in ("sender", "from"):
        listed = list(entries(header, name))
        if len(listed) > 1 or len(header.every(name.encode())) > 1:
            raise invalid(f"there are several addresses in {name}", name)
        if listed:
            try:
                found = address(listed[0])
            except SyntaxFault:
                raise invalid(f"there is no address in {name}", name) from None
            return found if found.key == own.key else own
    return own


def envelope(header: Header, own: Address) -> Object:
    """The envelope of an email, from its header (RFC 8621, 7).

    @param own: of the identity.
    @raise SetError: when there is none.
    """
    found: dict[str, str] = {}
    bad: list[JSON] = []
    listed = chain.from_iterable(entries(header, name) for name in RECIPIENTS)
    for each in islice(listed, RECIPIENTS_LIMIT):
        try:
            one = address(each)
        except SyntaxFault:
            bad.append(written(each))
            continue
        found.setdefault(one.key, mailbox(one).decode())
    if bad:
        raise SetError("invalidRecipients", invalidRecipients=bad)
    sender = mailbox(mail_from(header, own)).decode()
    return {
        "mailFrom": {"email": sender, "parameters": None},
        "rcptTo": [{"email": each, "parameters": None} for each in found.values()],
    }


async def lines(octets: IOctets) -> AsyncIterator[bytes]:
    """The octets of an email, which must be lines of text (RFC 5321, 2.3.8).

    @raise Malformed: when they are not.
    """
    held = b""
    async for piece in span(octets, 0, octets.size):
        data = held + piece
        held = b"\r" if data.endswith(b"\r") else b""
        data = data[: len(data) - len(held)]
        if STRAY.search(data):
            raise Malformed("there is a line that does not end with CRLF")
        yield data
    if held:
        raise Malformed("there is a line that does not end with CRLF")

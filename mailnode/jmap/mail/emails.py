"""Emails as they are told: what the store knows, the header, the body (RFC 8621, 4.1)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from mailnode.interfaces.account import IMailAccount
from mailnode.jmap import ids, state
from mailnode.jmap.arguments import Arguments
from mailnode.jmap.errors import MethodError
from mailnode.jmap.ijson import Object
from mailnode.jmap.mail import headers
from mailnode.jmap.mail.bodies import IN_BODY, Bodies, Message, Sizes, wish
from mailnode.jmap.mail.headers import CONVENIENT, header_property
from mailnode.jmap.mail.updating import shown
from mailnode.model.mail import Email, Kind, Question

METADATA = (
    *("id", "blobId", "threadId", "mailboxIds", "keywords", "size", "receivedAt"),
    *("hasAttachment", "preview"),
)
"""What the store knows (RFC 8621, 4.1.1), C{updating.shown} tells it."""
USUAL = (
    *METADATA,
    *CONVENIENT,
    *("bodyValues", "textBody", "htmlBody", "attachments"),
)
"""RFC 8621, 4.2."""
TOGETHER = 50
"""Emails that are opened at a time: their beginnings are in memory together."""
ALL = 1000
"""Emails that are told at most to those who ask for all."""


class Names(Collection[str]):
    """The properties of an email: some that can be counted, and all its fields.

    @ivar listed: those that can be counted.
    """

    listed = (*USUAL, "bodyStructure", "headers")

    def __contains__(self, said: object) -> bool:
        if said in self.listed:
            return True
        return isinstance(said, str) and header_property(said) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self.listed)

    def __len__(self) -> int:
        return len(self.listed)


NAMES = Names()
ORDER = {name: place for place, name in enumerate(Names.listed)}


def ordered(properties: Collection[str]) -> list[str]:
    """Properties in the RFC's order, fields behind them."""
    return sorted(properties, key=lambda name: (ORDER.get(name, len(ORDER)), name))


class Emails:
    """Emails, as they are read.

    @ivar sizes: of parts, for all who ask.
    """

    properties = NAMES
    usual = USUAL

    def __init__(self, sizes: Sizes) -> None:
        self.sizes = sizes

    async def state(self, account: IMailAccount) -> str:
        """The state of all emails."""
        return state.written(await account.mail().state(Kind.EMAIL))

    async def read(
        self,
        account: IMailAccount,
        said: Sequence[str] | None,
        properties: Collection[str],
        arguments: Arguments,
    ) -> Sequence[Object]:
        """Those of some emails that are there."""
        bodies = Bodies(wish(arguments), self.sizes)
        arguments.end()
        if said is None:
            numbers = await everything(account)
        else:
            numbers = [ids.number(ids.EMAIL, account.id, each) for each in said]
        mail = account.mail()
        found: list[Object] = []
        emails = await mail.emails(list(filter(None, numbers)))
        for start in range(0, len(emails), TOGETHER):
            some = emails[start : start + TOGETHER]
            found += await told(account, some, properties, bodies)
        return found


async def everything(account: IMailAccount) -> Sequence[int]:
    """All emails of somebody who has few.

    @raise MethodError: C{requestTooLarge}.
    """
    found = await account.mail().find(Question())
    if await found.total() > ALL:
        raise MethodError("requestTooLarge", f"there are more than {ALL}")
    return await found.window(0, ALL)


async def told(
    account: IMailAccount,
    emails: Sequence[Email],
    properties: Collection[str],
    bodies: Bodies,
) -> list[Object]:
    """Some properties of a few emails; they are opened only if that must be."""
    if not set(properties) - set(METADATA):
        return [
            {name: value for name, value in known.items() if name in properties}
            for known in (shown(account.id, each) for each in emails)
        ]
    mail = account.mail()
    numbers = [each.id for each in emails]
    tables: Mapping[int, bytes] = {}
    if not IN_BODY.isdisjoint(properties):
        projections = await mail.projections(numbers)
        tables = {number: each.parts for number, each in projections.items()}
    opened = await mail.opened(numbers)
    found: list[Object] = []
    for each in emails:
        if (octets := opened.get(each.id)) is None:
            continue  # It has gone meanwhile
        table = tables.get(each.id, b"")
        message = Message(octets, each.hash, 0, each.size, each.header_size, table)
        known = shown(account.id, each)
        looked = await inside(message, set(properties) - set(METADATA), bodies)
        found.append({n: v for n, v in known.items() if n in properties} | looked)
    return found


async def inside(
    message: Message, properties: Collection[str], bodies: Bodies
) -> Object:
    """Properties that one finds in the octets of a message.

    @raise MethodError: C{requestTooLarge}.
    """
    header = await message.header()
    found: Object = {}
    for name in ordered(properties):
        if name == "headers":
            found[name] = headers.headers(header)
        elif (asked := header_property(name)) is not None:
            found[name] = headers.value(header, asked)
    about_body = (IN_BODY | {"hasAttachment"}).intersection(properties)
    if about_body:
        found |= await bodies.told(message, about_body)
    return {name: found[name] for name in ordered(found)}

"""Emails as they are told: what the store knows, the header, the body (RFC 8621, 4.1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence

from mailnode.interfaces.account import IMailAccount
from mailnode.interfaces.mail import IMail
from mailnode.jmap import state
from mailnode.jmap.arguments import Arguments
from mailnode.jmap.call import at_once
from mailnode.jmap.errors import MethodError
from mailnode.jmap.ijson import Object
from mailnode.jmap.mail import headers
from mailnode.jmap.mail.bodies import IN_BODY, Bodies, Message, Sizes, wish
from mailnode.jmap.mail.headers import CONVENIENT, header_property
from mailnode.jmap.mail.updating import shown
from mailnode.message.header import Header
from mailnode.message.outline import top
from mailnode.model.mail import Email, Kind, Question
from mailnode.wire import ids

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

    def __init__(
        self, sizes: Sizes, turn: Callable[[], Awaitable[None]] = at_once
    ) -> None:
        self.sizes = sizes
        self.turn = turn

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
        bodies = Bodies(wish(arguments), self.sizes, self.turn)
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
    wanted = frozenset(properties).difference(METADATA)
    if not wanted:
        looked: Mapping[int, Object] = {each.id: {} for each in emails}
    elif IN_BODY.isdisjoint(wanted):
        looked = await by_headers(account.mail(), emails, wanted)
    else:
        looked = await by_octets(account.mail(), emails, wanted, bodies)
    return [
        {n: v for n, v in shown(account.id, each).items() if n in properties}
        | looked[each.id]
        for each in emails
        if each.id in looked  # Otherwise it has gone meanwhile
    ]


async def by_headers(
    mail: IMail, emails: Sequence[Email], wanted: Collection[str]
) -> dict[int, Object]:
    """What the headers of emails say, by id."""
    kept = await mail.headers([each.id for each in emails])
    found: dict[int, Object] = {}
    for each in emails:
        octets = kept.get(each.id)
        if octets is None:
            continue
        if len(octets) < each.header_size:  # It is longer than a chunk
            opened = await mail.opened([each.id])
            if each.id not in opened:
                continue
            octets = (await top(opened[each.id], each.header_size)).octets
        found[each.id] = fields(Header(octets), wanted)
    return found


async def by_octets(
    mail: IMail, emails: Sequence[Email], wanted: Collection[str], bodies: Bodies
) -> dict[int, Object]:
    """What the octets of emails say, by id."""
    numbers = [each.id for each in emails]
    projections = await mail.projections(numbers)
    opened = await mail.opened(numbers)
    found: dict[int, Object] = {}
    for each in emails:
        if each.id not in opened or each.id not in projections:
            continue
        message = Message(
            whole=opened[each.id],
            hash=each.hash,
            start=0,
            size=each.size,
            header_size=each.header_size,
            table=projections[each.id].parts,
        )
        found[each.id] = await inside(message, wanted, bodies)
    return found


async def inside(message: Message, wanted: Collection[str], bodies: Bodies) -> Object:
    """Properties that one finds in the octets of a message.

    @raise MethodError: C{requestTooLarge}.
    """
    found = fields(await message.header(), wanted)
    about_body = (IN_BODY | {"hasAttachment"}).intersection(wanted)
    if about_body:
        found |= await bodies.told(message, about_body)
    return {name: found[name] for name in ordered(found)}


def fields(header: Header, wanted: Collection[str]) -> Object:
    """Properties that are fields of a header."""
    found: Object = {}
    for name in ordered(wanted):
        if name == "headers":
            found[name] = headers.headers(header)
        elif (asked := header_property(name)) is not None:
            found[name] = headers.value(header, asked)
    return found

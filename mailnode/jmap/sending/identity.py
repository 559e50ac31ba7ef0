"""Identities: under which addresses and names somebody writes (RFC 8621, 6)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from mailnode.errors import NotFound, NotPermitted, SyntaxFault
from mailnode.interfaces.account import IMailAccount
from mailnode.interfaces.delivery import IOutbox
from mailnode.interfaces.mail import IObjectPen
from mailnode.jmap import state
from mailnode.jmap.arguments import Arguments
from mailnode.jmap.call import Visit
from mailnode.jmap.errors import SetError
from mailnode.jmap.ijson import JSON, Object
from mailnode.jmap.kept import Shelf, value
from mailnode.jmap.patch import patched
from mailnode.jmap.setting import Batch
from mailnode.jmap.standard import Changes
from mailnode.model.mail import Kept
from mailnode.wire.address import address

SHELF = Shelf("Identity", "I")
NAME_LIMIT = 255
"""Characters of a name; a header has it on one line."""
SIGNATURE_LIMIT = 64 * 1024
"""Characters of a signature, pictures that are written into it included."""
ADDRESSES_LIMIT = 100
"""Addresses in C{replyTo} or C{bcc}."""

DEFAULTS: Object = {
    "name": "",
    "replyTo": None,
    "bcc": None,
    "textSignature": "",
    "htmlSignature": "",
}
PROPERTIES = ("id", "email", "mayDelete", *DEFAULTS)
OWN = "own"
"""Marks the identity of the account's own address, which stays."""


def text(limit: int) -> Callable[[JSON], bool]:
    """Whether something is a text of so many characters at most."""

    def fits(said: JSON) -> bool:
        return isinstance(said, str) and len(said) <= limit

    return fits


def addresses(said: JSON) -> bool:
    """Whether something is C{EmailAddress[]|null} (RFC 8621, 4.1.2.3)."""
    if said is None:
        return True
    return (
        isinstance(said, list)
        and len(said) <= ADDRESSES_LIMIT
        and all(map(is_email_address, said))
    )


def is_email_address(said: JSON) -> bool:
    """Whether something is an EmailAddress that mail can be sent to."""
    match said:
        case {"email": str(email), **rest} if rest.keys() <= {"name"}:
            name = rest.get("name", None)
            fits = isinstance(name, str) and len(name) <= NAME_LIMIT
            return is_address(email) and (name is None or fits)
    return False


def is_address(said: str) -> bool:
    """Whether something is an address."""
    try:
        address(said)
    except SyntaxFault:
        return False
    return True


CHECKS: Mapping[str, Callable[[JSON], bool]] = {
    "name": text(NAME_LIMIT),
    "replyTo": addresses,
    "bcc": addresses,
    "textSignature": text(SIGNATURE_LIMIT),
    "htmlSignature": text(SIGNATURE_LIMIT),
}


def see_to(said: Object) -> None:
    """See that the properties that a client may change are what they must be.

    @raise SetError: when they are not.
    """
    bad = [name for name, right in CHECKS.items() if not right(said[name])]
    if bad:
        raise SetError("invalidProperties", properties=bad)


async def everyone(
    account: IMailAccount, said: Sequence[str] | None = None
) -> Sequence[Kept]:
    """Some identities, or all: there is one from the beginning."""
    objects = account.objects()
    if not await objects.state(SHELF.kind):
        await objects.write(lambda pen: first(pen, account.name))
    return await SHELF.find(account, said)


def first(pen: IObjectPen, name: str) -> None:
    """Make the identity of the account's own address, unless there has been one."""
    if not pen.state(SHELF.kind):
        pen.add(SHELF.kind, {**DEFAULTS, "email": name, OWN: True})


@dataclass(frozen=True, slots=True)
class Identities:
    """The type, for somebody who asks.

    @ivar visit: knows his way out, which knows under which addresses he may send.
    """

    visit: Visit

    properties = PROPERTIES
    usual = PROPERTIES
    references: Collection[str] = ()

    async def state(self, account: IMailAccount) -> str:
        """What changes whenever an identity does."""
        await everyone(account, ())
        return await SHELF.state(account)

    async def changes(self, account: IMailAccount, since: str, most: int) -> Changes:
        """What became different."""
        await everyone(account, ())
        return await SHELF.changes(account, since, most)

    async def read(
        self,
        account: IMailAccount,
        ids: Sequence[str] | None,
        properties: Collection[str],
        arguments: Arguments,  # noqa: ARG002 - there are no others
    ) -> Sequence[Object]:
        """Some identities."""
        found = await everyone(account, ids)
        return [
            {name: each[name] for name in PROPERTIES if name in properties}
            for each in (told(account, one) for one in found)
        ]

    async def write(self, account: IMailAccount, batch: Batch) -> None:
        """Do what a batch wants."""
        await everyone(account, ())
        granted = await self.granted(batch)

        def work(pen: IObjectPen) -> None:
            setting = Setting(account, pen, granted)
            batch.begin(state.written(pen.state(SHELF.kind)))
            batch.run(setting.create, setting.update, setting.destroy)
            batch.end(state.written(pen.state(SHELF.kind)))

        await account.objects().write(work)

    async def granted(self, batch: Batch) -> Collection[str]:
        """Those of the new addresses under which he may send (RFC 8621, 9.6)."""
        wanted = {str(each.get("email")) for each in batch.create.values()}
        if not wanted:
            return ()
        try:
            outbox = await self.visit.outbox()
        except NotPermitted:  # Who sends nothing has no address to send from
            return ()
        return {each for each in wanted if await may_send_as(outbox, each)}


async def may_send_as(outbox: IOutbox, email: str) -> bool:
    """Whether an address is one, and somebody may send under it."""
    try:
        return await outbox.owns(address(email))
    except SyntaxFault:
        return False


@dataclass(frozen=True, slots=True)
class Setting:
    """Changes identities in a transaction.

    @ivar granted: addresses under which he may send.
    """

    account: IMailAccount
    pen: IObjectPen
    granted: Collection[str]

    def create(self, wanted: Object) -> Object:
        """Make one (RFC 8621, 6.3)."""
        if unknown := wanted.keys() - DEFAULTS.keys() - {"email"}:
            raise SetError("invalidProperties", properties=sorted(unknown))
        email = wanted.get("email")
        if not isinstance(email, str) or not is_address(email):
            raise SetError("invalidProperties", properties=["email"])
        made = DEFAULTS | wanted
        see_to(made)
        if email not in self.granted:
            raise SetError("forbiddenFrom", "this address is not yours")
        kept = self.pen.add(SHELF.kind, made)
        unsaid = {name: each for name, each in DEFAULTS.items() if name not in wanted}
        return {"id": SHELF.id(self.account, kept.id), "mayDelete": True, **unsaid}

    def update(self, said: str, patch: Object) -> None:
        """Change one; its address stays (RFC 8621, 6)."""
        kept = self.found(said)
        before = told(self.account, kept)
        after = patched(before, patch, DEFAULTS)
        fixed = sorted(
            name
            for name in after.keys() | before.keys()
            if name not in DEFAULTS and after.get(name) != before.get(name)
        )
        if fixed:
            raise SetError("invalidProperties", properties=fixed)
        see_to(after)
        changed = {name: after[name] for name in DEFAULTS}
        self.pen.change(SHELF.kind, kept.id, {**kept.value, **changed})

    def destroy(self, said: str) -> None:
        """Remove one, unless it is the first."""
        kept = self.found(said)
        if kept.value.get(OWN):
            raise SetError("forbidden", "the identity of your own address stays")
        self.pen.remove(SHELF.kind, kept.id)

    def found(self, said: str) -> Kept:
        """An identity by its id.

        @raise NotFound: when it is not there.
        """
        number = SHELF.number(self.account, said)
        for each in self.pen.objects(SHELF.kind, [number]):
            return each
        raise NotFound("there is no such identity")


def told(account: IMailAccount, kept: Kept) -> Object:
    """An identity with all its properties."""
    said = value(kept)
    return {
        **{name: said[name] for name in (*DEFAULTS, "email")},
        "id": SHELF.id(account, kept.id),
        "mayDelete": not said.get(OWN),
    }

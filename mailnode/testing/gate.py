"""A way in, and a way for mail to come in, without a portal."""

from __future__ import annotations

import binascii
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import cast

from zope.interface import implementer

from mailnode.errors import (
    BadCredentials,
    Cancelled,
    MailError,
    NotFound,
    NotLocal,
    PrivacyRequired,
    SyntaxFault,
)
from mailnode.interfaces.account import IMailAccount, IStore
from mailnode.interfaces.delivery import IDelivery, ITransaction
from mailnode.interfaces.gate import Ask, Avatar, IGate
from mailnode.interfaces.peer import IPeer, IVisitor
from mailnode.model.envelope import Address, Letter, Origin, Recipient, Sender


@implementer(IGate)
class MemoryGate:
    """Lets in those who know a password.

    @ivar passwords: by account name.
    @ivar plaintext: C{never}, C{loopback} or C{always}, as in the configuration.
    @ivar fault: raised at every login, if it is not C{None}.
    """

    def __init__(
        self,
        store: IStore,
        passwords: Mapping[str, str],
        *,
        plaintext: str = "loopback",
    ) -> None:
        self.store = store
        self.passwords = passwords
        self.plaintext = plaintext
        self.fault: MailError | None = None

    def mechanisms(self, peer: IPeer) -> Sequence[bytes]:
        return (b"PLAIN", b"LOGIN") if self.admits_passwords(peer) else ()

    def admits_passwords(self, peer: IVisitor) -> bool:
        here = self.plaintext == "loopback" and peer.local
        return peer.secure or here or self.plaintext == "always"

    async def password(
        self,
        user: bytes,
        password: bytes,
        peer: IVisitor,
        interface: type[Avatar],
        *,
        quiet: bool = False,  # noqa: ARG002 - we keep no log
    ) -> Avatar:
        if self.fault is not None:
            raise self.fault
        if not self.admits_passwords(peer):
            raise PrivacyRequired("passwords are for TLS")
        name = user.decode(errors="replace").casefold()
        name = name if "@" in name else f"{name}@example.org"
        if self.passwords.get(name, "").encode() != password or not password:
            raise BadCredentials("no such name and password")
        return await self.avatar(name, interface)

    async def avatar(self, name: str, interface: type[Avatar]) -> Avatar:
        """What a person finds."""
        wanted: object = interface
        if wanted is IMailAccount:
            return cast("Avatar", await self.store.account(name))
        return cast("Avatar", MemoryDelivery(self.store, self.passwords))

    async def sasl(
        self,
        mechanism: bytes,
        ask: Ask,
        initial: bytes | None,
        peer: IPeer,
        interface: type[Avatar],
    ) -> Avatar:
        if mechanism.upper() not in self.mechanisms(peer):
            raise NotFound("no such mechanism")
        if mechanism.upper() == b"LOGIN":
            user = answered(await ask(binascii.b2a_base64(b"User Name", newline=False)))
            secret = answered(
                await ask(binascii.b2a_base64(b"Password", newline=False))
            )
            return await self.password(user, secret, peer, interface)
        message = answered(await ask(b"") if initial is None else initial)
        parts = message.split(b"\0")
        if len(parts) != 3:  # noqa: PLR2004 - authzid, authcid, password (RFC 4616, 2)
            raise SyntaxFault("message", 0)
        return await self.password(parts[1], parts[2], peer, interface)

    async def vouched(
        self,
        account: str,
        peer: IVisitor,  # noqa: ARG002 - tokens are for all
        interface: type[Avatar],
    ) -> Avatar:
        if account not in self.passwords:
            raise BadCredentials("nobody here by that name")
        return await self.avatar(account, interface)

    async def stranger(self, peer: IPeer, interface: type[Avatar]) -> Avatar:  # noqa: ARG002 - strangers are alike
        return cast("Avatar", MemoryDelivery(self.store, self.passwords))


def answered(line: bytes) -> bytes:
    """What a line of base64 means."""
    if line == b"*":
        raise Cancelled
    try:
        return binascii.a2b_base64(b"" if line == b"=" else line, strict_mode=True)
    except binascii.Error:
        raise SyntaxFault("base64", 0) from None


@implementer(IDelivery)
class MemoryDelivery:
    """Takes mail for the people of a store.

    @ivar people: the account names there are.
    """

    def __init__(self, store: IStore, people: Mapping[str, str]) -> None:
        self.store = store
        self.people = people

    async def sender(
        self,
        sender: Sender,  # noqa: ARG002 - everyone is welcome
        origin: Origin,  # noqa: ARG002 - from everywhere
        *,
        together: bool = True,
    ) -> MemoryTransaction:
        return MemoryTransaction(self, together=together)

    async def verify(self, address: Address) -> bool:
        return address.key in self.people

    def account(self, address: Address) -> str:
        """The account an address belongs to.

        @raise NotLocal: when the domain is not ours.
        @raise NotFound: when nobody here has it.
        """
        if not any(name.endswith(f"@{address.domain}") for name in self.people):
            raise NotLocal("we do not relay")
        if address.key not in self.people:
            raise NotFound("nobody here by that name")
        return address.key


@implementer(ITransaction)
class MemoryTransaction:
    """One message on its way in."""

    def __init__(self, delivery: MemoryDelivery, *, together: bool) -> None:
        self.delivery = delivery
        self.together = together
        self.name = f"{id(self):x}"
        self.names: list[str] = []

    async def recipient(self, recipient: Recipient) -> None:
        self.names.append(self.delivery.account(recipient.address))

    async def content(self, octets: AsyncIterator[bytes]) -> Sequence[MailError | None]:
        spool = self.delivery.store.spool()
        async for data in octets:
            spool.write(data)
        content = spool.seal()
        outcomes: list[MailError | None] = []
        groups = [self.names] if self.together else [[name] for name in self.names]
        for group in groups:
            destinations = tuple((name, "INBOX") for name in group)
            letter = Letter(f"{self.name} {len(outcomes)}", destinations, 0)
            try:
                await self.delivery.store.deliver(letter, content)
            except MailError as error:
                if self.together:
                    raise
                outcomes.append(error)
            else:
                outcomes += [None] * len(group)
        return outcomes

    async def abandon(self) -> None:
        self.names.clear()

"""The standard realm: mail accounts for people, delivery for whoever brings mail."""

from __future__ import annotations

from collections.abc import Callable

from twisted.cred.checkers import ANONYMOUS
from twisted.cred.error import UnauthorizedLogin
from twisted.cred.portal import IRealm
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from zope.interface import Interface, implementer

from mailnode.auth.checkers import AvatarId
from mailnode.interfaces.account import IMailAccount, IStore
from mailnode.interfaces.delivery import IDelivery
from mailnode.interfaces.realm import IDirectory, IMailRealm, Person

Deliveries = Callable[[IDirectory, object, Person | None], IDelivery]
"""Makes the way of mail, given who lives here, the peer that brings it, and who has
logged in there; C{None} is a stranger, who may write to the people here only."""
Granted = tuple[type[Interface], object, Callable[[], None]]
"""What a portal gives: an interface, an avatar that provides it, and its logout."""

log = Logger()


@implementer(IRealm, IMailRealm)
class MailRealm:
    """Everybody in a directory has an account in the store.

    @param deliveries: makes the avatar of whoever brings mail.
    """

    def __init__(
        self, directory: IDirectory, store: IStore, deliveries: Deliveries
    ) -> None:
        self.directory = directory
        self.store = store
        self.deliveries = deliveries

    def requestAvatar(
        self,
        avatarId: AvatarId,  # noqa: N803 - cred's word
        mind: object,
        *interfaces: type[Interface],
    ) -> Deferred[Granted]:
        """Fires with an L{IMailAccount} or an L{IDelivery}.

        Fails with C{UnauthorizedLogin} for an account when there is no such
        person, with C{NotImplementedError} for another interface.
        """
        return Deferred.fromCoroutine(self._avatar(avatarId, mind, interfaces))

    async def _avatar(
        self, avatar_id: AvatarId, mind: object, interfaces: tuple[type[Interface], ...]
    ) -> Granted:
        if IMailAccount in interfaces and avatar_id != ANONYMOUS:
            person = await dweller(self.directory, avatar_id)
            return IMailAccount, await self.store.account(person.name), leave
        if IDelivery in interfaces:
            delivery = await delivered(self.deliveries, self.directory, mind, avatar_id)
            return IDelivery, delivery, leave
        if IMailAccount in interfaces:
            raise UnauthorizedLogin("nobody in particular has no mail")
        raise NotImplementedError("a realm of mail has accounts and deliveries")


async def delivered(
    deliveries: Deliveries, directory: IDirectory, mind: object, avatar_id: AvatarId
) -> IDelivery:
    """The way of mail for somebody.

    @raise UnauthorizedLogin: when he has logged in and lives nowhere.
    """
    stranger = avatar_id == ANONYMOUS
    person = None if stranger else await dweller(directory, avatar_id)
    return deliveries(directory, mind, person)


async def dweller(directory: IDirectory, avatar_id: AvatarId) -> Person:
    """Who has logged in.

    @raise UnauthorizedLogin: when he lives nowhere.
    """
    name = bytes(avatar_id).decode()
    person = await directory.find(name)
    if person is None:
        log.warn("{name} may come in but lives nowhere", name=name)
        raise UnauthorizedLogin
    return person


def leave() -> None:
    """The logout of avatars that need none."""

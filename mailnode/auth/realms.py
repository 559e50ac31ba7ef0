"""Realms by name: plug-ins that make one out of a string C{NAME[:ARGUMENTS]}."""

from __future__ import annotations

from types import ModuleType

from twisted.plugin import IPlugin, getPlugins
from zope.interface import implementer

from mailnode.interfaces.realm import IHouse, IMailRealm, IRealmFactory


def factories(package: ModuleType | None = None) -> dict[str, IRealmFactory]:
    """Every realm plug-in by its name.

    @param package: where they are, if not in C{twisted.plugins}.
    @raise ValueError: when two have the same name.
    """
    found: dict[str, IRealmFactory] = {}
    for factory in getPlugins(IRealmFactory, package):
        if factory.name in found:
            raise ValueError(f"two plug-ins make a realm {factory.name!r}")
        found[factory.name] = factory
    return found


def realm(text: str, house: IHouse, *, package: ModuleType | None = None) -> IMailRealm:
    """The realm that a configuration names.

    @param text: C{NAME[:ARGUMENTS]}.
    @raise ValueError: when there is no such realm, or the arguments are no use;
        the text is for the operator.
    """
    name, _, arguments = text.partition(":")
    known = factories(package)
    if name not in known:
        names = ", ".join(sorted(known)) or "none at all"
        raise ValueError(f"there is no realm {name!r}; known are: {names}")
    return known[name].realm(arguments, house)


@implementer(IRealmFactory, IPlugin)
class HouseRealmFactory:
    """C{realm = "mailnode"}: the people that mailnodectl looks after."""

    name = "mailnode"
    help = "The people that mailnodectl looks after; no arguments."

    def realm(self, arguments: str, house: IHouse) -> IMailRealm:
        """The standard realm over the house's own directory.

        @raise ValueError: when there are arguments.
        """
        if arguments:
            raise ValueError("the realm mailnode takes no arguments")
        return house.realm(house.directory)

"""Mailboxes as LIST and LSUB show them (RFC 9051, 6.3.9; RFC 3501, 6.3.9)."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from mailnode.imap import response
from mailnode.imap.pattern import Pattern
from mailnode.imap.session import Session
from mailnode.model.mailbox import SEPARATOR, MailboxInfo

SUBSCRIBED = b"SUBSCRIBED"
COMPARED = 20_000
"""Characters of names compared with patterns at once: some 2 ms."""


@dataclass(frozen=True, slots=True)
class Place:
    """A name in the hierarchy.

    @ivar info: the mailbox of that name; C{None} if only others lie below it, or
        it is on the list of subscriptions and nowhere else.
    @ivar parent: mailboxes lie below it.
    @ivar subscribed: it is on that list.
    """

    name: str
    info: MailboxInfo | None
    parent: bool
    subscribed: bool

    @property
    def special(self) -> bool:
        """Whether it is kept for something (RFC 6154)."""
        return self.info is not None and self.info.special_use is not None


@dataclass
class Listing:
    """What a LIST asks for; its options amend it.

    @ivar criteria: selection options by name, all of which must hold.
    @ivar recursive: RECURSIVEMATCH was given.
    @ivar subscriptions: say who is subscribed.
    @ivar status: the STATUS items to return with each.
    """

    session: Session
    patterns: list[Pattern] = field(default_factory=list)
    criteria: dict[bytes, Callable[[Place], bool]] = field(default_factory=dict)
    recursive: bool = False
    subscriptions: bool = False
    status: Sequence[bytes] = ()

    def matches(self, name: str) -> bool:
        """Whether the name matches one of the patterns."""
        return any(pattern.matches(name) for pattern in self.patterns)

    def meets(self, place: Place) -> bool:
        """Whether all selection options hold for a place."""
        return all(holds(place) for holds in self.criteria.values())

    def wants(self, place: Place) -> bool:
        """Whether a place is listed for its own sake.

        One that is no mailbox is listed to those who ask for subscriptions, if it
        is one (RFC 9051, 6.3.9.1), or as a level above others.
        """
        if place.info is not None:
            return self.meets(place)
        if self.criteria:
            return SUBSCRIBED in self.criteria and self.meets(place)
        levels = (pattern for pattern in self.patterns if pattern.levels)
        return place.parent and any(pattern.matches(place.name) for pattern in levels)


def ancestors(name: str) -> Iterator[str]:
    """The names above a name, the nearest first."""
    while SEPARATOR in name:
        name = name.rpartition(SEPARATOR)[0]
        yield name


def places(
    mailboxes: Iterable[MailboxInfo], subscriptions: Iterable[str] = ()
) -> list[Place]:
    """All mailboxes, and the levels above them that are none, in their order.

    @param subscriptions: names to be there too, and the levels above them.
    """
    infos = {info.name: info for info in mailboxes}
    parents = dict.fromkeys(above for name in infos for above in ancestors(name))
    names = frozenset(subscriptions)
    others = dict.fromkeys(above for name in names for above in ancestors(name))
    listed = [
        Place(name, info, name in parents, info.subscribed)
        for name, info in infos.items()
    ]
    levels = [
        Place(name, None, name in parents, name in names)
        for name in {**parents, **others, **dict.fromkeys(names)}
        if name not in infos
    ]
    if not levels:
        return listed
    inbox, rest = listed[:1], listed[1:]
    return inbox + sorted(rest + levels, key=lambda place: place.name)


async def matching(listing: Listing, everywhere: Sequence[Place]) -> set[str]:
    """The names that match; others have their turn meanwhile."""
    found, work = set[str](), 0
    for place in everywhere:
        if listing.matches(place.name):
            found.add(place.name)
        work += len(listing.patterns) * len(place.name)
        if work > COMPARED:
            work = 0
            await listing.session.pause()
    return found


def chosen(
    listing: Listing, everywhere: Sequence[Place], names: Container[str]
) -> list[tuple[Place, bool]]:
    """The places to list, and whether CHILDINFO goes with them.

    A place that does not meet the criteria is listed for those below it only
    when one of them is not listed itself (RFC 9051, 6.3.9.6).

    @param names: those that match.
    """
    below: set[str] = set()
    hidden: set[str] = set()
    if listing.recursive:
        for place in everywhere:
            if listing.meets(place):
                below.update(ancestors(place.name))
                if place.name not in names:
                    hidden.update(ancestors(place.name))
    found = []
    for place in everywhere:
        name = place.name
        if name in names and (listing.wants(place) or name in hidden):
            found.append((place, name in below))
    return found


def list_line(session: Session, listing: Listing, place: Place, *, info: bool) -> bytes:
    """One LIST response (RFC 9051, 7.3.1)."""
    attributes = []
    if place.info is None:
        attributes += [b"\\Noselect", b"\\NonExistent"]
    elif place.info.special_use is not None:
        attributes.append(place.info.special_use.value.encode())
    if listing.subscriptions and place.subscribed:
        attributes.append(b"\\Subscribed")
    attributes.append(b"\\HasChildren" if place.parent else b"\\HasNoChildren")
    extra = b""
    if info:
        names = b" ".join(b'"%b"' % name for name in listing.criteria)
        extra = b' ("CHILDINFO" (%b))' % names
    return line(session, b"LIST", attributes, place.name) + extra + b"\r\n"


def line(
    session: Session, verb: bytes, attributes: Iterable[bytes], name: str
) -> bytes:
    """C{* LIST (\\Marked) "/" name}, not ended."""
    separator = SEPARATOR.encode()
    words = response.listed(attributes)
    return b'* %b %b "%b" %b' % (verb, words, separator, session.name(name))


def lsub_lines(
    session: Session, pattern: Pattern, everywhere: Sequence[Place]
) -> Iterator[bytes]:
    """LSUB responses: what is subscribed (RFC 3501, 6.3.9).

    For C{%}, a level is listed if something below it is subscribed.
    """
    above = {
        level
        for place in everywhere
        if place.subscribed
        for level in ancestors(place.name)
    }
    for place in everywhere:
        if not pattern.matches(place.name):
            continue
        if place.subscribed:
            yield line(session, b"LSUB", (), place.name) + b"\r\n"
        elif pattern.levels and place.name in above:
            yield line(session, b"LSUB", (b"\\Noselect",), place.name) + b"\r\n"


async def renamed(
    session: Session, name: str, given: str, *, always: bool = False
) -> None:
    """LIST for a mailbox whose name we normalized (RFC 9051, 6.3.9.7).

    Clients of rev1 are not used to it and hear nothing.

    @param always: say it even if the name was normal already.
    """
    changed = given not in (name, "") and given.upper() != name.upper()
    if not session.rev2 or not (changed or always):
        return
    listing = Listing(session)
    for place in places(await session.account.mailboxes()):
        if place.name == name:
            said = list_line(session, listing, place, info=False)
            if changed:
                old = session.name(given)
                said = said.removesuffix(b"\r\n") + b' ("OLDNAME" (%b))\r\n' % old
            session.peer.write(said)

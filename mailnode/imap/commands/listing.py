"""LIST with all its options, and LSUB (RFC 9051, 6.3.9; RFC 5258; RFC 3501, 6.3.9)."""

from __future__ import annotations

from mailnode.errors import NotFound, NotPermitted, TooMany
from mailnode.imap.extension import Extension, ListOption, State
from mailnode.imap.grammar import Arguments
from mailnode.imap.listing import (
    SUBSCRIBED,
    Listing,
    chosen,
    line,
    list_line,
    lsub_lines,
    matching,
    places,
)
from mailnode.imap.outflow import Outflow
from mailnode.imap.pattern import Pattern
from mailnode.imap.session import Session
from mailnode.imap.status import say_status

PATTERNS = 100
"""Patterns in one LIST."""
ASKED = 50
"""Mailboxes whose STATUS is told before others have their turn."""

extension = Extension(5258, capabilities=(b"LIST-EXTENDED", b"CHILDREN"))


@extension.command(b"LIST", State.AUTHENTICATED)
async def list_(session: Session, arguments: Arguments) -> bytes:
    arguments.sp()
    listing = Listing(session)
    extended = arguments.next_is(b"(")
    if extended:
        options(arguments, listing, session.repertoire.list_selects)
        arguments.sp()
    reference = arguments.spelled(arguments.astring())
    arguments.sp()
    extended = extended or arguments.next_is(b"(")
    texts = patterns(arguments)
    listing.patterns = [Pattern(reference + text) for text in texts]
    if arguments.take(b" RETURN "):
        extended = True
        options(arguments, listing, session.repertoire.list_returns)
    arguments.end()
    if not extended and texts == [""]:
        # The hierarchy separator and the root (RFC 9051, 6.3.9)
        session.peer.write(line(session, b"LIST", (b"\\Noselect",), "") + b"\r\n")
        return b"the root"
    if listing.recursive and not listing.criteria:
        raise arguments.fault("an option that RECURSIVEMATCH applies to")
    await say_listing(session, listing)
    return b"listed"


def patterns(arguments: Arguments) -> list[str]:
    """C{mbox-or-pat}."""
    if not arguments.next_is(b"("):
        return [arguments.list_mailbox()]
    found = arguments.listed(arguments.list_mailbox)
    if len(found) > PATTERNS:
        raise TooMany(f"a LIST has at most {PATTERNS} patterns")
    return found


def options(
    arguments: Arguments, listing: Listing, known: dict[bytes, ListOption]
) -> None:
    """C{list-select-opts} or C{list-return-opts}; unknown ones are BAD."""

    def option() -> None:
        at = arguments.at
        name = arguments.word()
        if name not in known:
            arguments.at = at
            raise arguments.fault("an option of LIST")
        known[name](listing, arguments)

    arguments.listed(option, empty=True)


async def say_listing(session: Session, listing: Listing) -> None:
    """The responses of a LIST, each STATUS behind its mailbox (RFC 5819)."""
    out = Outflow(session.peer, session.pause)
    await session.imply(listing.status)
    subscribed = SUBSCRIBED in listing.criteria
    names = await session.account.subscriptions() if subscribed else ()
    everywhere = places(await session.account.mailboxes(), names)
    found = chosen(listing, everywhere, await matching(listing, everywhere))
    for number, (place, info) in enumerate(found):
        out.say(list_line(session, listing, place, info=info))
        if listing.status and place.info is not None:
            out.flush()
            try:
                await say_status(session, place.name, listing.status)
            except NotFound:
                continue  # It was deleted since we looked (RFC 5819, 2).
            if number % ASKED == 0:
                await session.pause()
        await out.flow()
    out.flush()


@extension.command(b"LSUB", State.AUTHENTICATED)
async def lsub(session: Session, arguments: Arguments) -> bytes:
    reference = arguments.sp().astring()
    text = arguments.sp().list_mailbox()
    arguments.end()
    if session.rev2:
        raise NotPermitted("IMAP4rev2 has LIST (SUBSCRIBED) instead")
    pattern = Pattern(arguments.spelled(reference) + text)
    names = await session.account.subscriptions()
    everywhere = places(await session.account.mailboxes(), names)
    out = Outflow(session.peer, session.pause)
    for each in lsub_lines(session, pattern, everywhere):
        out.say(each)
        await out.flow()
    out.flush()
    return b"listed"


@extension.list_select(b"SUBSCRIBED")
def only_subscribed(listing: Listing, _: Arguments) -> None:
    listing.criteria[SUBSCRIBED] = lambda place: place.subscribed
    listing.subscriptions = True  # RFC 9051, 6.3.9.1: it implies the return option


@extension.list_select(b"REMOTE")
def also_remote(_: Listing, __: Arguments) -> None:
    """Nothing here is remote (RFC 9051, 6.3.9.1)."""


@extension.list_select(b"RECURSIVEMATCH")
def recursive(listing: Listing, _: Arguments) -> None:
    listing.recursive = True


@extension.list_return(b"SUBSCRIBED")
def with_subscriptions(listing: Listing, _: Arguments) -> None:
    listing.subscriptions = True


@extension.list_return(b"CHILDREN")
def with_children(_: Listing, __: Arguments) -> None:
    """We always say whether there are any (RFC 9051, 6.3.9.5)."""

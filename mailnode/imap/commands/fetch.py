"""FETCH and its items (RFC 9051, 6.4.5; RFC 3501, 6.4.5)."""

from __future__ import annotations

import re
from collections.abc import Callable

from mailnode.errors import TooMany
from mailnode.imap import section
from mailnode.imap.extension import Extension, FetchAtt, State
from mailnode.imap.fetching import Fetch, Fetched, Item, Needs, distinct
from mailnode.imap.grammar import Arguments
from mailnode.imap.outflow import Said, Streamed
from mailnode.imap.plainbody import without_extensions
from mailnode.imap.response import Refusal
from mailnode.imap.section import Section
from mailnode.imap.session import Session
from mailnode.wire.dates import write_internal_date

NAME = re.compile(rb"[A-Za-z0-9.-]+\[?")
FAST = (b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE")
MACROS = {
    b"ALL": (*FAST, b"ENVELOPE"),
    b"FAST": FAST,
    b"FULL": (*FAST, b"ENVELOPE", b"BODY"),
}

ITEMS = 500
"""Items of one FETCH: as many as a message has parts, and more."""

extension = Extension(9051)


@extension.command(b"FETCH", State.SELECTED, uid=True, numbered=True)
async def fetch(session: Session, arguments: Arguments) -> bytes:
    which = arguments.sp().sequence_set()
    items = fetch_atts(session.repertoire.fetch_atts, arguments.sp())
    if arguments.by_uid:  # RFC 9051, 6.4.9: the UID is always told
        items.insert(0, Item(b"UID", answer=uid))
    fetching = Fetch(session, items)
    asked = modifiers(session, arguments, fetching)
    arguments.end()
    chosen = session.mailbox.chosen(which, by_uid=arguments.by_uid)
    await session.imply([item.name for item in items] + asked)
    fetching.items = distinct(items)
    if fetching.first is not None:
        await fetching.first(which)
    if fetching.since is not None:
        chosen = session.mailbox.changed(chosen, fetching.since)
    await fetching.run(chosen)
    if fetching.refusal is not None:
        raise fetching.refusal
    if fetching.missed and not arguments.by_uid:
        raise Refusal(b"EXPUNGEISSUED", "some are no longer there")  # RFC 2180, 4.1.2
    return b"fetched"


def modifiers(session: Session, arguments: Arguments, fetching: Fetch) -> list[bytes]:
    """C{fetch-modifiers}, if there are any."""
    known = session.repertoire.fetch_modifiers

    def modifier() -> bytes:
        name = arguments.one_of(known, "a modifier of FETCH")
        known[name](fetching, arguments)
        return name

    return arguments.listed(modifier) if arguments.take(b" ") else []


def fetch_atts(known: dict[bytes, FetchAtt], arguments: Arguments) -> list[Item]:
    """C{fetch-att}, some of them in parentheses, or a macro."""

    def fetch_att() -> Item:
        at = arguments.at
        name = arguments.expect(NAME, "a fetch item").upper()
        if name not in known:
            arguments.at = at
            raise arguments.fault("a fetch item")
        return known[name](arguments)

    if arguments.next_is(b"("):
        items = arguments.listed(fetch_att)
        if len(items) > ITEMS:
            raise TooMany(f"a FETCH has at most {ITEMS} items")
        return items
    at = arguments.at
    macro = MACROS.get((arguments.match(NAME) or b"").upper())
    if macro is not None:
        return [known[name](arguments) for name in macro]
    arguments.at = at
    return [fetch_att()]


def at_once(
    name: bytes, needs: Needs = Needs.NOTHING
) -> Callable[[Callable[[Fetched], bytes]], Callable[[Fetched], bytes]]:
    """Let the decorated function answer an item without arguments."""

    def register(answer: Callable[[Fetched], bytes]) -> Callable[[Fetched], bytes]:
        item = Item(name, needs, answer)
        extension.fetch_atts[name] = lambda _: item
        return answer

    return register


@at_once(b"UID")
def uid(fetched: Fetched) -> bytes:
    return b"UID %d" % fetched.uid


@at_once(b"FLAGS")
def flags(fetched: Fetched) -> bytes:
    return fetched.selected.flag_list(fetched.uid, recent=fetched.recent)


@at_once(b"INTERNALDATE", Needs.MESSAGE)
def internaldate(fetched: Fetched) -> bytes:
    return b"INTERNALDATE " + write_internal_date(fetched.read_message().received)


@at_once(b"RFC822.SIZE", Needs.MESSAGE)
def size(fetched: Fetched) -> bytes:
    return b"RFC822.SIZE %d" % fetched.read_message().size


@at_once(b"ENVELOPE", Needs.PROJECTIONS)
def envelope(fetched: Fetched) -> bytes:
    return b"ENVELOPE " + fetched.read_projections().envelope


@at_once(b"BODYSTRUCTURE", Needs.PROJECTIONS)
def bodystructure(fetched: Fetched) -> bytes:
    return b"BODYSTRUCTURE " + fetched.read_projections().structure


@at_once(b"BODY", Needs.PROJECTIONS)
def plain_structure(fetched: Fetched) -> bytes:
    return b"BODY " + without_extensions(fetched.read_projections().structure)


def body_item(arguments: Arguments, *, sees: bool) -> Item:
    """C{BODY[section]<partial>} or C{BODY.PEEK[...]} behind its bracket."""
    wanted = section.section(arguments)
    within = section.partial(arguments)

    async def tell(fetched: Fetched) -> Said:
        return await section.body(fetched, wanted, within)

    name = b"BODY[%b]%d" % (wanted.said, within.start if within else -1)
    return Item(name, wanted.needs, tell=tell, sees=sees)


@extension.fetch_att(b"BODY[")
def body(arguments: Arguments) -> Item:
    return body_item(arguments, sees=True)


@extension.fetch_att(b"BODY.PEEK[")
def body_peek(arguments: Arguments) -> Item:
    return body_item(arguments, sees=False)


def old_item(name: bytes, text: bytes, *, sees: bool) -> FetchAtt:
    """An item of RFC 3501 that says C{BODY[text]} by another name."""
    wanted = Section((), text, frozenset(), text)

    async def tell(fetched: Fetched) -> Said:
        said = await section.body(fetched, wanted, None)
        usual = len(b"BODY[%b]" % text)
        if isinstance(said, bytes):
            return name + said[usual:]
        return Streamed(name + said.head[usual:], said.pieces)

    item = Item(name, wanted.needs, tell=tell, sees=sees)
    return lambda _: item


extension.fetch_atts[b"RFC822"] = old_item(b"RFC822", b"", sees=True)
extension.fetch_atts[b"RFC822.HEADER"] = old_item(
    b"RFC822.HEADER", b"HEADER", sees=False
)
extension.fetch_atts[b"RFC822.TEXT"] = old_item(b"RFC822.TEXT", b"TEXT", sees=True)

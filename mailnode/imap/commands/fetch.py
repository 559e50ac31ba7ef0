"""FETCH and its items (RFC 9051, 6.4.5; RFC 3501, 6.4.5)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import cast

from mailnode.errors import TooMany
from mailnode.imap import fetching, section
from mailnode.imap.extension import Extension, FetchAtt, State
from mailnode.imap.fetching import (
    FLAGS,
    Batch,
    Column,
    Fetch,
    Fetched,
    Item,
    distinct,
)
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
        items.insert(0, Item(b"UID", column=uid))
    fetch = Fetch(session, items)
    asked = modifiers(session, arguments, fetch)
    arguments.end()
    chosen = session.mailbox.chosen(which, by_uid=arguments.by_uid)
    await session.imply([item.name for item in items] + asked)
    fetch.items = distinct(items)
    if fetch.first is not None:
        await fetch.first(which)
    if fetch.since is not None:
        chosen = session.mailbox.changed(chosen, fetch.since)
    await fetch.run(chosen)
    if fetch.refusal is not None:
        raise fetch.refusal
    if fetch.missed and not arguments.by_uid:
        raise Refusal(b"EXPUNGEISSUED", "some are no longer there")  # RFC 2180, 4.1.2
    return b"fetched"


def modifiers(session: Session, arguments: Arguments, fetch: Fetch) -> list[bytes]:
    """C{fetch-modifiers}, if there are any."""
    known = session.repertoire.fetch_modifiers

    def modifier() -> bytes:
        name = arguments.one_of(known, "a modifier of FETCH")
        known[name](fetch, arguments)
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


def column(
    name: bytes, *wanted: str
) -> Callable[[Callable[[Batch], Column]], Callable[[Batch], Column]]:
    """Let the decorated function answer an item without arguments."""

    def register(say: Callable[[Batch], Column]) -> Callable[[Batch], Column]:
        item = Item(name, wanted, say)
        extension.fetch_atts[name] = lambda _: item
        return say

    return register


@column(b"UID")
def uid(batch: Batch) -> Column:
    return Column(b"UID %d", (batch.uids,))


column(FLAGS)(fetching.flags)


@column(b"INTERNALDATE", "received")
def internaldate(batch: Batch) -> Column:
    received = cast("Sequence[int]", batch.known["received"])
    return Column(b"INTERNALDATE %b", (list(map(write_internal_date, received)),))


@column(b"RFC822.SIZE", "size")
def size(batch: Batch) -> Column:
    return Column(b"RFC822.SIZE %d", (batch.known["size"],))


@column(b"ENVELOPE", "envelope")
def envelope(batch: Batch) -> Column:
    return Column(b"ENVELOPE %b", (batch.known["envelope"],))


@column(b"BODYSTRUCTURE", "structure")
def bodystructure(batch: Batch) -> Column:
    return Column(b"BODYSTRUCTURE %b", (batch.known["structure"],))


@column(b"BODY", "structure")
def plain_structure(batch: Batch) -> Column:
    structures = cast("Sequence[bytes]", batch.known["structure"])
    return Column(b"BODY %b", (list(map(without_extensions, structures)),))


def body_item(arguments: Arguments, *, sees: bool) -> Item:
    """C{BODY[section]<partial>} or C{BODY.PEEK[...]} behind its bracket."""
    wanted = section.section(arguments)
    within = section.partial(arguments)
    name = b"BODY[%b]%d" % (wanted.said, within.start if within else -1)

    async def tell(fetched: Fetched) -> Said:
        return await section.body(fetched, wanted, within)

    say = None if wanted.part else partial(section.bodies, wanted=wanted, within=within)
    needs_octets = wanted.part or wanted.fields is None
    return Item(name, wanted.needs, say, tell if needs_octets else None, sees)


@extension.fetch_att(b"BODY[")
def body(arguments: Arguments) -> Item:
    return body_item(arguments, sees=True)


@extension.fetch_att(b"BODY.PEEK[")
def body_peek(arguments: Arguments) -> Item:
    return body_item(arguments, sees=False)


def old_item(name: bytes, text: bytes, *, sees: bool) -> FetchAtt:
    """An item of RFC 3501 that says C{BODY[text]} by another name."""
    wanted = Section((), text, None, text)

    async def tell(fetched: Fetched) -> Said:
        said = await section.body(fetched, wanted, None)
        usual = len(b"BODY[%b]" % text)
        if isinstance(said, Streamed):
            return Streamed(name + said.head[usual:], said.pieces)
        head, *octets = said
        return (name + head[usual:], *octets)

    def say(batch: Batch) -> Column:
        column = section.bodies(batch, wanted, None)
        return Column(name + column.pattern[len(b"BODY[%b]" % text) :], column.values)

    item = Item(name, wanted.needs, say, tell, sees)
    return lambda _: item


extension.fetch_atts[b"RFC822"] = old_item(b"RFC822", b"", sees=True)
extension.fetch_atts[b"RFC822.HEADER"] = old_item(
    b"RFC822.HEADER", b"HEADER", sees=False
)
extension.fetch_atts[b"RFC822.TEXT"] = old_item(b"RFC822.TEXT", b"TEXT", sees=True)

"""Messages changed and copied: STORE, COPY, EXPUNGE (RFC 9051, 6.4)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailnode.errors import ReadOnly, SyntaxFault
from mailnode.imap.commands.choosing import bearing, expunged
from mailnode.imap.extension import Extension, State
from mailnode.imap.grammar import Arguments
from mailnode.imap.response import Refusal
from mailnode.imap.selected import Selected
from mailnode.imap.session import Session
from mailnode.imap.storing import Storing
from mailnode.imap.transfer import copyuid, present
from mailnode.model.message import DELETED
from mailnode.model.numbers import NumberSet

STORE_ATT = re.compile(rb"([+-]?)FLAGS(\.SILENT)?(?= )", re.IGNORECASE)
CHANGED = 10_000
"""Messages whose flags are changed together."""

extension = Extension(9051)


@extension.command(b"CHECK", State.SELECTED)
async def check(_: Session, arguments: Arguments) -> bytes:
    """A checkpoint of RFC 3501, 6.4.1; everything is on the disk already."""
    arguments.end()
    return b"all is well"


@extension.command(b"EXPUNGE", State.SELECTED, uid=True)
async def expunge(session: Session, arguments: Arguments) -> bytes:
    which = arguments.sp().sequence_set() if arguments.by_uid else None
    arguments.end()
    selected = writable(session)
    uids = bearing(session, DELETED)
    if which is not None:  # RFC 9051, 6.4.9: only those of the set
        among = frozenset(selected.chosen(which, by_uid=True))
        uids = [uid for uid in uids if uid in among]
    return await expunged(session, uids) + b"expunged"


@extension.command(b"STORE", State.SELECTED, uid=True, numbered=True)
async def store(session: Session, arguments: Arguments) -> bytes:
    which = arguments.sp().sequence_set()
    storing = Storing(session)
    asked = modifiers(session, arguments.sp(), storing)
    store_att_flags(arguments, storing)
    arguments.end()
    selected = writable(session)
    chosen = selected.chosen(which, by_uid=arguments.by_uid)
    await session.imply(asked)
    missed = False
    for start in range(0, len(chosen), CHANGED):
        batch = chosen[start : start + CHANGED]
        here = selected.still(batch)
        missed = missed or len(here) < len(batch)
        await storing.run(here)
        await session.pause()
    gone = missed and not arguments.by_uid
    if storing.refused:  # RFC 7162, 3.1.3
        refused: Sequence[int] = storing.refused
        if not arguments.by_uid:
            refused = selected.numbers(refused)
        code = b"MODIFIED " + NumberSet.of(refused).written()
        if not gone:
            return b"[%b] some had changed" % code
        raise Refusal(code, "some had changed, and some are no longer there")
    if gone:
        raise Refusal(b"EXPUNGEISSUED", "some are no longer there")  # RFC 2180, 4.2
    return b"stored"


def modifiers(session: Session, arguments: Arguments, storing: Storing) -> list[bytes]:
    """C{store-modifiers}, if there are any, and the space behind them."""
    known = session.repertoire.store_modifiers

    def modifier() -> bytes:
        name = arguments.one_of(known, "a modifier of STORE")
        known[name](storing, arguments)
        return name

    if not arguments.next_is(b"("):
        return []
    asked = arguments.listed(modifier)
    arguments.sp()
    return asked


def store_att_flags(arguments: Arguments, storing: Storing) -> None:
    """C{store-att-flags}: how to change which flags."""
    found = STORE_ATT.match(arguments.text, arguments.at)
    if found is None:
        raise arguments.fault("FLAGS, +FLAGS or -FLAGS")
    arguments.at = found.end()
    spelled = storing.session.mailbox.view.palette.spelled
    storing.sign, storing.silent = found[1], found[2] is not None
    storing.flags = [spelled(flag) for flag in arguments.sp().flags()]


@extension.command(b"COPY", State.SELECTED, uid=True)
async def copy(session: Session, arguments: Arguments) -> bytes:
    which = arguments.sp().sequence_set()
    name = arguments.sp().mailbox()
    arguments.end()
    selected = session.mailbox
    uids = present(selected, which, by_uid=arguments.by_uid)
    target = await session.target(name)
    pairs = await selected.view.mailbox.copy(uids, target) if uids else ()
    code = copyuid(target, pairs)
    return code + b" copied" if code else b"there were none"


def writable(session: Session) -> Selected:
    """The selected mailbox, if it may be changed.

    @raise ReadOnly: after EXAMINE.
    """
    if session.selected is None:
        raise SyntaxFault("a mailbox to be selected")
    if session.selected.read_only:
        raise ReadOnly("this mailbox was examined, not selected")
    return session.selected

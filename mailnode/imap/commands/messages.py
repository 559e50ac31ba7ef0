"""Messages changed and copied: STORE, COPY, EXPUNGE (RFC 9051, 6.4)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailnode.errors import ReadOnly, SyntaxFault
from mailnode.imap.commands.choosing import bearing
from mailnode.imap.extension import Extension, State
from mailnode.imap.grammar import Arguments
from mailnode.imap.outflow import Outflow
from mailnode.imap.response import Refusal
from mailnode.imap.selected import Selected
from mailnode.imap.session import Session
from mailnode.imap.transfer import copyuid, present
from mailnode.model.message import DELETED

STORE_ATT = re.compile(rb"([+-]?)FLAGS(\.SILENT)?(?= )", re.IGNORECASE)
CHANGED = 10_000
"""Messages whose flags are changed together."""
TOLD = 1000
"""Messages whose flags are told together."""

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
    if uids:
        await selected.view.mailbox.expunge(uids)
    return b"expunged"


@extension.command(b"STORE", State.SELECTED, uid=True, numbered=True)
async def store(session: Session, arguments: Arguments) -> bytes:
    which = arguments.sp().sequence_set()
    arguments.sp()
    found = STORE_ATT.match(arguments.text, arguments.at)
    if found is None:
        raise arguments.fault("FLAGS, +FLAGS or -FLAGS")
    arguments.at = found.end()
    flags = arguments.sp().flags()
    arguments.end()
    selected = writable(session)
    chosen = selected.chosen(which, by_uid=arguments.by_uid)
    storing = Storing(session, found[1], flags, silent=found[2] is not None)
    missed = False
    for start in range(0, len(chosen), CHANGED):
        batch = chosen[start : start + CHANGED]
        here = selected.still(batch)
        missed = missed or len(here) < len(batch)
        await storing.run(here)
        await session.pause()
    if missed and not arguments.by_uid:
        raise Refusal(b"EXPUNGEISSUED", "some are no longer there")  # RFC 2180, 4.2
    return b"stored"


class Storing:
    """A STORE under way.

    @ivar sign: C{+}, C{-} or nothing.
    """

    def __init__(
        self, session: Session, sign: bytes, flags: Sequence[str], *, silent: bool
    ) -> None:
        palette = session.mailbox.view.palette
        self.session = session
        self.sign = sign
        self.flags = [palette.spelled(flag) for flag in flags]
        self.silent = silent

    async def run(self, uids: Sequence[int]) -> None:
        """Change some messages, and tell the client of what it asked for."""
        selected = self.session.mailbox
        done = await selected.view.mailbox.store(
            uids,
            add=() if self.sign == b"-" else self.flags,
            remove=self.flags if self.sign == b"-" else (),
            replace=not self.sign,
        )
        if self.silent:
            # It is not told, unless others changed the same, before or since.
            for modseq in done.modseqs:
                selected.unsaid.forget(modseq)
        else:
            await self.tell(done.uids)

    async def tell(self, uids: Sequence[int]) -> None:
        """Say the flags of messages that were asked to change."""
        selected = self.session.mailbox
        recent = not self.session.rev2
        out = Outflow(self.session.peer, self.session.pause)
        if selected.view.palette.heard > selected.keywords:
            out.say(selected.flags_response())
        for start in range(0, len(uids), TOLD):
            some = uids[start : start + TOLD]
            for uid in some:
                if selected.view.at(uid) >= 0:
                    flags = selected.flag_list(uid, recent=recent)
                    number = selected.number(uid)
                    out.say(b"* %d FETCH (UID %d %b)\r\n" % (number, uid, flags))
            selected.said(some)
            await out.flow()
        out.flush()


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

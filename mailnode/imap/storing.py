"""STORE: flags changed, and told to whoever changed them (RFC 9051, 6.4.6)."""

from __future__ import annotations

from collections.abc import Sequence

from mailnode.imap.outflow import Outflow
from mailnode.imap.session import Session

TOLD = 1000
"""Messages whose flags are told together."""


class Storing:
    """A STORE under way.

    @ivar sign: C{+}, C{-} or nothing.
    @ivar unchanged_since: messages with a higher modseq are left alone; they are
        C{refused} (RFC 7162, 3.1.3).
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.sign = b""
        self.flags: Sequence[str] = ()
        self.silent = False
        self.unchanged_since: int | None = None
        self.refused: list[int] = []

    async def run(self, uids: Sequence[int]) -> None:
        """Change some messages, and tell the client of what it asked for."""
        selected = self.session.mailbox
        done = await selected.view.mailbox.store(
            uids,
            add=() if self.sign == b"-" else self.flags,
            remove=self.flags if self.sign == b"-" else (),
            replace=not self.sign,
            unchanged_since=self.unchanged_since,
        )
        self.refused += done.refused
        if self.silent:
            # It is not told, unless others changed the same, before or since.
            for modseq in done.modseqs:
                selected.unsaid.forget(modseq)
        if not self.silent or self.unchanged_since is not None:
            await self.tell(done.uids)

    async def tell(self, uids: Sequence[int]) -> None:
        """Say what has become of messages that were asked to change."""
        selected = self.session.mailbox
        recent = not self.session.rev2
        out = Outflow(self.session.peer, self.session.pause)
        if selected.view.palette.heard > selected.keywords:
            out.say(selected.flags_response())
        for start in range(0, len(uids), TOLD):
            some = uids[start : start + TOLD]
            for uid in some:
                if selected.view.at(uid) < 0:
                    continue
                said = (
                    b"MODSEQ (%d)" % selected.modseqs_of((uid,))[0]
                    if self.silent
                    else selected.state(uid, recent=recent)
                )
                number = selected.number(uid)
                out.say(b"* %d FETCH (UID %d %b)\r\n" % (number, uid, said))
            if not self.silent:
                selected.said(some)
            await out.flow()
        out.flush()

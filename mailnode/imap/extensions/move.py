"""MOVE: from one mailbox to another in a single step (RFC 6851)."""

from __future__ import annotations

from mailnode.imap.commands.choosing import latest
from mailnode.imap.commands.messages import writable
from mailnode.imap.extension import Extension, State
from mailnode.imap.grammar import Arguments
from mailnode.imap.session import Session
from mailnode.imap.transfer import copyuid, present

extension = Extension(6851, capabilities=(b"MOVE",))


@extension.command(b"MOVE", State.SELECTED, uid=True)
async def move(session: Session, arguments: Arguments) -> bytes:
    which = arguments.sp().sequence_set()
    name = arguments.sp().mailbox()
    arguments.end()
    selected = writable(session)
    uids = present(selected, which, by_uid=arguments.by_uid)
    target = await session.target(name)
    pairs = await selected.view.mailbox.move(uids, target) if uids else ()
    code = copyuid(target, pairs)
    if not code:
        return b"there were none"
    session.say(b"OK", code, b"moved")  # RFC 6851, 4.3: before any EXPUNGE
    return latest(session) + b"moved"

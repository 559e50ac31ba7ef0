"""STATUS, for the command and for LIST (RFC 9051, 6.3.11; RFC 5819)."""

from __future__ import annotations

from collections.abc import Sequence

from mailnode.imap.grammar import Arguments
from mailnode.imap.session import Session
from mailnode.interfaces.mailbox import IMailbox

RECENT = b"RECENT"
COUNTED = 1000
"""Recent messages counted; beyond, there are simply many."""


def status_atts(session: Session, arguments: Arguments) -> Sequence[bytes]:
    """C{status-att} in parentheses; each once, in the order asked for."""
    known = session.repertoire.status_atts

    names = {*known, *session.repertoire.mailbox_atts, RECENT}
    atts = arguments.listed(lambda: arguments.one_of(names, "a status item"))
    return list(dict.fromkeys(atts))


async def say_status(session: Session, name: str, atts: Sequence[bytes]) -> None:
    """The STATUS of one mailbox.

    @raise NotFound: when it is not there.
    """
    mailbox = await session.account.mailbox(name)
    status = await mailbox.status()
    known, fixed = session.repertoire.status_atts, session.repertoire.mailbox_atts
    said = []
    for att in atts:
        if att in fixed:
            said.append(b"%b %b" % (att, fixed[att](mailbox)))
        elif att == RECENT:
            number = await recent(session, mailbox, status.uidnext)
            said.append(b"%b %d" % (att, number))
        else:
            said.append(b"%b %d" % (att, known[att](status)))
    session.say(b"STATUS", session.name(name), b"(%b)" % b" ".join(said))


async def recent(session: Session, mailbox: IMailbox, uidnext: int) -> int:
    """How many messages no session was told of (RFC 3501, 6.3.10).

    What this process does not remember is not recent.
    """
    mark = session.views.mark(session.account, mailbox)
    if mark is None or uidnext <= mark + 1:
        return 0
    return len(await mailbox.messages(mark, COUNTED))

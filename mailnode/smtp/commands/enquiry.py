"""VRFY, EXPN and HELP: questions (RFC 5321, 3.5 and 4.1.1.6 to 4.1.1.8)."""

from __future__ import annotations

import re

from mailnode.errors import NotFound, SyntaxFault
from mailnode.model.envelope import Address
from mailnode.smtp.extension import Extension
from mailnode.smtp.grammar import Arguments
from mailnode.smtp.reply import Refused, Reply
from mailnode.smtp.session import Session

UTF8 = re.compile(rb" +SMTPUTF8\Z", re.IGNORECASE)
"""RFC 6531, 3.7.4.2: the answer may hold UTF-8."""
DECLINED = Reply(252, "2.5.0", "cannot say; send the mail and see")

extension = Extension(5321)


@extension.verb(b"VRFY", "SP address")
async def vrfy(session: Session, arguments: Arguments) -> Reply:
    """Confirm an address, where the operator wants that (RFC 5321, 7.3)."""
    text = UTF8.sub(b"", arguments.sp().rest())
    if not text:
        raise arguments.fault("an address")
    if not session.options.vrfy:
        return DECLINED
    try:
        address = read_address(text)
    except SyntaxFault:
        return DECLINED  # A name of some kind: RFC 5321, 3.5.3
    if not await (await session.taker()).verify(address):
        session.stranger()
        raise NotFound("nobody here has this address")
    session.tally.known += 1
    return Reply(250, "2.1.5", f"<{text.decode('ascii', 'replace').strip('<>')}>")


def read_address(text: bytes) -> Address:
    """An address, in angle brackets or without."""
    if not text.startswith(b"<"):
        text = b"<" + text + b">"
    cursor = Arguments(text)
    address = cursor.forward_path()
    cursor.end()
    return address


@extension.verb(b"EXPN", "SP list")
async def expn(_session: Session, _arguments: Arguments) -> Reply:
    """Nobody is told who is on a list (RFC 5321, 7.3)."""
    raise Refused(502, "5.5.1", "lists are not shown here")


@extension.verb(b"HELP", "[SP verb]")
async def help_(session: Session, arguments: Arguments) -> Reply:
    """Say what may be said (RFC 5321, 4.1.1.8)."""
    verbs = session.repertoire.verbs
    asked = verbs.get(arguments.string().upper().encode())
    if asked is not None:
        return Reply(214, "2.0.0", asked.help)
    return Reply(214, "2.0.0", "\n".join(sorted(each.help for each in verbs.values())))

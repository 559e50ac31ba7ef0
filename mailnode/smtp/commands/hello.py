"""HELO and EHLO: the client says who it is (RFC 5321, 4.1.1.1)."""

from __future__ import annotations

import re
from dataclasses import replace

from mailnode.errors import SyntaxFault
from mailnode.smtp.extension import SMTP, Extension
from mailnode.smtp.grammar import Arguments
from mailnode.smtp.reply import Reply
from mailnode.smtp.session import Hello, Session
from mailnode.wire.domain import canonical

NAME_LIMIT = 255
"""RFC 5321, 4.5.3.1.2."""
UNUSUAL = re.compile(r"[^A-Za-z0-9.:_\[\]-]")
"""What no domain or address literal has; it would only confuse a Received field."""

extension = Extension(5321, dialects=SMTP)


@extension.verb(b"HELO", "SP domain")
async def helo(session: Session, arguments: Arguments) -> Reply:
    """The greeting of old, without extensions."""
    await greeted(session, arguments, extended=False)
    return Reply(250, "", session.options.hostname)


@extension.verb(b"EHLO", "SP domain")
async def ehlo(session: Session, arguments: Arguments) -> Reply:
    """The greeting that asks what we can do."""
    return await extended(session, arguments)


async def extended(session: Session, arguments: Arguments) -> Reply:
    """Be greeted, and tell what we can do here and now."""
    await greeted(session, arguments, extended=True)
    lines = [session.options.hostname]
    for name, offer in session.repertoire.keywords.items():
        if (more := offer(session)) is not None:
            lines.append(f"{name} {more}".rstrip())
    return Reply(250, "", "\n".join(lines))


async def greeted(session: Session, arguments: Arguments, *, extended: bool) -> None:
    """Note who the client says it is; an open transaction is over (RFC 5321, 4.1.4)."""
    name = arguments.sp().word("a domain or an address literal")
    arguments.end()
    if len(name) > NAME_LIMIT:
        raise SyntaxFault(f"a name of at most {NAME_LIMIT} octets")
    if session.options.strict_helo:
        canonical(name)
    await session.end_transaction()
    session.claims = replace(session.claims, settled=session.claims.made)
    session.hello = Hello(UNUSUAL.sub("_", name), extended)

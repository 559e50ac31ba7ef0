"""APPEND: a message put into a mailbox (RFC 9051, 6.3.12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mailnode.errors import Malformed, OverQuota, SyntaxFault, TooLarge
from mailnode.imap.command import Command, take
from mailnode.imap.extension import Extension, State
from mailnode.imap.grammar import LITERAL, Arguments
from mailnode.imap.response import Refusal
from mailnode.imap.session import Session

extension = Extension(9051)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is said of a message before it comes.

    @ivar received: INTERNALDATE in milliseconds; C{None} for now.
    """

    flags: Sequence[str]
    received: int | None


def wishes(arguments: Arguments) -> Wishes:
    """C{[SP flag-list] [SP date-time] SP literal}, without its octets."""
    flags: list[str] = []
    received = None
    arguments.sp()
    if arguments.next_is(b"("):
        flags = arguments.flag_list()
        arguments.sp()
    if arguments.next_is(b'"'):
        received = arguments.date_time()
        arguments.sp()
    arguments.expect(LITERAL, "a literal")
    return Wishes(flags, received)


def begins(arguments: Arguments) -> bool:
    """Whether the message comes next: the rest has been said."""
    arguments.sp().astring()
    wishes(arguments)
    return arguments.at == len(arguments.text)


@extension.message_command(b"APPEND", State.AUTHENTICATED, begins)
async def append(session: Session, command: Command) -> bytes:
    arguments = command.arguments
    name = arguments.sp().mailbox()
    asked = wishes(arguments)
    target = await session.target(name)
    await admit(session, command)
    spool = session.account.spool()
    try:
        await take(command, session.peer, spool, session.options.command_limit)
        arguments.end()
    except BaseException:
        spool.discard()
        raise
    content = spool.seal()
    try:
        message = await target.append(content, asked.flags, asked.received)
    finally:
        content.discard()
    return b"[APPENDUID %d %d] kept" % (target.uidvalidity, message.uid)


async def admit(session: Session, command: Command) -> None:
    """Refuse a message before its octets come.

    @raise TooLarge: when it is larger than we take.
    @raise OverQuota: when there is no room for it.
    """
    ahead = command.ahead
    if ahead is None:
        raise SyntaxFault("a message")
    if ahead.binary:
        raise Refusal(b"UNKNOWN-CTE", "messages are text here")  # RFC 3516, 4.4
    if not ahead.size:
        raise Malformed("a message has at least one octet")
    if ahead.size > session.options.message_limit:
        raise TooLarge(f"a message has at most {session.options.message_limit} octets")
    if not (await session.account.quota()).admits(ahead.size):
        raise OverQuota("there is no room for this message")

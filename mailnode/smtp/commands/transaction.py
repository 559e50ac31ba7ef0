"""MAIL, RCPT, DATA and RSET: a mail transaction (RFC 5321, 3.3 and 4.1.1)."""

from __future__ import annotations

from mailnode.errors import NotFound, SyntaxFault, TooMany
from mailnode.model.envelope import Body, Recipient, Sender
from mailnode.smtp import content
from mailnode.smtp.data import DataReader
from mailnode.smtp.extension import Dialect, Extension, reader
from mailnode.smtp.grammar import Arguments
from mailnode.smtp.reply import CLOSING, Refused, Reply
from mailnode.smtp.session import Session
from mailnode.smtp.transaction import Transaction

GO_ON = Reply(354, "", "end it with a dot on a line by itself")
SENDER = Reply(250, "2.1.0", "this sender may go on")
RECIPIENT = Reply(250, "2.1.5", "this recipient is known")
EXCESS = 10
"""RCPT commands beyond the limit are answered 452, up to so many times the limit."""

extension = Extension(5321)


@extension.verb(b"MAIL", "SP FROM:<reverse-path> [SP parameters]")
async def mail(session: Session, arguments: Arguments) -> Reply:
    """Begin a transaction (RFC 5321, 4.1.1.2)."""
    session.tally.mails += 1
    if session.tally.mails > session.options.mails:  # RFC 9422, 4.1: all MAILs count
        raise Refused(CLOSING, "4.7.0", "no more messages over this connection")
    if session.hello is None:
        raise Refused(503, "5.5.1", "greet us first")
    if session.transaction is not None:
        raise Refused(503, "5.5.1", "one transaction at a time")
    sender = read_sender(session, arguments)
    delivery = await session.taker()
    taker = await delivery.sender(
        sender, session.origin(sender), together=session.dialect is not Dialect.LMTP
    )
    session.transaction = Transaction(sender, taker)
    remarks = (remark(session, sender) for remark in session.repertoire.remarks)
    return next(filter(None, remarks), SENDER)


def read_sender(session: Session, arguments: Arguments) -> Sender:
    """The reverse-path and its parameters."""
    try:
        sender = Sender(arguments.sp().sender())
    except SyntaxFault as fault:
        raise Refused(501, "5.1.7", str(fault)) from None  # RFC 3463, 3.2
    for name, value in arguments.parameters():
        read = reader(session.repertoire.mail_parameters, name, value)
        sender = read(session, sender, value)
    if arguments.international and not sender.utf8:
        raise Refused(553, "5.6.7", "this address needs SMTPUTF8")  # RFC 6531, 3.5
    return sender


@extension.verb(b"RCPT", "SP TO:<forward-path> [SP parameters]", carries=True)
async def rcpt(session: Session, arguments: Arguments) -> Reply:
    """Add a recipient (RFC 5321, 4.1.1.3)."""
    transaction = session.envelope()
    if transaction.taking:
        raise Refused(503, "5.5.1", "the content has begun")
    limit = session.options.recipients
    transaction.asked += 1
    if transaction.asked > limit:  # RFC 5321, 4.5.3.1.10
        if transaction.asked > EXCESS * limit:
            raise Refused(CLOSING, "4.7.0", "too many recipients")
        raise TooMany(f"no more than {limit} recipients a message")
    recipient = read_recipient(session, transaction, arguments)
    try:
        await transaction.taker.recipient(recipient)
    except NotFound:
        session.stranger()
        raise
    session.tally.known += 1
    transaction.recipients.append(recipient)
    return RECIPIENT


def read_recipient(
    session: Session, transaction: Transaction, arguments: Arguments
) -> Recipient:
    """The forward-path and its parameters."""
    try:
        recipient = Recipient(arguments.sp().recipient())
    except SyntaxFault as fault:
        raise Refused(501, "5.1.3", str(fault)) from None  # RFC 3463, 3.2
    if arguments.international and not transaction.sender.utf8:
        raise Refused(553, "5.6.7", "this address needs SMTPUTF8")  # RFC 6531, 3.5
    for name, value in arguments.parameters():
        read = reader(session.repertoire.rcpt_parameters, name, value)
        recipient = read(session, recipient, value)
    return recipient


@extension.verb(b"DATA", carries=True)
async def data(session: Session, arguments: Arguments) -> Reply:
    """Take the content, up to the dot (RFC 5321, 4.1.1.4).

    Octets that came with DATA, before our 354, are content: RFC 2920, 3.1
    makes DATA the last of a group, but does not ask us to look.
    """
    arguments.end()
    transaction = session.envelope()
    if transaction.sender.body is Body.BINARY:  # RFC 3030, 3
        raise Refused(503, "5.5.1", "binary content comes by BDAT")
    transaction.begin()
    session.say(GO_ON)
    incoming = DataReader(session.peer, session.options)
    outcomes = await content.take(session, transaction, incoming)
    return content.answer(session, transaction, outcomes, parting=incoming.parting)


@extension.verb(b"RSET")
async def rset(session: Session, arguments: Arguments) -> Reply:
    """Forget the transaction (RFC 5321, 4.1.1.5)."""
    arguments.end()
    await session.end_transaction()
    return Reply(250, "2.0.0", "forgotten")

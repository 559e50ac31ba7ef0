"""Handing an email in, by the same steps as everything that is handed in (RFC 8621, 7.5)."""

from __future__ import annotations

from mailnode.errors import NOWHERE, Looping, MailError, Malformed, NotPermitted
from mailnode.interfaces.content import IOctets
from mailnode.interfaces.delivery import IOutbox, ITransaction
from mailnode.jmap.errors import SetError
from mailnode.jmap.ijson import JSON
from mailnode.jmap.sending.draft import Authors, lines
from mailnode.jmap.sending.envelope import Envelope
from mailnode.model.envelope import Origin


async def see_to_authors(outbox: IOutbox, authors: Authors) -> None:
    """See that the account may write as all those in From (RFC 8621, 9.6).

    What was received and is sent on as it is has been written by somebody else;
    whether that may be is the way out's to say.

    @raise SetError: C{forbiddenFrom}.
    """
    if authors.moved:
        return
    for each in authors.addresses:
        if not await outbox.owns(each):
            raise SetError("forbiddenFrom", "an address in From is not yours")


async def hand_in(
    outbox: IOutbox, origin: Origin, envelope: Envelope, octets: IOctets
) -> str:
    """Hand an email in; when this returns, it is on stable storage.

    @return: what it is called from now on.
    @raise SetError: when it is not welcome, and why.
    @raise MailError: for reasons that have nothing to do with it.
    """
    try:
        transaction = await outbox.sender(envelope.sender, origin)
    except NotPermitted as error:
        raise SetError("forbiddenMailFrom", str(error)) from None
    try:
        await name_recipients(transaction, envelope)
    except BaseException:
        await transaction.abandon()
        raise
    try:
        await transaction.content(lines(octets))
    except NotPermitted as error:
        raise SetError("forbiddenFrom", str(error)) from None
    except (Malformed, Looping) as error:
        raise SetError("invalidEmail", str(error), ["blobId"]) from None
    return transaction.name


async def name_recipients(transaction: ITransaction, envelope: Envelope) -> None:
    """Say to whom it goes; those to whom it cannot are told together.

    @raise SetError: C{invalidRecipients}.
    """
    bad: list[JSON] = []
    why: MailError | None = None
    for email, recipient in zip(envelope.emails, envelope.recipients, strict=True):
        try:
            await transaction.recipient(recipient)
        except NOWHERE as error:
            bad.append(email)
            why = why or error
    if bad:
        raise SetError("invalidRecipients", str(why), invalidRecipients=bad)

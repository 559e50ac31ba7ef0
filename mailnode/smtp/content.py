"""Hand a message to the delivery, and say what became of it, as SMTP and LMTP do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Protocol

from mailnode.errors import MailError
from mailnode.smtp.extension import Dialect
from mailnode.smtp.reply import Reply, refusal
from mailnode.smtp.session import Session
from mailnode.smtp.transaction import Transaction


class Incoming(Protocol):
    """The octets of a message on their way in."""

    @property
    def parting(self) -> bool:
        """Nothing that follows may be taken for a command."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    async def finish(self) -> None:
        """Read what nobody wanted, as far as it must be read."""


async def take(
    session: Session, transaction: Transaction, incoming: Incoming
) -> Sequence[MailError | None]:
    """Take the content of a transaction, which ends here (RFC 5321, 4.1.1.4).

    @return: the outcome for each recipient.
    """
    try:
        outcomes = await transaction.taker.content(aiter(incoming))
    except MailError as error:
        outcomes = [error] * len(transaction.recipients)
    finally:
        if session.transaction is transaction:
            session.transaction = None
    await incoming.finish()
    if None in outcomes:
        session.tally.idle = 0
    return outcomes


def answer(
    session: Session,
    transaction: Transaction,
    outcomes: Sequence[MailError | None],
    *,
    parting: bool,
) -> Reply:
    """Say the outcomes: all of them in LMTP (RFC 2033, 4.2), in SMTP the one.

    The sender learns what the message is called here, so that it can be asked for.

    @return: the last reply, which is still to be said.
    """
    kept = Reply(250, "2.0.0", f"the message is kept as {transaction.taker.name}")
    *before, last = [
        kept if outcome is None else refusal(outcome) for outcome in outcomes
    ]
    if session.dialect is Dialect.LMTP:
        for reply in before:
            session.say(reply)
    return replace(last, last=True) if parting else last

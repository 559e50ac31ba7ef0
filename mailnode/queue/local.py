"""The carrier into the mailboxes of this server: final delivery (RFC 5321, 4.4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from mailnode.errors import (
    MailError,
    Malformed,
    NoSpace,
    NotFound,
    NotPermitted,
    OverQuota,
    TooLarge,
)
from mailnode.interfaces.account import IStore
from mailnode.interfaces.content import IContent, IOctets
from mailnode.message import trace
from mailnode.message.decoding import span
from mailnode.model.envelope import Letter, Target
from mailnode.model.mailbox import INBOX
from mailnode.model.queue import Claim, Outcome, Result

FAILURES: dict[type[MailError], tuple[Result, str]] = {
    OverQuota: (Result.DEFERRED, "4.2.2"),
    NoSpace: (Result.DEFERRED, "4.3.1"),
    NotFound: (Result.FAILED, "5.1.1"),
    NotPermitted: (Result.FAILED, "5.7.1"),
    TooLarge: (Result.FAILED, "5.3.4"),
    Malformed: (Result.FAILED, "5.6.0"),
}
"""Why a mailbox does not take a message (RFC 3463); whatever else it is, it is
tried again."""


class LocalCarrier:
    """Brings messages to accounts of a store.

    @ivar lives: whether there is still an account of that name; without it,
        the store's word counts.
    """

    def __init__(
        self, store: IStore, lives: Callable[[str], Awaitable[bool]] | None = None
    ) -> None:
        self.store = store
        self.lives = lives

    async def carry(self, claim: Claim, content: IOctets) -> Sequence[Outcome]:
        """Deliver a message to all targets, each with an outcome of its own."""
        spool = self.store.spool()
        try:
            spool.write(trace.return_path(claim.waiting[0].target.sender))
            async for piece in span(content, 0, content.size):
                spool.write(piece)
            sealed = spool.seal()
        except MailError as error:
            spool.discard()
            return [outcome(error)] * len(claim.waiting)
        except BaseException:
            spool.discard()
            raise
        try:
            return await self.delivered(claim, sealed)
        finally:
            sealed.discard()

    async def delivered(self, claim: Claim, content: IContent) -> Sequence[Outcome]:
        """Deliver to all in one transaction, or else to each who has room.

        The letters of one message have the same C{delivery_id}: an account
        behind several recipients gets one copy, however often we try.
        """
        targets = [each.target for each in claim.waiting]
        if len(targets) > 1:
            outcomes = await self.attempt(claim, targets, content)
            if outcomes[0].result is Result.DELIVERED:
                return outcomes
        return [(await self.attempt(claim, [each], content))[0] for each in targets]

    async def attempt(
        self, claim: Claim, targets: Sequence[Target], content: IContent
    ) -> Sequence[Outcome]:
        """Deliver to some accounts, or to none of them."""
        places: dict[str, str] = {}
        for each in targets:
            places.setdefault(each.address.key, each.mailbox or INBOX)
        envelope = claim.envelope
        letter = Letter(envelope.id, tuple(places.items()), envelope.received)
        try:
            for name in places:
                if self.lives is not None and not await self.lives(name):
                    raise NotFound("nobody here has this address")
            await self.store.deliver(letter, content)
        except MailError as error:
            return [outcome(error)] * len(targets)
        return [
            Outcome(
                Result.DELIVERED, "2.1.5", f"to {each.mailbox} of {each.address.key}"
            )
            for each in targets
        ]


def outcome(error: MailError) -> Outcome:
    """What has gone wrong, in the words of reports."""
    result, status = FAILURES.get(type(error), (Result.DEFERRED, "4.3.0"))
    return Outcome(result, status, str(error))

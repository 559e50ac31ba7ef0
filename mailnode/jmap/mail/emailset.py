"""Email/set: drafts are made, emails filed, marked and destroyed (RFC 8621, 4.6)."""

from __future__ import annotations

from mailnode.interfaces.account import IMailAccount
from mailnode.interfaces.mail import IMailPen
from mailnode.jmap import state
from mailnode.jmap.errors import MethodError
from mailnode.jmap.ijson import Object
from mailnode.jmap.mail.arrivals import Arrival, Arrivals, Make
from mailnode.jmap.mail.drafts import Means, composed
from mailnode.jmap.mail.updating import destroyed, updated
from mailnode.jmap.setting import Batch
from mailnode.model.mail import Kind


class EmailSet:
    """Emails, as they are set."""

    references = frozenset({"mailboxIds"})

    def __init__(self, means: Means) -> None:
        self.means = means

    async def write(self, account: IMailAccount, batch: Batch) -> None:
        """Do what a batch wants: messages are written before the transaction."""

        async def make(wanted: Object) -> Arrival:
            return Arrival(await composed(account, wanted, self.means, batch.known))

        await carry_out(account, batch, make)


async def carry_out(account: IMailAccount, batch: Batch, make: Make) -> None:
    """Make messages ready, and then do everything in one transaction.

    @raise MethodError: C{stateMismatch}.
    """
    now = state.written(await account.mail().state(Kind.EMAIL))
    if batch.if_in_state not in (None, now):  # Before anything is written in vain
        raise MethodError("stateMismatch")
    arrivals = Arrivals(account)

    def work(pen: IMailPen) -> None:
        def create(wanted: Object) -> Object:
            return arrivals.add(pen, batch.making, wanted)

        def update(said: str, patch: Object) -> Object | None:
            return updated(account, pen, said, patch)

        def destroy(said: str) -> None:
            destroyed(account, pen, said)

        batch.begin(state.written(pen.state(Kind.EMAIL)))
        batch.run(create, update, destroy)
        batch.end(state.written(pen.state(Kind.EMAIL)))

    try:
        await arrivals.prepare(batch.create, make)
        await account.mail().write(work)
    finally:
        arrivals.discard()

"""Submissions are looked after when something has become of a message (RFC 8621, 7)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine

from mailnode.interfaces.account import IStore
from mailnode.interfaces.delivery import IOutbox
from mailnode.jmap.call import Visit
from mailnode.jmap.extension import Repertoire
from mailnode.jmap.sending.submission import SHELF, Submissions

log = logging.getLogger(__name__)


class Following:
    """Writes down what has become of what people sent, so that they are told of it.

    It is asked to by the name of an account, as often as there is news; for each
    account it does one thing at a time.

    @ivar outbox: the way out of an account.
    @ivar start: does some work for which nobody waits.
    @ivar again: accounts that are being looked after, and whether there is more news.
    """

    def __init__(
        self,
        store: IStore,
        outbox: Callable[[str], IOutbox],
        start: Callable[[Coroutine[object, object, None]], object],
    ) -> None:
        self.store = store
        self.outbox = outbox
        self.start = start
        self.again: dict[str, bool] = {}

    def __call__(self, name: str) -> None:
        """Something has become of a message that an account has sent."""
        busy = name in self.again
        self.again[name] = True
        if not busy:
            self.start(self.follow(name))

    async def follow(self, name: str) -> None:
        """Look after an account until there is no more news; nothing waits for that."""
        try:
            while self.again[name]:
                self.again[name] = False
                await self.look(name)
        except Exception:
            log.exception("what became of a submission could not be written down")
        finally:
            del self.again[name]

    async def look(self, name: str) -> None:
        """Look after an account, if it has ever sent by JMAP."""
        account = await self.store.account(name)
        if not await account.objects().state(SHELF.kind):
            return

        async def outbox() -> IOutbox:
            return self.outbox(name)

        await Submissions(Visit(account, Repertoire(()), outbox=outbox)).refresh()

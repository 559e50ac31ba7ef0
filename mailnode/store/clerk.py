"""The service that keeps the wholes of accounts current, a moment after a change.

Whoever reads one finds little left to do then.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Coroutine
from typing import Any

import apsw
from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger

from mailnode.errors import MailError, NotFound
from mailnode.store.shelf import Shelf
from mailnode.store.store import Store
from mailnode.store.whole import catching

DELAY = 0.5
"""Seconds from a change to the look at it: others will follow."""
PAUSE = 0.02
"""Seconds between two steps, in which others have the writer for themselves."""

BEHIND = (
    "SELECT whole.account FROM whole JOIN account ON account.id = whole.account"
    " WHERE upto < modseq OR settled = 0"
)
AMONG = "SELECT account FROM whole WHERE account IN (SELECT value FROM json_each(?))"


class Clerk(Service):
    """Looks at accounts of which something changed, never twice at a time.

    @ivar waiting: those accounts.
    """

    log = Logger()
    name = "clerk"

    def __init__(self, store: Store, reactor: IReactorTime) -> None:
        self.store = store
        self.reactor = reactor
        self.waiting: set[int] = set()
        self.later: IDelayedCall | None = None
        self.going: Deferred[None] | None = None

    def startService(self) -> None:
        """Begin, with all that was left undone."""
        super().startService()  # type: ignore[no-untyped-call]  # Twisted's
        self.store.changes.heard = self.heard
        self.go(self.resume())

    def stopService(self) -> Deferred[None]:
        """Finish the step at hand, and then no more."""
        super().stopService()  # type: ignore[no-untyped-call]  # Twisted's
        if self.later is not None:
            self.later.cancel()
            self.later = None
        return Deferred.fromCoroutine(self.end())

    async def end(self) -> None:
        """What goes on comes to its end."""
        if self.going is not None:
            await self.going

    def heard(self, account: int) -> None:
        """Something of an account has changed."""
        self.waiting.add(account)
        self.arrange()

    def arrange(self) -> None:
        """Begin a round in a moment, if something waits for one."""
        if self.waiting and self.running and self.later is None and self.going is None:
            self.later = self.reactor.callLater(DELAY, self.start_round)

    def start_round(self) -> None:
        """What the clock calls."""
        self.later = None
        self.go(self.round())

    def go(self, work: Coroutine[Any, Any, None]) -> None:
        """Do some work, and go on with what came meanwhile."""
        going = Deferred.fromCoroutine(self.guarded(work))
        self.going = None if going.called else going
        self.arrange()

    async def guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """Do some work, and complain of what cannot be done."""
        try:
            await work
        except MailError:
            self.log.failure("The mail of accounts could not be caught up with; later")
        except Exception:  # noqa: BLE001 - a fault of ours must not end the service
            self.log.failure("The clerk stumbled")
        finally:
            self.going = None
            self.arrange()

    async def resume(self) -> None:
        """Look for accounts that changed when nobody was there."""
        for shelf in self.store.shelves:
            await self.look(shelf, await shelf.database.scan(behind))

    async def round(self) -> None:
        """Look at all accounts that wait."""
        waiting, self.waiting = self.waiting, set()
        asked = json.dumps(sorted(waiting))
        for shelf in self.store.shelves:
            await self.look(
                shelf, await shelf.database.read(lambda tx: whole_ones(tx, asked))
            )

    async def look(self, shelf: Shelf, accounts: Collection[int]) -> None:
        """Catch up with some accounts, step by step."""
        for account in accounts:
            try:
                while self.running and await self.step(shelf, account):
                    await deferLater(self.reactor, PAUSE)
            except NotFound:
                continue  # it is being removed

    async def step(self, shelf: Shelf, account: int) -> bool:
        """Take one step; whether there is more to do."""
        now = shelf.clock()
        return await shelf.database.write(
            lambda tx: catching.catch_up(tx, account, now, catching.STEP), light=True
        )


def behind(tx: apsw.Connection) -> list[int]:
    """Accounts whose wholes are not current."""
    return [account for (account,) in tx.execute(BEHIND)]


def whole_ones(tx: apsw.Connection, asked: str) -> list[int]:
    """Those among some accounts that have a whole."""
    return [account for (account,) in tx.execute(AMONG, (asked,))]

"""Tells devices where they want to be told what changed (RFC 8620, 7.2; RFC 8030)."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Coroutine, Mapping
from contextlib import suppress
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from mailnode.errors import MailError, NotFound
from mailnode.interfaces.account import IMailAccount, IStore
from mailnode.interfaces.mail import IObjectPen
from mailnode.interfaces.tokens import ITokens
from mailnode.jmap.ijson import Object, written
from mailnode.jmap.push import Listening, Pushes, StateChange
from mailnode.jmap.subscription import KIND, Subscription, named, read
from mailnode.web.outgoing import Asked, Outgoing
from mailnode.wire.webpush import CODING, LARGEST, SALT, sealed

KEPT = 86_400
"""Seconds for which a push service keeps a message for a device that is off."""
SPACING = 5.0
"""Seconds between two messages to one device."""
PATIENCE = 60.0
"""Seconds after the first failure; doubled with each more (RFC 8030, 8.4)."""
LONGEST = 3600.0
"""Seconds of it at most."""
FAILURES = 8
"""In a row, after which what was to be told is forgotten: the device will ask."""
GONE = (404, 410)
"""Statuses of a push service that does not know a subscription any more (RFC 8030, 7.3)."""
SLOWER = 429


class Sealer:
    """Seals what is sent to devices that want that.

    @param make_key: a key for one message.
    @param chance: so many octets of it.
    """

    def __init__(
        self,
        make_key: Callable[[], EllipticCurvePrivateKey] | None = None,
        chance: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self.make_key = make_key or (lambda: generate_private_key(SECP256R1()))
        self.chance = chance

    def message(self, value: bytes, to: Subscription) -> Asked:
        """What is posted to a device."""
        headers = {"TTL": str(KEPT), "Content-Type": "application/json"}
        keys = to.sealing
        if keys is not None:
            value = sealed(value[:LARGEST], keys, self.make_key(), self.chance(SALT))
            headers |= {
                "Content-Type": "application/octet-stream",
                "Content-Encoding": CODING,
            }
        return Asked(to.url, "POST", headers, value)


class Lane:
    """The way to one device: one message at a time, and a pause between.

    @ivar news: what it has yet to be told, as one change.
    @ivar busy: a message is on its way, or it is a pause.
    @ivar failures: in a row.
    @ivar spacing: seconds between messages, as long as nothing fails.
    """

    __slots__ = (
        *("busy", "courier", "failures", "news", "number"),
        *("spacing", "to", "unwatch"),
    )

    def __init__(self, courier: Courier, number: int, to: Subscription) -> None:
        self.courier = courier
        self.number = number
        self.to = to
        self.news: StateChange | None = None
        self.busy = False
        self.failures = 0
        self.spacing = SPACING
        self.unwatch = courier.pusher.watch(courier.account, to, self.revoked)

    def revoked(self) -> None:
        """What opened the account to it opens it no longer (RFC 8620, 7.2)."""
        self.courier.pusher.run(self.courier.forget(self.number))

    def heard(self, change: StateChange) -> None:
        """Something changed."""
        if self.to.verified and change.concerns(self.to.wanted):
            self.news = change.after(self.news)
            self.go()

    def go(self) -> None:
        """Say what there is to say, if it may be said now."""
        if self.news is not None and not self.busy and not self.courier.over(self):
            self.busy = True
            self.courier.pusher.run(self.say())

    def pause(self, seconds: float) -> None:
        """Say nothing for a while."""
        self.busy = True
        self.courier.pusher.clock.callLater(seconds, self.rested)

    def rested(self) -> None:
        """The pause is over."""
        self.busy = False
        self.go()

    async def say(self) -> None:
        """Send one message."""
        news, self.news = self.news, None
        assert news is not None
        pusher = self.courier.pusher
        if self.to.expires <= pusher.now():
            await self.courier.forget(self.number)
            return
        status, later = await pusher.posted(news.value(self.to.wanted), self.to)
        if status in GONE:
            await self.courier.forget(self.number)
        elif 200 <= status < 300:  # noqa: PLR2004 - success (RFC 9110, 15.3)
            self.failures = 0
            self.pause(self.spacing)
        else:
            self.failed(news, status, later)

    def failed(self, news: StateChange, status: int, later: float) -> None:
        """It was not taken: try again, more rarely each time."""
        if status == SLOWER:  # RFC 8620, 7.2: it MUST become slower
            self.spacing = min(max(self.spacing * 2, PATIENCE), LONGEST)
        wait = max(later, min(PATIENCE * 2**self.failures, LONGEST))
        self.failures += 1
        if self.failures < FAILURES:
            self.news = news if self.news is None else self.news.after(news)
        else:
            self.failures = 0
        self.pause(wait)


class Courier:
    """All devices of one account."""

    def __init__(self, account: IMailAccount, pusher: Pusher) -> None:
        self.account = account
        self.pusher = pusher
        self.lanes: dict[int, Lane] = {}
        self.listening: Listening | None = None

    async def look(self, created: Collection[int]) -> None:
        """See which devices there are, and greet the new ones."""
        found = {
            each.id: read(each.value)
            for each in await self.account.objects().objects(KIND)
        }
        for number in self.lanes.keys() - found.keys():
            self.lanes.pop(number).unwatch()
        alive = await self.pusher.credentials(self.account)
        for number, value in found.items():
            if alive is not None and value.credential not in alive:
                await self.forget(number)
                continue
            lane = self.lanes.get(number)
            if lane is None:
                lane = self.lanes[number] = Lane(self, number, value)
            lane.to = value
            if number in created and not value.verified:
                self.pusher.run(self.greet(number, value))
        if not self.lanes:
            self.stop()
        elif self.listening is None:
            await self.listen()

    async def listen(self) -> None:
        """Hear of changes; somebody else may have begun to meanwhile, or all have gone."""
        listening = await self.pusher.pushes.listen(self.account, self.heard)
        if self.listening is None and self.lanes:
            self.listening = listening
        else:
            listening.stop()

    async def greet(self, number: int, to: Subscription) -> None:
        """Send the code that proves that somebody hears us (RFC 8620, 7.2.2)."""
        told: Object = {
            "@type": "PushVerification",
            "pushSubscriptionId": named(self.account.id, number),
            "verificationCode": to.code,
        }
        await self.pusher.posted(told, to)

    def heard(self, change: StateChange) -> None:
        """Something changed."""
        for lane in list(self.lanes.values()):
            lane.heard(change)

    def over(self, lane: Lane) -> bool:
        """Whether a device is one no longer."""
        return self.lanes.get(lane.number) is not lane

    async def forget(self, number: int) -> None:
        """A device is one no longer."""
        if (lane := self.lanes.pop(number, None)) is not None:
            lane.unwatch()

        def work(pen: IObjectPen) -> None:
            with suppress(NotFound):
                pen.remove(KIND, number)

        await self.account.objects().write(work)
        if not self.lanes:
            self.stop()

    def stop(self) -> None:
        """There is nobody to tell."""
        if self.listening is not None:
            self.listening.stop()
            self.listening = None
        self.pusher.couriers.pop(self.account.id, None)


class Pusher:
    """All accounts with devices that want to be told.

    @param now: in milliseconds since 1970 in UTC.
    @param tokens: what opens accounts, besides passwords.
    """

    log = Logger()

    def __init__(
        self,
        pushes: Pushes,
        outgoing: Outgoing,
        clock: IReactorTime,
        now: Callable[[], int],
        *,
        sealer: Sealer | None = None,
        tokens: ITokens | None = None,
    ) -> None:
        self.tokens = tokens
        self.pushes = pushes
        self.outgoing = outgoing
        self.clock = clock
        self.now = now
        self.sealer = sealer or Sealer()
        self.couriers: dict[int, Courier] = {}

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Run some work that nobody waits for."""
        self.pushes.run(work)

    async def credentials(self, account: IMailAccount) -> Collection[int] | None:
        """What opens an account, 0 for its password; C{None} if nobody knows."""
        if self.tokens is None:
            return None
        return {0, *(each.id for each in await self.tokens.belonging(account.name))}

    def watch(
        self, account: IMailAccount, to: Subscription, revoked: Callable[[], None]
    ) -> Callable[[], None]:
        """Hear when what opened an account to a device does not any more."""
        if self.tokens is None or not to.credential:
            return lambda: None
        return self.tokens.watch(account.name, to.credential, revoked)

    async def begin(self, store: IStore) -> None:
        """Go on telling those who wanted it before the server was stopped."""
        for name in await store.keepers(KIND):
            try:
                account = await store.account(name)
                await self.courier(account).look(())
            except MailError as error:
                self.log.warn("no push for {name}: {error}", name=name, error=error)

    def subscribed(self, account: IMailAccount, created: Collection[int]) -> None:
        """The devices of an account are others."""
        self.run(self.courier(account).look(created))

    def courier(self, account: IMailAccount) -> Courier:
        """The one of an account."""
        known = self.couriers.get(account.id)
        if known is None:
            known = self.couriers[account.id] = Courier(account, self)
        return known

    async def posted(self, told: Object, to: Subscription) -> tuple[int, float]:
        """Post something to a device: the status, and seconds to wait if it says so.

        What cannot be posted at all has status 0.
        """
        try:
            answer = await self.outgoing.ask(self.sealer.message(written(told), to))
        except MailError as error:
            self.log.info("a push failed: {error}", error=error)
            return 0, 0.0
        return answer.status, seconds(answer.headers)


def seconds(headers: Mapping[str, str]) -> float:
    """How long we shall wait; nothing for what is no number (RFC 9110, 10.2.3)."""
    said = headers.get("retry-after", "")
    known = said.isascii() and said.isdigit() and len(said) < 6  # noqa: PLR2004 - a day
    return min(float(said), LONGEST) if known else 0.0

"""What changed in an account, found out once for all who listen (RFC 8620, 7.1)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Coroutine, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from mailnode.errors import MailError
from mailnode.interfaces.account import IMailAccount
from mailnode.jmap.call import account_id
from mailnode.jmap.extension import State
from mailnode.jmap.ijson import Object, written
from mailnode.model.change import Arrived, Change, ObjectChanged

PROMPT = 0.01
"""Seconds from a change to a look at it: what belongs together comes together."""
COALESCED = 0.25
"""Seconds from one look to the next: what a person does is often several changes."""
AGAIN = 5.0
"""Seconds until states that could not be had are asked for again."""
EMAIL, DELIVERY = "Email", "EmailDelivery"
"""The second has the state that the first had when an email came that is new, as far as
is known: any state but that would do (RFC 8621, 1.5)."""
MOST = 100
"""Types in a token that a client brings back."""
Types = frozenset[str] | None
"""Names of types; C{None} for all."""

log = logging.getLogger("mailnode.jmap")


class StateChange:
    """What is pushed: the states of what changed, among all that there are.

    @ivar account: what the account is called.
    @ivar states: of all types.
    @ivar changed: names of those types whose states are others than before.
    """

    __slots__ = ("account", "changed", "known", "said", "states")

    def __init__(
        self, account: str, states: Mapping[str, str], changed: Collection[str]
    ) -> None:
        self.account = account
        self.states = states
        self.changed = frozenset(changed)
        self.said: dict[Types, bytes] = {}
        self.known = ""

    def concerns(self, types: Types) -> bool:
        """Whether one of these types has changed."""
        return bool(self.changed if types is None else self.changed & types)

    def value(self, types: Types) -> Object:
        """The StateChange object, with no other types than these."""
        names = self.changed if types is None else self.changed & types
        told: Object = {each: self.states[each] for each in sorted(names)}
        return {"@type": "StateChange", "changed": {self.account: told}}

    def text(self, types: Types) -> bytes:
        """The same as JSON, which is written once for all who want these types."""
        if types not in self.said:
            self.said[types] = written(self.value(types))
        return self.said[types]

    @property
    def token(self) -> str:
        """The states of everything, for a client that comes again (RFC 8620, 7.3)."""
        if not self.known:
            self.known = urlencode(sorted(self.states.items()))
        return self.known

    def after(self, before: StateChange | None) -> StateChange:
        """This one and one before it, of which nobody has heard yet."""
        if before is None:
            return self
        return StateChange(self.account, self.states, self.changed | before.changed)

    def since(self, token: str) -> StateChange:
        """What a client has missed since it was given a token.

        Of a token that nobody gave, everything.
        """
        try:
            known = dict(parse_qsl(token, max_num_fields=MOST))
        except ValueError:
            known = {}
        missed = [n for n, state in self.states.items() if known.get(n) != state]
        return StateChange(self.account, self.states, missed)


Heard = Callable[[StateChange], None]
"""Called with every change, in order; returns at once and does not fail."""


class Watch:
    """One account, and all who listen to it.

    @ivar latest: what was told last, or is known since somebody listens.
    @ivar due: something changed that nobody has looked at.
    @ivar busy: a look will be taken, is being taken, or was a moment ago.
    @ivar stale: types that may have changed; C{None} when it may be any.
    @ivar newest: the last email that came.
    @ivar fresh: one has come since a look was taken.
    """

    __slots__ = (
        *("account", "busy", "due", "fresh", "latest", "listeners"),
        *("newest", "pushes", "stale", "stop"),
    )

    def __init__(self, account: IMailAccount, pushes: Pushes) -> None:
        self.account = account
        self.pushes = pushes
        self.listeners: dict[object, Heard] = {}
        self.latest: StateChange | None = None
        self.due = False
        self.busy = False
        self.stale: set[str] | None = set()
        self.newest = 0
        self.fresh = False
        self.stop = account.watch(self.changed)

    async def begin(self) -> None:
        """Find out how everything is; changes may come meanwhile."""
        found = await self.now(None, fresh=True)
        self.latest = self.latest or found

    def changed(self, change: Change) -> None:
        """Something has: look at once, or when enough time has passed."""
        if isinstance(change, ObjectChanged) and self.stale is not None:
            self.stale.add(change.kind)
        else:
            self.stale = None
        if isinstance(change, Arrived):
            newest = max((each.id for each in change.messages), default=0)
            self.fresh = self.fresh or newest > self.newest
            self.newest = max(newest, self.newest)
        self.due = True
        if not self.busy:
            self.busy = True
            self.pushes.later(PROMPT, self.look)

    def look(self) -> None:
        """Begin to look."""
        self.due = False
        if self.listeners:
            self.pushes.run(self.compare())

    def rest(self) -> None:
        """Enough time has passed since the last look."""
        self.busy = self.due
        if self.due:
            self.look()

    async def compare(self) -> None:
        """See what is different, and tell everybody."""
        stale, self.stale = self.stale, set()
        fresh, self.fresh = self.fresh, False
        pause = COALESCED
        try:
            latest = await self.now(stale, fresh=fresh)
        except MailError as error:
            log.warning("states of %s: %s", self.account.name, error)
            self.stale = None
            self.fresh = fresh or self.fresh
            self.due = True
            pause = AGAIN
            return
        finally:
            self.pushes.later(pause, self.rest)
        self.latest = latest
        if latest.changed:
            for heard in list(self.listeners.values()):
                heard(latest)

    async def now(self, stale: Collection[str] | None, *, fresh: bool) -> StateChange:
        """The states as they are now."""
        before = {} if self.latest is None else self.latest.states
        table = self.pushes.states
        asked = [each for each in table if stale is None or each in stale]
        found = {each: await table[each](self.account) for each in asked}
        if fresh and EMAIL in found:
            found[DELIVERY] = found[EMAIL]
        changed = [each for each in found if found[each] != before.get(each)]
        return StateChange(account_id(self.account), {**before, **found}, changed)


class Pushes:
    """All accounts that somebody listens to.

    @ivar states: how to find out the state of each type, by its name.
    @ivar later: calls something after some seconds.
    @ivar run: runs a coroutine, and reports what goes wrong in it.
    """

    def __init__(
        self,
        states: Mapping[str, State],
        later: Callable[[float, Callable[[], None]], object],
        run: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        self.states = states
        self.later = later
        self.run = run
        self.watches: dict[int, Watch] = {}

    async def listen(self, account: IMailAccount, heard: Heard) -> Listening:
        """Tell C{heard} of every change from now on.

        @raise MailError: when the states as they are now cannot be had.
        """
        watch = self.watches.get(account.id)
        if watch is None:
            watch = self.watches[account.id] = Watch(account, self)
        listening = Listening(watch, heard)
        if watch.latest is None:
            try:
                await watch.begin()
            except BaseException:
                listening.stop()
                raise
        return listening


class Listening:
    """Somebody who listens to an account."""

    __slots__ = ("watch",)

    def __init__(self, watch: Watch, heard: Heard) -> None:
        self.watch = watch
        watch.listeners[self] = heard

    @property
    def present(self) -> StateChange:
        """How everything is, as far as it is known."""
        latest = self.watch.latest
        assert latest is not None
        return latest

    def stop(self) -> None:
        """Hear no more; harmless when done twice."""
        watch = self.watch
        watch.listeners.pop(self, None)
        if not watch.listeners and watch.pushes.watches.get(watch.account.id) is watch:
            del watch.pushes.watches[watch.account.id]
            watch.stop()

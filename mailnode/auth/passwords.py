"""Passwords: hashed with argon2id (RFC 9106), a few at a time, never in the reactor."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import Argon2Error, InvalidHashError, VerifyMismatchError
from twisted.internet.defer import Deferred, DeferredSemaphore
from zope.interface import implementer

from mailnode.auth.keys import (
    HASHES,
    ITERATIONS,
    SALT_OCTETS,
    keys_of,
    salted_password,
)
from mailnode.auth.prepare import PASSWORD_LIMIT, password_text
from mailnode.auth.recent import Recent
from mailnode.errors import Unavailable
from mailnode.interfaces.passwords import IPasswords, Secrets

T = TypeVar("T")

TIME = 2
"""Passes over the memory."""
MEMORY = 19 * 2**10
"""KiB.  With TIME and PARALLELISM this is the least that OWASP advises for
argon2id, about 30 ms of one core; the argon2-cffi default of 64 MiB takes 200 ms
and makes a few guesses at a time a burden to the whole host."""
PARALLELISM = 1
"""Lanes: one, as several people are hashed at a time already."""
HASH_OCTETS = 32
AT_ONCE = 2
"""Passwords hashed at a time: 38 MiB and no more than two cores."""
WAITING = 256
"""Passwords that may wait for their turn: about 4 s of work."""
PREFIX = "$argon2id$"


class InThread(Protocol):
    """Runs some work where it may take its time, such as a thread."""

    def __call__(self, work: Callable[[], T], /) -> Awaitable[T]: ...


@dataclass(frozen=True, slots=True)
class Cost:
    """What hashing a password costs us, and whoever steals the hash."""

    time: int = TIME
    memory: int = MEMORY
    iterations: int = ITERATIONS


class Turns:
    """Lets a few pieces of work run at a time, and some more wait.

    @param at_once: how many may run.
    @param waiting: how many more may wait.
    """

    def __init__(
        self, in_thread: InThread, at_once: int = AT_ONCE, waiting: int = WAITING
    ) -> None:
        self.in_thread = in_thread
        self.room = at_once + waiting
        self.turn = DeferredSemaphore(at_once)

    async def run(self, work: Callable[[], T]) -> T:
        """Run some work when it is its turn.

        Whoever loses interest is no longer waited for; but work that has begun
        keeps its place until it is done, for a thread cannot be stopped.

        @raise Unavailable: when too many wait already.
        """
        if not self.room:
            raise Unavailable("too many logins at a time, try again later")
        self.room -= 1
        result: Deferred[T] = Deferred()
        _ = Deferred.fromCoroutine(self._run(work, result)).chainDeferred(result)
        return await result

    async def _run(self, work: Callable[[], T], wanted: Deferred[T]) -> T:
        try:
            await self.turn.acquire()
            try:
                if wanted.called:  # cancelled while it waited
                    raise Unavailable("nobody waits for this any more")
                return await self.in_thread(work)
            finally:
                self.turn.release()
        finally:
            self.room += 1


@implementer(IPasswords)
class Passwords:
    """Hashes passwords with argon2id, and makes their keys for SCRAM.

    @param recent: remembers for a while what was right, so that programs which say
        the password with every request are not hashed with every request.
    @param random: gives so many octets that nobody can foretell.
    """

    def __init__(
        self,
        in_thread: InThread,
        *,
        recent: Recent | None = None,
        cost: Cost | None = None,
        at_once: int = AT_ONCE,
        waiting: int = WAITING,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self.turns = Turns(in_thread, at_once, waiting)
        self.recent = recent
        self.cost = cost or Cost()
        self.random = random
        self.hasher = PasswordHasher(
            time_cost=self.cost.time,
            memory_cost=self.cost.memory,
            parallelism=PARALLELISM,
            hash_len=HASH_OCTETS,
            salt_len=SALT_OCTETS,
            type=Type.ID,
        )
        self.dummy = self._dummy()

    def _dummy(self) -> str:
        """A hash of no password, to be verified when there is no hash at all."""
        salt, digest = self.random(SALT_OCTETS), self.random(HASH_OCTETS)
        return (
            f"{PREFIX}v=19$m={self.cost.memory},t={self.cost.time},p={PARALLELISM}"
            f"${_unpadded(salt)}${_unpadded(digest)}"
        )

    async def secrets(self, password: str) -> Secrets:
        """Everything that is kept of a new password."""
        prepared = password_text(password)
        if prepared is None:
            raise ValueError(
                f"a password has 1 to {PASSWORD_LIMIT} octets and no control characters"
            )
        return await self.turns.run(lambda: self._secrets(prepared))

    def _secrets(self, password: str) -> Secrets:
        scram = {}
        for mechanism in HASHES:
            salt, rounds = self.random(SALT_OCTETS), self.cost.iterations
            salted = salted_password(mechanism, password, salt, rounds)
            scram[mechanism] = keys_of(mechanism, salted, salt, rounds)
        digest = self.hasher.hash(password, salt=self.random(SALT_OCTETS))
        return Secrets(digest, scram)

    async def verify(self, kept: str | None, password: str) -> bool:
        """Whether C{kept} is the hash of this password."""
        if kept is not None and not self.recognises(kept):
            raise ValueError("the kept password hash is not argon2id")
        prepared = password_text(password)
        if kept is None or prepared is None:
            await self.turns.run(lambda: self._verify(self.dummy, prepared or ""))
            return False
        if self.recent is not None and self.recent.knows(kept, prepared):
            return True
        right = await self.turns.run(lambda: self._verify(kept, prepared))
        if right and self.recent is not None:
            self.recent.note(kept, prepared)
        return right

    def _verify(self, kept: str, password: str) -> bool:
        try:
            return self.hasher.verify(kept, password)
        except VerifyMismatchError:
            return False
        except (Argon2Error, InvalidHashError):
            raise ValueError("the kept password hash cannot be read") from None

    def recognises(self, kept: str) -> bool:
        """Whether this is a kind of hash that can be verified: argon2id alone."""
        return kept.startswith(PREFIX)

    def outdated(self, kept: Secrets) -> bool:
        """Whether this was made at another cost, or lacks keys that are made today."""
        rounds = {name: keys.iterations for name, keys in kept.scram.items()}
        if rounds != dict.fromkeys(HASHES, self.cost.iterations):
            return True
        try:
            return self.hasher.check_needs_rehash(kept.hash)
        except InvalidHashError:
            raise ValueError("the kept password hash cannot be read") from None


def _unpadded(octets: bytes) -> str:
    return b64encode(octets).decode().rstrip("=")

"""Everything a server has, put together as the configuration says."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.portal import Portal
from twisted.cred.strcred import InvalidAuthArgumentString, InvalidAuthType, makeChecker
from twisted.internet.defer import Deferred
from twisted.internet.posixbase import PosixReactorBase
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from mailnode.auth import realms
from mailnode.auth.domains import Department, portal
from mailnode.auth.gate import Gate
from mailnode.auth.passwords import InThread, Passwords
from mailnode.auth.realm import MailRealm
from mailnode.auth.recent import Recent
from mailnode.auth.throttle import Throttle
from mailnode.clock import monotonic, now
from mailnode.config import Config
from mailnode.config import Submission as SubmissionTable
from mailnode.delivery.away import Away
from mailnode.delivery.rates import Rates
from mailnode.interfaces.delivery import IDelivery, IOutbox
from mailnode.interfaces.queue import IQueue
from mailnode.interfaces.realm import IDirectory, IHouse, IMailRealm, Person
from mailnode.interfaces.trail import ITrail
from mailnode.passages import Passages, metered, passages
from mailnode.privileges import write_whole
from mailnode.settings import BadConfiguration, shown
from mailnode.store import migrate
from mailnode.store.database import (
    Database,
    InlineDatabase,
    Prepare,
    ThreadedDatabase,
)
from mailnode.store.directory import Directory
from mailnode.store.files import Connect, open_store, open_trail
from mailnode.store.queue import Queue
from mailnode.store.store import Limits
from mailnode.store.tokens import Tokens

T = TypeVar("T")
SECRET_OCTETS = 32
OWNER_OCTETS = 16
"""Of the name under which one run of the server takes mail from the queue."""

log = Logger()


@dataclass(frozen=True, slots=True)
class Ways:
    """How work is done that takes its time: in threads, or here and now.

    @ivar connect: opens a database.
    @ivar in_thread: runs what would keep the reactor waiting.
    """

    connect: Connect
    in_thread: InThread


class HereAndNow:
    """Runs some work at once."""

    async def __call__(self, work: Callable[[], T], /) -> T:
        """Do it."""
        return work()


class InPool:
    """Runs some work in the reactor's threads."""

    def __init__(self, reactor: PosixReactorBase) -> None:
        self.reactor = reactor

    async def __call__(self, work: Callable[[], T], /) -> T:
        """Do it, and come back to the reactor's thread."""
        pool = self.reactor.getThreadPool()
        done: Deferred[T] = deferToThreadPool(self.reactor, pool, work)
        return await done


def inline() -> Ways:
    """For tools and tests: everything in the caller's thread."""

    def connect(path: Path, prepare: Prepare) -> Database:
        return InlineDatabase(path, prepare=prepare)

    return Ways(connect, HereAndNow())


def threaded(reactor: PosixReactorBase, on_broken: Callable[[], None]) -> Ways:
    """For the server.

    @param on_broken: called when a database can no longer be written to.
    """

    def connect(path: Path, prepare: Prepare) -> Database:
        # Mail is found without an index too, and goes on without a trail.
        dispensable = prepare in {migrate.search, migrate.trail}
        broken = nothing if dispensable else on_broken
        return ThreadedDatabase(path, reactor, prepare=prepare, on_broken=broken)

    return Ways(connect, InPool(reactor))


def nothing() -> None:
    """An index that is broken is made anew; a trail has a gap until the next start."""


@dataclass(slots=True)
class Memory:
    """What is remembered of people, whatever the configuration says.

    @ivar away: whose mail is answered.
    @ivar metered: what they have sent, and the limits by which that was counted.
    """

    away: Away = field(default_factory=Away)
    metered: tuple[SubmissionTable, Rates] | None = None


class Cellar:
    """What is kept, and stays when the configuration is read again.

    @ivar memory: of those who have been here.
    @ivar secret: what is made up for those who do not exist is made of it.
    """

    def __init__(
        self, config: Config, ways: Ways, clock: Callable[[], int] = now
    ) -> None:
        """Open the store of a configuration, or make it.

        @raise Unusable: when what is there is not a store of ours.
        @raise OSError: when the directory cannot be used.
        """
        kept = config.store
        self.clock = clock
        self.store = open_store(
            config.data,
            ways.connect,
            clock=clock,
            shards=kept.shards,
            default_quota=Limits(kept.quota, kept.quota_messages),
            min_free=kept.min_free,
            complain=complain,
        )
        self.queue = Queue(
            self.store.main,
            self.store.reserve,
            clock,
            owner=os.urandom(OWNER_OCTETS).hex(),
            complain=complain,
        )
        self.trail = open_trail(config.data, ways.connect, clock)
        self.passwords = Passwords(ways.in_thread, recent=Recent(monotonic))
        self.directory = Directory(
            self.store.main, passwords=self.passwords, clock=clock
        )
        self.memory = Memory()
        self.tokens = Tokens(self.store.main, clock)
        self.throttle = Throttle(monotonic)
        self.secret = _secret(config.data / "secret")

    def rates(self, table: SubmissionTable) -> Rates:
        """How much may be handed in; counted on while this does not change."""
        known = self.memory.metered
        if known is None or known[0] != table:
            known = self.memory.metered = (table, metered(table, monotonic))
        return known[1]

    async def recover(self) -> None:
        """Finish what was left unfinished, before anything else."""
        await self.store.recover()
        await self.queue.recover()

    async def close(self) -> None:
        """Close all databases."""
        await self.trail.close()
        await self.store.close()


@implementer(IHouse)
class House:
    """A server as one configuration has it, over the cellar of all of them.

    @ivar gate: the way in for every protocol.
    @ivar queue: what waits to leave.
    @ivar trail: what was decided about messages.
    """

    def __init__(self, config: Config, cellar: Cellar) -> None:
        """Put everything together.

        @raise BadConfiguration: when a checker or a realm is not there, or has
            no use for its arguments.
        """
        self.config = config
        self.cellar = cellar
        self.store = cellar.store
        self.directory = cellar.directory
        self.queue: IQueue = cellar.queue
        self.trail: ITrail = cellar.trail
        self.passages: dict[int, Passages] = {}
        self.gate = Gate(
            self.portal(),
            cellar.throttle,
            plaintext=config.auth.plaintext,
            default_domain=config.auth.default_domain,
            local_users=config.auth.local_users,
        )
        cellar.trail.keep = round(config.trail.keep * 1000)

    def realm(self, directory: IDirectory) -> IMailRealm:
        """The standard realm over a directory."""
        return MailRealm(directory, self.store, self.way)

    def way(
        self, directory: IDirectory, _mind: object, person: Person | None
    ) -> IDelivery:
        """The way of mail of a stranger, or of one of the people of a directory."""
        found = self.among(directory)
        return found.inbound if person is None else found.outbound(person)

    def outbox(self, name: str) -> IOutbox:
        """The way out of the account of that name."""
        return self.everybody.outbound(Person(name))

    def among(self, directory: IDirectory) -> Passages:
        """The ways of mail among the people of a directory, always the same."""
        found = self.passages.get(id(directory))
        if found is None:
            found = passages(self.config, directory, self.cellar)
            self.passages[id(directory)] = found
        return found

    @property
    def everybody(self) -> Passages:
        """The ways of mail among all people of all realms."""
        return self.among(IMailRealm(self.gate.portal.realm).directory)

    def portal(self) -> Portal:
        """The portal to all realms of the configuration."""
        auth, complaints = self.config.auth, list[str]()
        main = self.department("auth", auth.checkers, auth.realm, complaints)
        special = {
            domain: self.department(
                f'auth.domains."{domain}"', own.checkers, own.realm, complaints
            )
            for domain, own in auth.domains.items()
        }
        if complaints:
            raise BadConfiguration(tuple(complaints))
        return portal(
            main,
            special,
            self.way,
            default_domain=auth.default_domain,
            secret=self.cellar.secret,
            tokens=self.cellar.tokens,
        )

    def department(
        self, key: str, checkers: Sequence[str], realm: str, complaints: list[str]
    ) -> Department:
        """A realm and its checkers; what is wrong with them is added to complaints."""
        made = []
        for number, text in enumerate(checkers, 1):
            try:
                made.append(checker(text))
            except ValueError as error:
                complaints.append(f"{key}.checkers[{number}]: {error}")
        try:
            return Department(realms.realm(realm, self), made)
        except ValueError as error:
            complaints.append(f"{key}.realm: {error}")
            return Department(self.realm(self.directory), made)


def checker(text: str) -> ICredentialsChecker:
    """The checker of a C{strcred} string.

    @raise ValueError: when there is none; the arguments are not repeated, for
        there may be a password among them.
    """
    name = text.partition(":")[0]
    try:
        made: ICredentialsChecker = makeChecker(text)
    except InvalidAuthType:
        raise ValueError(
            f"{shown(name)}: no such checker; twistd mailnode --help-auth lists them"
        ) from None
    except InvalidAuthArgumentString as error:
        raise ValueError(f"{shown(name)}: {error}") from None
    except Exception as error:
        raise ValueError(f"{shown(name)}: {type(error).__name__}: {error}") from error
    return made


def complain(error: Exception) -> None:
    """Write down what the store could not do yet."""
    log.failure("the store complains", Failure(error))


def _secret(file: Path) -> bytes:
    """The secret of a store, made at the first time and kept."""
    try:
        kept = file.read_bytes()
    except FileNotFoundError:
        kept = b""
    if len(kept) != SECRET_OCTETS:
        kept = os.urandom(SECRET_OCTETS)
        write_whole(file, kept, 0o600)
    return kept

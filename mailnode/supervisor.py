"""The running server: opens, reloads and closes everything in the right order."""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

import apsw
from twisted.application.internet import TimerService
from twisted.application.service import IProcess, IService, MultiService
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.posixbase import PosixReactorBase
from twisted.logger import ILogObserver, Logger
from twisted.python.components import Componentized
from twisted.python.failure import Failure

from mailnode.config import Config
from mailnode.control import ControlSocket
from mailnode.ctl.answers import answerer
from mailnode.doors import Doors
from mailnode.house import Cellar, House, threaded
from mailnode.lock import Held, Lock
from mailnode.log import Teller
from mailnode.notify import Notifier
from mailnode.ports import Ports
from mailnode.privileges import Owner, open_files, private
from mailnode.sending import Sending
from mailnode.settings import BadConfiguration
from mailnode.store.clerk import Clerk
from mailnode.store.janitor import Janitor
from mailnode.store.migrate import Unusable
from mailnode.store.scribe import Scribe

THRESHOLDS = (50_000, 20, 50)
"""When Python looks for cycles: rarely, as mail makes none."""
FEW_FILES = 4096
"""Descriptors below which a busy server would run out."""


class CannotStart(Exception):
    """It cannot be started; the log has every reason, this is the first."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a server lives in.

    @ivar reread: reads the configuration again.
    @ivar leave: ends the process with a status.
    @ivar on_hangup: has a function called at each SIGHUP.
    @ivar owner: whom the process will be, if not who it is.
    @ivar teller: writes the log; C{None} when somebody else does.
    @ivar daemon: twistd has forked, and the one who called it waits for news.
    """

    reactor: PosixReactorBase
    notifier: Notifier
    reread: Callable[[], Config]
    leave: Callable[[int], None]
    on_hangup: Callable[[Callable[[], object]], None]
    owner: Owner | None = None
    teller: Teller | None = None
    daemon: bool = False


class Server(MultiService):
    """C{twistd mailnode} as a service.

    Ports are bound first, with whatever privileges there are.  Then twistd
    drops those; only after that is the store opened and anybody served.
    """

    log = Logger()

    def __init__(self, config: Config, around: Surroundings) -> None:
        MultiService.__init__(self)
        self.name = "mailnode"
        self.config = config
        self.around = around
        self.ports = Ports(around.reactor)
        self.doors = Doors(around.reactor)
        self.binding: Deferred[None] | None = None
        self.lock: Lock | None = None
        self.house: House | None = None
        self.sending: Sending | None = None

    # What twistd does with us, in this order.

    def setServiceParent(self, parent: object) -> None:
        MultiService.setServiceParent(self, parent)
        if not isinstance(parent, Componentized):
            return
        if self.around.teller is not None:
            parent.setComponent(ILogObserver, self.around.teller)
        if self.around.owner is not None:
            process = IProcess(parent)
            process.uid, process.gid = self.around.owner.uid, self.around.owner.gid

    def privilegedStartService(self) -> None:
        """Bind every port; one that cannot be bound ends the process."""
        MultiService.privilegedStartService(self)
        try:
            private(self.config.data, self.around.owner)
            if self.config.tls.certificate is not None:
                self.doors.read(self.config)
        except (OSError, BadConfiguration) as error:
            self.give_up(Failure(error))
        self.binding = Deferred.fromCoroutine(self.ports.bind(self.config))
        if isinstance(known := getattr(self.binding, "result", None), Failure):
            _ = self.binding.addErrback(lambda _: None)  # It is told of here.
            self.give_up(known)

    def startService(self) -> None:
        """Open the store and serve, now that we are who we want to be."""
        MultiService.startService(self)
        os.umask(0o077)
        if (files := open_files()) < FEW_FILES:
            self.log.warn(
                "only {files} open files are allowed; raise LimitNOFILE or ulimit -n",
                files=files,
            )
        try:
            self.lock = Lock(self.config.data)
        except (OSError, Held) as error:
            self.give_up(Failure(error))
        _ = Deferred.fromCoroutine(self.open()).addErrback(self.failed)
        self.around.on_hangup(self.hang_up)

    def stopService(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self.close())

    # How it opens and closes.

    async def open(self) -> None:
        """Open the store, and serve.

        @raise BadConfiguration: when something that is named is not there.
        """
        assert self.binding is not None, "ports are bound first"
        await self.binding
        if self.doors.certificates is None:
            self.doors.read(self.config)
        ways = threaded(self.around.reactor, self.broken)
        house = House(self.config, Cellar(self.config, ways))
        await house.cellar.recover()
        self.serve(house, self.sender(house))
        for each in self.companions():
            each.setServiceParent(self)
        # What is here now stays: the collector need not look at it again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*THRESHOLDS)
        self.say_ready()

    def sender(self, house: House) -> Sending:
        """How mail leaves, as this house has it.

        @raise BadConfiguration: when something that is named is not there.
        """
        return Sending(house, self.around.reactor, self.ports.of_smtp)

    def serve(self, house: House, sending: Sending) -> None:
        """From now on, newcomers are served as this house has it, and mail leaves so."""
        if self.sending is not None:  # It finishes what is in flight, and no more.
            _ = maybeDeferred(self.sending.disownServiceParent)
        self.sending = sending
        IService(sending).setServiceParent(self)
        self.house, self.config = house, house.config
        self.doors.limit(house.config)
        options = self.doors.options(house.config)
        self.ports.lead(lambda listen: self.doors.factory(listen, house, options))

    def companions(self) -> list[IService]:
        """What runs beside the ports."""
        reactor, notifier = self.around.reactor, self.around.notifier
        cellar = self.at_home().cellar
        found: list[IService] = [
            ControlSocket(reactor, self.config.data, answerer(self.at_home)),
            Janitor(
                cellar.store,
                reactor,
                [cellar.queue.sweep, cellar.trail.forget, cellar.tokens.sweep],
            ),
            Scribe(cellar.trail, reactor),
            Clerk(cellar.store, reactor),
        ]
        if notifier.watchdog:
            pulse = TimerService(notifier.watchdog, notifier.alive)
            pulse.clock = reactor
            found.append(pulse)
        return found

    def at_home(self) -> House:
        """The house of the moment."""
        assert self.house is not None, "companions come after the house"
        return self.house

    async def close(self) -> None:
        """Take no newcomers, let the busy finish, and close the store."""
        self.around.notifier.stopping()
        await self.ports.close()
        await self.doors.drain(self.config.limits.drain)
        await maybeDeferred(MultiService.stopService, self)
        if self.house is not None:
            await self.house.cellar.close()
        if self.lock is not None:
            self.lock.release()
        self.log.info("stopped")

    # How it changes.

    def hang_up(self) -> Deferred[None]:
        """SIGHUP: take up what has changed."""
        return Deferred.fromCoroutine(self.reload())

    async def reload(self) -> None:
        """Read the configuration again; if it is wrong, all stays as it is."""
        if self.house is None:
            return
        self.around.notifier.reloading(time.monotonic_ns() // 1000)
        try:
            config = self.steady(self.around.reread())
            house = House(config, self.house.cellar)
            sending = self.sender(house)
            self.doors.read(config)
        except BadConfiguration as bad:
            for each in bad.complaints:
                self.log.error("not reloaded: {complaint}", complaint=each)
        else:
            for each in await self.ports.change(config):
                self.log.error("reloaded, but {complaint}", complaint=each)
            if self.around.teller is not None:
                self.around.teller.configure(config.log)
            self.serve(house, sending)
        self.say_ready()

    def steady(self, fresh: Config) -> Config:
        """A new configuration, with what can change at a restart only as it was."""
        now = self.config
        for key, was, wanted in (
            ("data", now.data, fresh.data),
            ("user", now.user, fresh.user),
            ("group", now.group, fresh.group),
            ("store", now.store, fresh.store),
        ):
            if was != wanted:
                self.log.warn("{key} changes at a restart only", key=key)
        return replace(
            fresh, data=now.data, user=now.user, group=now.group, store=now.store
        )

    # What it says.

    def say_ready(self) -> None:
        """Everything listens and the store is open."""
        listeners = [
            f"{each.listen.protocol} on {each.listen.endpoint}"
            for each in self.ports.doorways.values()
        ]
        told = ", ".join(listeners) or "nothing"
        self.log.info("serving {told}", told=told)
        self.around.notifier.ready(f"serving {told}")

    def broken(self) -> None:
        """The store can no longer be written to."""
        self.log.critical("the store cannot be written to any more: ending")
        self.around.leave(1)

    def give_up(self, failure: Failure) -> NoReturn:
        """It cannot be started, and nothing has been: end now.

        @raise CannotStart: to be told to whoever waits for the daemon.
        @raise SystemExit: when nobody waits.
        """
        self.say_why(failure)
        if self.around.daemon:
            raise CannotStart(complaints(failure)[0])
        sys.exit(1)

    def failed(self, failure: Failure) -> None:
        """It did not open, and some of it may have been: end in order."""
        self.say_why(failure)
        self.around.leave(1)

    def say_why(self, failure: Failure) -> None:
        """Tell the operator what is in the way."""
        for each in complaints(failure):
            self.log.critical("cannot start: {complaint}", complaint=each)


def complaints(failure: Failure) -> Sequence[str]:
    """Why something failed, in words for the operator."""
    error = failure.value
    if isinstance(error, BadConfiguration):
        return error.complaints
    if isinstance(error, Held):
        return [f"data: {error}: is another server running?"]
    if isinstance(error, Unusable | OSError | apsw.Error):
        return [str(error)]
    return [f"{type(error).__name__}: {error}\n{failure.getTraceback()}"]

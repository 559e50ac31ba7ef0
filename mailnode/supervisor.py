"""The running server: opens, reloads and closes everything in the right order."""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from twisted.application.internet import TimerService
from twisted.application.service import IProcess, MultiService
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.logger import ILogObserver, Logger
from twisted.python.components import Componentized
from twisted.python.failure import Failure

from mailnode.config import Config
from mailnode.control import ControlSocket
from mailnode.ctl.answers import answerer
from mailnode.doors import Doors
from mailnode.house import Cellar, House
from mailnode.lock import Held, Lock
from mailnode.log import Teller
from mailnode.notify import Notifier
from mailnode.ports import Ports
from mailnode.privileges import Owner, open_files, private
from mailnode.settings import BadConfiguration
from mailnode.store.janitor import Janitor

THRESHOLDS = (50_000, 20, 50)
"""When Python looks for cycles: rarely, as mail makes none."""
FEW_FILES = 4096
"""Descriptors below which a busy server would run out."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a server lives in.

    @ivar reread: reads the configuration again.
    @ivar leave: ends the process with a status.
    @ivar on_hangup: has a function called at each SIGHUP.
    @ivar owner: whom the process will be, if not who it is.
    @ivar teller: writes the log; C{None} when somebody else does.
    """

    reactor: ReactorBase
    notifier: Notifier
    reread: Callable[[], Config]
    leave: Callable[[int], None]
    on_hangup: Callable[[Callable[[], object]], None]
    owner: Owner | None = None
    teller: Teller | None = None


class Server(MultiService):
    """C{twistd mailnode} as a service.

    Ports are bound first, with whatever privileges there are.  Then twistd
    drops those; only after that is the store opened and anybody served.
    """

    log = Logger()

    def __init__(self, config: Config, around: Surroundings) -> None:
        MultiService.__init__(self)
        self.setName("mailnode")
        self.config = config
        self.around = around
        self.ports = Ports(around.reactor)
        self.doors = Doors(around.reactor)
        self.binding: Deferred[None] | None = None
        self.lock: Lock | None = None
        self.house: House | None = None

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
        except OSError as error:
            self.give_up([f"data: {error}"])
        self.binding = Deferred.fromCoroutine(self.ports.bind(self.config))
        self.doors.prepare(self.config)
        self.at_once(self.binding)

    def startService(self) -> None:
        MultiService.startService(self)
        os.umask(0o077)
        try:
            self.lock = Lock(self.config.data)
        except Held as held:
            self.give_up([f"data: {self.config.data}: {held}; is a server running?"])
        except OSError as error:
            self.give_up([f"data: {error}"])
        self.at_once(Deferred.fromCoroutine(self.open()))
        self.around.on_hangup(self.hang_up)

    def stopService(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self.close())

    # How it opens and closes.

    async def open(self) -> None:
        """Open the store, and serve.

        @raise BadConfiguration: when something that is named is not there.
        """
        if self.binding is not None:
            await self.binding
        self.doors.certify(self.config)
        cellar = await Cellar.open(self.config, self.around.reactor, self.broken)
        self.house = House(self.config, cellar)
        for each in self.helpers(self.house):
            each.setServiceParent(self)
        self.ports.lead(self.doors.factory_maker(self.config, self.house))
        self.say_ready()
        # What is here now stays: the collector need not look at it again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*THRESHOLDS)

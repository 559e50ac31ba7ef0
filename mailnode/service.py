"""C{twistd mailnode}: its options, and the service they become."""

from __future__ import annotations

import atexit
import logging
import os
import signal
import sys
from collections.abc import Callable
from typing import Any, TextIO, cast

from twisted.application.service import IService
from twisted.cred.credentials import IUsernamePassword
from twisted.cred.strcred import AuthOptionMixin
from twisted.internet.error import ReactorNotRunning
from twisted.internet.posixbase import PosixReactorBase
from twisted.python.logfile import LogFile
from twisted.python.usage import Options as UsageOptions

from mailnode.auth.credentials import IScram
from mailnode.config import Config, Listen, configured, overridden
from mailnode.log import FromLogging, Teller
from mailnode.notify import Notifier
from mailnode.privileges import owner
from mailnode.settings import BadConfiguration
from mailnode.supervisor import Server, Surroundings

__all__ = ["Options", "makeService"]


class Options(UsageOptions, AuthOptionMixin):
    """The command line of C{twistd mailnode}.

    @ivar reread: reads the configuration again, as this command line has it.
    """

    synopsis = "[options]"
    longdesc = (
        "A mail server: ESMTP, submission, LMTP, POP3 and IMAP over one mailbox. All "
        "it does is said in mailnode.toml(5); the options here override that file. "
        "An ENDPOINT is a string such as tcp:25 or unix:/run/lmtp.sock."
    )
    supportedInterfaces = (IUsernamePassword, IScram)
    optParameters = [
        ["config", "c", None, "Read this configuration."],
        ["realm", None, None, "What those who log in find: NAME[:ARGUMENTS]."],
        ["data", None, None, "Where mail is kept."],
    ]

    def __init__(self) -> None:
        UsageOptions.__init__(self)
        self.listen: list[Listen] = []
        self.checkers: list[str] = []
        self.configuration = Config()

    def opt_smtp(self, endpoint: str) -> None:
        """Listen for SMTP here; may be given again."""
        self.listen.append(Listen(protocol="smtp", endpoint=endpoint))

    def opt_submission(self, endpoint: str) -> None:
        """Listen here for those who log in to send; may be given again."""
        self.listen.append(Listen(protocol="submission", endpoint=endpoint))

    def opt_lmtp(self, endpoint: str) -> None:
        """Listen for LMTP here; may be given again."""
        self.listen.append(Listen(protocol="lmtp", endpoint=endpoint))

    def opt_pop3(self, endpoint: str) -> None:
        """Listen for POP3 here; may be given again."""
        self.listen.append(Listen(protocol="pop3", endpoint=endpoint))

    def opt_imap(self, endpoint: str) -> None:
        """Listen for IMAP here; may be given again."""
        self.listen.append(Listen(protocol="imap", endpoint=endpoint))

    def opt_http(self, endpoint: str) -> None:
        """Listen for HTTP here, without TLS; may be given again."""
        self.listen.append(Listen(protocol="http", endpoint=endpoint, tls="none"))

    def opt_auth(self, description: str) -> None:
        """Who may come in; may be given again, and is tried in order."""
        self.checkers.append(description)

    def postOptions(self) -> None:
        """Read the configuration; what is wrong with it ends the process."""
        try:
            self.configuration = self.reread()
        except BadConfiguration as bad:
            sys.exit("\n".join(f"mailnode: {each}" for each in bad.complaints))

    def reread(self) -> Config:
        """The configuration, with what the command line says instead.

        @raise BadConfiguration: with every complaint there is.
        """
        return overridden(
            configured(self["config"], os.environ),
            tuple(self.listen),
            tuple(self.checkers),
            self["realm"],
            self["data"],
        )


def makeService(options: Options) -> IService:
    """What twistd runs; it asks for it before it forks or drops privileges."""
    from twisted.internet import reactor  # noqa: PLC0415 - twistd has chosen it by now

    config = options.configuration
    twistd: dict[str, Any] = options.parent or {}
    try:
        wanted = owner(config, twistd.get("uid"), twistd.get("gid"))
    except BadConfiguration as bad:
        sys.exit("\n".join(f"mailnode: {each}" for each in bad.complaints))
    ours = cast("PosixReactorBase", reactor)
    around = Surroundings(
        reactor=ours,
        notifier=Notifier(os.environ, os.getpid()),
        reread=options.reread,
        leave=leaving(ours),
        on_hangup=hangups(ours),
        owner=wanted,
        teller=teller(config, twistd),
        daemon=not twistd.get("nodaemon", True),
    )
    return Server(config, around)


def leaving(reactor: PosixReactorBase) -> Callable[[int], None]:
    """Ends the process with a status, in order; twistd itself knows only 0."""

    def leave(status: int) -> None:
        atexit.register(_leave_now, status)
        reactor.callWhenRunning(_stop, reactor)

    return leave


def _stop(reactor: PosixReactorBase) -> None:
    try:
        reactor.stop()
    except ReactorNotRunning:
        return  # It is being stopped already.


def _leave_now(status: int) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def hangups(reactor: PosixReactorBase) -> Callable[[Callable[[], object]], None]:
    """Has a function called in the reactor at each SIGHUP."""

    def register(work: Callable[[], object]) -> None:
        signal.signal(signal.SIGHUP, lambda *_: reactor.callFromThread(work))

    return register


def teller(config: Config, twistd: dict[str, Any]) -> Teller | None:
    """What writes the log; C{None} when twistd has been told to do it itself."""
    if twistd.get("logger") or twistd.get("syslog"):
        return None
    logging.getLogger("mailnode").addHandler(FromLogging())
    made = Teller(_out(twistd), os.environ)
    made.configure(config.log)
    return made


def _out(twistd: dict[str, Any]) -> Callable[[], TextIO]:
    """Opens what twistd would write its log to."""
    name = twistd.get("logfile")
    if name == "-" or (twistd.get("nodaemon") and not name):
        here = sys.stdout  # Soon, twistd will have put the log itself there.
        return lambda: here
    return lambda: cast("TextIO", LogFile.fromFullPath(str(name or "twistd.log")))

"""C{twistd mailnode}: its options, and the tree of services they become."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass

from twisted.application.service import IService
from twisted.cred.strcred import AuthOptionMixin
from twisted.python.usage import Options as UsageOptions
from twisted.python.usage import UsageError

from mailnode.auth.credentials import IScram
from mailnode.config import FORESEEN, SPOKEN, Config, Listen, configured, overridden
from mailnode.settings import BadConfiguration
from mailnode.supervisor import Server, Surroundings
from twisted.cred.credentials import IUsernamePassword

__all__ = ["Options", "makeService"]


class Options(UsageOptions, AuthOptionMixin):
    """The command line of C{twistd mailnode}.

    @ivar reread: reads the configuration again, as this command line has it.
    """

    synopsis = "[options]"
    longdesc = (
        "A mail server: ESMTP, LMTP and POP3 over one mailbox. Everything it does "
        "is said in mailnode.toml(5); the options here override that file. "
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

    def opt_lmtp(self, endpoint: str) -> None:
        """Listen for LMTP here; may be given again."""
        self.listen.append(Listen(protocol="lmtp", endpoint=endpoint))

    def opt_pop3(self, endpoint: str) -> None:
        """Listen for POP3 here; may be given again."""
        self.listen.append(Listen(protocol="pop3", endpoint=endpoint))

    def opt_submission(self, endpoint: str) -> None:
        """Not spoken by this version."""
        raise unspoken("submission")

    def opt_imap(self, endpoint: str) -> None:
        """Not spoken by this version."""
        raise unspoken("imap")

    def opt_http(self, endpoint: str) -> None:
        """Not spoken by this version."""
        raise unspoken("http")

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

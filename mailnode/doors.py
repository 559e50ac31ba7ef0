"""What stands behind the ports: factories, certificates and limits."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import cast

from twisted.internet.interfaces import IProtocolFactory
from twisted.internet.posixbase import PosixReactorBase
from twisted.logger import Logger

from mailnode.certificate import pair, self_signed
from mailnode.config import Config, Listen
from mailnode.factories import (
    TLS,
    ESMTPFactory,
    HTTPFactory,
    IMAP4Factory,
    LMTPFactory,
    POP3Factory,
    SubmissionFactory,
    Surroundings,
)
from mailnode.house import House, InPool
from mailnode.imap.options import IMAPOptions
from mailnode.imap.view import Views
from mailnode.jmap.extension import Sending
from mailnode.net.limits import Bounds
from mailnode.net.resolver import resolver
from mailnode.net.rounds import Rounds
from mailnode.net.tls import BadCertificate, Certificates
from mailnode.net.transcript import Transcript
from mailnode.pop3.options import POP3Options
from mailnode.settings import BadConfiguration
from mailnode.smtp.options import SMTPOptions
from mailnode.web.outgoing import Outgoing
from mailnode.web.pusher import Pusher
from mailnode.web.site import HTTPOptions
from mailnode.web.tree import Webmail, heralds

KINDS = {
    "smtp": ESMTPFactory,
    "submission": SubmissionFactory,
    "lmtp": LMTPFactory,
}
"""The factories that take mail, by protocol."""
WELL_KNOWN = "/.well-known/jmap"
"""Where a client that knows only our name looks for the session (RFC 8620, 2.2)."""
BURST = 10
"""Seconds' worth of connections from one address that may come at once."""


@dataclass(frozen=True, slots=True)
class ProtocolOptions:
    """How the protocols behave, as one configuration has it.

    @ivar transcript: where sessions are written down, at level C{debug}.
    """

    smtp: SMTPOptions
    pop3: POP3Options
    imap: IMAPOptions
    http: HTTPOptions
    transcript: Transcript | None


def by_jmap(config: Config) -> str:
    """Where IMAP clients find the session object of JMAP (RFC 9698, 3).

    They come to the name of this host under TLS, unless C{[http] url} says where;
    nowhere, if only this host itself may come.
    """
    listens = [each for each in config.listen if each.protocol == "http"]
    if not listens:
        return ""
    secure = [each for each in listens if each.tls == "implicit"]
    if config.http.url:
        return config.http.url + WELL_KNOWN
    return f"https://{config.hostname}{WELL_KNOWN}" if secure else ""


class Doors:
    """Makes factories; their sessions share limits and come to their end together.

    @ivar certificates: C{None} until they have been read.
    @ivar logins: when each maildrop was last logged in to, over all reloads.
    @ivar views: the mailboxes that IMAP sessions have open.
    @ivar pusher: tells devices what changed, over all reloads; made when it is needed.
    """

    log = Logger()

    def __init__(self, reactor: PosixReactorBase) -> None:
        self.reactor = reactor
        self.rounds = Rounds(reactor)
        self.certificates: Certificates | None = None
        self.logins: dict[str, int] = {}
        self.views = Views()
        self.pusher: Pusher | None = None

    def read(self, config: Config) -> None:
        """Read the certificates, and make a pair if none was named.

        @raise BadConfiguration: when they are no use; those we had stay.
        """
        wanted = pair(config)
        try:
            if config.tls.certificate is None:
                self_signed(wanted, config.hostname)
            self.certificates = Certificates([wanted])
        except (BadCertificate, OSError) as error:
            raise BadConfiguration((f"tls: {error}",)) from error

    def limit(self, config: Config) -> None:
        """Admit as many as this says from now on."""
        limits = config.limits
        self.rounds.limits.bounds = Bounds(
            total=limits.connections,
            per_address=limits.connections_per_address,
            rate=limits.connection_rate,
            burst=limits.connection_rate * BURST,
        )

    def options(self, config: Config) -> ProtocolOptions:
        """The options of all protocols."""
        limits = config.limits
        smtp = SMTPOptions(
            hostname=config.hostname,
            message_size=limits.message_size,
            recipients=limits.recipients,
            command_seconds=limits.command_time,
            message_seconds=limits.message_time,
            vrfy=config.smtp.vrfy,
            strict_helo=config.smtp.strict_helo,
            proxies=config.smtp.xclient,
            hold_seconds=round(config.submission.max_hold),
            priority=config.submission.max_priority,
        )
        pop3 = POP3Options(
            hostname=config.hostname,
            expire=config.pop3.expire,
            login_delay=round(config.pop3.login_delay),
            logins=self.logins,
        )
        imap = IMAPOptions(
            hostname=config.hostname,
            message_limit=limits.message_size,
            jmap=by_jmap(config),
        )
        sending = Sending(
            message_size=limits.message_size,
            recipients=limits.recipients,
            hold_seconds=round(config.submission.max_hold),
        )
        http = HTTPOptions(
            config.hostname, config.http.url, config.http.origins, sending
        )
        wordy = config.log.level == "debug"
        transcript = Transcript(self.note) if wordy else None
        return ProtocolOptions(smtp, pop3, imap, http, transcript)

    def note(self, address: str, side: str, said: str) -> None:
        """Write down what was said in a session."""
        self.log.debug(
            "{address} {side}: {said}", address=address, side=side, said=said
        )

    def factory(
        self, listen: Listen, house: House, options: ProtocolOptions
    ) -> IProtocolFactory:
        """What serves the newcomers of one port."""
        surroundings: Surroundings = {
            "reactor": self.reactor,
            "tls": cast("TLS", listen.tls),
            "certificates": self.certificates,
            "rounds": self.rounds,
            "transcript": options.transcript,
            "proxied": listen.endpoint.startswith("haproxy:"),
        }
        gate = house.gate
        gate.entered = self.rounds.entered  # who log out when their session ends
        if listen.protocol == "pop3":
            return POP3Factory(gate, options.pop3, **surroundings)
        if listen.protocol == "imap":
            return IMAP4Factory(gate, options.imap, views=self.views, **surroundings)
        if listen.protocol == "http":
            return HTTPFactory(
                gate,
                options.http,
                tokens=house.cellar.tokens,
                webmail=webmail(house, self.reactor),
                pusher=self.pushing(house),
                **surroundings,
            )
        return KINDS[listen.protocol](gate, options.smtp, **surroundings)

    def pushing(self, house: House) -> Pusher:
        """What tells devices what changed: it goes on where it was."""
        if self.pusher is None:
            pushes, outgoing = heralds(self.reactor), away(house, self.reactor)
            clock = house.cellar.clock
            self.pusher = Pusher(
                pushes, outgoing, self.reactor, clock, tokens=house.cellar.tokens
            )
            self.pusher.run(self.pusher.begin(house.cellar.store))
        return self.pusher

    async def drain(self, grace: float) -> None:
        """Let the sessions finish, for so many seconds at most."""
        await self.rounds.stop(grace)


def away(house: House, reactor: PosixReactorBase) -> Outgoing:
    """How a house asks servers elsewhere."""
    asked = resolver(house.config.dns.servers, reactor)
    return Outgoing(reactor, reactor, asked)


def webmail(house: House, reactor: PosixReactorBase) -> Webmail:
    """What the webmail of a house is made of."""
    return Webmail(
        secret=hmac.digest(house.cellar.secret, b"webmail", "sha256"),
        outgoing=away(house, reactor),
        in_thread=InPool(reactor),
        clock=house.cellar.clock,
    )

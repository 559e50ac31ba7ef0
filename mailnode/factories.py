"""Protocol factories: mail servers for any Twisted program and any endpoint.

Each takes the portal (or gate) people come in through, and options::

    factory = POP3Factory(portal, POP3Options(hostname="mail.example.org"),
                          reactor=reactor, certificates=certificates, tls="starttls")
    serverFromString(reactor, "tcp:110").listen(factory)

The portal must give an L{IMailAccount<mailnode.interfaces.account.IMailAccount>}
for POP3, IMAP and HTTP, and an L{IDelivery<mailnode.interfaces.delivery.IDelivery>} for
submission, and to anonymous visitors for ESMTP and LMTP.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable
from typing import Literal, Required, TypedDict, Unpack

from twisted.cred.portal import Portal
from twisted.internet.interfaces import (
    IAddress,
    IOpenSSLServerConnectionCreator,
    IReactorTime,
)
from twisted.internet.protocol import Factory, Protocol
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.web.resource import Resource

from mailnode.auth.gate import Gate
from mailnode.auth.throttle import Throttle
from mailnode.imap import extension as imap
from mailnode.imap.options import IMAPOptions
from mailnode.imap.session import Session as IMAPSession
from mailnode.imap.view import Views
from mailnode.interfaces.gate import IGate
from mailnode.interfaces.peer import IPeer
from mailnode.interfaces.tokens import ITokens
from mailnode.jmap import extension as jmap
from mailnode.net.conversation import Conversation, Ground
from mailnode.net.limits import UNIX, host
from mailnode.net.proxied import ProxiedConversation
from mailnode.net.rounds import Rounds
from mailnode.net.tls import Certificates
from mailnode.net.transcript import Transcript
from mailnode.pop3 import extension as pop3
from mailnode.pop3.options import POP3Options
from mailnode.pop3.session import Session as POP3Session
from mailnode.smtp import extension as smtp
from mailnode.smtp.options import SMTPOptions
from mailnode.smtp.session import Session as SMTPSession
from mailnode.web.answer import problem
from mailnode.web.channel import Channel
from mailnode.web.pusher import Pusher
from mailnode.web.request import told
from mailnode.web.site import HTTPOptions, Site
from mailnode.web.tree import Webmail, tree

__all__ = [
    "TLS",
    "ESMTPFactory",
    "GatedFactory",
    "HTTPFactory",
    "IMAP4Factory",
    "LMTPFactory",
    "LineFactory",
    "POP3Factory",
    "SubmissionFactory",
]

TLS = Literal["none", "starttls", "implicit"]
"""When TLS begins: never, when the client asks for it, before the first word."""


class Surroundings(TypedDict, total=False):
    """What every factory can be told besides its options.

    @ivar reactor: keeps the time.
    @ivar tls: when TLS begins; never, if left out.
    @ivar certificates: our own, or whatever makes TLS connections.
    @ivar rounds: left out, the factory has its own with the usual limits.
    @ivar transcript: where to note what is said.
    @ivar proxied: the endpoint speaks the PROXY protocol: only proxies that
        are trusted can reach it, and they say who the clients are.
    """

    reactor: Required[IReactorTime]
    tls: TLS
    certificates: Certificates | IOpenSSLServerConnectionCreator | None
    rounds: Rounds | None
    transcript: Transcript | None
    proxied: bool


class Refusal(Protocol):
    """For those who are too many: a word, and the door."""

    def __init__(self, words: bytes) -> None:
        self.words = words

    def connectionMade(self) -> None:
        assert self.transport is not None
        self.transport.write(self.words)
        self.transport.loseConnection()


class GatedFactory(ABC, Factory):
    """What all factories have in common: whom they admit, and TLS.

    @ivar rounds: looks after the conversations; shared by several factories,
        their limits count together and they stop together.
    @ivar refusal: what is said to those who are too many.
    @ivar alpn: what the protocol is called in a TLS handshake (RFC 7301).
    """

    noisy = False
    refusal = b""
    alpn: tuple[bytes, ...] = ()

    def __init__(
        self, portal: Portal | IGate, **surroundings: Unpack[Surroundings]
    ) -> None:
        """Make a factory.

        @param portal: a portal gets a gate of its own: a throttle that no
            other factory shares, and passwords without TLS on loopback only.
        @raise ValueError: when there shall be TLS without certificates.
        """
        reactor = surroundings["reactor"]
        tls = surroundings.get("tls", "none")
        certificates = surroundings.get("certificates")
        if tls != "none" and certificates is None:
            raise ValueError(f"{tls} TLS needs certificates")
        self.proxied = surroundings.get("proxied", False)
        self.rounds = surroundings.get("rounds") or Rounds(reactor)
        self.gate = gate(portal, reactor, self.rounds)
        if isinstance(certificates, Certificates):
            certificates = certificates.speaking(*self.alpn)
        self.certificates = certificates
        self.layer: TLSMemoryBIOFactory | None = None
        if tls == "implicit" and certificates is not None:
            self.layer = TLSMemoryBIOFactory(certificates, False, self, reactor)

    @abstractmethod
    def conversation(self) -> Protocol:
        """What serves one client."""

    def buildProtocol(self, addr: IAddress | None) -> Protocol | None:
        """A conversation, with TLS below it if it is implicit.

        Whoever is one too many is told so, in clear only: a handshake is what
        an overloaded server can afford least.
        """
        who = UNIX if self.proxied else host(addr)
        if self.rounds.stopping or not self.rounds.limits.admit(who):
            return Refusal(self.refusal) if self.layer is None else None
        conversation = self.conversation()
        if self.layer is None:
            return conversation
        return self.layer.protocol(self.layer, conversation)

    async def stop(self, grace: float) -> None:
        """Let sessions finish, for C{grace} seconds at most.

        The port should be closed before; sessions of other factories with the
        same C{rounds} are stopped too.
        """
        await self.rounds.stop(grace)


class LineFactory(GatedFactory):
    """What those have in common whose protocols are lines in a conversation.

    @cvar spoken: what is spoken, as listeners are called.
    """

    spoken = ""

    def __init__(
        self, portal: Portal | IGate, **surroundings: Unpack[Surroundings]
    ) -> None:
        super().__init__(portal, **surroundings)
        tls = surroundings.get("tls", "none")
        self.kind = ProxiedConversation if self.proxied else Conversation
        self.ground = Ground(
            surroundings["reactor"],
            self.rounds,
            self.certificates if tls == "starttls" else None,
            implicit=tls == "implicit",
            transcript=surroundings.get("transcript"),
            protocol=self.spoken,
        )

    @abstractmethod
    def talk(self, peer: IPeer) -> Awaitable[None]:
        """Serve one client, from the first word to the last."""

    def conversation(self) -> Protocol:
        return self.kind(self.talk, self.ground)


class POP3Factory(LineFactory):
    """Serves POP3 (RFC 1939)."""

    refusal = b"-ERR [SYS/TEMP] too many connections, try again later\r\n"
    spoken = "pop3"
    alpn = (b"pop3",)  # RFC 7301, 6: IANA's name for it

    def __init__(
        self,
        portal: Portal | IGate,
        options: POP3Options | None = None,
        **surroundings: Unpack[Surroundings],
    ) -> None:
        super().__init__(portal, **surroundings)
        self.options = options or POP3Options()
        self.repertoire = pop3.Repertoire()

    def talk(self, peer: IPeer) -> Awaitable[None]:
        return POP3Session(peer, self.gate, self.repertoire, self.options).run()


class IMAP4Factory(LineFactory):
    """Serves IMAP4rev1 and IMAP4rev2 (RFC 3501, RFC 9051).

    @ivar views: the mailboxes that are open, shared by all sessions.
    """

    refusal = b"* BYE [UNAVAILABLE] too many connections, try again later\r\n"
    spoken = "imap"
    alpn = (b"imap",)

    def __init__(
        self,
        portal: Portal | IGate,
        options: IMAPOptions,
        *,
        views: Views | None = None,
        **surroundings: Unpack[Surroundings],
    ) -> None:
        """Make a factory.

        @param views: factories over the same store do well to share them.
        """
        super().__init__(portal, **surroundings)
        self.options = options
        self.repertoire = imap.repertoire()
        self.views = views or Views()

    def talk(self, peer: IPeer) -> Awaitable[None]:
        return IMAPSession(
            peer, self.gate, self.repertoire, self.options, self.views
        ).run()


class ESMTPFactory(LineFactory):
    """Receives mail by ESMTP (RFC 5321)."""

    refusal = b"421 4.7.0 too many connections, try again later\r\n"
    spoken = "smtp"
    dialect = smtp.Dialect.SMTP

    def __init__(
        self,
        portal: Portal | IGate,
        options: SMTPOptions,
        **surroundings: Unpack[Surroundings],
    ) -> None:
        super().__init__(portal, **surroundings)
        self.options = options
        self.repertoire = smtp.Repertoire(self.dialect)

    def talk(self, peer: IPeer) -> Awaitable[None]:
        return SMTPSession(peer, self.gate, self.repertoire, self.options).run()


class SubmissionFactory(ESMTPFactory):
    """Takes mail from those who log in, wherever it goes (RFC 6409).

    On port 587 with C{tls="starttls"}, on 465 with C{tls="implicit"} (RFC 8314, 3.3).
    """

    spoken = "submission"
    dialect = smtp.Dialect.SUBMISSION


class LMTPFactory(ESMTPFactory):
    """Receives mail by LMTP (RFC 2033)."""

    spoken = "lmtp"
    dialect = smtp.Dialect.LMTP


class HTTPFactory(GatedFactory):
    """Serves JMAP and the webmail over HTTP/1.1 (RFC 8620, RFC 9112).

    @ivar site: what the connections share.
    """

    refusal = told(problem(503, "too many connections", {"Retry-After": "10"}))
    alpn = (b"http/1.1",)

    def __init__(
        self,
        portal: Portal | IGate,
        options: HTTPOptions | None = None,
        *,
        root: Resource | None = None,
        tokens: ITokens | None = None,
        webmail: Webmail | None = None,
        pusher: Pusher | None = None,
        **surroundings: Unpack[Surroundings],
    ) -> None:
        """Make a factory.

        @param root: your own resources, in place of ours.
        @param tokens: what opens accounts in place of passwords; left out, nobody
            signs in to the webmail.
        @param webmail: left out, it fetches no images from elsewhere.
        @param pusher: tells devices what changed; left out, nobody does.
        @raise ValueError: when TLS shall begin by STARTTLS, which HTTP has not.
        """
        if surroundings.get("tls") == "starttls":
            raise ValueError("HTTP has no STARTTLS")
        super().__init__(portal, **surroundings)
        clock = surroundings["reactor"]
        options = options or HTTPOptions()
        if root is None:
            repertoire = jmap.Repertoire(limits=jmap.Limits(sending=options.sending))
            root = tree(
                self.gate, clock, repertoire, tokens, webmail=webmail, pusher=pusher
            )
        self.site = Site(
            clock,
            self.rounds,
            root,
            options,
            proxied=self.proxied,
        )

    def conversation(self) -> Protocol:
        return Channel(self.site)


def gate(portal: Portal | IGate, reactor: IReactorTime, rounds: Rounds) -> IGate:
    """The gate before a portal, or the one that was given."""
    if not isinstance(portal, Portal):
        return portal
    throttle = Throttle(lambda: int(reactor.seconds() * 1000))
    return Gate(portal, throttle, entered=rounds.entered)

"""SCRAM between a checker behind a Deferred and a client on a line (RFC 5802, 3)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from auth.client import ScramClient
from auth.people import House, People, now
from dialogue import Wire
from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.credentials import ICredentials
from twisted.cred.error import UnauthorizedLogin
from twisted.cred.portal import IRealm, Portal
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, fail
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from zope.interface import implementer
from zope.interface.verify import verifyClass

from mailnode.auth.checkers import RealmChecker
from mailnode.auth.credentials import IScram, Relayed
from mailnode.auth.gate import Gate
from mailnode.auth.throttle import Throttle
from mailnode.errors import MailError, PeerGone
from mailnode.interfaces.account import IMailAccount
from mailnode.interfaces.peer import IPeer
from mailnode.interfaces.realm import Person
from mailnode.net.conversation import Conversation, Ground
from mailnode.net.rounds import Rounds


class Distant(People):
    """People who are found when somebody says so."""

    def __init__(self) -> None:
        super().__init__({"ana@example.org": "faminta"})
        self.reached: Deferred[None] = Deferred()

    async def find(self, login: str) -> Person | None:
        await self.reached
        return await super().find(login)


@implementer(ICredentialsChecker)
class Deaf:
    """Refuses everybody unheard."""

    credentialInterfaces = (IScram,)

    def requestAvatarId(self, _: ICredentials) -> Deferred[bytes | tuple[()]]:
        return fail(UnauthorizedLogin())


class Line:
    """A client, and the session that logs him in by SCRAM.

    @ivar end: how the login ended.
    """

    def __init__(self, checker: ICredentialsChecker, people: People) -> None:
        self.gate = Gate(
            Portal(IRealm(House(people).realm(people)), [checker]),
            Throttle(lambda: 0),
            default_domain="example.org",
        )
        self.end = ""
        clock = Clock()
        self.session = Conversation(self.talk, Ground(clock, Rounds(clock)))
        where = IPv4Address("TCP", "192.0.2.1", 40000)
        self.wire = Wire(peerAddress=where)  # type: ignore[no-untyped-call]  # Twisted's
        self.session.transport = self.wire
        self.session.connectionMade()

    async def talk(self, peer: IPeer) -> None:
        async def ask(challenge: bytes) -> bytes:
            peer.write(challenge)
            return await peer.line(1000)

        try:
            account = await self.gate.sasl(
                b"SCRAM-SHA-256", ask, None, peer, IMailAccount
            )
            self.end = account.name
        except (MailError, PeerGone) as error:
            self.end = type(error).__name__

    def answer(self, speak: Callable[[bytes], Awaitable[bytes]]) -> None:
        """Answer the last challenge."""
        challenge = self.wire.io.getvalue()
        self.wire.io.seek(0)
        self.wire.io.truncate()
        self.session.dataReceived(now(speak(challenge)) + b"\r\n")


def line(people: People) -> Line:
    return Line(RealmChecker().bind(people, "example.org"), people)


def test_keeps_the_contract() -> None:
    assert verifyClass(IScram, Relayed, tentative=True)


@pytest.mark.parametrize("soon", [True, False])
@pytest.mark.parametrize(
    ("password", "end"), [("faminta", "ana@example.org"), ("wrong", "BadCredentials")]
)
def test_the_client_takes_his_time(password: str, end: str, soon: bool) -> None:
    """And so may the directory."""
    people = Distant()
    client = line(people)
    speaker = ScramClient("sha256", "ana", password)
    if soon:
        people.reached.callback(None)
    client.answer(speaker.speak)
    if not soon:
        assert client.wire.io.getvalue() == b""
        people.reached.callback(None)
    for _ in range(2):
        assert client.end == ""
        client.answer(speaker.speak)
    assert client.end == end


def test_the_client_goes() -> None:
    people = Distant()
    people.reached.callback(None)
    client = line(people)
    client.answer(ScramClient("sha256", "ana", "faminta").speak)
    client.session.connectionLost(Failure(ConnectionError()))
    assert client.end == "PeerGone"


def test_a_checker_that_asks_for_no_proof() -> None:
    client = Line(Deaf(), Distant())
    client.answer(ScramClient("sha256", "ana", "faminta").speak)
    assert client.end == "BadCredentials"

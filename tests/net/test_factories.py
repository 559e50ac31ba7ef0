"""The factories anyone may use: whom they admit, and how they stop."""

from __future__ import annotations

from collections.abc import Callable
from unittest.mock import Mock

import pytest
from dialogue import Wire
from net.link import ADDRESS
from twisted.cred.checkers import InMemoryUsernamePasswordDatabaseDontUse
from twisted.cred.portal import IRealm, Portal
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock
from twisted.logger import capturedLogs
from twisted.python.failure import Failure
from zope.interface import implementer

from mailnode.factories import (
    ESMTPFactory,
    GatedFactory,
    IMAP4Factory,
    LineFactory,
    LMTPFactory,
    POP3Factory,
    SubmissionFactory,
)
from mailnode.imap.options import IMAPOptions
from mailnode.interfaces.account import IMailAccount
from mailnode.net.limits import Bounds, Limits
from mailnode.net.rounds import Rounds
from mailnode.pop3.options import POP3Options
from mailnode.smtp.options import SMTPOptions
from mailnode.testing import MemoryGate, MemoryStore

STRANGER = IPv4Address("TCP", "192.0.2.1", 40000)


def gate() -> MemoryGate:
    return MemoryGate(MemoryStore(), {"ana@example.org": "faminta"})


def connect(
    factory: GatedFactory, address: IPv4Address = ADDRESS
) -> tuple[Wire, Protocol]:
    """A client's end, and the protocol that serves it."""
    wire = Wire(peerAddress=address)  # type: ignore[no-untyped-call]  # Twisted's
    protocol = factory.buildProtocol(address)
    assert protocol is not None
    protocol.transport = wire
    protocol.connectionMade()
    return wire, protocol


def test_each_greets_in_its_own_way() -> None:
    clock = Clock()
    options = SMTPOptions(hostname="mx.example.org")
    wire, _ = connect(POP3Factory(gate(), reactor=clock))
    assert wire.io.getvalue().startswith(b"+OK ")
    wire, _ = connect(ESMTPFactory(gate(), options, reactor=clock))
    assert wire.io.getvalue().startswith(b"220 mx.example.org ESMTP")
    wire, _ = connect(LMTPFactory(gate(), options, reactor=clock))
    assert wire.io.getvalue().startswith(b"220 mx.example.org LMTP")
    wire, protocol = connect(SubmissionFactory(gate(), options, reactor=clock))
    assert wire.io.getvalue().startswith(b"220 mx.example.org ESMTP")
    protocol.dataReceived(b"EHLO x\r\nMAIL FROM:<ana@example.org>\r\n")
    assert wire.io.getvalue().endswith(b"\r\n530 5.7.0 log in first\r\n")


def own_portal(store: MemoryStore, logout: Callable[[], None]) -> Portal:
    """The twenty lines an operator writes are a realm and a checker."""

    @implementer(IRealm)
    class Realm:
        def requestAvatar(self, avatarId, mind, *interfaces):  # type: ignore[no-untyped-def]  # noqa: N803 - as Twisted's
            return IMailAccount, store.of(avatarId.decode()), logout

    return Portal(Realm(), [InMemoryUsernamePasswordDatabaseDontUse(ana=b"faminta")])


@pytest.mark.parametrize("fault", [None, ZeroDivisionError()])
def test_who_came_in_is_logged_out_when_the_session_ends(
    fault: Exception | None,
) -> None:
    gone = Mock(side_effect=fault)
    factory = POP3Factory(own_portal(MemoryStore(), gone), reactor=Clock())
    with capturedLogs() as logged:
        _, protocol = connect(factory)
        protocol.dataReceived(b"USER ana\r\nPASS faminta\r\n")
        assert not gone.called
        for _ in range(2):
            protocol.connectionLost(Failure(ConnectionDone()))
    gone.assert_called_once_with()
    assert not factory.rounds.logouts
    assert len([each for each in logged if "log_failure" in each]) == bool(fault)


def test_who_comes_in_when_the_session_has_ended_is_logged_out_at_once() -> None:
    rounds, gone = Rounds(Clock()), Mock()
    rounds.entered(object(), gone)
    gone.assert_called_once_with()
    assert not rounds.logouts


def test_a_portal_will_do() -> None:
    store = MemoryStore()
    options = POP3Options(hostname="pop.example.org")
    portal = own_portal(store, lambda: None)
    factory = POP3Factory(portal, options, reactor=Clock())
    wire, protocol = connect(factory)
    protocol.dataReceived(b"USER ana\r\nPASS faminta\r\nQUIT\r\n")
    said = wire.io.getvalue().split(b"\r\n")
    assert [line[:3] for line in said] == [b"+OK", b"+OK", b"+OK", b"+OK", b""]
    assert store.accounts.keys() == {"ana"}


def pop3(clock: Clock, rounds: Rounds) -> LineFactory:
    return POP3Factory(gate(), reactor=clock, rounds=rounds)


def imap(clock: Clock, rounds: Rounds) -> LineFactory:
    return IMAP4Factory(gate(), IMAPOptions(), reactor=clock, rounds=rounds)


def esmtp(clock: Clock, rounds: Rounds) -> LineFactory:
    options = SMTPOptions(hostname="mx")
    return ESMTPFactory(gate(), options, reactor=clock, rounds=rounds)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (pop3, b"-ERR [SYS/TEMP]"),
        (imap, b"* BYE [UNAVAILABLE]"),
        (esmtp, b"421 4.7.0"),
    ],
)
def test_one_too_many(
    made: Callable[[Clock, Rounds], LineFactory], words: bytes
) -> None:
    clock = Clock()
    rounds = Rounds(clock, Limits(clock.seconds, Bounds(per_address=1)))
    factory = made(clock, rounds)
    _, first = connect(factory, STRANGER)
    wire, _ = connect(factory, STRANGER)
    assert wire.io.getvalue().startswith(words)
    assert wire.io.getvalue().endswith(b"\r\n")
    assert wire.hung_up
    first.connectionLost()
    wire, _ = connect(factory, STRANGER)
    assert not wire.hung_up


def test_nobody_comes_in_while_it_stops() -> None:
    factory = POP3Factory(gate(), reactor=Clock())
    _ = Deferred.fromCoroutine(factory.stop(1))
    wire, _ = connect(factory)
    assert wire.io.getvalue().startswith(b"-ERR [SYS/TEMP]")


def test_tls_needs_certificates() -> None:
    with pytest.raises(ValueError, match="needs certificates"):
        POP3Factory(gate(), reactor=Clock(), tls="starttls")

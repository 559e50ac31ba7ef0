r"""Plays dialogues with the sides exchanged: the script is a server that we call.

C{S:} lines are what the remote server says, C{C:} lines what our client should
say to it; otherwise everything is as in L{dialogue}.  Letters tell connections
apart, in the order in which the script first names them.  Further steps::

    T: (send)                   the message goes on its way; again: once more
    T: (stop)                   the relay is stopped
    C: (calls 192.0.2.1)        the next call, which nobody has answered yet
    C: (calls nobody)           there is none
    S: (refuses)                the call comes to nothing; also (does not answer)
    S: (connects)               it is taken; any other word takes it too
    S: (breaks the handshake)   TLS fails
    R: relayed 2.0.0 250 ok     what became of a target: result, status and text,
                                then, each behind a C{|}, host, TLS and C{dsn}

and settings, of which C{host} may come more than once, as may C{to}::

    With: message Subject: one\r\n\r\nbody\r\n
    With: sender ana@example.org             or <>
    With: to bob@example.net notify=SUCCESS original=rfc822;rob@example.com
    With: mail utf8 body=8BITMIME ret=HDRS envid=x priority=3 by=60;R require_tls
    With: host mx.example.net 192.0.2.1      MX after MX
    With: route privacy=verified implicit login=ana:secret source4=192.0.2.9
    With: terms connections=1 messages=2
    With: doubt self-signed certificate
    With: nowhere 5.1.2                      there is no route
    With: nonce fyko+d2lbbFgONRv9qkxdawL
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Sequence
from typing import Any, cast

from dialogue import Client, Disagreement, Script, Stage, Step, octets, pattern, perform
from OpenSSL import SSL
from twisted.internet import error
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTCP
from twisted.internet.testing import MemoryReactorClock
from twisted.python.failure import Failure
from zope.interface.verify import verifyObject

from mailnode.interfaces.dialing import IDialer
from mailnode.model.envelope import (
    Address,
    Body,
    Deadline,
    Envelope,
    Notify,
    OriginalRecipient,
    Recipient,
    Return,
    Sender,
    Target,
)
from mailnode.model.queue import Claim, Outcome, Waiting
from mailnode.model.queue import Stage as QueueStage
from mailnode.net.dialing import Dialer
from mailnode.net.trust import Towards, Trust
from mailnode.queue.means import Absent, Idle, Means, Terms
from mailnode.queue.relay import Relay
from mailnode.queue.route import Host, Login, NoRoute, Privacy, Route
from mailnode.testing import MemoryContent
from mailnode.wire.address import address

MOMENT = 1_700_000_000_000
"""When the world begins: 2023-11-14 22:13:20 +0000."""
GRACE = 10.0
RECIPIENT = re.compile(r'("[^"]*"\S+|\S+) ?(.*)')
FAILURES: dict[str, type[Exception]] = {
    "refuses": error.ConnectionRefusedError,
    "does not answer": error.TimeoutError,
}


class Pretended(Trust):
    """Trust in TLS that is only pretended."""

    def __init__(self, doubt: str) -> None:
        self.said = doubt

    def towards(self, host: str) -> Towards:
        return Towards(self, host)

    def doubt(self, connection: SSL.Connection, host: str) -> str:
        return self.said


class Signpost:
    """Knows one route."""

    def __init__(self, route: Route, nowhere: str) -> None:
        self.known = route
        self.nowhere = nowhere

    async def route(self, destination: str, sender: Address | None) -> Route:
        if self.nowhere:
            raise NoRoute(self.nowhere, "there is no such domain")
        return self.known


def words(text: str) -> dict[str, str]:
    """C{a=b c} as a mapping."""
    pairs = (word.partition("=") for word in text.split())
    return {name: value for name, _, value in pairs}


def sender(script: Script) -> Sender:
    """What MAIL is about."""
    said = words(script.setting("mail"))
    who = script.setting("sender", "ana@example.org")
    deadline = None
    if "by" in said:
        seconds, _, mode = said["by"].partition(";")
        deadline = Deadline(MOMENT + int(seconds) * 1000, "R" in mode, "T" in mode)
    return Sender(
        None if who == "<>" else written(who),
        body=Body(said.get("body", "7BIT")),
        utf8="utf8" in said,
        ret=Return(said["ret"]) if "ret" in said else None,
        envid=said.get("envid"),
        priority=int(said.get("priority", "0")),
        deadline=deadline,
        require_tls="require_tls" in said,
    )


def written(text: str) -> Address:
    """An address; one that no path can hold with C{\\r\\n} in its local part."""
    if "\\" not in text:
        return address(text)
    local, _, domain = octets(text).decode().rpartition("@")
    return Address(local, domain)


def target(text: str, reverse: Address | None) -> Target:
    """What RCPT is about."""
    found = RECIPIENT.fullmatch(text)
    assert found is not None, text
    said = words(found[2])
    notify = None
    if "notify" in said:
        notify = frozenset(map(Notify, said["notify"].split(",")))
    original = None
    if "original" in said:
        kind, _, name = said["original"].partition(";")
        original = OriginalRecipient(kind, name)
    who = written(found[1])
    return Target(Recipient(who, notify, original), who, None, reverse)


def claim(script: Script) -> Claim:
    """The message as the runner hands it over."""
    said = sender(script)
    told = [rest for word, rest in script.settings if word == "to"]
    targets = tuple(target(each, said.address) for each in told or ["bob@example.net"])
    waiting = tuple(
        Waiting(number, each, QueueStage.ACTIVE, MOMENT, 0)
        for number, each in enumerate(targets)
    )
    envelope = Envelope("m1", said, targets, MOMENT)
    return Claim(envelope, waiting, targets[0].address.domain, 0, MOMENT + 600_000)


def route(script: Script) -> Route:
    """Where it goes."""
    said = words(script.setting("route"))
    hosts = [rest.split() for word, rest in script.settings if word == "host"]
    user, _, password = said.get("login", "").partition(":")
    return Route(
        tuple(
            Host(name, tuple(addresses))
            for name, *addresses in hosts or [["mx.example.net", "192.0.2.1"]]
        ),
        privacy=Privacy(said.get("privacy", "opportunistic")),
        implicit="implicit" in said,
        login=Login(user, password) if user else None,
        source4=said.get("source4", ""),
        source6=said.get("source6", ""),
    )


def shown(outcome: Outcome) -> str:
    """An outcome as scripts write it."""
    tail = [outcome.host, outcome.tls, "dsn" if outcome.dsn else ""]
    head = f"{outcome.result.value} {outcome.status} {outcome.text}"
    return " | ".join([head, *filter(None, tail)])


class RemoteStage(Stage):
    """A dialogue that is being played, with us as the client.

    @ivar reactor: what our calls are made with.
    @ivar taken: how many of them have been answered, in one way or another.
    @ivar outcomes: what became of targets, until the script tells.
    """

    def __init__(self, script: Script) -> None:
        self.reactor = MemoryReactorClock()
        events = {"send": self.send, "stop": self.stop}
        super().__init__(script, self.none, self.reactor, events)
        trust = Pretended(script.setting("doubt"))
        dialer = Dialer(cast("IReactorTCP", self.reactor), self.reactor, trust)
        assert verifyObject(IDialer, dialer)
        given: dict[str, Any] = {
            name: float(value) if name.endswith("seconds") else int(value)
            for name, value in words(script.setting("terms")).items()
        }
        terms = Terms(hostname="mail.example.org", **given)
        nonce = b64decode(script.setting("nonce", "AAAA"))
        means = Means(
            dialer,
            self.reactor,
            lambda: MOMENT + int(self.reactor.seconds() * 1000),
            lambda _: nonce,
            terms,
            Absent(self.reactor, terms.absent_seconds),
            Idle(terms.idle),
        )
        signpost = Signpost(route(script), script.setting("nowhere"))
        self.relay = Relay(signpost.route, means)
        self.taken = 0
        self.outcomes: list[Outcome] = []

    def none(self, who: str) -> Any:
        """Nobody connects to us."""
        raise AssertionError(who)

    def send(self) -> None:
        """The message goes on its way."""
        message = octets(
            self.script.setting("message", r"Subject: one\r\n\r\nbody\r\n")
        )
        carried = self.relay.carry(claim(self.script), MemoryContent(message))
        held: Deferred[Sequence[Outcome]] = Deferred.fromCoroutine(carried)
        _ = held.addCallback(self.outcomes.extend)

    def stop(self) -> None:
        """The relay is stopped."""
        _ = Deferred.fromCoroutine(self.relay.stop(GRACE))

    def play(self, step: Step) -> None:
        if step.side == "T":
            self.pass_time(step)
        elif step.side == "R":
            for _ in range(step.times):
                self.result(step)
        elif (step.action or "").startswith("calls "):
            self.called(step)
        elif step.action in FAILURES:
            *_, factory, _timeout, _source = self.call()
            factory.clientConnectionFailed(None, Failure(FAILURES[step.action]()))
            self.taken += 1
        else:
            if step.who not in self.clients:
                self.take(step.who)
            self.exchange(self.clients[step.who], step, hears=step.side == "C")
        self.settle()

    def call(self) -> tuple[Any, ...]:
        """The first call that nobody has answered."""
        calls = self.reactor.tcpClients
        if len(calls) <= self.taken:
            raise Disagreement("nobody calls")
        return cast("tuple[Any, ...]", calls[self.taken])

    def called(self, step: Step) -> None:
        """Whom we call, and from where."""
        wanted = (step.action or "").removeprefix("calls ")
        if wanted == "nobody":
            if len(self.reactor.tcpClients) > self.taken:
                raise Disagreement(f"got a call to {self.call()[0]}")
            return
        host, port, _factory, _timeout, source = self.call()
        got = f"{host} {port}" + (f" from {source[0]}" if source else "")
        if wanted not in (got, host):
            raise Disagreement(f"got a call to {got}")

    def take(self, who: str) -> None:
        """Answer a call."""
        host, port, factory, _timeout, _source = self.call()
        self.taken += 1
        kind = IPv6Address if ":" in host else IPv4Address
        peer = kind("TCP", host, port)
        self.clients[who] = Client(factory.buildProtocol(peer), peer)
        self.settle()

    def result(self, step: Step) -> None:
        """What became of a target."""
        if not self.outcomes:
            raise Disagreement("there is no outcome yet")
        got = shown(self.outcomes.pop(0))
        if pattern(step.said, self.known).fullmatch(got.encode()) is None:
            raise Disagreement(f"got {got}")

    def end(self) -> None:
        super().end()
        self.settle()
        if self.outcomes:
            raise Disagreement(f"there is one more outcome: {shown(self.outcomes[0])}")


def play(script: Script) -> None:
    """Be the server of a script; complain of the first step that differs."""
    perform(RemoteStage(script))

"""A peer on a transport: waiting, limits, back-pressure and the end."""

from __future__ import annotations

import gc
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import cast
from weakref import ref

import pytest
from dialogue import Wire
from twisted.internet.address import IPv4Address, UNIXAddress
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.internet.task import Clock
from twisted.logger import LogEvent, globalLogPublisher
from twisted.python.failure import Failure
from zope.interface.verify import verifyClass, verifyObject

from mailnode.errors import Parting, PeerGone, Stopping, TimedOut, TooLarge
from mailnode.interfaces.peer import IPeer
from mailnode.net.conversation import ENOUGH, TURN, Conversation, Ground
from mailnode.net.outgoing import BURST
from mailnode.net.rounds import Rounds
from mailnode.net.transcript import Transcript

Talk = Callable[[IPeer], Awaitable[None]]


class Scene:
    """A conversation on a wire in memory.

    @ivar ends: how each talk ended: C{None} if it returned.
    """

    def __init__(self, talk: Talk, *, address: str = "192.0.2.1") -> None:
        self.clock = Clock()
        self.rounds = Rounds(self.clock)
        self.ends: list[BaseException | None] = []

        async def watched(peer: IPeer) -> None:
            try:
                await talk(peer)
            except BaseException as end:
                self.ends.append(end)
                raise
            self.ends.append(None)

        self.peer = Conversation(watched, Ground(self.clock, self.rounds))
        where = IPv4Address("TCP", address, 40000)
        self.wire = Wire(peerAddress=where)  # type: ignore[no-untyped-call]  # Twisted's
        self.peer.transport = self.wire
        self.peer.connectionMade()

    def say(self, data: bytes) -> bytes:
        """Send something; what comes back."""
        self.peer.dataReceived(data)
        self.clock.advance(0)
        return self.heard()

    def heard(self) -> bytes:
        """What came."""
        data = self.wire.io.getvalue()
        self.wire.io.seek(0)
        self.wire.io.truncate()
        return data

    def lose(self) -> None:
        """The connection is gone."""
        self.peer.connectionLost(Failure(ConnectionError()))


async def echo(peer: IPeer) -> None:
    """Say every line again."""
    while True:
        peer.write(await peer.line(100) + b"|")


def test_keeps_the_contract() -> None:
    assert verifyClass(IPeer, Conversation)
    assert verifyObject(IPeer, Scene(echo).peer)
    assert verifyObject(IPushProducer, Scene(echo).peer)


def test_lines() -> None:
    scene = Scene(echo)
    assert scene.say(b"one\r\ntwo\r") == b"one|"
    assert scene.say(b"\nthree") == b"two|"


def test_pieces() -> None:
    async def talk(peer: IPeer) -> None:
        assert await peer.line(9) == b"DATA"
        piece = await peer.some(5)
        peer.write(piece)
        peer.unread(piece[-2:])
        peer.write(b"|" + await peer.line(9) + b"|" + await peer.some(100))

    scene = Scene(talk)
    assert scene.say(b"DATA\r\n12345\r\nrest") == b"12345|45|rest"
    assert scene.ends == [None]
    assert scene.wire.hung_up


def test_too_long_a_line() -> None:
    async def talk(peer: IPeer) -> None:
        with pytest.raises(TooLarge):
            await peer.line(10)
        peer.write(await peer.line(10))

    scene = Scene(talk)
    assert scene.say(b"A" * 100_000) == b""
    assert len(scene.peer.received) == 1
    assert scene.say(b"\r\nshort\r\n") == b"short"


def test_nobody_waits_for_a_peer_behind_a_deferred() -> None:
    """It would be asked again and again, and nobody else would be served."""

    async def talk(peer: IPeer) -> None:
        await Deferred.fromCoroutine(peer.line(10))

    assert [type(end) for end in Scene(talk).ends] == [RuntimeError]


def test_the_peer_goes_while_we_wait() -> None:
    scene = Scene(echo)
    scene.lose()
    assert [type(end) for end in scene.ends] == [PeerGone]
    assert not scene.rounds.members


def test_the_peer_goes_while_we_do_something_else() -> None:
    elsewhere: Deferred[str] = Deferred()
    reached = []

    async def talk(peer: IPeer) -> None:
        reached.append(await elsewhere)
        peer.write(b"nobody hears this")
        with pytest.raises(PeerGone):
            await peer.line(10)
        with pytest.raises(PeerGone):
            await peer.some(10)
        with pytest.raises(PeerGone):
            await peer.drain()
        with pytest.raises(PeerGone):
            await peer.start_tls()
        peer.hang_up()

    scene = Scene(talk)
    scene.say(b"more\r\n")
    scene.lose()
    elsewhere.callback("done")
    assert reached == ["done"]
    assert scene.ends == [None]
    assert scene.heard() == b""


def test_what_fails_elsewhere_is_raised_here() -> None:
    elsewhere: Deferred[None] = Deferred()

    async def talk(peer: IPeer) -> None:
        with pytest.raises(KeyError):
            await elsewhere
        peer.write(b"so be it")

    scene = Scene(talk)
    elsewhere.errback(KeyError())
    assert scene.heard() == b"so be it"


@pytest.mark.parametrize("octet", [b"", b"x"])
def test_patience_is_for_the_whole_line(octet: bytes) -> None:
    ended: list[type[Parting]] = []

    async def talk(peer: IPeer) -> None:
        peer.patience = 60
        try:
            await peer.line(1000)
        except TimedOut:
            ended.append(TimedOut)
            peer.write(b"too late")
            peer.hang_up()

    scene = Scene(talk)
    for _ in range(59):
        scene.clock.advance(1)
        scene.say(octet)
    assert not ended
    scene.clock.advance(1)
    assert ended == [TimedOut]
    assert scene.heard() == b"too late"
    assert scene.wire.hung_up


def test_who_does_not_take_our_last_words_is_cut_off() -> None:
    async def talk(peer: IPeer) -> None:
        peer.write(b"goodbye")

    scene = Scene(talk)
    assert scene.wire.hung_up
    scene.clock.pump([1] * 31)
    assert scene.wire.disconnected


def test_drain_waits_until_there_is_room() -> None:
    async def talk(peer: IPeer) -> None:
        for _ in range(3):
            peer.write(b"x")
            await peer.drain()

    scene = Scene(talk)
    assert scene.heard() == b"xxx"
    scene = Scene(later)
    scene.peer.pauseProducing()
    assert scene.say(b"go\r\n") == b"x"
    scene.peer.resumeProducing()
    assert scene.heard() == b"xx"


async def later(peer: IPeer) -> None:
    """Send three pieces once we are told to."""
    await peer.line(10)
    for _ in range(3):
        peer.write(b"x")
        await peer.drain()


def test_draining_does_not_last_for_ever() -> None:
    async def talk(peer: IPeer) -> None:
        peer.patience = 10
        await later(peer)

    scene = Scene(talk)
    scene.peer.pauseProducing()
    scene.say(b"go\r\n")
    scene.clock.pump([1] * 11)
    assert [type(end) for end in scene.ends] == [TimedOut]


def test_no_command_is_taken_while_too_much_is_unsent() -> None:
    async def talk(peer: IPeer) -> None:
        while True:
            peer.write(await peer.line(100) * 2**17)

    scene = Scene(talk)
    scene.peer.pauseProducing()
    sent = scene.say(b"x\r\n" * 20)
    assert len(sent) == 9 * 2**17
    scene.peer.resumeProducing()
    scene.clock.advance(0)
    assert len(scene.heard()) == 11 * 2**17


def test_reading_stops_when_nobody_reads() -> None:
    elsewhere: Deferred[None] = Deferred()

    async def talk(peer: IPeer) -> None:
        await elsewhere
        await echo(peer)

    scene = Scene(talk)
    for _ in range(20):
        scene.say(b"A line.\r\n" * 1000)
        if scene.wire.producerState == "paused":
            break
    assert scene.wire.producerState == "paused"
    assert len(scene.peer.received) < ENOUGH + 10_000
    elsewhere.callback(None)
    while len(scene.clock.getDelayedCalls()) > 1:
        scene.clock.advance(0)
    assert scene.wire.producerState == "producing"
    assert not scene.peer.received.octets


def test_others_have_their_turn() -> None:
    """A hundred commands at once are not served in one go."""
    scene = Scene(echo)
    scene.peer.dataReceived(b"x\r\n" * 100)
    assert scene.heard() == b"x|" * TURN
    scene.peer.dataReceived(b"y\r\n")
    assert scene.heard() == b""
    scene.clock.advance(0)
    assert scene.heard() == b"x|" * 36 + b"y|"


def test_the_peer_goes_while_others_have_their_turn() -> None:
    scene = Scene(echo)
    scene.peer.dataReceived(b"x\r\n" * 100)
    scene.lose()
    scene.clock.advance(0)
    assert [type(end) for end in scene.ends] == [PeerGone]


def test_half_closed() -> None:
    """What was said before is answered; then there is nobody."""
    elsewhere: Deferred[None] = Deferred()

    async def talk(peer: IPeer) -> None:
        await elsewhere
        await echo(peer)

    scene = Scene(talk)
    scene.say(b"one\r\ntwo\r\nthr")
    scene.peer.readConnectionLost()
    elsewhere.callback(None)
    assert scene.heard() == b"one|two|"
    assert [type(end) for end in scene.ends] == [PeerGone]


def test_a_fault_of_ours_is_logged_once_and_ends_it() -> None:
    async def talk(peer: IPeer) -> None:
        await peer.line(100)
        raise ZeroDivisionError

    events: list[LogEvent] = []
    globalLogPublisher.addObserver(events.append)  # type: ignore[arg-type]  # a list's method
    try:
        scene = Scene(talk)
        scene.say(b"PASS faminta\r\n")
    finally:
        globalLogPublisher.removeObserver(events.append)  # type: ignore[arg-type]
    failures = [event for event in events if "log_failure" in event]
    assert len(failures) == 1
    assert failures[0]["peer"] == "192.0.2.1"
    assert "faminta" not in str(failures[0])
    assert scene.wire.hung_up


def test_stopping() -> None:
    """The idle are told; the busy when they are done; then the rest is cut."""
    elsewhere: Deferred[None] = Deferred()

    async def talk(peer: IPeer) -> None:
        try:
            line = await peer.line(100)
            if line == b"work":
                await elsewhere
                peer.write(b"done|")
            await peer.line(100)
        except Stopping:
            peer.write(b"goodbye")
            peer.hang_up()

    scene = Scene(talk)
    scene.say(b"work\r\n")
    other = Wire()  # type: ignore[no-untyped-call]  # Twisted's
    second = Conversation(talk, scene.peer.ground)
    second.transport = other
    second.connectionMade()
    ending = Deferred.fromCoroutine(scene.rounds.stop(10))
    assert other.io.getvalue() == b"goodbye"
    assert scene.heard() == b""
    elsewhere.callback(None)
    assert scene.heard() == b"done|goodbye"
    assert not ending.called
    for each in list(scene.rounds.members):
        cast("Conversation", each).connectionLost()
    assert ending.called
    assert not scene.clock.getDelayedCalls()


def test_stopping_has_an_end() -> None:
    async def talk(peer: IPeer) -> None:
        await Deferred()

    scene = Scene(talk)
    ending = Deferred.fromCoroutine(scene.rounds.stop(10))
    scene.clock.pump([1] * 9)
    assert not scene.wire.disconnected
    scene.clock.advance(1)
    assert scene.wire.disconnected
    scene.lose()
    assert ending.called


def test_commands_that_came_before_the_stop_are_obeyed() -> None:
    elsewhere: Deferred[None] = Deferred()

    async def talk(peer: IPeer) -> None:
        await elsewhere
        await echo(peer)

    scene = Scene(talk)
    scene.say(b"one\r\ntwo\r\n")
    _ = Deferred.fromCoroutine(scene.rounds.stop(10))
    elsewhere.callback(None)
    assert scene.heard() == b"one|two|"
    assert [type(end) for end in scene.ends] == [Stopping]


def test_nobody_is_told_anything_after_hanging_up() -> None:
    async def talk(peer: IPeer) -> None:
        peer.hang_up()
        peer.write(b"too late")
        peer.hang_up()
        with pytest.raises(PeerGone):
            await peer.line(10)

    scene = Scene(talk)
    assert scene.ends == [None]
    assert scene.say(b"hello?\r\n") == b""


def test_who_it_is() -> None:
    scene = Scene(echo)
    assert (scene.peer.address, scene.peer.local) == ("192.0.2.1", False)
    scene = Scene(echo, address="127.0.0.1")
    assert (scene.peer.address, scene.peer.local) == ("127.0.0.1", True)
    assert not scene.peer.secure
    assert scene.peer.tls == ""
    assert scene.peer.channel_binding("tls-exporter") is None
    scene.peer.became("127.0.0.1")
    assert not scene.peer.local
    scene.peer.became("2001:db8::1")
    assert scene.peer.address == "2001:db8::1"
    scene = Scene(echo)
    scene.wire.peerAddr = UNIXAddress(None)
    assert (scene.peer.address, scene.peer.local) == ("unix", True)


def test_one_timer_for_everybody() -> None:
    scene = Scene(echo)
    ground = scene.peer.ground
    more = [Conversation(echo, ground) for _ in range(100)]
    for each in more:
        each.transport = Wire()  # type: ignore[no-untyped-call]  # Twisted's
        each.connectionMade()
    assert len(scene.clock.getDelayedCalls()) == 1
    for each in [*more, scene.peer]:
        each.connectionLost()
    assert not scene.clock.getDelayedCalls()


def test_what_is_said_is_noted_without_secrets() -> None:
    async def talk(peer: IPeer) -> None:
        peer.write(b"+OK who?\r\n")
        await peer.line(100)
        peer.write(b"+OK\r\n")

    noted: list[tuple[str, str, str]] = []
    shared = Scene(echo).peer.ground
    transcript = Transcript(lambda *said: noted.append(said))
    second = Conversation(talk, replace(shared, transcript=transcript))
    where = IPv4Address("TCP", "192.0.2.1", 40000)
    second.transport = Wire(peerAddress=where)  # type: ignore[no-untyped-call]  # Twisted's
    second.connectionMade()
    second.dataReceived(b"PASS faminta\r\n")
    assert noted == [
        ("192.0.2.1", "S", "+OK who?"),
        ("192.0.2.1", "C", "PASS (hidden)"),
        ("192.0.2.1", "S", "+OK"),
    ]


def test_local_sockets_are_not_asked_for_what_only_tcp_has() -> None:
    class Options(Wire):
        options = 0

        def setTcpNoDelay(self, enabled: bool) -> None:
            self.options += 1

        setTcpKeepAlive = setTcpNoDelay

    ground = Scene(echo).peer.ground
    for address, asked in [
        (UNIXAddress(None), 0),
        (IPv4Address("TCP", "192.0.2.1", 1), 2),
    ]:
        peer = Conversation(echo, ground)
        peer.transport = wire = Options(peerAddress=address)  # type: ignore[no-untyped-call]  # Twisted's
        peer.connectionMade()
        assert wire.options == asked


def test_a_line_may_be_longer_than_what_we_hold_for_nobody() -> None:
    async def talk(peer: IPeer) -> None:
        line = await peer.line(2**20)
        peer.write(b"%d" % len(line))

    scene = Scene(talk)
    for _ in range(10):
        scene.say(b"x" * 2**16)
        assert scene.wire.producerState == "producing"
    assert scene.say(b"\r\n") == b"%d" % (10 * 2**16)


def test_tls_begins_when_what_was_said_before_has_left() -> None:
    async def talk(peer: IPeer) -> None:
        await peer.line(100)
        peer.write(b"begin")
        await peer.start_tls()

    scene = Scene(talk)
    scene.peer.pauseProducing()
    scene.say(b"STLS\r\n")
    assert not scene.wire.asked
    scene.say(b"said in clear")
    scene.peer.resumeProducing()
    assert scene.wire.asked
    assert not scene.peer.received.octets


def test_nothing_is_left_of_a_conversation() -> None:
    """Not even until the next garbage collection."""
    wire = Wire()  # type: ignore[no-untyped-call]  # Twisted's
    conversation = Conversation(echo, Scene(echo).peer.ground)
    conversation.transport = wire
    gc.disable()
    try:
        conversation.connectionMade()
        conversation.dataReceived(b"one\r\n")
        conversation.connectionLost(Failure(ConnectionError()))
        wire.unregisterProducer()  # As real transports do when they end.
        left = ref(conversation)
        del conversation
        assert left() is None
    finally:
        gc.enable()


def test_what_is_said_without_waiting_is_one_write(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    writes: list[bytes] = []
    scene = Scene(echo)
    monkeypatch.setattr(scene.wire, "write", writes.append)
    scene.peer.dataReceived(b"one\r\ntwo\r\nthree\r\nfo")
    assert writes == [b"one|two|three|"]
    scene.peer.dataReceived(b"ur\r\n")
    scene.peer.write(b"and unasked")
    assert writes[1:] == [b"four|", b"and unasked"]


def test_much_is_not_gathered(monkeypatch: pytest.MonkeyPatch) -> None:
    writes: list[bytes] = []
    large = bytes(BURST)

    async def talk(peer: IPeer) -> None:
        await peer.line(10)
        for _ in range(3):
            peer.write(b"x")
            peer.write(large)
        peer.write(b"goodbye")

    scene = Scene(talk)
    monkeypatch.setattr(scene.wire, "write", writes.append)
    scene.peer.dataReceived(b"\r\n")
    assert writes == [b"x" + large] * 3 + [b"goodbye"]
    assert scene.wire.disconnecting, "after the last word"

r"""Plays conversations written as RFCs write them.

A dialogue is a text file.  Its first paragraph says what it shows and cites
the section; the steps follow, one a line.  Empty lines and lines that begin
with C{#} mean nothing.

Steps of a client::

    C: NOOP                     this and CRLF
    C| NOOP\r\nQUIT\r\n         these octets in one piece, no CRLF of ours
    C: (100 times) NOOP         a hundred of them, in one piece
    C: (connects)               nothing but the connection; any step connects too
    C: (shakes hands)           TLS begins, after the server agreed to it
    C: (half-closes)            says no more, but listens
    C: (closes)                 the connection is gone

Steps of the server::

    S: +OK ...                  a line; C{...} is anything
    S: +OK <uid>                C{<uid>} is remembered, and must agree later;
                                in a client's line it is what was remembered
    S: (3 times) +OK            three such lines
    S| {"state":"<state>"}      octets without CRLF, with such holes
    S: (silence)                nothing more was said, and the line is open
    S: (closed)                 nothing more was said, and the server hung up

Other steps::

    T: 600                      seconds pass
    T: (stop)                   an event, one of those C{play} was given
    With: word and the rest     a setting for whoever makes the server; the
                                player itself knows C{from} and C{from-NAME}:
                                where all clients or one come from, an address
                                or C{unix}; 127.0.0.1 if nothing is said; and
                                C{failure}: the name of an exception that goes
                                wrong behind the scenes, as it must

Letters after C{C} or C{S} tell clients apart: C{Cbob:}, C{Sbob:}.  Escapes
are C{\r \n \t \0 \\ \< \.} and C{\xNN}; all else is UTF-8.  At the end nothing may
be left unheard, and nothing may have gone wrong behind the scenes.

    script = read(path)
    play(script, connect, clock)

where C{connect(who)} gives the protocol that serves the client C{who}, not yet
connected, and C{clock} is the C{task.Clock} it lives by.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path

from OpenSSL import SSL
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import (
    IAddress,
    IHalfCloseableProtocol,
    IHandshakeListener,
)
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.logger import ILogObserver, LogEvent, globalLogPublisher
from twisted.python.failure import Failure
from zope.interface import implementer

STEP = re.compile(r"(?P<side>[CRST])(?P<who>\w*)(?P<how>[:|])(?: (?P<said>.*))?$")
SETTING = re.compile(r"With: (?P<word>\S+)(?: (?P<rest>.*))?$")
TIMES = re.compile(r"\((?P<times>\d+) times\) ")
ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|[rnt0\\<.])")
ESCAPES = {
    b"r": b"\r",
    b"n": b"\n",
    b"t": b"\t",
    b"0": b"\0",
    b"\\": b"\\",
    b"<": b"<",
    b".": b".",
}
HOLE = re.compile(rb"((?<!\\)\.\.\.|(?<!\\)<\w+>)")
SHOWN = 300
"""Octets shown of what should not have been said."""

Connect = Callable[[str], Protocol]


class Disagreement(AssertionError):
    """The server did not say what it should, or the script makes no sense."""


@dataclass(frozen=True)
class Step:
    """One line of a script."""

    number: int
    side: str
    who: str
    whole: bool
    said: str
    times: int

    @property
    def action(self) -> str | None:
        """What stands in parentheses, if that is all there is."""
        if self.said.startswith("(") and self.said.endswith(")"):
            return self.said[1:-1]
        return None


@dataclass(frozen=True)
class Script:
    """A dialogue that was read.

    @ivar settings: the word and the rest of each C{With:} line.
    """

    path: Path
    settings: tuple[tuple[str, str], ...]
    steps: tuple[Step, ...]

    def setting(self, word: str, default: str = "") -> str:
        """The rest of the last C{With:} line with this word."""
        return dict(self.settings).get(word, default)

    def address(self, who: str) -> IAddress:
        """Where a client comes from."""
        host = self.setting(f"from-{who}") or self.setting("from", "127.0.0.1")
        if host == "unix":
            return UNIXAddress(None)
        kind = IPv6Address if ":" in host else IPv4Address
        return kind("TCP", host, 40000)


def read(path: Path) -> Script:
    """Read a script, and complain of every line that is none of the above."""
    settings, steps = [], []
    lines = path.read_text(encoding="utf-8").split("\n")
    body = lines.index("") if "" in lines else len(lines)
    for number, line in enumerate(lines[body:], body + 1):
        setting, step = SETTING.match(line), STEP.match(line)
        if setting is not None:
            settings.append((setting["word"], setting["rest"] or ""))
        elif step is not None:
            said = step["said"] or ""
            times = TIMES.match(said)
            steps.append(
                Step(
                    number,
                    step["side"],
                    step["who"],
                    step["how"] == ":",
                    said[times.end() :] if times else said,
                    int(times["times"]) if times else 1,
                )
            )
        elif line and not line.startswith("#"):
            raise Disagreement(f"{path.name}:{number}: what is {line!r}?")
    return Script(path, tuple(settings), tuple(steps))


def octets(said: str) -> bytes:
    """What a script says, as octets."""

    def meant(match: re.Match[bytes]) -> bytes:
        name = match[1]
        return bytes([int(name[1:], 16)]) if name[:1] == b"x" else ESCAPES[name]

    return ESCAPE.sub(meant, said.encode())


def pattern(said: str, known: Mapping[str, bytes]) -> re.Pattern[bytes]:
    """What a server should say, as an expression."""

    def parts() -> Iterator[bytes]:
        for part in HOLE.split(said.encode()):
            name = part[1:-1].decode() if part[:1] == b"<" else ""
            if part == b"...":
                yield rb".*?"
            elif not HOLE.fullmatch(part):
                yield re.escape(octets(part.decode()))
            elif name in known:
                yield re.escape(known[name])
            else:
                yield rb"(?P<%s>\S+?)" % name.encode()

    return re.compile(b"".join(parts()), re.DOTALL)


class Secret:
    """Stands for the TLS connection of a wire."""

    def get_cipher_name(self) -> str:
        return "PRETENDED"

    def get_protocol_version_name(self) -> str:
        return "TLSv1.3"


class Wire(StringTransport):
    """A transport in memory that can pretend TLS and notices its end.

    @ivar asked: the server has begun TLS and waits for the handshake.
    """

    asked = False
    secret: Secret | None = None
    hung_up = False
    dead = False

    def startTLS(self, context: object) -> None:
        self.asked = True

    def getHandle(self) -> Secret | None:
        return self.secret

    def unregisterProducer(self) -> None:
        self.producer = None

    def loseConnection(self) -> None:
        self.hung_up = self.disconnecting = True


class Client:
    """One client of a dialogue, its wire and what it has heard."""

    def __init__(self, protocol: Protocol, address: IAddress) -> None:
        self.protocol = protocol
        self.wire = Wire(peerAddress=address)  # type: ignore[no-untyped-call]  # Twisted's
        self.heard = bytearray()
        protocol.makeConnection(self.wire)

    def send(self, data: bytes) -> None:
        if self.wire.hung_up or self.wire.dead:
            return
        if self.wire.asked:
            raise Disagreement("the client must shake hands first")
        self.protocol.dataReceived(data)

    def act(self, action: str) -> None:
        """Do what stands in parentheses."""
        if action == "shakes hands":
            if not self.wire.asked:
                raise Disagreement("the server has not begun TLS")
            self.wire.asked, self.wire.secret = False, Secret()
            IHandshakeListener(self.protocol).handshakeCompleted()
        elif action == "half-closes":
            IHalfCloseableProtocol(self.protocol).readConnectionLost()
        elif action == "closes":
            self.lose()
        elif action == "breaks the handshake":
            self.lose(SSL.Error([("", "", "no protocol in common")]))
        elif action != "connects":
            raise Disagreement(f"no client knows how to do ({action})")

    def lose(self, why: Exception | None = None) -> None:
        """The connection is gone."""
        if not self.wire.dead:
            self.wire.dead = True
            self.protocol.connectionLost(Failure(why or ConnectionDone()))

    def listen(self) -> None:
        """Hear what there is, and notice when the server hangs up."""
        self.heard += self.wire.io.getvalue()
        self.wire.io = BytesIO()
        if self.wire.hung_up:
            self.lose()

    def line(self) -> bytes | None:
        """The next line heard, without CRLF."""
        end = self.heard.find(b"\r\n")
        if end < 0:
            return None
        line = bytes(self.heard[:end])
        del self.heard[: end + 2]
        return line


class Stage:
    """A dialogue that is being played.

    @ivar known: what C{<names>} stand for.
    """

    def __init__(
        self,
        script: Script,
        connect: Connect,
        clock: Clock,
        events: Mapping[str, Callable[[], None]],
    ) -> None:
        self.script = script
        self.connect = connect
        self.clock = clock
        self.events = events
        self.clients: dict[str, Client] = {}
        self.known: dict[str, bytes] = {}

    def play(self, step: Step) -> None:
        """Do one step."""
        if step.side == "T":
            self.pass_time(step)
            return
        if step.who not in self.clients:
            address = self.script.address(step.who)
            self.clients[step.who] = Client(self.connect(step.who), address)
            self.settle()
        self.exchange(self.clients[step.who], step, hears=step.side == "S")
        self.settle()

    def exchange(self, client: Client, step: Step, *, hears: bool) -> None:
        """Hear what a step expects, or say what it says."""
        if hears:
            for _ in range(step.times):
                self.expect(client, step)
        elif step.whole and step.action is not None and step.times == 1:
            client.act(step.action)
        else:
            end = b"\r\n" if step.whole else b""
            client.send((self.filled(step.said) + end) * step.times)

    def filled(self, said: str) -> bytes:
        """A client's words with what is known put in."""
        data = octets(said)
        for name, value in self.known.items():
            data = data.replace(b"<%s>" % name.encode(), value)
        return data

    def pass_time(self, step: Step) -> None:
        """Let seconds pass, or make an event happen."""
        if step.action is not None:
            self.events[step.action]()
        else:
            for _ in range(int(step.said)):
                self.clock.advance(1)
                self.settle()
        self.settle()

    def settle(self) -> None:
        """Let everything happen that is due now."""
        now = self.clock.seconds()
        while any(call.getTime() <= now for call in self.clock.getDelayedCalls()):
            self.clock.advance(0)
        for client in self.clients.values():
            client.listen()

    def expect(self, client: Client, step: Step) -> None:
        """Hear one line, or that there is none."""
        if step.whole and step.action in ("silence", "closed"):
            closed = "closed" if client.wire.hung_up else "silence"
            if client.heard:
                raise Disagreement(f"got {bytes(client.heard[:SHOWN])!r}")
            if closed != step.action:
                raise Disagreement(f"got ({closed})")
            return
        if not step.whole:
            begins = pattern(step.said, self.known).match(client.heard)
            if begins is None:
                raise Disagreement(f"got {bytes(client.heard[:SHOWN])!r}")
            self.known |= {key: bytes(each) for key, each in begins.groupdict().items()}
            del client.heard[: begins.end()]
            return
        got = client.line()
        if got is None:
            raise Disagreement(f"got no line but {bytes(client.heard[:SHOWN])!r}")
        found = pattern(step.said, self.known).fullmatch(got)
        if found is None:
            raise Disagreement(f"got {got[:SHOWN]!r}")
        self.known |= found.groupdict()

    def end(self) -> None:
        """Everyone leaves; nothing may be left unheard."""
        self.settle()
        left = {who: client.heard for who, client in self.clients.items()}
        for client in self.clients.values():
            client.lose()
        for who, heard in left.items():
            if heard:
                raise Disagreement(f"{who or 'the server'} also said {heard[:SHOWN]!r}")


def play(
    script: Script,
    connect: Connect,
    clock: Clock,
    events: Mapping[str, Callable[[], None]] | None = None,
) -> None:
    """Hold the conversation; complain of the first step that differs."""
    perform(Stage(script, connect, clock, events or {}))


def perform(stage: Stage) -> None:
    """Play a dialogue to its end."""
    script = stage.script
    faults: list[LogEvent] = []
    observer: ILogObserver = implementer(ILogObserver)(partial(note_fault, faults))
    globalLogPublisher.addObserver(observer)
    number = 0
    try:
        for step in script.steps:
            number = step.number
            stage.play(step)
        stage.end()
    except Disagreement as complaint:
        where = f"{script.path.name}:{number}"
        line = script.path.read_text(encoding="utf-8").split("\n")[number - 1]
        raise Disagreement(f"{where}: at {line!r}: {complaint}") from None
    finally:
        globalLogPublisher.removeObserver(observer)
    expected = script.setting("failure")
    for fault in faults:
        failure = fault["log_failure"]
        if failure.type.__name__ != expected:
            raise Disagreement(f"{script.path.name}: {failure.getTraceback()}")
    if expected and not faults:
        raise Disagreement(f"{script.path.name}: there was no {expected}")


def note_fault(faults: list[LogEvent], event: LogEvent) -> None:
    """Remember what went wrong behind the scenes."""
    if "log_failure" in event:
        faults.append(event)

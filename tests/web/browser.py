"""A client of HTTP in memory, and a server that it can talk with."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from dialogue import Wire
from net.link import ADDRESS
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock
from twisted.web.resource import Resource

from mailnode.factories import HTTPFactory
from mailnode.interfaces.gate import IGate
from mailnode.interfaces.tokens import ITokens
from mailnode.net.rounds import Rounds
from mailnode.testing import MemoryGate, MemoryStore
from mailnode.web.site import HTTPOptions

PASSWORDS = {"ana@example.org": "faminta", "bob@example.org": "secret"}


def basic(user: str, password: str) -> dict[str, str]:
    """The field in which a client says who it is."""
    said = b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {said}"}


ANA = basic("ana", "faminta")


@dataclass
class Heard:
    """A response."""

    status: int
    fields: dict[str, str]
    content: bytes

    @property
    def value(self) -> Any:
        """Its content, as JSON."""
        return json.loads(self.content)


class Server:
    """A server in memory."""

    def __init__(
        self,
        gate: IGate | None = None,
        *,
        root: Resource | None = None,
        options: HTTPOptions | None = None,
        rounds: Rounds | None = None,
        clock: Clock | None = None,
        tokens: ITokens | None = None,
    ) -> None:
        self.clock = clock or Clock()
        self.gate = gate or MemoryGate(MemoryStore(), PASSWORDS)
        self.factory = HTTPFactory(
            self.gate,
            options,
            root=root,
            tokens=tokens,
            reactor=self.clock,
            rounds=rounds,
        )

    def connect(self, address: IAddress = ADDRESS) -> Browser:
        return Browser(self, address)


class Browser:
    """A client on a connection of its own."""

    def __init__(self, server: Server, address: IAddress) -> None:
        self.server = server
        self.wire = Wire(peerAddress=address)  # type: ignore[no-untyped-call]  # Twisted's
        protocol = server.factory.buildProtocol(address)
        assert isinstance(protocol, Protocol)
        self.protocol = protocol
        protocol.makeConnection(self.wire)

    def say(self, octets: bytes) -> None:
        self.protocol.dataReceived(octets)
        self.server.clock.advance(0)

    def ask(
        self,
        target: str,
        fields: dict[str, str] | None = None,
        content: bytes | None = None,
        method: str = "",
    ) -> Heard:
        """Ask, and hear the answer, which comes at once."""
        self.send(target, fields, content, method)
        return self.heard()

    def send(
        self,
        target: str,
        fields: dict[str, str] | None = None,
        content: bytes | None = None,
        method: str = "",
    ) -> None:
        said = {"Host": "mail.example.org"} | (fields or {})
        if content is not None:
            said["Content-Length"] = str(len(content))
        verb = method or ("GET" if content is None else "POST")
        lines = [f"{verb} {target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in said.items()]
        self.say("\r\n".join([*lines, "", ""]).encode() + (content or b""))

    @property
    def said(self) -> bytes:
        """What the server has said and nobody has heard."""
        return self.wire.io.getvalue()

    def heard(self) -> Heard:
        """The answer that has come."""
        octets = self.said
        self.wire.io = BytesIO()
        head, _, content = octets.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        fields = dict(line.split(": ", 1) for line in lines)
        return Heard(int(first.split()[1]), fields, content)

    def call(self, *calls: Any, **more: Any) -> Heard:
        """Post a request of JMAP as ana."""
        asked = {"using": ["urn:ietf:params:jmap:core"], "methodCalls": calls}
        fields = ANA | {"Content-Type": "application/json"}
        return self.ask("/jmap/api", fields, json.dumps(asked | more).encode())

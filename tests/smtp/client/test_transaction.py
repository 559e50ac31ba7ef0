"""Messages on their way to a server, beside what the dialogues show (RFC 5321, 3.3)."""

from __future__ import annotations

import pytest
from smtp.client.server import FakeServer
from smtp.coroutine import finish
from zope.interface import implementer

from mailnode.errors import SyntaxFault, Unavailable
from mailnode.interfaces.content import IOctets
from mailnode.model.envelope import Address, Recipient, Sender, Target
from mailnode.model.message import CHUNK
from mailnode.model.queue import Result
from mailnode.smtp.client.answer import Answer
from mailnode.smtp.client.capabilities import Capabilities
from mailnode.smtp.client.client import Broken, Client
from mailnode.smtp.client.login import Secret
from mailnode.smtp.client.mail import Mail
from mailnode.smtp.client.room import Room
from mailnode.smtp.client.survey import Survey
from mailnode.smtp.client.transaction import Sent, send
from mailnode.testing import MemoryContent

ANA = Address("ana", "example.org")
BOB = Address("bob", "example.net")
LARGE = b"Subject: large\r\n\r\n" + b".line\r\n" * 100_000
ANSWERS = b"250 one\r\n250 two\r\n"


def client(answers: bytes, *keywords: str) -> tuple[Client, FakeServer]:
    """A conversation after EHLO, with all that the server will say."""
    server = FakeServer(answers)
    made = Client(server, "mx.example.net", "mail.example.org", lambda: 0)
    made.capabilities = Capabilities(dict.fromkeys(keywords, ()))
    return made, server


def sent(client: Client, content: IOctets) -> Sent:
    """What becomes of a message."""
    target = Target(Recipient(BOB), BOB, None, ANA)
    return finish(send(client, Mail(Sender(ANA), (target,), content, Survey()), 0))


def test_a_large_message_goes_in_chunks() -> None:
    talking, server = client(ANSWERS + b"250 more\r\n" * 2 + b"250 all\r\n", "CHUNKING")
    found = sent(talking, MemoryContent(LARGE))
    assert [each and each.text for each in found.outcomes] == ["250 all"]
    rest = server.heard.partition(b"net>\r\n")[2]
    read = b""
    sizes = []
    while rest:
        head, _, rest = rest.partition(b"\r\n")
        size = int(head.split()[1])
        sizes.append((size, head.endswith(b" LAST")))
        read, rest = read + rest[:size], rest[size:]
    assert sizes == [(CHUNK, False), (CHUNK, False), (len(LARGE) - 2 * CHUNK, True)]
    assert read == LARGE


def test_a_chunk_that_is_refused_is_the_last() -> None:
    answers = ANSWERS + b"250 more\r\n452 4.3.1 full\r\n250 reset\r\n"
    talking, server = client(answers, "CHUNKING")
    (outcome,) = sent(talking, MemoryContent(LARGE)).outcomes
    assert outcome is not None
    assert (outcome.result, outcome.status) == (Result.DEFERRED, "4.3.1")
    assert server.heard.endswith(b"RSET\r\n")
    assert talking.usable


def test_a_large_message_goes_as_data() -> None:
    talking, server = client(ANSWERS + b"354 go\r\n250 all\r\n")
    (outcome,) = sent(talking, MemoryContent(LARGE)).outcomes
    assert outcome is not None
    assert outcome.result is Result.RELAYED
    data = server.heard.partition(b"DATA\r\n")[2]
    assert data == LARGE.replace(b"\r\n.", b"\r\n..") + b".\r\n"


@implementer(IOctets)
class Failing:
    """A message whose end cannot be read."""

    size = 2 * CHUNK
    header_size = 2

    async def read(self, start: int = 0) -> bytes:
        if start:
            raise Unavailable("the disk is ill")
        return b"\r\n" * (CHUNK // 2)


@pytest.mark.parametrize("keywords", [(), ("CHUNKING",)])
def test_a_message_that_cannot_be_read_is_not_ended(keywords: tuple[str, ...]) -> None:
    talking, server = client(ANSWERS + b"354 go\r\n250 all\r\n", *keywords)
    if keywords:
        server.sent = ANSWERS + b"250 more\r\n"
    found = sent(talking, Failing())
    assert found.outcomes == (None,)
    assert found.trouble is not None
    assert "the disk is ill" in found.trouble.text
    assert not talking.usable
    assert b"LAST" not in server.heard
    assert not server.heard.endswith(b".\r\n")


@pytest.mark.parametrize("line", [b"NOOP\r\nQUIT", b"NOOP\n", b"\r", b"a\0"])
def test_a_command_is_one_line(line: bytes) -> None:
    talking, server = client(b"")
    with pytest.raises(SyntaxFault):
        talking.say(line)
    assert server.heard == b""


def test_nothing_is_said_to_a_server_that_speaks_out_of_turn() -> None:
    talking, server = client(b"250 ok\r\n")
    server.early = True
    with pytest.raises(Broken):
        talking.say(b"NOOP")
    assert not talking.usable


def test_a_password_is_not_shown() -> None:
    secret = Secret("ana", "faminta", bytes)
    assert "faminta" not in repr(secret)
    assert Answer(250, ("",)).text == "250"


EIGHT_BIT = MemoryContent(b"Subject: one\r\n\r\n" + b"\xe9\r\n" * 1000)


def converted(answers: bytes, room: Room) -> Sent:
    """What becomes of a message in eight bits with a server that takes seven."""
    talking, _ = client(answers)
    talking.room = room
    target = Target(Recipient(BOB), BOB, None, ANA)
    found = Survey(eight_bit=True)
    return finish(send(talking, Mail(Sender(ANA), (target,), EIGHT_BIT, found), 0))


@pytest.mark.parametrize("end", [b"250 all\r\n", b"550 no\r\n", b""])
def test_what_is_converted_needs_room_as_long_as_it_takes(end: bytes) -> None:
    room = Room(EIGHT_BIT.size)
    _ = converted(ANSWERS + b"354 go on\r\n" + end, room)
    assert room.left == EIGHT_BIT.size


def test_what_has_no_room_to_be_converted_waits() -> None:
    (outcome,) = converted(b"", Room(EIGHT_BIT.size - 1)).outcomes
    assert outcome is not None
    assert (outcome.result, outcome.status) == (Result.DEFERRED, "4.3.1")


def test_what_is_not_converted_needs_no_room() -> None:
    talking, _ = client(ANSWERS + b"354 go on\r\n250 all\r\n")
    talking.room = Room(0)
    (outcome,) = sent(talking, MemoryContent(LARGE)).outcomes
    assert outcome is not None
    assert outcome.result is Result.RELAYED

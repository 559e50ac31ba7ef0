"""Peers that mean harm or are broken: each is answered, and the next one served."""

from __future__ import annotations

import pytest
from live import letters, talk
from live.asynchronous import live
from live.letters import after_trace
from live.server import PASSWORD, Server, pause

CROWD = 200
PIPELINED = 1_000


@pytest.mark.parametrize("protocol", ["smtp", "lmtp", "pop3", "imap"])
@live
async def test_what_was_said_in_clear_is_forgotten_under_tls(
    server: Server, protocol: str
) -> None:
    """RFC 3207, 4.2; RFC 2595, 4: injected commands are not executed."""
    client = await talk.connect(getattr(server, protocol))
    if protocol == "pop3":
        await client.line()
        client.say(b"STLS\r\nCAPA\r\nUSER ana\r\n")
        assert (await client.line()).startswith(b"+OK")
        parting = b"+OK"
    elif protocol == "imap":  # RFC 9051, 6.2.1.
        await client.line()
        client.say(b"a STARTTLS\r\nb NOOP\r\nc LOGIN ana {3}\r\n")
        assert (await client.line()).startswith(b"a OK")
        parting = b"* BYE"
    else:
        await client.reply()
        hello = b"LHLO" if protocol == "lmtp" else b"EHLO"
        await client.smtp(hello + b" client.example.net")
        mail = b"MAIL FROM:<mallory@example.net>\r\n"
        client.say(b"STARTTLS\r\n%s a.example\r\n%sNOOP\r\n" % (hello, mail))
        assert (await client.reply()).startswith(b"220")
        parting = b"221"
    client.start_tls()
    client.say(b"d LOGOUT\r\n" if protocol == "imap" else b"QUIT\r\n")
    answer = await client.rest()
    assert answer.startswith(parting), answer
    said = answer.partition(b"\r\nd OK ")[0] if protocol == "imap" else answer
    assert said.removesuffix(b"\r\n").count(b"\r\n") == 0, answer
    await served(server)


@live
async def test_the_session_begins_anew_under_tls(server: Server) -> None:
    """RFC 3207, 4.2: what was learnt before is forgotten."""
    client = await talk.connect(server.smtp)
    await client.reply()
    await client.smtp(b"EHLO client.example.net")
    await client.smtp(b"STARTTLS", b"220")
    client.start_tls()
    await client.smtp(b"MAIL FROM:<bob@example.net>", b"503")
    offer = await client.smtp(b"EHLO client.example.net")
    assert b"STARTTLS" not in offer
    await client.smtp(b"QUIT", b"221")


async def served(server: Server) -> None:
    """Whether a decent client gets a message in and out."""
    before = len(await server.messages("bob"))
    await server.send(letters.DOTS, "bob")
    found = await server.messages("bob")
    assert len(found) == before + 1
    assert after_trace(found[-1]) == letters.DOTS


@live
async def test_a_handshake_that_is_none(server: Server) -> None:
    client = await talk.connect(server.smtp)
    await client.reply()
    await client.smtp(b"EHLO client.example.net")
    await client.smtp(b"STARTTLS", b"220")
    client.say(b"EHLO in clear\r\n" * 10)
    answer = await client.rest()
    assert b"250" not in answer
    await served(server)


@live
async def test_half_open_connections(server: Server) -> None:
    crowd = []
    for number in range(CROWD):
        client = await talk.connect(getattr(server, ("smtp", "pop3")[number % 2]))
        client.say(b"NOOP\r\nEHLO half a comm")
        crowd.append(client)
    for number, client in enumerate(crowd):
        if number % 3 == 0:
            client.half_close()
        elif number % 3 == 1:
            client.vanish()
    for client in crowd[::3]:
        assert await client.rest()  # It hears the greeting, and that we close.
    await served(server)
    for client in crowd[2::3]:
        client.close()


@live
async def test_a_half_closed_client_is_answered(server: Server) -> None:
    """Whoever says all and shuts his side still hears what came of it."""
    client = await talk.connect(server.smtp)
    client.say(
        b"EHLO client.example.net\r\nMAIL FROM:<bob@example.net>\r\n"
        b"RCPT TO:<bob@example.org>\r\nRSET\r\nQUIT\r\n"
    )
    client.half_close()
    answers = (await client.rest()).split(b"\r\n")
    assert answers[-2].startswith(b"221")
    await served(server)


@live
async def test_octet_by_octet(empty: Server) -> None:
    client = await talk.connect(empty.smtp)
    dialogue = (
        b"EHLO client.example.net\r\nMAIL FROM:<bob@example.net>\r\n"
        b"RCPT TO:<ana@example.org>\r\nDATA\r\n" + letters.stuffed(letters.DOTS)
    )
    for octet in dialogue:
        client.say(bytes([octet]))
        await pause(0.001)
    replies = [await client.reply() for _ in range(6)]
    assert [reply[:3] for reply in replies] == b"220 250 250 250 354 250".split()
    await client.smtp(b"QUIT", b"221")
    (message,) = await empty.messages("ana")
    assert after_trace(message) == letters.DOTS


@live
async def test_a_thousand_commands_before_the_first_answer(server: Server) -> None:
    client = await talk.connect(server.smtp)
    await client.reply()
    await client.smtp(b"EHLO client.example.net")
    recipients = b"RCPT TO:<bob@example.org>\r\n" * PIPELINED
    client.say(b"MAIL FROM:<bob@example.net>\r\n" + recipients)
    await served(server)
    for _ in range(PIPELINED + 1):
        assert (await client.reply()).startswith(b"250")
    await client.smtp(b"RCPT TO:<bob@example.org>", b"452")  # RFC 5321, 4.5.3.1.10
    await client.smtp(b"QUIT", b"221")


@live
async def test_a_reader_who_asks_and_does_not_read(empty: Server) -> None:
    """Forty copies of 600 KB are asked for; the server waits and serves others."""
    await empty.send(letters.LONG, "ana")
    client = await empty.log_in("ana")
    assert client.transport is not None
    client.transport.pauseProducing()  # type: ignore[attr-defined]  # a TCP transport can
    client.say(b"RETR 1\r\n" * 40 + b"NOOP\r\n" * PIPELINED)
    await served(empty)
    client.transport.resumeProducing()  # type: ignore[attr-defined]  # a TCP transport can
    for _ in range(40):
        copy = letters.plain(await client.listing())
        assert after_trace(copy) == letters.LONG
    for _ in range(PIPELINED):
        assert (await client.line()).startswith(b"+OK")
    await client.pop3(b"QUIT")


@pytest.mark.parametrize("protocol", ["smtp", "lmtp", "pop3"])
@live
async def test_endless_line(server: Server, protocol: str) -> None:
    client = await talk.connect(getattr(server, protocol))
    await client.line()
    for _ in range(100):
        client.say(b"A" * 100_000)
    client.say(b"\r\n")
    answer = await client.line()
    assert answer.startswith((b"500 ", b"-ERR")), answer
    client.close()
    await served(server)


@pytest.mark.parametrize("protocol", ["smtp", "lmtp", "pop3"])
@live
async def test_a_browser_calls(server: Server, protocol: str) -> None:
    client = await talk.connect(getattr(server, protocol))
    client.say(b"GET / HTTP/1.1\r\nHost: mail.example.org\r\nAccept: */*\r\n\r\n")
    client.half_close()
    answers = (await client.rest()).split(b"\r\n")
    assert not any(line.startswith((b"250", b"HTTP")) for line in answers)
    assert any(line.startswith((b"5", b"421", b"-ERR")) for line in answers)
    await served(server)


@live
async def test_a_browser_calls_imap(server: Server) -> None:
    """Its lines are no commands: each is refused, and soon it is left alone."""
    client = await talk.connect(server.imap)
    client.say(b"GET / HTTP/1.1\r\nHost: mail.example.org\r\nAccept: */*\r\n\r\n")
    client.half_close()
    answers = (await client.rest()).split(b"\r\n")
    assert all(b" BAD " in line or line.startswith(b"* ") for line in answers if line)
    await served(server)


@live
async def test_an_endless_imap_command(server: Server) -> None:
    """Neither a line nor a literal without end is taken in (RFC 7888, 4)."""
    for flood in (b"A" * 100_000, b"a LOGIN {99999999+}\r\n" + b"A" * 100_000):
        client = await talk.connect(server.imap)
        await client.line()
        for _ in range(100):
            client.say(flood)
        client.say(b"\r\n")
        answer = await client.line()
        assert answer.startswith((b"* BAD", b"* BYE", b"a BAD")), answer
        client.vanish()
    await served(server)


@live
async def test_an_imap_reader_who_asks_and_does_not_read(server: Server) -> None:
    """As above: 600 KB, forty times over, and one who takes his time."""
    await server.send(letters.LONG, "ana")
    client = await talk.connect(server.imap)
    await client.line()
    await client.imap(f"LOGIN ana@example.org {PASSWORD}".encode())
    await client.imap(b"SELECT INBOX")
    assert client.transport is not None
    client.transport.pauseProducing()  # type: ignore[attr-defined]  # a TCP transport can
    client.say(b"t UID FETCH * BODY.PEEK[]\r\n" * 40)
    await served(server)
    client.transport.resumeProducing()  # type: ignore[attr-defined]  # a TCP transport can
    for _ in range(40):
        size = int((await client.until(b"}\r\n")).rpartition(b"{")[2][:-3])
        message = await client.exactly(size)
        assert after_trace(message) == letters.LONG
        assert (await client.line()) == b")\r\n"
        assert (await client.line()).startswith(b"t OK")
    client.close()


@live
async def test_guessing_gets_slower_and_harms_nobody_else(own_server: Server) -> None:
    server = own_server
    client = await talk.connect(server.pop3)
    await client.line()
    refused = 0
    try:
        for _ in range(4):
            await client.pop3(b"USER ana@example.org")
            await client.pop3(b"PASS wrong", b"-ERR")
            refused += 1
    except talk.Gone:
        assert refused
    client.close()
    assert await server.messages("bob") == []
    assert PASSWORD not in server.output()

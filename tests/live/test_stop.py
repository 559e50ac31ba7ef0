"""Signals: SIGTERM lets everyone finish, SIGHUP disturbs nobody (mailnode(8))."""

from __future__ import annotations

import signal

from live import letters, program, talk
from live.asynchronous import live
from live.letters import after_trace
from live.server import DOMAIN, PASSWORD, SETTINGS, Server, pause

LETTER = letters.EIGHT_BITS


async def greeted(port: int, hello: bytes = b"") -> talk.Talk:
    """A session that has been greeted, and has greeted in return if it speaks SMTP."""
    client = await talk.connect(port)
    await client.line()
    if hello:
        await client.smtp(hello)
    return client


async def idling(server: Server) -> talk.Talk:
    """An IMAP session that listens in INBOX (RFC 2177)."""
    client = await greeted(server.imap)
    await client.imap(f"LOGIN ana@{DOMAIN} {PASSWORD}".encode())
    await client.imap(b"SELECT INBOX")
    client.say(b"t IDLE\r\n")
    assert (await client.line()).startswith(b"+ ")
    return client


async def in_data(server: Server) -> talk.Talk:
    """An SMTP session in the middle of a message."""
    client = await greeted(server.smtp, b"EHLO client.example.net")
    await client.smtp(b"MAIL FROM:<bob@example.net> BODY=8BITMIME")
    await client.smtp(b"RCPT TO:<ana@example.org>")
    await client.smtp(b"DATA", b"354")
    client.say(LETTER[:100])
    return client


def decent(outcome: program.Outcome) -> None:
    """Whether a server went as it should: twistd ends with the signal it was sent."""
    assert outcome.code == 0 or outcome.signal == signal.SIGTERM, outcome
    assert "Traceback" not in outcome.text(), outcome.text()


def terminate(server: Server) -> None:
    assert server.process is not None
    server.process.signal(signal.SIGTERM)


@live
async def test_sigterm_lets_a_message_finish(own_server: Server) -> None:
    server = own_server
    idle_smtp = await greeted(server.smtp, b"EHLO client.example.net")
    idle_lmtp = await greeted(server.lmtp, b"LHLO client.example.net")
    idle_pop3 = await greeted(server.pop3)
    reader = await server.log_in("bob")
    idle_imap = await idling(server)
    busy = await in_data(server)
    terminate(server)
    # The idle are told goodbye at once (RFC 5321, 3.8; RFC 1939, 3).
    assert (await idle_smtp.rest()).startswith(b"421 ")
    assert (await idle_lmtp.rest()).startswith(b"421 ")
    assert (await idle_pop3.rest()).startswith(b"-ERR ")
    assert (await reader.rest()).startswith(b"-ERR ")
    assert (await idle_imap.rest()).startswith(b"* BYE [UNAVAILABLE] ")
    # Who has begun a message finishes it, and is answered for.
    assert server.process is not None
    assert server.process.alive
    assert not await server.greets(server.smtp)
    busy.say(letters.stuffed(LETTER[100:]))
    assert (await busy.reply()).startswith(b"250")
    decent(await server.process.ended)
    await server.start()
    (message,) = await server.messages("ana")
    assert after_trace(message) == LETTER


@live
async def test_sigterm_lets_an_append_finish(own_server: Server) -> None:
    """It is answered for, and then told goodbye (RFC 9051, 7.1.5)."""
    server = own_server
    client = await greeted(server.imap)
    await client.imap(f"LOGIN ana@{DOMAIN} {PASSWORD}".encode())
    client.say(b"t APPEND INBOX {%d}\r\n" % len(LETTER))
    assert (await client.line()).startswith(b"+ ")
    client.say(LETTER[:100])
    await pause(0.1)
    terminate(server)
    await pause(0.1)
    client.say(LETTER[100:] + b"\r\n")
    answer, goodbye, _ = (await client.rest()).split(b"\r\n")
    assert answer.startswith(b"t OK [APPENDUID ")
    assert goodbye.startswith(b"* BYE [UNAVAILABLE] ")
    assert server.process is not None
    decent(await server.process.ended)
    await server.start()
    assert await server.messages("ana") == [LETTER]


@live
async def test_sigterm_with_nobody_there_ends_at_once(own_server: Server) -> None:
    outcome = await own_server.stop()
    assert outcome is not None
    decent(outcome)


@live
async def test_an_update_state_that_was_not_entered_removes_nothing(
    own_server: Server,
) -> None:
    server = own_server
    await server.send(LETTER, "ana")
    reader = await server.log_in("ana")
    await reader.pop3(b"DELE 1")
    terminate(server)
    assert (await reader.rest()).startswith(b"-ERR ")
    assert server.process is not None
    await server.process.ended
    await server.start()
    assert len(await server.messages("ana")) == 1


async def offered_size(server: Server) -> bytes:
    """The SIZE that a new SMTP session is told (RFC 1870)."""
    client = await talk.connect(server.smtp)
    await client.reply()
    offer = await client.smtp(b"EHLO client.example.net")
    client.close()
    return offer.partition(b"SIZE ")[2].split()[0]


async def reloaded(server: Server, size: int) -> None:
    """Wait until a new session is told of a new limit."""
    for _ in range(100):
        if await offered_size(server) == b"%d" % size:
            return
        await pause(0.05)
    raise AssertionError(server.output())


@live
async def test_sighup_reloads_and_keeps_every_session(own_server: Server) -> None:
    server = own_server
    reader = await server.log_in("ana")
    busy = await in_data(server)
    assert server.process is not None
    server.write_settings(SETTINGS.replace("200 MiB", "7654321"))
    server.process.signal(signal.SIGHUP)
    await reloaded(server, 7654321)
    await reader.pop3(b"NOOP")
    busy.say(letters.stuffed(LETTER[100:]))
    assert (await busy.reply()).startswith(b"250")
    await busy.smtp(b"NOOP")
    await reader.pop3(b"QUIT")
    assert len(await server.messages("ana")) == 1


@live
async def test_sighup_with_a_bad_file_changes_nothing(own_server: Server) -> None:
    server = own_server
    before = await offered_size(server)
    server.write_settings(SETTINGS.replace('"200 MiB"', '"rather large"'))
    assert server.process is not None
    server.process.signal(signal.SIGHUP)
    for _ in range(100):
        if "message_size" in server.output():
            break
        await pause(0.05)
    assert "message_size" in server.output()
    assert await offered_size(server) == before
    server.write_settings(SETTINGS)

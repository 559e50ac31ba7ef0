"""Python's own clients, each used to the full: smtplib, its LMTP, and poplib."""

from __future__ import annotations

import contextlib
import poplib
import smtplib
import ssl
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTPUTF8

import pytest
from live import letters, talk
from live.asynchronous import live
from live.letters import SENDER, after_trace
from live.server import PASSWORD, Server
from twisted.internet.threads import deferToThread

ANA = "ana@example.org"
BOUND = 30.0


def trusting() -> ssl.SSLContext:
    """TLS with whoever answers: the certificate of a test is its own."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@contextlib.contextmanager
def reader(port: int) -> Iterator[poplib.POP3]:
    """A connection that is dropped at the end, if it did not say QUIT."""
    with contextlib.closing(poplib.POP3("127.0.0.1", port, timeout=BOUND)) as client:
        yield client


@contextlib.contextmanager
def logged_in(port: int, *, tls: bool = False) -> Iterator[poplib.POP3]:
    """The same for ana, in UTF8 (RFC 6856, 2), under TLS if asked."""
    with reader(port) as client:
        if tls:
            client.stls(trusting())
        client.utf8()
        client.user(ANA)
        client.pass_(PASSWORD)
        yield client


def joined(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\r\n" for line in lines)


@pytest.mark.parametrize("tls", [False, True], ids=["clear", "starttls"])
@live
async def test_smtplib(empty: Server, tls: bool) -> None:
    def send() -> None:
        with smtplib.SMTP("127.0.0.1", empty.smtp, timeout=BOUND) as client:
            if tls:
                client.starttls(context=trusting())
            client.ehlo("client.example.net")
            assert client.has_extn("starttls") is not tls
            for letter in letters.ALL:
                assert client.sendmail(SENDER, [ANA], letter, ["body=8bitmime"]) == {}

    await deferToThread(send)
    found = await empty.messages("ana")
    assert [after_trace(message) for message in found] == list(letters.ALL)
    assert all((b"ESMTPS" in message[:1000]) is tls for message in found)


@live
async def test_smtplib_in_unicode(empty: Server) -> None:
    message = EmailMessage(policy=SMTPUTF8)
    message["From"] = "josé@example.net"
    message["To"] = ANA
    message["Subject"] = "Olá, é só isto"
    message.set_content("Até logo.\r\n")

    def send() -> None:
        with smtplib.SMTP("127.0.0.1", empty.smtp, timeout=BOUND) as client:
            assert client.send_message(message) == {}

    await deferToThread(send)
    (found,) = await empty.messages("ana")
    assert "josé@example.net" in found.decode().partition("\r\n")[0]
    assert after_trace(found) == message.as_bytes(policy=SMTPUTF8)


@live
async def test_smtplib_is_refused(empty: Server) -> None:
    def send() -> None:
        with smtplib.SMTP("127.0.0.1", empty.smtp, timeout=BOUND) as client:
            with pytest.raises(smtplib.SMTPRecipientsRefused) as relayed:
                client.sendmail(SENDER, ["someone@example.com"], letters.DOTS)
            code, _ = relayed.value.recipients["someone@example.com"]
            assert code == 550
            refused = client.sendmail(SENDER, [ANA, "no@example.org"], letters.DOTS)
            assert refused.keys() == {"no@example.org"}

    await deferToThread(send)
    assert len(await empty.messages("ana")) == 1


@live
async def test_lmtp(empty: Server) -> None:
    def send() -> None:
        with smtplib.LMTP("127.0.0.1", empty.lmtp) as client:
            for letter in letters.ALL:
                assert client.sendmail(SENDER, [ANA], letter) == {}

    await deferToThread(send)
    found = await empty.messages("ana")
    assert [after_trace(message) for message in found] == list(letters.ALL)


@live
async def test_lmtp_answers_for_each_recipient(empty: Server) -> None:
    """RFC 2033, 4.2: which smtplib, with more than one, does not listen to."""
    before = len(await empty.messages("bob"))
    client = await talk.connect(empty.lmtp)
    await client.reply()
    await client.smtp(b"LHLO client.example.net")
    await client.smtp(b"MAIL FROM:<>")
    await client.smtp(b"RCPT TO:<ana@example.org>")
    await client.smtp(b"RCPT TO:<no@example.org>", b"550")
    await client.smtp(b"RCPT TO:<bob@example.org>")
    await client.smtp(b"DATA", b"354")
    client.say(letters.stuffed(letters.DOTS))
    assert (await client.reply()).startswith(b"250")
    assert (await client.reply()).startswith(b"250")
    await client.smtp(b"QUIT", b"221")
    found = await empty.messages("ana") + (await empty.messages("bob"))[before:]
    assert [after_trace(message) for message in found] == [letters.DOTS] * 2
    assert all(message.startswith(b"Return-Path: <>\r\n") for message in found)


@pytest.mark.parametrize("tls", [False, True], ids=["clear", "stls"])
@live
async def test_poplib(empty: Server, tls: bool) -> None:
    for letter in letters.ALL:
        await empty.send(letter, "ana")

    def read() -> list[bytes]:
        with logged_in(empty.pop3, tls=tls) as client:
            count, octets = client.stat()
            found = [joined(client.retr(n + 1)[1]) for n in range(count)]
            assert sum(map(len, found)) == octets
            sizes = [int(line.split()[1]) for line in client.list()[1]]
            assert sizes == [len(message) for message in found]
            client.quit()
        return found

    found = await deferToThread(read)
    assert [after_trace(message) for message in found] == list(letters.ALL)


@live
async def test_poplib_capabilities(empty: Server) -> None:
    def read() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        with reader(empty.pop3) as client:
            before = client.capa()
            client.stls(trusting())
            after = client.capa()
            client.quit()
        return before, after

    before, after = await deferToThread(read)
    wanted = {"TOP", "UIDL", "USER", "SASL", "RESP-CODES", "PIPELINING", "UTF8", "LANG"}
    assert wanted | {"STLS"} <= before.keys()
    assert wanted <= after.keys()
    assert "STLS" not in after
    assert "PLAIN" in after["SASL"]


@live
async def test_poplib_removes_at_quit_alone(empty: Server) -> None:
    for letter in letters.ALL:
        await empty.send(letter, "ana")

    def read() -> None:
        with logged_in(empty.pop3) as client:
            uidls = client.uidl()[1]
            client.dele(1)
            client.dele(2)
            client.rset()
            assert client.uidl()[1] == uidls
            head = joined(client.top(3, 2)[1])
            assert after_trace(head).count(b"\r\n") == 8 + 2
            client.dele(1)
        with logged_in(empty.pop3) as client:
            assert client.uidl()[1] == uidls  # A dropped connection removed nothing.
            client.dele(1)
            client.quit()
        with logged_in(empty.pop3) as client:
            kept = [line.split()[1] for line in client.uidl()[1]]
            assert kept == [line.split()[1] for line in uidls[1:]]
            client.quit()

    await deferToThread(read)


@live
async def test_poplib_is_told_of_a_wrong_password(empty: Server) -> None:
    def read() -> str:
        with reader(empty.pop3) as client:
            client.user(ANA)
            with pytest.raises(poplib.error_proto) as refused:
                client.pass_("wrong")
        return str(refused.value)

    assert "[AUTH]" in await deferToThread(read)  # RFC 3206, 4

"""Two mailnodes and a Postfix exchange mail, found by the DNS, from agent to agent."""

from __future__ import annotations

import contextlib
import email
import imaplib
import smtplib
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from email.message import Message
from pathlib import Path

from live.asynchronous import live
from live.postfix import Postfix
from live.server import PASSWORD, free_port, pause
from live.world import ADDRESSES, DEAD, Node, zone
from live.zone import NameServer
from twisted.internet import reactor
from twisted.internet.threads import deferToThread

PATIENCE = 30.0
"""Seconds that a message may take from one agent to the other."""
LETTER = """\
From: {sender}\r
To: {recipient}\r
Subject: {subject}\r
Message-ID: <{subject}@agent.example>\r
\r
{text}\r
"""


def letter(sender: str, recipient: str, subject: str, text: str = "Hello.") -> str:
    """A message as an agent writes it."""
    return LETTER.format(sender=sender, recipient=recipient, subject=subject, text=text)


def submit(node: Node, sender: str, recipient: str, message: str) -> None:
    """What an agent does: TLS, a password, a message."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    with smtplib.SMTP("127.0.0.1", node.submission, "agent.example", 30) as agent:
        agent.starttls(context=trusting)
        agent.login(sender, PASSWORD)
        agent.sendmail(sender, [recipient], message.encode())


def by_imap(node: Node, name: str) -> list[bytes]:
    """Everything in somebody's INBOX."""
    with imaplib.IMAP4("127.0.0.1", node.imap, 30) as agent:
        agent.login(f"{name}@{node.domain}", PASSWORD)
        _, (count, *_) = agent.select("INBOX", readonly=True)
        if count == b"0":
            return []
        _, found = agent.fetch("1:*", "(BODY.PEEK[])")
        return [each[1] for each in found if isinstance(each, tuple)]


async def arrived(
    seen: Callable[[], list[bytes]] | Callable[[], object], subject: str
) -> Message:
    """Wait until a message of this subject is there."""
    until = reactor.seconds() + PATIENCE
    while True:
        messages = await deferToThread(seen)
        assert isinstance(messages, list)
        for each in map(email.message_from_bytes, messages):
            if each["Subject"] == subject:
                return each
        assert reactor.seconds() < until, (subject, messages)
        await pause(0.1)


async def told(node: Node, asked: str, *events: str) -> str:
    """Wait until the trail has these events; its texts as one."""
    until = reactor.seconds() + PATIENCE
    while True:
        steps = await node.trail(asked)
        if set(events) <= {str(each["event"]) for each in steps}:
            return "\n".join(str(each["text"]) for each in steps)
        assert reactor.seconds() < until, steps
        await pause(0.2)


@contextlib.asynccontextmanager
async def nodes(home: Path, *people: tuple[str, str]) -> AsyncIterator[Sequence[Node]]:
    """Servers, each with one of the people, who can find each other."""
    names = NameServer(zone())
    port = free_port()
    made = [Node(home / domain, domain, port, names.place) for domain, _ in people]
    try:
        for node, (_, name) in zip(made, people, strict=True):
            await node.people(name)
            await node.start()
        yield made
    finally:
        for node in made:
            await node.stop()
        await names.stop()


@live
async def test_a_message_and_its_reply(tmp_path: Path) -> None:
    """From agent to server to server to agent, and back."""
    people = (("example.org", "ana"), ("example.net", "bob"))
    async with nodes(tmp_path, *people) as (here, there):
        ana, bob = "ana@example.org", "bob@example.net"
        await deferToThread(submit, here, ana, bob, letter(ana, bob, "hello"))
        got = await arrived(lambda: by_imap(there, "bob"), "hello")
        assert got["Return-Path"] == f"<{ana}>"
        traces = got.get_all("Received", [])
        assert len(traces) == 2, traces
        assert "ESMTPS" in traces[0]
        assert "ESMTPSA" in traces[1]
        assert any(b"Subject: hello" in each for each in await there.messages("bob"))
        answer = letter(bob, ana, "Re-hello")
        await deferToThread(submit, there, bob, ana, answer)
        assert (await arrived(lambda: by_imap(here, "ana"), "Re-hello"))["From"] == bob
        sent = await told(here, "<hello@agent.example>", "received", "relayed")
        assert "mail.example.net" in sent
        assert "TLSv1.3" in sent
        kept = await told(there, "hello@agent.example", "received", "delivered")
        assert "INBOX" in kept
        assert await here.queued() == []
        for node in (here, there):
            await node.check_store()


@live
async def test_whom_nobody_knows_comes_back(tmp_path: Path) -> None:
    """A refusal by the other server becomes a report for the sender."""
    people = (("example.org", "ana"), ("example.net", "bob"))
    async with nodes(tmp_path, *people) as (here, _):
        ana, nobody = "ana@example.org", "nobody@example.net"
        await deferToThread(submit, here, ana, nobody, letter(ana, nobody, "lost"))
        until = reactor.seconds() + PATIENCE
        while not (found := await deferToThread(by_imap, here, "ana")):
            assert reactor.seconds() < until
            await pause(0.1)
        report = email.message_from_bytes(found[0])
        assert report.get_content_type() == "multipart/report"
        assert report["Return-Path"] == "<>"
        parts = report.get_payload()
        assert isinstance(parts, list)
        text, status, original = parts
        assert nobody in str(text)
        assert "Action: failed" in str(status)
        assert "Status: 5.1.1" in str(status)
        assert "Remote-MTA: dns; mail.example.net" in str(status)
        assert "Subject: lost" in str(original)
        await told(here, "lost@agent.example", "received", "failed", "reported")


@live
async def test_a_dead_server_delays_nobody_else(tmp_path: Path) -> None:
    """What cannot leave waits, in sight of the operator, who may drop it."""
    people = (("example.org", "ana"), ("example.net", "bob"))
    async with nodes(tmp_path, *people) as (here, there):
        ana, bob, dead = "ana@example.org", "bob@example.net", f"zoe@{DEAD}"
        await deferToThread(submit, here, ana, dead, letter(ana, dead, "waits"))
        await deferToThread(submit, here, ana, bob, letter(ana, bob, "goes"))
        await arrived(lambda: by_imap(there, "bob"), "goes")
        why = await told(here, "waits@agent.example", "deferred")
        assert "127.0.1.9" in why
        (waiting,) = await here.queued()
        await here.ctl("queue", "drop", str(waiting["id"]))
        assert await here.queued() == []


@live
async def test_postfix_is_sent_mail_and_sends_some(tmp_path: Path) -> None:
    """A third party, in both directions."""
    async with nodes(tmp_path, ("example.org", "ana")) as (here,):
        ana, carla = "ana@example.org", "carla@example.com"
        routes = {"example.org": ADDRESSES["example.org"]}
        address = ADDRESSES["example.com"]
        other = Postfix(tmp_path / "c", "example.com", address, here.port, routes)
        try:
            await other.start()
            await deferToThread(submit, here, ana, carla, letter(ana, carla, "out"))
            got = await arrived(other.messages, "out")
            assert got["Return-Path"] == f"<{ana}>"
            sent = await told(here, "out@agent.example", "relayed")
            assert "mail.example.com" in sent
            back = letter(carla, ana, "in").encode()
            await other.send(back, carla, ana)
            assert (await arrived(lambda: by_imap(here, "ana"), "in"))["From"] == carla
        finally:
            await other.stop()


@live
async def test_a_forward_keeps_a_way_back(tmp_path: Path) -> None:
    """An alias leads to another server; its refusals find their way back (SRS)."""
    async with nodes(tmp_path, ("example.org", "ana"), ("example.net", "bob")) as (
        here,
        there,
    ):
        carla, away = "carla@example.com", "away@example.org"
        routes = {"example.org": ADDRESSES["example.org"]}
        address = ADDRESSES["example.com"]
        other = Postfix(tmp_path / "c", "example.com", address, here.port, routes)
        await here.ctl("alias", "add", away, "bob@example.net")
        await here.ctl("alias", "add", "gone@example.org", "nobody@example.net")
        try:
            await other.start()
            await other.send(letter(carla, away, "on").encode(), carla, away)
            got = await arrived(lambda: by_imap(there, "bob"), "on")
            assert got["Return-Path"].startswith("<SRS0=")
            assert got["Return-Path"].endswith("@example.org>")
            gone = "gone@example.org"
            await other.send(letter(carla, gone, "lost").encode(), carla, gone)
            until = reactor.seconds() + PATIENCE
            while not other.messages():
                assert reactor.seconds() < until, other.log()
                await pause(0.1)
            report = email.message_from_bytes(other.messages()[0])
            assert report.get_content_type() == "multipart/report"
        finally:
            await other.stop()

"""A real mailnode in a directory of its own: the process an operator would run."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import socket
import sys
from pathlib import Path

from live import letters, program, talk
from twisted.internet import reactor
from twisted.internet.error import ConnectError
from twisted.internet.task import deferLater

DOMAIN = "example.org"
PASSWORD = "faminta"
ROOT = Path(__file__).resolve().parents[2]
READY = 30.0
"""Seconds the server has until every port greets."""
PORTS = (10_000, 32_000)
PROTOCOLS = ("smtp", "lmtp", "pop3", "imap")
"""Those that greet."""
SILENT = ("http", "https")
"""Those in which the client speaks first."""

SETTINGS = """\
hostname = "mail.example.org"
data = "data"

[[listen]]
protocol = "smtp"
endpoint = "tcp:{smtp}:interface=127.0.0.1"
tls = "starttls"

[[listen]]
protocol = "lmtp"
endpoint = "tcp:{lmtp}:interface=127.0.0.1"
tls = "starttls"

[[listen]]
protocol = "pop3"
endpoint = "tcp:{pop3}:interface=127.0.0.1"
tls = "starttls"

[[listen]]
protocol = "imap"
endpoint = "tcp:{imap}:interface=127.0.0.1"
tls = "starttls"

[[listen]]
protocol = "http"
endpoint = "tcp:{http}:interface=127.0.0.1"
tls = "none"

[[listen]]
protocol = "http"
endpoint = "tcp:{https}:interface=127.0.0.1"
tls = "implicit"

[auth]
plaintext = "loopback"

[limits]
message_size = "200 MiB"
"""


async def pause(seconds: float) -> None:
    """Let some time pass."""
    await deferLater(reactor, seconds)


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listens on.

    Not one of those the kernel gives to clients: a client that looks for a
    server there too early could be connected with itself.
    """
    while True:
        port = random.randrange(*PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class Server:
    """mailnode with its configuration and its people.

    @ivar python: the interpreter it runs in, whose environment has it installed.
    @ivar domain: whose mail it takes.
    """

    def __init__(
        self, home: Path, python: str = sys.executable, domain: str = DOMAIN
    ) -> None:
        self.home = home
        self.python = python
        self.domain = domain
        self.settings = home / "mailnode.toml"
        self.smtp, self.lmtp, self.pop3, self.imap = (free_port() for _ in PROTOCOLS)
        self.http, self.https = (free_port() for _ in SILENT)
        self.process: program.Running | None = None

    def write_settings(self, text: str) -> None:
        """Write the configuration; C{text} has places for the ports."""
        ports = {name: getattr(self, name) for name in PROTOCOLS + SILENT}
        self.settings.write_text(text.format(**ports))

    async def ctl(self, *words: str, said: str = "") -> program.Outcome:
        """Say something to mailnodectl, which must do it."""
        command = (self.python, "-m", "mailnode.ctl", "--config", self.settings)
        return await program.run_well(*command, *words, said=said.encode())

    async def check_store(self) -> None:
        """See that every count and every hash in the store is right.

        The rest of what C{mailnodectl check} looks at, such as DNS, is not here.
        """
        command = (self.python, "-m", "mailnode.ctl", "--config", self.settings)
        outcome = await program.run(*command, "check", "--json")
        findings = json.loads(outcome.output)["findings"]
        store = [each for each in findings if each["about"] == "store"]
        assert store, outcome
        assert all(each["kind"] == "fine" for each in store), store

    async def people(self, *names: str) -> None:
        """Make the store with a domain, and some accounts in it."""
        await self.ctl("init", "--domain", self.domain, "--hostname", "localhost")
        self.write_settings(SETTINGS)
        for name in names:
            address = f"{name}@{self.domain}"
            said = f"{PASSWORD}\n"
            await self.ctl("user", "add", address, "--password-stdin", said=said)

    async def start(self) -> None:
        """Start it and wait until every port greets."""
        twistd = str(Path(self.python).with_name("twistd"))
        self.process = program.Running(
            [twistd, "-n", "--pidfile=", "mailnode", "--config", self.settings]
        )
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        # A development install is found by its plug-in where its source is.
        ours = self.python == sys.executable
        self.process.start(environment, ROOT if ours else self.home)
        until = reactor.seconds() + READY
        for name in PROTOCOLS:
            while not await self.greets(getattr(self, name)):
                late = reactor.seconds() > until
                assert not late, self.output()
                assert self.process.alive, self.output()
                await pause(0.05)

    async def greets(self, port: int) -> bool:
        """Whether somebody is served who connects now."""
        try:
            connection = await talk.connect(port)
            greeting = await connection.line()
        except (ConnectError, talk.Gone):
            return False
        connection.close()
        return greeting.startswith((b"220", b"+OK", b"* OK"))

    def output(self) -> str:
        """What the process has said."""
        assert self.process is not None
        return self.process.output.decode(errors="replace")

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    async def kill(self) -> None:
        """End it as a loss of power would."""
        assert self.process is not None
        self.process.signal(signal.SIGKILL)
        await self.process.ended

    async def stop(self) -> program.Outcome | None:
        """Ask it to end, and see that it does; harmless when it has."""
        if self.process is None or not self.process.alive:
            return None
        self.process.signal(signal.SIGTERM)
        killing = reactor.callLater(60, self.process.signal, signal.SIGKILL)
        outcome = await self.process.ended
        if killing.active():
            killing.cancel()
        return outcome

    async def send(self, message: bytes, *names: str) -> None:
        """Bring a message in by SMTP."""
        client = await talk.connect(self.smtp)
        assert (await client.reply()).startswith(b"220")
        await client.smtp(b"EHLO client.example.net")
        sender = letters.SENDER.encode()
        await client.smtp(b"MAIL FROM:<%s> BODY=8BITMIME" % sender)
        for name in names:
            await client.smtp(f"RCPT TO:<{name}@{self.domain}>".encode())
        await client.smtp(b"DATA", b"354")
        client.say(letters.stuffed(message))
        reply = await client.reply()
        assert reply.startswith(b"250"), reply
        await client.smtp(b"QUIT", b"221")
        client.close()

    async def log_in(self, name: str) -> talk.Talk:
        """A POP3 session of one of the people."""
        return await talk.mailbox(self.pop3, f"{name}@{self.domain}", PASSWORD)

    async def messages(self, name: str, *, remove: bool = False) -> list[bytes]:
        """All messages of a mailbox, octet for octet."""
        client = await self.log_in(name)
        count = int((await client.pop3(b"STAT")).split()[1])
        numbers = range(1, count + 1)
        client.say(b"".join(b"RETR %d\r\n" % n for n in numbers))
        found = [letters.plain(await client.listing()) for _ in numbers]
        if remove:
            client.say(b"".join(b"DELE %d\r\n" % n for n in numbers))
            for _ in numbers:
                assert (await client.line()).startswith(b"+OK")
        await client.pop3(b"QUIT")
        client.close()
        return found

"""mailnode under load, as its operator would set it up: one process, one shard."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import apsw

from benchmarks import contest, letters, processes
from benchmarks.peers import FILLING, Product
from mailnode import clock
from mailnode.ctl import remote
from mailnode.model.envelope import Letter
from mailnode.model.mailbox import INBOX
from mailnode.store.database import InlineDatabase, Prepare
from mailnode.store.files import SEARCH, open_store
from mailnode.store.within import at_once

READERS = ("reader", "reader0", "reader1", "reader2", "reader3")
"""Accounts whose mailboxes are read, beside those that are written to."""

_SETTINGS = """\
hostname = "mail.example.org"
data = "data"

[[listen]]
protocol = "smtp"
endpoint = "tcp:{smtp}:interface=127.0.0.1"
tls = "none"

[[listen]]
protocol = "lmtp"
endpoint = "tcp:{lmtp}:interface=127.0.0.1"
tls = "none"

[[listen]]
protocol = "pop3"
endpoint = "tcp:{pop3}:interface=127.0.0.1"
tls = "none"

[[listen]]
protocol = "imap"
endpoint = "tcp:{imap}:interface=127.0.0.1"
tls = "none"

[[listen]]
protocol = "http"
endpoint = "tcp:{http}:interface=127.0.0.1"
tls = "none"

[limits]
message_size = "200 MiB"
"""


def program(name: str) -> str:
    """A program beside the Python that runs this, or wherever there is one."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise processes.NotReady(f"no {name}: install mailnode first")
    return found


class Asking(Protocol):
    """A client of HTTP that is logged in."""

    def session(self, path: str) -> dict[str, Any]:
        """The session object of JMAP."""


class Mailnode(Product):
    """SMTP and LMTP into the store, POP3 and IMAP from it.

    @ivar more: of the configuration, if there is more to it.
    """

    name = "mailnode"

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.settings = home / "mailnode.toml"
        self.smtp = processes.free_port()
        self.lmtp = processes.free_port()
        self.pop3 = processes.free_port()
        self.imap = processes.free_port()
        self.http = processes.free_port()
        self.api = "/jmap/api"
        self.more = ""

    def start(self) -> None:
        new = not self.settings.exists()
        if new:
            self.ctl("init", "--domain", letters.DOMAIN, "--hostname", "localhost")
            ports = self.ports | {"http": self.http}
            self.settings.write_text(_SETTINGS.format(**ports) + self.more)
        self.serve()
        if new:
            self._people()

    @property
    def ports(self) -> dict[str, int]:
        """Where it listens and greets, by protocol."""
        return {
            "smtp": self.smtp,
            "lmtp": self.lmtp,
            "pop3": self.pop3,
            "imap": self.imap,
        }

    def serve(self) -> None:
        """Start the process, and wait for its greetings."""
        twistd = [program("twistd"), "--nodaemon", f"--pidfile={self.home / 'pid'}"]
        environment = dict(os.environ, PYTHONUNBUFFERED="1")
        self.process = processes.start(
            [*twistd, "mailnode", "--config", self.settings], self.log, environment
        )
        for port in self.ports.values():
            processes.greeted(port, self.process, self.log)

    def _people(self) -> None:
        """Make the accounts, as mailnodectl would beside a running server."""
        addresses = [letters.account(number) for number in range(letters.ACCOUNTS)]
        addresses += [f"{reader}@{letters.DOMAIN}" for reader in READERS]
        for address in addresses:
            said = {"address": address, "password": self.password}
            reply = remote.ask(self.home / "data", {"verb": "user add", "said": said})
            if reply is None or "answer" not in reply:
                raise processes.NotReady(f"user add {address}: {reply}")

    def login(self, user: str) -> str:
        """By what somebody logs in."""
        return f"{user}@{letters.DOMAIN}"

    def account(self, client: Asking, _user: str) -> str:
        """What JMAP calls the account of somebody."""
        (found,) = client.session("/jmap/session")["accounts"]
        return str(found)

    def ctl(self, *words: str) -> None:
        """Say something to mailnodectl."""
        subprocess.run(
            [program("mailnodectl"), "--config", self.settings, *words],
            check=True,
            capture_output=True,
            timeout=60,
        )

    def fill(self, user: str, numbers: range) -> None:
        """Put letters into a mailbox, by the front door."""
        # fmt: off
        contest.load(
            self.lmtp, "ingest", "--protocol", "lmtp", "--connections", "20",
            "--seconds", "600", "--to", user,
            "--first", str(numbers.start), "--count", str(len(numbers)),
        )
        # fmt: on

    def stock(self, user: str, messages: Iterable[bytes]) -> None:
        """Put messages into a mailbox, without the waiting for the disk.

        The server is stopped meanwhile: it alone may write.
        """
        self.stop()
        store = open_store(self.home / "data", _hurried, clock=clock.now)
        for number, message in enumerate(messages):
            spool = store.spool()
            spool.write(message)
            letter = Letter(f"{user} {number}", ((user, INBOX),), clock.now())
            at_once(store.deliver(letter, spool.seal()))
        at_once(store.close())
        self.start()

    def indexed(self, emails: int) -> None:
        """Wait until the words of so many emails can be searched."""
        index = apsw.Connection(
            str(self.home / "data" / SEARCH.format(0)), apsw.SQLITE_OPEN_READONLY
        )
        processes.until(
            lambda: index.execute("SELECT count(*) FROM words").get >= emails,
            FILLING,
            "the index is not made",
        )
        index.close()


def _hurried(path: Path, prepare: Prepare) -> InlineDatabase:
    """A database whose commits are not waited for on the disk."""
    database = InlineDatabase(path, prepare=prepare)
    database.connection.execute("PRAGMA synchronous = OFF")
    return database

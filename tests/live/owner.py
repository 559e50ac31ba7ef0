"""Whose mail it is: sees and changes it by IMAP, beside the client under test."""

from __future__ import annotations

import contextlib
import imaplib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import cast

from live.server import DOMAIN, PASSWORD, Server
from twisted.internet.threads import deferToThread

BOUND = 30.0
"""Seconds that one answer may take."""
SPECIAL = {"Archive", "Drafts", "Junk", "Sent", "Trash"}
"""What a new account has beside its INBOX."""

_LISTED = re.compile(rb'\((?P<marks>[^)]*)\) "/" (?P<name>.+)', re.DOTALL)
_FETCHED = re.compile(
    rb"\d+ \((?=.*?UID (?P<uid>\d+))(?=.*?FLAGS \((?P<flags>[^)]*)\)).*\{\d+\}"
)
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Filed:
    """A message where it lies.

    @ivar flags: without the backslash, and without C{Recent}, which is no flag.
    """

    uid: int
    flags: frozenset[str]
    octets: bytes


Sight = Mapping[str, Sequence[Filed]]
"""All mailboxes by name, with their messages in order."""


def quoted(name: str) -> str:
    """A mailbox name as an argument; these tests stay within ASCII here."""
    return f'"{name}"'


def _done(answer: object) -> list[object]:
    status, data = cast("tuple[str, list[object]]", answer)
    assert status == "OK", answer
    return data


def _unquoted(name: bytes) -> str:
    return name.removeprefix(b'"').removesuffix(b'"').decode()


class Owner:
    """One of the people, with an account that was made for one test.

    Each verb is a connection of its own, in a thread.
    """

    def __init__(self, server: Server, name: str) -> None:
        self.server = server
        self.name = name
        self.address = f"{name}@{DOMAIN}"

    @contextlib.contextmanager
    def _session(self) -> Iterator[imaplib.IMAP4]:
        with imaplib.IMAP4("127.0.0.1", self.server.imap, BOUND) as client:
            client.login(self.address, PASSWORD)
            yield client

    async def sees(self) -> Sight:
        """Everything there is."""
        return await deferToThread(self._sees)

    def _sees(self) -> Sight:
        with self._session() as client:
            listed = _done(client.list())
            found = [_LISTED.fullmatch(cast("bytes", line)) for line in listed]
            names = [_unquoted(each["name"]) for each in found if each is not None]
            assert len(names) == len(listed), listed
            return {name: _messages(client, name) for name in names}

    async def puts(
        self, mailbox: str, message: bytes, *flags: str, new: bool = False
    ) -> None:
        """File a message, in a new mailbox if told so."""

        def put() -> None:
            with self._session() as client:
                if new:
                    _done(client.create(quoted(mailbox)))
                marks = " ".join(flags)
                _done(client.append(quoted(mailbox), marks, "", message))

        await deferToThread(put)

    async def marks(self, mailbox: str, uid: int, change: str, flags: str) -> None:
        """Change flags: C{change} is C{+FLAGS}, C{-FLAGS} or C{FLAGS}."""

        def mark() -> None:
            with self._session() as client:
                _done(client.select(quoted(mailbox)))
                _done(client.uid("STORE", str(uid), change, f"({flags})"))

        await deferToThread(mark)

    async def removes(self, mailbox: str, uid: int) -> None:
        """Expunge one message."""

        def remove() -> None:
            with self._session() as client:
                _done(client.select(quoted(mailbox)))
                _done(client.uid("STORE", str(uid), "+FLAGS", r"(\Deleted)"))
                _done(client.uid("EXPUNGE", str(uid)))

        await deferToThread(remove)


def _messages(client: imaplib.IMAP4, mailbox: str) -> list[Filed]:
    selected = client.select(quoted(mailbox), readonly=True)
    (size,) = _done(selected)
    if not int(cast("bytes", size)):
        return []
    fetched = _done(client.uid("FETCH", "1:*", "(UID FLAGS BODY.PEEK[])"))
    found = []
    for each in fetched:
        if isinstance(each, tuple):
            about = _FETCHED.match(each[0])
            assert about is not None, each[0]
            marks = about["flags"].decode().replace("\\", "").split()
            flags = frozenset(marks) - {"Recent"}
            found.append(Filed(int(about["uid"]), flags, each[1]))
    assert len(found) == int(cast("bytes", size))
    return found


async def newcomer(server: Server) -> Owner:
    """Someone with an account that nobody has touched."""
    owner = Owner(server, f"ana{next(_numbers)}")
    said = f"{PASSWORD}\n"
    await server.ctl("user", "add", owner.address, "--password-stdin", said=said)
    return owner

"""The realm of docs/realms.md, installed with mailnode in an environment of its own."""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from live import letters, program, talk
from live.asynchronous import lasting, live
from live.letters import after_trace
from live.owner import SPECIAL, Owner
from live.server import PASSWORD, SETTINGS, Server

ROOT = Path(__file__).resolve().parents[2]
BOUND = 300.0
"""Seconds that the installation may take: it fetches what mailnode requires."""
NOT_SOURCE = (
    ".*",
    "*.egg-info",
    "__pycache__",
    "build",
    "dist",
    "demo",
    "node_modules",
)


def row(name: str, aliases: str = "") -> str:
    """A line of the file of people, as the README of the example has it."""
    salt, rounds = name.encode(), 1000
    digest = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), salt, rounds)
    return f"{name},{rounds}${salt.hex()}${digest.hex()},{aliases}\n"


PEOPLE = (
    "name,hash,aliases\n"
    + row("ana@example.org", "info@example.org sales@example.org")
    + row("bob@example.org")
)


async def installed(home: Path) -> str:
    """The Python of a new environment that has mailnode and the example."""
    source = home / "source"
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(*NOT_SOURCE))
    await program.run_well(sys.executable, "-m", "venv", home / "venv", bound=BOUND)
    python = home / "venv" / "bin" / "python"
    install = (python, "-m", "pip", "install", "--quiet", "--no-input")
    example = source / "docs" / "examples" / "people"
    await program.run_well(*install, source, example, bound=BOUND)
    return str(python)


@lasting
async def realm(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Server]:
    """A server whose people stand in a file that mailnode knows nothing of."""
    home = tmp_path_factory.mktemp("realm")
    server = Server(home, await installed(home))
    await server.ctl("init", "--domain", "example.com", "--hostname", "localhost")
    people = home / "people.csv"
    people.write_text(PEOPLE)
    auth = f'[auth]\nrealm = "people:{people}"\n'
    server.write_settings(SETTINGS.replace("[auth]\n", auth))
    try:
        await server.start()
        yield server
    finally:
        await server.stop()


@live
async def test_people_receive_by_smtp_and_read_by_pop3(realm: Server) -> None:
    await realm.send(letters.DOTS, "ana", "bob")
    for name in ("ana", "bob"):
        (message,) = await realm.messages(name, remove=True)
        assert after_trace(message) == letters.DOTS


@live
async def test_people_receive_by_lmtp(realm: Server) -> None:
    client = await talk.connect(realm.lmtp)
    await client.reply()
    await client.smtp(b"LHLO client.example.net")
    await client.smtp(b"MAIL FROM:<bob@example.net>")
    await client.smtp(b"RCPT TO:<sales@example.org>")
    await client.smtp(b"RCPT TO:<bob+later@example.org>")
    await client.smtp(b"DATA", b"354")
    client.say(letters.stuffed(letters.EIGHT_BITS))
    assert (await client.reply()).startswith(b"250")
    assert (await client.reply()).startswith(b"250")
    await client.smtp(b"QUIT", b"221")
    for name in ("ana", "bob"):
        (message,) = await realm.messages(name, remove=True)
        assert after_trace(message) == letters.EIGHT_BITS


@live
async def test_people_read_by_imap(realm: Server) -> None:
    """They log in as they do elsewhere, and find what a new account has."""
    await realm.send(letters.EIGHT_BITS, "ana", "bob")
    for name in ("ana", "bob"):
        owner = Owner(realm, name)
        seen = await owner.sees()
        assert seen.keys() == SPECIAL | {"INBOX"}
        (message,) = seen["INBOX"]
        assert after_trace(message.octets) == letters.EIGHT_BITS
        await owner.removes("INBOX", message.uid)
        assert await realm.messages(name) == []


@live
async def test_others_are_strangers(realm: Server) -> None:
    client = await talk.connect(realm.smtp)
    await client.reply()
    await client.smtp(b"EHLO client.example.net")
    await client.smtp(b"MAIL FROM:<bob@example.net>")
    await client.smtp(b"RCPT TO:<eva@example.org>", b"550")
    await client.smtp(b"RCPT TO:<ana@example.com>", b"550")
    await client.smtp(b"QUIT", b"221")
    reader = await talk.connect(realm.pop3)
    await reader.line()
    await reader.pop3(b"USER ana@example.org")
    await reader.pop3(b"PASS wrong", b"-ERR")
    reader.close()
    reader = await talk.connect(realm.imap)
    await reader.line()
    await reader.imap(b"LOGIN ana@example.org wrong", b"NO [AUTHENTICATIONFAILED]")
    await reader.imap(b"LOGIN eva@example.org faminta", b"NO [AUTHENTICATIONFAILED]")
    reader.close()

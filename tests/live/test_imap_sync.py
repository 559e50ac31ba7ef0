"""Clients that keep a copy of all mail: both sides change, and are alike again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from live import letters, program
from live.asynchronous import live
from live.maildirs import Maildirs, on_server, plain
from live.owner import SPECIAL, Owner
from live.server import PASSWORD

ISYNC = "apt install isync"
OFFLINEIMAP = "apt install offlineimap3"

Sync = Callable[[], Awaitable[None]]

LISTS = "Lists/Caf&AOk-"
"""A mailbox within another, in modified UTF-7 (RFC 3501, 5.1.3)."""


async def mbsync(owner: Owner, home: Path, maildirs: Maildirs, *security: str) -> Sync:
    """How mbsync is told to do all it can in both directions."""
    found = program.needed("mbsync", ISYNC)
    settings = home / "mbsyncrc"
    # fmt: off
    settings.write_text("\n".join([
        "IMAPAccount server", "Host localhost", f"Port {owner.server.imap}",
        f"User {owner.address}", f"Pass {PASSWORD}", "Timeout 20", *security, "",
        "IMAPStore far", "Account server", "",
        "MaildirStore near", f"Path {maildirs.root}/",
        f"Inbox {maildirs.root}/INBOX", "SubFolders Verbatim", "",
        "Channel all", "Far :far:", "Near :near:", "Patterns *", "Create Both",
        "Remove Both", "Expunge Both", "SyncState *", "",
    ]))
    # fmt: on

    async def sync() -> None:
        await program.run_well(
            found, "-c", settings, "all", environment={"HOME": str(home)}
        )

    return sync


async def offlineimap(owner: Owner, home: Path, maildirs: Maildirs) -> Sync:
    """How offlineimap is told the same."""
    found = program.needed("offlineimap", OFFLINEIMAP)
    settings = home / "offlineimaprc"
    # fmt: off
    settings.write_text("\n".join([
        "[general]", "accounts = all", f"metadata = {home}/state", "ui = quiet",
        "socktimeout = 20", "",
        "[Account all]", "localrepository = near", "remoterepository = far", "",
        "[Repository near]", "type = Maildir", f"localfolders = {maildirs.root}", "sep = /", "",
        "[Repository far]", "type = IMAP", "remotehost = localhost",
        f"remoteport = {owner.server.imap}", f"remoteuser = {owner.address}",
        f"remotepass = {PASSWORD}", "ssl = no", "starttls = no", "",
    ]))
    # fmt: on

    async def sync() -> None:
        await program.run_well(
            found, "-o", "-c", settings, environment={"HOME": str(home)}
        )

    return sync


async def alike(owner: Owner, maildirs: Maildirs) -> None:
    """Whether both sides have the same, flag for flag and octet for octet."""
    assert maildirs.content() == on_server(await owner.sees())


async def nothing_new(sync: Sync, owner: Owner, maildirs: Maildirs) -> None:
    """A run that finds nothing to do leaves everything as it is, UIDs included."""
    here, there = maildirs.sight(), await owner.sees()
    await sync()
    assert (maildirs.sight(), await owner.sees()) == (here, there)


async def fill(owner: Owner) -> None:
    """Mail on the server, old and new."""
    for letter in letters.ALL:
        await owner.server.send(letter, owner.name)
    await owner.marks("INBOX", 1, "FLAGS", r"\Seen \Answered")
    await owner.marks("INBOX", 2, "FLAGS", r"\Seen \Flagged")
    await owner.puts("Drafts", letters.DOTS, r"\Draft", r"\Seen")
    await owner.puts(LISTS, letters.EIGHT_BITS, new=True)


def change(maildirs: Maildirs) -> None:
    """What happens to the copy: a flag, a removal, a message, a mailbox."""
    maildirs.mark("INBOX", b"<parts@example.net>", "RS")
    maildirs.file("INBOX", b"<dots@example.net>").unlink()
    maildirs.add("INBOX", letters.DOTS, "1700000000.a.localhost")
    maildirs.add("Travel", letters.EIGHT_BITS, "1700000000.b.localhost")


async def change_there(owner: Owner) -> None:
    """What happens to the server's side meanwhile."""
    seen = await owner.sees()
    long, empty = seen["INBOX"][2:]
    await owner.marks("INBOX", long.uid, "+FLAGS", r"\Flagged")
    await owner.removes("INBOX", empty.uid)
    await owner.puts("Bills/2024", letters.HEADER_ONLY, r"\Seen", new=True)


async def two_way(sync: Sync, owner: Owner, maildirs: Maildirs) -> None:
    """The whole tour."""
    await fill(owner)
    await sync()
    await alike(owner, maildirs)
    await nothing_new(sync, owner, maildirs)
    change(maildirs)
    await change_there(owner)
    await sync()
    await alike(owner, maildirs)
    seen = await owner.sees()
    assert seen.keys() >= {"INBOX", "Travel", "Bills/2024", LISTS} | SPECIAL
    found = {
        (each.flags, plain(letters.after_any_trace(each.octets)))
        for each in seen["INBOX"]
    }
    assert found == {
        (frozenset({"Answered", "Seen"}), letters.EIGHT_BITS),
        (frozenset({"Flagged"}), letters.LONG),
        (frozenset(), letters.DOTS),
    }
    (carried,) = seen["Travel"]
    assert plain(carried.octets) == letters.EIGHT_BITS
    await nothing_new(sync, owner, maildirs)
    await owner.server.check_store()


@pytest.mark.parametrize("tls", [False, True], ids=["clear", "starttls"])
@live
async def test_mbsync(owner: Owner, tmp_path: Path, tls: bool) -> None:
    if tls and not list(Path("/usr/lib").glob("*/sasl2/libscram.so")):
        pytest.skip("needs libscram of Cyrus SASL: apt install libsasl2-modules")
    certificate = owner.server.home / "data" / "tls" / "certificate.pem"
    trusted = ["SSLType STARTTLS", f"CertificateFile {certificate}"]
    security = [*trusted, "AuthMechs SCRAM-SHA-256"]
    maildirs = Maildirs(tmp_path / "mail")
    maildirs.root.mkdir()
    clear = ["SSLType None", "AuthMechs LOGIN"]
    sync = await mbsync(owner, tmp_path, maildirs, *(security if tls else clear))
    await two_way(sync, owner, maildirs)


@live
async def test_offlineimap(owner: Owner, tmp_path: Path) -> None:
    maildirs = Maildirs(tmp_path / "mail")
    sync = await offlineimap(owner, tmp_path, maildirs)
    await two_way(sync, owner, maildirs)

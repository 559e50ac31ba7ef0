"""Python's own imaplib, used to the full."""

from __future__ import annotations

import contextlib
import imaplib
import re
import smtplib
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import cast

from live import letters
from live.asynchronous import live
from live.letters import SENDER, after_trace
from live.owner import SPECIAL, Owner
from live.server import PASSWORD
from live.test_python import BOUND, trusting
from twisted.internet.threads import deferToThread

WHEN = datetime(2024, 11, 29, 10, 20, 30, tzinfo=UTC)


def done(answer: object) -> list[bytes]:
    """The data of a command that went well."""
    status, data = cast("tuple[str, list[bytes]]", answer)
    assert status == "OK", answer
    return data


def refused(command: Callable[[], object], code: str) -> None:
    """Whether a command is answered with this response code (RFC 5530)."""
    try:
        answer = str(command())
    except imaplib.IMAP4.error as why:
        answer = str(why)
    assert f"[{code}]" in answer, answer


@contextlib.contextmanager
def stranger(owner: Owner) -> Iterator[imaplib.IMAP4]:
    with imaplib.IMAP4("127.0.0.1", owner.server.imap, BOUND) as client:
        yield client


@contextlib.contextmanager
def logged_in(owner: Owner) -> Iterator[imaplib.IMAP4]:
    with stranger(owner) as client:
        client.login(owner.address, PASSWORD)
        yield client


async def primed(owner: Owner) -> None:
    for letter in letters.ALL:
        await owner.server.send(letter, owner.name)


@live
async def test_imaplib_logs_in(owner: Owner) -> None:
    def plain(_: bytes) -> bytes:
        return f"\0{owner.address}\0{PASSWORD}".encode()

    def talk() -> None:
        with stranger(owner) as client:
            assert {"IMAP4REV1", "STARTTLS", "IDLE"} <= set(client.capabilities)
            done(client.starttls(trusting()))
            assert "STARTTLS" not in client.capabilities
            refused(lambda: client.login(owner.address, "no"), "AUTHENTICATIONFAILED")
            done(client.authenticate("PLAIN", plain))
            assert client.state == "AUTH"
            refused(lambda: client.select("Nowhere"), "NONEXISTENT")
        with stranger(owner) as client:
            done(client.login(owner.address, PASSWORD))
            done(client.create("Caf&AOk-"))
            assert b'"Caf&AOk-"' in done(client.list('""', "Ca*"))[0]
            done(client.enable("IMAP4rev2"))  # Now names are in UTF-8 (RFC 9051, 5.1).
            assert '"Café"'.encode() in done(client.list('""', "Ca*"))[0]

    await deferToThread(talk)


@live
async def test_imaplib_keeps_mailboxes(owner: Owner) -> None:
    def names(answer: object) -> set[bytes]:
        lines = [line for line in done(answer) if line]
        return {line.rpartition(b' "/" ')[2].strip(b'"') for line in lines}

    def talk() -> None:
        with logged_in(owner) as client:
            assert names(client.list()) == {
                *(name.encode() for name in SPECIAL),
                b"INBOX",
            }
            done(client.create("Work/2024"))
            refused(lambda: client.create("Work/2024"), "ALREADYEXISTS")
            assert names(client.list('""', "W%")) == {b"Work"}
            done(client.rename("Work", "Play"))
            assert names(client.list('""', "*2024")) == {b"Play/2024"}
            done(client.subscribe("Play/2024"))
            assert b"Play/2024" in names(client.lsub())
            done(client.unsubscribe("Play/2024"))
            assert b"Play/2024" not in names(client.lsub())
            done(client.delete("Play/2024"))
            refused(lambda: client.delete("Play/2024"), "NONEXISTENT")
            assert done(client.namespace()) == [b'(("" "/")) NIL NIL']
            (status,) = done(client.status("INBOX", "(MESSAGES UIDNEXT UNSEEN)"))
            assert status == b'"INBOX" (MESSAGES 0 UIDNEXT 1 UNSEEN 0)'

    await deferToThread(talk)


def fetched(client: imaplib.IMAP4, which: str, items: str) -> list[tuple[bytes, bytes]]:
    """What came in literals, each with what was said before it."""
    data = cast("list[object]", done(client.uid("FETCH", which, items)))
    return [cast("tuple[bytes, bytes]", each) for each in data if type(each) is tuple]


@live
async def test_imaplib_reads(owner: Owner) -> None:
    await primed(owner)

    def talk() -> None:
        with logged_in(owner) as client:
            assert done(client.select("INBOX")) == [b"4"]
            whole = [octets for _, octets in fetched(client, "1:*", "(BODY.PEEK[])")]
            assert [after_trace(message) for message in whole] == list(letters.ALL)
            sizes = done(client.fetch("1:*", "(RFC822.SIZE)"))
            told = [int(line.split()[-1].rstrip(b")")) for line in sizes]
            assert told == [len(message) for message in whole]
            ((about, part),) = fetched(client, "2", "(BODY[2]<3.5>)")
            assert b"BODY[2]<3>" in about
            assert part == "Olá!".encode()
            flags = done(client.fetch("1:*", "(FLAGS)"))
            assert [b"\\Seen" in line for line in flags] == [False, True, False, False]
            field = "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])"
            ((_, subject),) = fetched(client, "3", field)
            folded = b"Subject: long lines\r\n folded\r\n\tand folded again\r\n"
            assert subject == folded + b"\r\n"
            (envelope,) = done(client.fetch("1", "(ENVELOPE)"))
            assert b'"dots" (("Bob" NIL "bob" "example.net"))' in envelope
            (structure,) = done(client.fetch("2", "(BODYSTRUCTURE)"))
            assert b'"alternative" ("boundary" "next")' in structure.lower()

    await deferToThread(talk)


@live
async def test_imaplib_changes(owner: Owner) -> None:
    def talk() -> None:
        with logged_in(owner) as client:
            for letter in letters.ALL:
                when = imaplib.Time2Internaldate(WHEN)
                (said,) = done(client.append("INBOX", r"(\Flagged Mine)", when, letter))
                assert said.startswith(b"[APPENDUID ")
            done(client.select("INBOX"))
            (about,) = done(client.fetch("1", "(FLAGS INTERNALDATE)"))
            assert {b"\\Flagged", b"Mine"} <= set(imaplib.ParseFlags(about))
            date = imaplib.Internaldate2tuple(about)
            assert date is not None
            assert time.mktime(date) == WHEN.timestamp()
            assert done(client.search(None, "SUBJECT", '"dots"')) == [b"1"]
            assert done(client.search("UTF-8", "KEYWORD", "Mine")) == [b"1 2 3 4"]
            # It says a literal of its own accord, and is typed as if it could not.
            setattr(client, "literal", "Здравствуйте".encode())  # noqa: B010
            assert done(client.uid("SEARCH", "CHARSET", "UTF-8", "TEXT")) == [b"2"]
            (stored,) = done(client.store("4", "-FLAGS", r"(\Flagged)"))
            assert b"\\Flagged" not in stored
            done(client.copy("1:2", "Archive"))
            done(client.uid("MOVE", "2", "Trash"))
            refused(lambda: client.copy("1", "Nowhere"), "TRYCREATE")
            done(client.uid("STORE", "1,3", "+FLAGS.SILENT", r"(\Deleted)"))
            done(client.uid("EXPUNGE", "1"))
            # Of the MOVE and of this.
            assert client.response("EXPUNGE") == ("EXPUNGE", [b"2", b"1"])
            assert done(client.expunge()) == [b"1"]
            done(client.noop())
            done(client.check())
            done(client.unselect())
            done(client.select("Archive"))
            done(client.store("1", "+FLAGS.SILENT", r"(\Deleted)"))
            done(client.close())

    await deferToThread(talk)
    seen = await owner.sees()
    kept = {
        name: [each.octets for each in messages]
        for name, messages in seen.items()
        if messages
    }
    assert kept == {
        "INBOX": [letters.HEADER_ONLY],
        "Archive": [letters.EIGHT_BITS],
        "Trash": [letters.EIGHT_BITS],
    }


def deliver(owner: Owner) -> None:
    with smtplib.SMTP("127.0.0.1", owner.server.smtp, timeout=BOUND) as client:
        client.sendmail(SENDER, [owner.address], letters.DOTS)


def heard(client: imaplib.IMAP4, pattern: bytes) -> re.Match[bytes]:
    """Read lines of an IDLE until one is as wanted; the socket's time is bounded."""
    while True:
        line = client.readline()
        assert line, "the server has closed"
        found = re.fullmatch(pattern, line)
        if found is not None:
            return found


@live
async def test_imaplib_idles_by_hand(owner: Owner) -> None:
    """RFC 2177: a delivery, a flag and a removal are heard of as they happen."""

    def talk(act: Callable[[], None]) -> None:
        with logged_in(owner) as client, logged_in(owner) as other:
            done(client.select("INBOX"))
            client.send(b"x1 IDLE\r\n")
            heard(client, rb"\+ [^\r]*\r\n")
            act()
            heard(client, rb"\* 1 EXISTS\r\n")
            done(other.select("INBOX"))
            done(other.store("1", "+FLAGS", r"(\Deleted)"))
            heard(client, rb"\* 1 FETCH \(.*FLAGS \(.*\\Deleted.*\r\n")
            done(other.expunge())
            heard(client, rb"\* 1 EXPUNGE\r\n")
            client.send(b"DONE\r\n")
            heard(client, rb"x1 OK [^\r]*\r\n")
            done(client.noop())

    await deferToThread(talk, lambda: deliver(owner))

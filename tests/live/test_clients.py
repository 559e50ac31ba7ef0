"""Clients of other people bring mail and fetch it, and not an octet changes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from live import letters, program
from live.asynchronous import live
from live.letters import SENDER, after_trace, unix
from live.server import PASSWORD, Server

ANA = "ana@example.org"

SWAKS = "apt install swaks"
CURL = "apt install curl"
FETCHMAIL = "apt install fetchmail"
MPOP = "apt install mpop"
GETMAIL = "apt install getmail6, or pip install getmail6"

every_letter = pytest.mark.parametrize(
    "letter", letters.ALL, ids=["dots", "eight-bits", "long", "header-only"]
)

# Swaks completes a message that has no body.
every_body = pytest.mark.parametrize(
    "letter", letters.ALL[:3], ids=["dots", "eight-bits", "long"]
)


async def arrived(server: Server) -> bytes:
    """The one message in ana's mailbox, without its trace."""
    (message,) = await server.messages("ana")
    return after_trace(message)


def maildir(directory: Path) -> list[bytes]:
    """The messages of a Maildir that a client has filled, in order of arrival."""
    return [file.read_bytes() for file in sorted((directory / "new").iterdir())]


def for_swaks(directory: Path, letter: bytes) -> Path:
    """A file with a letter but its last line end, which swaks adds itself."""
    file = directory / "letter"
    file.write_bytes(letter.removesuffix(b"\r\n"))
    return file


def keeper(directory: Path) -> tuple[Path, Path]:
    """A program that keeps what it is given as a file in C{directory/new}."""
    (directory / "new").mkdir()
    keep = directory / "keep"
    keep.write_text('#!/bin/sh\nexec cat > "$(mktemp "$1/XXXXXX")"\n')
    keep.chmod(0o700)
    return keep, directory / "new"


def make_maildir(directory: Path) -> Path:
    for part in ("cur", "new", "tmp"):
        (directory / part).mkdir(parents=True)
    return directory


async def primed(server: Server) -> None:
    """Put all letters into ana's mailbox."""
    for letter in letters.ALL:
        await server.send(letter, "ana")


def same(found: Sequence[bytes], ends: bytes = b"\n") -> None:
    """Whether these are all our letters, whatever order they are in."""
    wanted = [letter.replace(b"\r\n", ends) for letter in letters.ALL]
    assert sorted(after_trace(message) for message in found) == sorted(wanted)


@every_body
@live
async def test_swaks_sends(empty: Server, tmp_path: Path, letter: bytes) -> None:
    swaks = program.needed("swaks", SWAKS)
    file = for_swaks(tmp_path, letter)
    # fmt: off
    await program.run_well(
        swaks, "--server", "127.0.0.1", "--port", str(empty.smtp),
        "--helo", "client.example.net", "--from", SENDER, "--to", ANA,
        "--data", f"@{file}", "--suppress-data",
    )
    # fmt: on
    assert await arrived(empty) == letter


@live
async def test_swaks_sends_by_lmtp(empty: Server, tmp_path: Path) -> None:
    swaks = program.needed("swaks", SWAKS)
    file = for_swaks(tmp_path, letters.DOTS)
    # fmt: off
    await program.run_well(
        swaks, "--protocol", "LMTP", "--server", "127.0.0.1",
        "--port", str(empty.lmtp), "--from", SENDER, "--to", f"{ANA},bob@example.org",
        "--data", f"@{file}",
    )
    # fmt: on
    assert await arrived(empty) == letters.DOTS


@pytest.mark.parametrize("tls", [False, True], ids=["clear", "starttls"])
@every_letter
@live
async def test_curl_sends(
    empty: Server, tmp_path: Path, letter: bytes, tls: bool
) -> None:
    curl = program.needed("curl", CURL)
    file = tmp_path / "letter"
    file.write_bytes(letter)
    # fmt: off
    await program.run_well(
        curl, "--silent", "--show-error", *(["--ssl-reqd", "--insecure"] * tls),
        "--url", f"smtp://127.0.0.1:{empty.smtp}/client.example.net",
        "--mail-from", SENDER, "--mail-rcpt", ANA, "--upload-file", file,
    )
    # fmt: on
    assert await arrived(empty) == letter


@pytest.mark.parametrize("tls", [False, True], ids=["clear", "stls"])
@live
async def test_curl_reads(empty: Server, tmp_path: Path, tls: bool) -> None:
    curl = program.needed("curl", CURL)
    await primed(empty)
    url = f"pop3://127.0.0.1:{empty.pop3}"
    options = ["--silent", "--show-error", "--user", f"{ANA}:{PASSWORD}"]
    options += ["--ssl-reqd", "--insecure"] * tls
    listed = await program.run_well(curl, *options, url)
    assert len(listed.output.split(b"\r\n")) == len(letters.ALL) + 1
    found = []
    for number in range(1, len(letters.ALL) + 1):
        file = tmp_path / str(number)
        await program.run_well(curl, *options, "-o", file, f"{url}/{number}")
        found.append(file.read_bytes())
    same(found, b"\r\n")


@pytest.mark.parametrize("login", ["AUTH=PLAIN", "AUTH=LOGIN"])
@live
async def test_curl_logs_in(empty: Server, login: str) -> None:
    curl = program.needed("curl", CURL)
    await primed(empty)
    # fmt: off
    listed = await program.run_well(
        curl, "--silent", "--show-error", "--user", f"{ANA}:{PASSWORD}",
        "--login-options", login, f"pop3://127.0.0.1:{empty.pop3}",
    )
    # fmt: on
    assert len(listed.output.split(b"\r\n")) == len(letters.ALL) + 1


@live
async def test_curl_is_told_of_a_wrong_password(empty: Server) -> None:
    curl = program.needed("curl", CURL)
    url = f"pop3://127.0.0.1:{empty.pop3}"
    outcome = await program.run(curl, "--silent", "--user", f"{ANA}:no", url)
    assert outcome.code == 67, outcome.text()  # CURLE_LOGIN_DENIED


@pytest.mark.parametrize("tls", [False, True], ids=["clear", "stls"])
@live
async def test_fetchmail(empty: Server, tmp_path: Path, tls: bool) -> None:
    fetchmail = program.needed("fetchmail", FETCHMAIL)
    await primed(empty)
    keep, kept = keeper(tmp_path)
    settings = tmp_path / "fetchmailrc"
    security = "sslproto 'tls1.2+' no sslcertck" if tls else "sslproto ''"
    settings.write_text(
        f"set no syslog\nset invisible\n"
        f"poll 127.0.0.1 service {empty.pop3} protocol pop3\n"
        f"  user '{ANA}' password '{PASSWORD}' {security} no rewrite no mimedecode\n"
        f"  mda '{keep} {kept}'\n"
    )
    settings.chmod(0o600)
    # fmt: off
    await program.run_well(
        fetchmail, "--fetchmailrc", settings, "--nodetach", "--nosyslog",
        "--pidfile", tmp_path / "pid",
        environment={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )
    # fmt: on
    same(maildir(tmp_path))
    assert await empty.messages("ana") == []  # It has removed what it fetched.


@pytest.mark.parametrize("tls", [False, True], ids=["clear", "stls"])
@live
async def test_mpop(empty: Server, tmp_path: Path, tls: bool) -> None:
    mpop = program.needed("mpop", MPOP)
    await primed(empty)
    kept = make_maildir(tmp_path / "mail")
    security = ["--tls=on", "--tls-starttls=on", "--tls-certcheck=off"]
    # fmt: off
    command = [
        mpop, "--host=127.0.0.1", f"--port={empty.pop3}", f"--user={ANA}",
        f"--passwordeval=echo {PASSWORD}", "--auth=user", "--keep=on",
        f"--delivery=maildir,{kept}", "--received-header=off",
        f"--uidls-file={tmp_path / 'uidls'}", "--only-new=on", "--pipelining=auto",
        *(security if tls else ["--tls=off"]),
    ]
    # fmt: on
    await program.run_well(*command)
    same(maildir(kept))
    # The UIDLs are as they were, so that nothing comes a second time.
    await program.run_well(*command)
    assert len(maildir(kept)) == len(letters.ALL)


@live
async def test_getmail(empty: Server, tmp_path: Path) -> None:
    getmail = program.needed("getmail", GETMAIL)
    await primed(empty)
    keep, kept = keeper(tmp_path)
    settings = tmp_path / "getmailrc"
    settings.write_text(
        f"[retriever]\ntype = SimplePOP3Retriever\nserver = 127.0.0.1\n"
        f"port = {empty.pop3}\nusername = {ANA}\npassword = {PASSWORD}\n"
        f"[destination]\ntype = MDA_external\npath = {keep}\n"
        f'arguments = ("{kept}",)\nallow_root_commands = true\n'
        f"[options]\ndelete = true\ndelivered_to = false\nreceived = false\n"
    )
    settings.chmod(0o600)
    await program.run_well(
        getmail, f"--getmaildir={tmp_path}", f"--rcfile={settings}", "--quiet"
    )
    same(maildir(tmp_path))
    assert await empty.messages("ana") == []


def test_line_ends_of_files() -> None:
    assert unix(b"a\r\nb\r\n") == b"a\nb\n"

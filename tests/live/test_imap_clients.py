"""Clients of other people read, file and fetch by IMAP, and not an octet changes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from live import letters, program, terminal
from live.asynchronous import live
from live.letters import after_trace
from live.owner import SPECIAL, Filed, Owner
from live.server import PASSWORD
from live.test_clients import CURL, FETCHMAIL, keeper, maildir, same

MUTT = "apt install mutt"

in_clear_and_by_tls = pytest.mark.parametrize(
    "tls", [False, True], ids=["clear", "starttls"]
)


async def primed(owner: Owner) -> None:
    """Bring all letters in by SMTP."""
    for letter in letters.ALL:
        await owner.server.send(letter, owner.name)


class Curl:
    """curl with what it needs to log in."""

    def __init__(self, owner: Owner, *options: str) -> None:
        found = program.needed("curl", CURL)
        who = ("--user", f"{owner.address}:{PASSWORD}")
        self.words = (found, "--silent", "--show-error", *who, *options)
        self.url = f"imap://127.0.0.1:{owner.server.imap}/"

    async def __call__(self, place: str, *options: str | Path) -> bytes:
        outcome = await program.run_well(*self.words, *options, self.url + place)
        return outcome.output


@in_clear_and_by_tls
@live
async def test_curl_reads(owner: Owner, tls: bool) -> None:
    await primed(owner)
    curl = Curl(owner, *(["--ssl-reqd", "--insecure"] * tls))
    listed = await curl("")
    names = re.findall(rb'\* LIST \([^)]*\) "/" "([^"]+)"\r\n', listed)
    assert {name.decode() for name in names} == SPECIAL | {"INBOX"}
    found = [await curl(f"INBOX;UID={n + 1}") for n in range(len(letters.ALL))]
    assert [after_trace(message) for message in found] == list(letters.ALL)
    header = await curl("INBOX;UID=2;SECTION=HEADER")
    top, gap, _ = letters.EIGHT_BITS.partition(b"\r\n\r\n")
    assert after_trace(header) == top + gap
    assert (
        await curl("INBOX;UID=2;SECTION=1") == "Olá! Ça va? Здравствуйте.\r\n".encode()
    )


@live
async def test_curl_appends(owner: Owner, tmp_path: Path) -> None:
    curl = Curl(owner)
    for number, letter in enumerate(letters.ALL):
        file = tmp_path / str(number)
        file.write_bytes(letter)
        await curl("Drafts", "--upload-file", file)
    seen = await owner.sees()
    assert [each.octets for each in seen["Drafts"]] == list(letters.ALL)
    # A client that reads gets back what it gave, octet for octet.
    for number, letter in enumerate(letters.ALL):
        assert await curl(f"Drafts;UID={number + 1}") == letter


@live
async def test_curl_searches_and_commands(owner: Owner) -> None:
    await primed(owner)
    curl = Curl(owner)
    assert await curl("INBOX?SUBJECT%20DOTS") == b"* SEARCH 1\r\n"
    assert await curl("INBOX", "-X", "UID SEARCH BODY same") == b"* SEARCH 3\r\n"
    assert await curl("INBOX", "-X", "SEARCH NOT ALL") == b"* SEARCH\r\n"
    await curl("INBOX", "-X", r"STORE 1 +FLAGS.SILENT (\Deleted)")
    assert await curl("INBOX", "-X", "EXPUNGE") == b"* 1 EXPUNGE\r\n"
    await curl("", "-X", "CREATE Travel")
    await curl("INBOX", "-X", "MOVE 1 Travel")
    seen = await owner.sees()
    assert [each.uid for each in seen["INBOX"]] == [3, 4]
    assert [after_trace(each.octets) for each in seen["Travel"]] == [letters.EIGHT_BITS]


@pytest.mark.parametrize("login", ["AUTH=PLAIN", "AUTH=LOGIN"])
@live
async def test_curl_logs_in(owner: Owner, login: str) -> None:
    curl = Curl(owner, "--login-options", login)
    assert b'"INBOX"' in await curl("")


@live
async def test_curl_is_told_of_a_wrong_password(owner: Owner) -> None:
    curl = program.needed("curl", CURL)
    url = f"imap://127.0.0.1:{owner.server.imap}"
    outcome = await program.run(curl, "-s", "--user", f"{owner.address}:no", url)
    assert outcome.code == 67, outcome.text()  # CURLE_LOGIN_DENIED


@pytest.mark.parametrize("keep", [False, True], ids=["removes", "keeps"])
@in_clear_and_by_tls
@live
async def test_fetchmail(owner: Owner, tmp_path: Path, tls: bool, keep: bool) -> None:
    fetchmail = program.needed("fetchmail", FETCHMAIL)
    await primed(owner)
    writer, kept = keeper(tmp_path)
    settings = tmp_path / "fetchmailrc"
    security = "sslproto 'tls1.2+' no sslcertck" if tls else "sslproto ''"
    settings.write_text(
        f"set no syslog\nset invisible\n"
        f"poll 127.0.0.1 service {owner.server.imap} protocol imap\n"
        f"  user '{owner.address}' password '{PASSWORD}' {security}\n"
        f"  no rewrite no mimedecode {'keep' if keep else 'no keep'}\n"
        f"  mda '{writer} {kept}'\n"
    )
    settings.chmod(0o600)
    # fmt: off
    command = [
        fetchmail, "--fetchmailrc", str(settings), "--nodetach", "--nosyslog",
        "--pidfile", str(tmp_path / "pid"),
    ]
    # fmt: on
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    await program.run_well(*command, environment=environment)
    same(maildir(tmp_path))
    left = (await owner.sees())["INBOX"]
    assert [each.flags for each in left] == [frozenset({"Seen"})] * 4 * keep
    # What it has fetched is not fetched a second time: it ends with 1, no mail.
    again = await program.run(*command, environment=environment)
    assert again.code == 1, again.text()
    assert len(maildir(tmp_path)) == len(letters.ALL)


def mutt_settings(owner: Owner, home: Path, *, tls: bool) -> Path:
    """Settings with which mutt asks nothing."""
    certificate = owner.server.home / "data" / "tls" / "certificate.pem"
    settings = home / "muttrc"
    settings.write_text(
        f"set folder='imap://localhost:{owner.server.imap}/' spoolfile='+INBOX'\n"
        f"set imap_user='{owner.address}' imap_pass='{PASSWORD}'\n"
        f"set ssl_starttls={'yes' if tls else 'no'}\n"
        f"set ssl_force_tls={'yes' if tls else 'no'}\n"
        f"set certificate_file='{certificate}'\n"
        f"set from='{owner.address}' use_domain=no postponed='+Drafts'\n"
        "unset confirmappend confirmcreate wait_key pipe_decode move mark_old\n"
        "set delete=yes quit=yes sort=mailbox-order\n"
    )
    return settings


async def mutt(owner: Owner, home: Path, keys: str, *, tls: bool = False) -> None:
    """mutt, with somebody at its keys."""
    found = program.needed("mutt", MUTT)
    settings = mutt_settings(owner, home, tls=tls)
    push = f'push "{keys}"'
    environment = {"HOME": str(home)}
    # fmt: off
    await terminal.show(
        found, "-n", "-F", settings, "-e", push,
        environment=environment, directory=home,
    )
    # fmt: on


def marked(messages: list[Filed]) -> list[tuple[set[str], bytes]]:
    return [(set(each.flags), after_trace(each.octets)) for each in messages]


@in_clear_and_by_tls
@live
async def test_mutt_reads_and_files(owner: Owner, tmp_path: Path, tls: bool) -> None:
    await primed(owner)
    keys = (
        "<first-entry><pipe-message>cat > read<enter>"
        "<display-message><exit><save-message>=Archive<enter>"
        "<sync-mailbox><quit>"
    )
    await mutt(owner, tmp_path, keys, tls=tls)
    assert after_trace((tmp_path / "read").read_bytes()) == letters.unix(letters.DOTS)
    seen = await owner.sees()
    assert marked(list(seen["Archive"])) == [({"Seen"}, letters.DOTS)]
    rest = [(set[str](), letter) for letter in letters.ALL[1:]]
    assert marked(list(seen["INBOX"])) == rest

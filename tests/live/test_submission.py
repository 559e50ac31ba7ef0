"""Clients of other people hand in mail on 587 and 465, and programs of this machine do."""

from __future__ import annotations

import json
import os
import pwd
import smtplib
import sys
import tempfile
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from live import letters, program
from live.asynchronous import fresh, lasting, live
from live.letters import after_trace
from live.server import PASSWORD, SETTINGS, Server, free_port
from live.test_clients import CURL, SWAKS, for_swaks
from live.test_python import BOUND, trusting
from twisted.internet.threads import deferToThread

MSMTP = "apt install msmtp"
ANA, BOB, CARLA = "ana@example.org", "bob@example.org", "carla@example.net"
TABLES = """
[[listen]]
protocol = "submission"
endpoint = "tcp:{submission}:interface=127.0.0.1"
tls = "starttls"

[[listen]]
protocol = "submission"
endpoint = "tcp:{submissions}:interface=127.0.0.1"
tls = "implicit"

[[listen]]
protocol = "submission"
endpoint = "unix:submission.sock"
tls = "none"

[log]
level = "debug"

[auth.local_users]
{user} = "ana@example.org"
"""

every_letter = pytest.mark.parametrize(
    "letter", letters.ALL[:3], ids=["dots", "eight-bits", "long"]
)
both_ports = pytest.mark.parametrize("tls", ["starttls", "implicit"])


@dataclass(frozen=True, slots=True)
class Office:
    """A server where ana hands in mail, and what bob gets."""

    server: Server
    ports: dict[str, int]

    async def arrived(self) -> bytes:
        """The one message in bob's mailbox, without its trace."""
        (message,) = await self.server.messages("bob")
        assert message.startswith(b"Return-Path: <ana@example.org>\r\n")
        return after_trace(message)


@lasting
async def served() -> AsyncIterator[Office]:
    """A server that the tests of this module share."""
    with tempfile.TemporaryDirectory(prefix="mailnode-live-") as home:
        server = Server(Path(home))
        await server.people("ana", "bob")
        ports = {"starttls": free_port(), "implicit": free_port()}
        tables = TABLES.format(
            submission=ports["starttls"],
            submissions=ports["implicit"],
            user=pwd.getpwuid(os.geteuid()).pw_name,
        )
        server.write_settings(SETTINGS + tables)
        try:
            await server.start()
            yield Office(server, ports)
        finally:
            await server.stop()


@fresh
async def office(served: Office) -> AsyncIterator[Office]:
    """The shared server, with nothing in bob's mailbox."""
    await served.server.messages("bob", remove=True)
    yield served


@every_letter
@both_ports
@live
async def test_swaks(office: Office, tmp_path: Path, tls: str, letter: bytes) -> None:
    swaks = program.needed("swaks", SWAKS)
    file = for_swaks(tmp_path, letter)
    # fmt: off
    await program.run_well(
        swaks, "--server", "127.0.0.1", "--port", str(office.ports[tls]),
        "--tls" if tls == "starttls" else "--tls-on-connect",
        "--auth", "PLAIN", "--auth-user", ANA, "--auth-password", PASSWORD,
        "--from", ANA, "--to", BOB, "--data", f"@{file}", "--suppress-data",
    )
    # fmt: on
    assert await office.arrived() == letter


@live
async def test_swaks_without_a_password(office: Office) -> None:
    swaks = program.needed("swaks", SWAKS)
    where = ("--server", "127.0.0.1", "--port", str(office.ports["starttls"]))
    outcome = await program.run(swaks, *where, "--from", ANA, "--to", BOB)
    assert b"530 5.7.0" in outcome.output
    outcome = await program.run(
        *(swaks, *where, "--from", BOB, "--to", BOB),
        *("--auth-user", ANA, "--auth-password", PASSWORD),
    )
    assert b"550 5.7.1 this sender is not yours" in outcome.output
    assert not await office.server.messages("bob")


@every_letter
@both_ports
@live
async def test_curl(office: Office, tmp_path: Path, tls: str, letter: bytes) -> None:
    curl = program.needed("curl", CURL)
    file = tmp_path / "letter"
    file.write_bytes(letter)
    scheme = "smtp" if tls == "starttls" else "smtps"
    # fmt: off
    await program.run_well(
        curl, "--silent", "--show-error", "--ssl-reqd", "--insecure",
        "--url", f"{scheme}://127.0.0.1:{office.ports[tls]}/client.example.net",
        "--user", f"{ANA}:{PASSWORD}",
        "--mail-from", ANA, "--mail-rcpt", BOB, "--upload-file", file,
    )
    # fmt: on
    assert await office.arrived() == letter


@both_ports
@live
async def test_smtplib(office: Office, tls: str) -> None:
    def send() -> None:
        where = ("127.0.0.1", office.ports[tls])
        client: smtplib.SMTP
        if tls == "implicit":
            client = smtplib.SMTP_SSL(*where, timeout=BOUND, context=trusting())
        else:
            client = smtplib.SMTP(*where, timeout=BOUND)
        with client:
            if tls == "starttls":
                client.starttls(context=trusting())
            client.login(ANA, PASSWORD)
            client.sendmail(
                ANA,
                [BOB],
                letters.DOTS,
                mail_options=["RET=HDRS", "ENVID=QQ314159"],
                rcpt_options=["NOTIFY=NEVER", f"ORCPT=rfc822;{BOB}"],
            )

    await deferToThread(send)
    assert await office.arrived() == letters.DOTS


@both_ports
@live
async def test_msmtp(office: Office, tmp_path: Path, tls: str) -> None:
    msmtp = program.needed("msmtp", MSMTP)
    settings = tmp_path / "msmtprc"
    settings.write_text(
        f"account default\nhost 127.0.0.1\nport {office.ports[tls]}\nfrom {ANA}\n"
        f"auth scram-sha-256\nuser {ANA}\npassword {PASSWORD}\ntls on\n"
        f"tls_starttls {'on' if tls == 'starttls' else 'off'}\ntls_certcheck off\n"
    )
    settings.chmod(0o600)
    await program.run_well(msmtp, "-C", settings, BOB, said=letters.EIGHT_BITS)
    assert await office.arrived() == letters.EIGHT_BITS


def sendmail(office: Office) -> tuple[tuple[str | Path, ...], dict[str, str]]:
    """The command, and the environment in which it finds the server."""
    settings = str(office.server.settings)
    command = (sys.executable, "-m", "mailnode.ctl.sendmail")
    return command, os.environ | {"MAILNODE_CONFIG": settings}


@every_letter
@live
async def test_sendmail(office: Office, letter: bytes) -> None:
    command, environment = sendmail(office)
    said = letter.replace(b"\r\n", b"\n")
    await program.run_well(
        *command, "-i", "-f", ANA, BOB, said=said, environment=environment
    )
    assert await office.arrived() == letter


@live
async def test_sendmail_completes_and_hides(office: Office) -> None:
    command, environment = sendmail(office)
    said = b"To: Bob <bob@example.org>\nBcc: bob@example.org\nSubject: hi\n\nhi\n.\nx\n"
    await program.run_well(
        *command, "-t", "-F", 'Ana "A"', said=said, environment=environment
    )
    got = await office.arrived()
    assert b'From: "Ana \\"A\\"" <ana@example.org>\r\n' in got
    assert b"\r\nMessage-ID: <" in got
    assert b"Bcc" not in got
    assert got.endswith(b"Subject: hi\r\n\r\nhi\r\n")


@live
async def test_sendmail_is_refused(office: Office) -> None:
    command, environment = sendmail(office)

    async def status(*words: str) -> int | None:
        outcome = await program.run(
            *command, *words, said=b"\n", environment=environment
        )
        return outcome.code

    assert await status() == os.EX_USAGE
    assert await status("-bp") == os.EX_USAGE
    assert await status("--colour", BOB) == os.EX_USAGE
    assert await status("nobody@example.org") == os.EX_NOUSER
    assert await status("not an address@") == os.EX_NOUSER
    assert await status("-f", BOB, BOB) == os.EX_NOPERM
    environment["MAILNODE_CONFIG"] = "/nowhere/at/all"
    assert await status(BOB) == os.EX_CONFIG
    assert not await office.server.messages("bob")


@live
async def test_mail_for_elsewhere_waits(office: Office) -> None:
    """Held, so that it is there to be seen whatever the world says to it."""
    message = b"Message-ID: <held@client.example.net>\r\nSubject: later\r\n\r\nx\r\n"

    def send() -> None:
        with smtplib.SMTP("127.0.0.1", office.ports["starttls"], None, BOUND) as client:
            client.starttls(context=trusting())
            client.login(ANA, PASSWORD)
            options = ["HOLDFOR=3600", "MT-PRIORITY=3"]
            client.sendmail(ANA, [BOB, CARLA], message, options)

    await deferToThread(send)
    listed = await office.server.ctl("queue", "list", "--json")
    (entry,) = json.loads(listed.output)["messages"]
    assert (entry["account"], entry["priority"]) == (ANA, 3)
    assert [each["recipient"] for each in entry["recipients"]] == [BOB, CARLA]
    told = await office.server.ctl("trail", "held@client.example.net", "--json")
    steps = json.loads(told.output)["steps"]
    assert [each["event"] for each in steps] == ["received", "queued", "queued"]
    assert {each["id"] for each in steps} == {entry["id"]}
    assert not await office.server.messages("bob")


@live
async def test_nothing_secret_is_told(office: Office) -> None:
    """With all that is said in its sessions, the log has no password."""
    plain = b64encode(f"\0{ANA}\0{PASSWORD}".encode()).decode()

    def log_in(initial: str, *more: str) -> None:
        with smtplib.SMTP("127.0.0.1", office.ports["starttls"], None, BOUND) as client:
            client.starttls(context=trusting())
            client.ehlo()
            replies = [client.docmd("AUTH", initial), *map(client.docmd, more)]
            assert replies[-1][0] == 235

    await deferToThread(log_in, f"PLAIN {plain}")
    await deferToThread(log_in, "PLAIN", plain)
    words = [b64encode(each.encode()).decode() for each in (ANA, PASSWORD)]
    await deferToThread(log_in, "LOGIN", *words)
    told = office.server.output()
    assert "C: AUTH PLAIN (hidden)" in told
    assert told.count("C: (hidden)") >= 3
    for secret in (PASSWORD, plain, words[1]):
        assert secret not in told

"""C{mailnodectl init}: a configuration, a certificate and an empty store."""

from __future__ import annotations

import argparse
import json
import os
import pwd
import socket
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from mailnode.certificate import pair, self_signed
from mailnode.config import LOCAL_FILE, SYSTEM_FILE, Config, load
from mailnode.ctl.alone import asked
from mailnode.ctl.outside import is_trial
from mailnode.ctl.verb import Refused
from mailnode.errors import SyntaxFault
from mailnode.privileges import Owner, become_owner_of, private
from mailnode.settings import BadConfiguration
from mailnode.wire.domain import canonical

EXAMPLE = """\
examples:
  mailnodectl init --domain example.org --hostname mail.example.org
  mailnodectl --config try/mailnode.toml init --domain example.org --hostname localhost
"""
LOOPBACK = {
    "smtp": 2525,
    "submission": 2587,
    "submissions": 2465,
    "lmtp": 2424,
    "pop3": 2110,
    "pop3s": 2995,
    "imap": 2143,
    "imaps": 2993,
    "http": 2480,
    "https": 2443,
}
"""Ports for trying things out: they need no privileges and face nobody."""
PORTS = (
    ("smtp", "smtp", 25, "starttls"),
    ("submission", "submission", 587, "starttls"),
    ("submissions", "submission", 465, "implicit"),
    ("lmtp", "lmtp", 24, "starttls"),
    ("pop3", "pop3", 110, "starttls"),
    ("pop3s", "pop3", 995, "implicit"),
    ("imap", "imap", 143, "starttls"),
    ("imaps", "imap", 993, "implicit"),
    ("http", "http", 80, "none"),
    ("https", "http", 443, "implicit"),
)
"""What to listen for: a name, the protocol, its port (RFC 8314, 7.1), and TLS."""
ONLY_TRIED = ("lmtp", "http")
"""LMTP is for other servers of a machine, if there are any; nobody signs in over HTTP
without TLS but from the machine itself."""
REFUSED, USAGE = 1, 2
"""Exit statuses, as everywhere in mailnodectl."""
SYSTEM_DATA = Path("/var/lib/mailnode")
SYSTEM_USER = "mailnode"


def describe(words: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]  # argparse's own word
    """Add the verb to the command line."""
    here = words.add_parser(
        "init",
        help="write a configuration, make a certificate and an empty store",
        description=(
            "Write a configuration and a self-signed certificate, and make the store. "
            "With the hostname localhost, ports are high and on loopback only. "
            "The file is that of --config; else /etc/mailnode/mailnode.toml for root "
            "and ./mailnode.toml for others."
        ),
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    here.add_argument("--domain", metavar="NAME", help="whose mail it is to keep")
    here.add_argument("--hostname", metavar="NAME", help="what this machine is called")
    here.add_argument("--json", action="store_true", help="print JSON, for scripts")
    here.set_defaults(verb="init")


def run(said: Mapping[str, object]) -> int:
    """Do it; the exit status."""
    file, as_json = place(said), bool(said["json"])
    try:
        domain = named(said, "domain", "Whose mail is to be kept? Domain")
        hostname = named(said, "hostname", "What is this machine called? Hostname")
    except Refused as refused:
        return failed(refused, as_json, USAGE)
    try:
        config = written(file, hostname)
        try:
            furnish(config, domain)
        except (Refused, OSError):
            file.unlink()  # so that it can be tried again
            raise
    except Refused as refused:
        return failed(refused, as_json, REFUSED)
    except OSError as error:
        return failed(Refused(f"{error.filename}: {error.strerror}"), as_json, REFUSED)
    done = {"config": str(file), "data": str(config.data), "domain": domain}
    print(json.dumps(done) if as_json else "\n".join(words(done)))
    return 0


def words(done: Mapping[str, str]) -> Iterator[str]:
    """What there is now, and what to do next."""
    here = f"--config {done['config']} "
    yield f"Wrote {done['config']}; mail for {done['domain']} goes to {done['data']}."
    yield f"Next: mailnodectl {here}user add someone@{done['domain']}"
    yield f"Then: twistd -n mailnode {here}".rstrip()


def failed(refused: Refused, as_json: bool, status: int) -> int:
    """Say why not; the exit status."""
    if as_json:
        print(json.dumps({"error": refused.text, "hint": refused.hint}))
    else:
        print(f"mailnodectl: {refused.text}\n{refused.hint}".rstrip(), file=sys.stderr)
    return status


def place(said: Mapping[str, object]) -> Path:
    """Which file to write."""
    given = said["config"] or os.environ.get("MAILNODE_CONFIG")
    if given:
        return Path(str(given)).expanduser()
    return SYSTEM_FILE if os.geteuid() == 0 else LOCAL_FILE


def named(said: Mapping[str, object], what: str, question: str) -> str:
    """A domain that was given, or is asked for when somebody is there.

    @raise Refused: when there is none.
    """
    given = str(said[what] or "")
    if not given and sys.stdin.isatty():
        given = input(f"{question}: ").strip()
    if not given:
        raise Refused(
            f"--{what} is missing", "There is no terminal to ask at: give it."
        )
    try:
        return canonical(given)
    except SyntaxFault:
        raise Refused(f"--{what}: {given} is not a domain") from None


def written(file: Path, hostname: str) -> Config:
    """Write the configuration, and read it as the server will.

    @raise Refused: when there is one already.
    """
    if file.exists():
        raise Refused(
            f"{file}: there is a configuration already",
            "Change it by hand, or name another place with --config.",
        )
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("x") as new:
        new.write("\n".join(lines(file, hostname)) + "\n")
    try:
        return load(file)
    except BadConfiguration as bad:
        file.unlink()
        raise Refused("\n".join(bad.complaints)) from bad


def lines(file: Path, hostname: str) -> Iterator[str]:
    """The text of the configuration."""
    system = file == SYSTEM_FILE
    yield "# Written by mailnodectl init; every key is explained in mailnode.toml(5)."
    yield f"hostname = {json.dumps(hostname)}"
    yield f"data = {json.dumps(str(SYSTEM_DATA) if system else 'data')}"
    if system and system_user() is not None:
        yield f"user = {json.dumps(SYSTEM_USER)}"
    trial = is_trial(Config(hostname=hostname))
    for name, protocol, number, tls in PORTS:
        if not trial and name in ONLY_TRIED:
            continue
        port = f"tcp:{LOOPBACK[name]}:interface=127.0.0.1" if trial else public(number)
        yield ""
        yield "[[listen]]"
        yield f"protocol = {json.dumps(protocol)}"
        yield f"endpoint = {json.dumps(port)}"
        yield f"tls = {json.dumps(tls)}"


def public(number: int) -> str:
    """An endpoint for everybody, by IPv6 too if this machine has it."""
    try:
        with socket.socket(socket.AF_INET6) as trial:
            trial.bind(("::", 0))
    except OSError:
        return f"tcp:{number}"
    return f"tcp6:{number}"  # It takes IPv4 as well (RFC 3493, 5.3).


def system_user() -> Owner | None:
    """The user that the packages of this machine have for us."""
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        return None
    return Owner(entry.pw_uid, entry.pw_gid)


def furnish(config: Config, domain: str) -> None:
    """Make the store, its certificate and its first domain.

    @raise Refused: when that cannot be done.
    """
    private(config.data, system_user() if config.user else None)
    become_owner_of(config.data)
    os.umask(0o077)
    self_signed(pair(config), config.hostname)
    reply = asked(config, {"verb": "domain add", "said": {"name": domain}})
    if "answer" not in reply:
        raise Refused(str(reply["refused"]))

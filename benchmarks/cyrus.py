"""Debian's Cyrus: JMAP, as a private instance beside the others."""

from __future__ import annotations

import shutil
import smtplib
import socket
import subprocess
from collections.abc import Iterable
from pathlib import Path

from benchmarks import processes
from benchmarks.peers import Product

PACKAGES = "cyrus-caldav"
PROGRAMS = Path("/usr/lib/cyrus/bin")
MASTER = Path("/usr/sbin/cyrmaster")

_IMAPD = """\
configdirectory: {home}/conf
defaultpartition: default
partition-default: {home}/spool
proc_path: {home}/run/proc
mboxname_lockpath: {home}/run/lock
conversations: 1
httpmodules: jmap
allowplaintext: 1
admins: cyrus
sasl_pwcheck_method: alwaystrue
sasl_mech_list: PLAIN
virtdomains: off
unixhierarchysep: 1
altnamespace: 1
autocreate_quota: 0
autocreate_post: 1
# Mail that is put there before anything is measured need not wait for the disk.
skiplist_unsafe: 1
"""
_CYRUS = """\
START {{
  recover cmd="{programs}/ctl_cyrusdb -C {home}/imapd.conf -r"
}}
SERVICES {{
  lmtp cmd="{programs}/lmtpd -C {home}/imapd.conf -a" listen="127.0.0.1:{lmtp}"
  http cmd="{programs}/httpd -C {home}/imapd.conf" listen="127.0.0.1:{http}" prefork=1
}}
EVENTS {{
}}
"""


def missing() -> list[str]:
    """The programs that are not installed."""
    return [str(path) for path in (MASTER, PROGRAMS / "httpd") if not path.exists()]


def version() -> str:
    """The version of the package."""
    query = ["dpkg-query", "--show", "--showformat=${Version}", "cyrus-caldav"]
    done = subprocess.run(query, check=True, capture_output=True, text=True)
    return done.stdout.partition("-")[0]


class Cyrus(Product):
    """JMAP over HTTP, and LMTP to put mail there.

    Its IMAP server is a package that cannot be beside Dovecot."""

    name = "Cyrus"

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.lmtp = processes.free_port()
        self.http = processes.free_port()
        self.api = "/jmap/"

    def start(self) -> None:
        for name in ("conf/db", "conf/socket", "spool", "run"):
            (self.home / name).mkdir(parents=True)
        (self.home / "imapd.conf").write_text(_IMAPD.format(home=self.home))
        (self.home / "cyrus.conf").write_text(
            _CYRUS.format(
                home=self.home, programs=PROGRAMS, lmtp=self.lmtp, http=self.http
            )
        )
        subprocess.run(["chown", "-R", "cyrus:mail", self.home], check=True)
        master = [str(MASTER), "-C", str(self.home / "imapd.conf"), "-D"]
        master += [
            "-M",
            str(self.home / "cyrus.conf"),
            "-p",
            str(self.home / "run/pid"),
        ]
        self.process = processes.start(master, self.log)
        processes.greeted(self.lmtp, self.process, self.log)

    def account(self, _client: object, user: str) -> str:
        """What JMAP calls the account of somebody."""
        return user

    def login(self, user: str) -> str:
        """By what somebody logs in."""
        return user

    def stock(self, user: str, messages: Iterable[bytes]) -> None:
        """Put messages into a mailbox, by LMTP."""
        with smtplib.LMTP("127.0.0.1", self.lmtp) as client:
            assert client.sock is not None
            client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for message in messages:
                client.sendmail("bob@example.net", [user], message)

    def stop(self) -> None:
        super().stop()
        shutil.rmtree(self.home / "run", ignore_errors=True)

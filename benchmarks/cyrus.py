"""Debian's Cyrus: JMAP, as a private instance beside the others."""

from __future__ import annotations

import imaplib
import shutil
import subprocess
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from benchmarks import processes
from benchmarks.peers import PASSWORD, Product

PACKAGES = "cyrus-imapd cyrus-caldav"
PROGRAMS = Path("/usr/lib/cyrus/bin")
MASTER = Path("/usr/sbin/cyrmaster")
TOGETHER = 500
"""Messages of one APPEND: alone, each takes 5 ms."""

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
autocreate_inbox_folders: Drafts | Sent | Trash
autocreate_post: 1
# Mail that is put there before anything is measured need not wait for the disk.
skiplist_unsafe: 1
"""
_CYRUS = """\
START {{
  recover cmd="{programs}/ctl_cyrusdb -C {home}/imapd.conf -r"
}}
SERVICES {{
  imap cmd="{programs}/imapd -C {home}/imapd.conf" listen="127.0.0.1:{imap}"
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
    """JMAP over HTTP, and IMAP to put mail there."""

    name = "Cyrus"

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.imap = processes.free_port()
        self.http = processes.free_port()
        self.api = "/jmap/"

    def start(self) -> None:
        for name in ("conf/db", "conf/socket", "spool", "run"):
            (self.home / name).mkdir(parents=True)
        (self.home / "imapd.conf").write_text(_IMAPD.format(home=self.home))
        (self.home / "cyrus.conf").write_text(
            _CYRUS.format(
                home=self.home, programs=PROGRAMS, imap=self.imap, http=self.http
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
        processes.greeted(self.imap, self.process, self.log)

    def account(self, _client: object, user: str) -> str:
        """What JMAP calls the account of somebody."""
        return user

    def login(self, user: str) -> str:
        """By what somebody logs in."""
        return user

    def stock(self, user: str, messages: Iterable[bytes]) -> None:
        """Put messages into a mailbox, some hundred at a time (RFC 3502)."""
        client = imaplib.IMAP4("127.0.0.1", self.imap)
        client.login(user, PASSWORD)
        left = iter(messages)
        while some := list(islice(left, TOGETHER)):
            literals = b"".join(b" {%d+}\r\n%b" % (len(one), one) for one in some)
            client.send(b"put APPEND INBOX" + literals + b"\r\n")
            assert client.readline().startswith(b"put OK")
        client.logout()

    def stop(self) -> None:
        super().stop()
        shutil.rmtree(self.home / "run", ignore_errors=True)

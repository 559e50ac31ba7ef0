"""Debian's Postfix as a private instance, to exchange mail with.

It lives in a directory of its own, listens on loopback alone, keeps what it
takes in Maildirs, sends by routes it was told, and is ended by its number.
"""

from __future__ import annotations

import os
import pwd
import signal
from collections.abc import Mapping
from pathlib import Path

import pytest
from live import program, talk
from live.server import READY, pause
from twisted.internet import reactor
from twisted.internet.error import ConnectError

BOUND = 20.0
"""Seconds it may take to end."""
INSTALL = "apt-get install postfix"
MASTER = Path("/usr/lib/postfix/sbin/master")
MAIN = """\
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_bind_address = {address}
mynetworks = 127.0.0.0/16
smtpd_peername_lookup = no
myhostname = mail.{domain}
mydestination =
alias_maps =
alias_database =
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {home}/mail
virtual_mailbox_maps = inline:{{ carla@{domain}=carla/ }}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
transport_maps = inline:{{ {routes} }}
smtp_tls_security_level = may
smtp_tls_CApath = /etc/ssl/certs
smtpd_tls_security_level = may
smtpd_tls_chain_files = {home}/tls.pem
notify_classes =
maillog_file = {home}/log
maillog_file_prefixes = {home}
"""
SERVICES = """\
{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """A mail server with one person: carla.

    @ivar routes: the address of the server of each domain it sends to.
    """

    def __init__(
        self,
        home: Path,
        domain: str,
        address: str,
        port: int,
        routes: Mapping[str, str],
    ) -> None:
        self.home = home
        self.domain = domain
        self.address = address
        self.port = port
        self.routes = routes
        self.process: program.Running | None = None

    async def start(self) -> None:
        """Bring it up, or skip the test and say what to install."""
        if not MASTER.exists():
            pytest.skip(f"needs postfix: {INSTALL}")
        if os.geteuid():
            pytest.skip("needs root, to start postfix")
        etc = self.home / "etc"
        for directory in (self.home, etc, self.home / "queue", self.home / "data"):
            directory.mkdir(mode=0o755, exist_ok=True)
        for parent in self.home.parents:  # Its parts run as other users.
            if parent.stat().st_uid == os.geteuid() and parent != Path("/"):
                parent.chmod(parent.stat().st_mode | 0o011)
        ours, mail = pwd.getpwnam("postfix"), pwd.getpwnam("nobody")
        os.chown(self.home / "data", ours.pw_uid, -1)
        (self.home / "mail" / "carla").mkdir(parents=True)
        for each in (self.home / "mail", self.home / "mail" / "carla"):
            os.chown(each, mail.pw_uid, mail.pw_gid)
        await self.certificate()
        routes = ", ".join(
            f"{{ {domain} = smtp:[{address}]:{self.port} }}"
            for domain, address in self.routes.items()
        )
        text = MAIN.format(
            home=self.home,
            address=self.address,
            domain=self.domain,
            routes=routes,
            uid=mail.pw_uid,
            gid=mail.pw_gid,
        )
        (etc / "main.cf").write_text(text)
        services = SERVICES.format(port=f"{self.address}:{self.port}")
        (etc / "master.cf").write_text(services)
        await program.run_well("/usr/sbin/postfix", "-c", etc, "check")
        # In a session of its own: when it ends, it ends all parts of that.
        self.process = program.Running(["/usr/bin/setsid", MASTER, "-c", etc, "-d"])
        self.process.start({"PATH": os.defpath, "MAIL_CONFIG": str(etc)})
        await self.greets()

    async def certificate(self) -> None:
        """Make it a certificate that nobody has signed."""
        # fmt: off
        await program.run_well(
            "/usr/bin/openssl", "req", "-x509", "-newkey", "ec",
            "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", f"/CN=mail.{self.domain}",
            "-keyout", self.home / "key.pem", "-out", self.home / "cert.pem",
        )
        # fmt: on
        both = (self.home / "key.pem").read_text() + (
            self.home / "cert.pem"
        ).read_text()
        (self.home / "tls.pem").write_text(both)

    async def greets(self) -> None:
        """Wait until it does."""
        until = reactor.seconds() + READY
        while True:
            try:
                connection = await self.connect()
            except (ConnectError, talk.Gone):
                assert reactor.seconds() < until, self.log()
                await pause(0.05)
            else:
                connection.close()
                return

    async def connect(self) -> talk.Talk:
        """A session that has been greeted."""
        connection = await talk.connect(self.port, host=self.address)
        assert (await connection.reply()).startswith(b"220")
        return connection

    def log(self) -> str:
        """What it has written down."""
        found = self.home / "log"
        return found.read_text(errors="replace") if found.exists() else ""

    async def send(self, message: bytes, sender: str, *recipients: str) -> None:
        """Hand it a message to send on."""
        client = await self.connect()
        await client.smtp(b"EHLO client.example.com")
        await client.smtp(f"MAIL FROM:<{sender}>".encode())
        for each in recipients:
            await client.smtp(f"RCPT TO:<{each}>".encode())
        await client.smtp(b"DATA", b"354")
        client.say(message + b".\r\n")
        assert (await client.reply()).startswith(b"250")
        await client.smtp(b"QUIT", b"221")
        client.close()

    def messages(self) -> list[bytes]:
        """What carla has."""
        new = self.home / "mail" / "carla" / "new"
        return (
            [each.read_bytes() for each in sorted(new.iterdir())]
            if new.is_dir()
            else []
        )

    async def stop(self) -> None:
        """End it; harmless when it never came up."""
        if self.process is None or not self.process.alive:
            return
        self.process.signal(signal.SIGTERM)
        killing = reactor.callLater(BOUND, self.process.signal, signal.SIGKILL)
        await self.process.ended
        if killing.active():
            killing.cancel()

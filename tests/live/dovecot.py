"""Debian's Dovecot as a private instance, to be asked what we are asked.

It lives in a directory of its own, listens on loopback alone, and is ended by
its number.
"""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest
from live import program, talk
from live.server import PASSWORD, READY, free_port, pause
from twisted.internet import reactor
from twisted.internet.error import ConnectError

BOUND = 10.0
"""Seconds it may take to end."""
INSTALL = "apt-get install dovecot-imapd"
PLACES = f"{os.environ.get('PATH', '')}:/usr/sbin"
PROTOCOL = Path("/usr/lib/dovecot/imap")
SETTINGS = """\
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
listen = 127.0.0.1
protocols = imap
ssl = no
disable_plaintext_auth = no
first_valid_uid = 1
mail_home = {home}/mail/%u
mail_location = sdbox:~/dbox
mail_fsync = never
mail_save_crlf = yes
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={home}/mail/%u
}}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""


class Dovecot:
    """An IMAP server for whoever knows the password.

    @ivar port: where it listens.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.process: program.Running | None = None

    def start(self) -> None:
        """Bring it up, or skip the test and say what to install.

        Only root may start it: it gives its parts to other users.
        """
        found = shutil.which("dovecot", path=PLACES)
        if found is None or not PROTOCOL.exists():
            pytest.skip(f"needs dovecot with imap: {INSTALL}")
        if os.geteuid():
            pytest.skip("needs root, to start dovecot")
        self.home.chmod(0o755)
        (self.home / "mail").mkdir()
        shutil.chown(self.home / "mail", "nobody", "nogroup")
        settings = self.home / "dovecot.conf"
        settings.write_text(
            SETTINGS.format(home=self.home, password=PASSWORD, port=self.port)
        )
        self.process = program.Running([found, "-F", "-c", settings])
        self.process.start({"PATH": os.defpath, "TZ": "UTC"})

    async def greets(self) -> None:
        """Wait until it does."""
        assert self.process is not None
        until = reactor.seconds() + READY
        while True:
            try:
                connection = await talk.connect(self.port)
                greeting = await connection.line()
            except (ConnectError, talk.Gone):
                assert reactor.seconds() < until, bytes(self.process.output)
                assert self.process.alive, bytes(self.process.output)
                await pause(0.05)
            else:
                connection.close()
                assert greeting.startswith(b"* OK"), greeting
                return

    async def stop(self) -> None:
        """End it; harmless when it never came up."""
        if self.process is not None and self.process.alive:
            self.process.signal(signal.SIGTERM)
            killing = reactor.callLater(BOUND, self.process.signal, signal.SIGKILL)
            await self.process.ended
            if killing.active():
                killing.cancel()

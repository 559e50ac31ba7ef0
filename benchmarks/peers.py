"""Debian's Postfix and Dovecot, as private instances that touch nothing of the system.

Each lives in a temporary directory, listens on loopback alone, runs with the
settings it comes with, and is ended by its number.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path

from benchmarks import letters, processes

PACKAGES = "postfix dovecot-core dovecot-imapd dovecot-lmtpd dovecot-pop3d"
PASSWORD = "faminta"
PATIENCE = 60.0
"""Seconds a product has to finish what it took on, such as a queue."""
FILLING = 600.0
"""Seconds to put the messages of a mailbox there, before anything is measured."""

_POSTFIX_MAIN = """\
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
myhostname = mail.example.org
mydestination = {domain}
local_transport = discard:
{transports}
# No look-up of recipients at all: a little less work than it has in real life.
local_recipient_maps =
alias_maps =
alias_database =
"""
_POSTFIX_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
"""
_DOVECOT = """\
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
listen = 127.0.0.1
protocols = lmtp pop3 imap
mail_max_userip_connections = 1000
ssl = no
disable_plaintext_auth = no
first_valid_uid = 1
mail_uid = nobody
mail_gid = nogroup
mail_home = {home}/mail/%u
mail_location = sdbox:~/dbox
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={home}/mail/%u
}}
service lmtp {{
  inet_listener sdbox {{
    port = {sdbox}
  }}
}}
service lmtp-maildir {{
  executable = lmtp -o mail_location=maildir:~/Maildir
  client_limit = 1
  inet_listener maildir {{
    port = {maildir}
  }}
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""


class Product(ABC):
    """A server under load.

    @ivar name: what the table calls it.
    @ivar password: what every account logs in with.
    """

    name: str
    password = PASSWORD

    def __init__(self, home: Path) -> None:
        self.home = home
        home.mkdir(mode=0o755)
        self.log = home / "out"
        self.process: subprocess.Popen[bytes]

    @abstractmethod
    def start(self) -> None:
        """Bring it up and wait for its greeting."""

    def busy(self) -> bool:
        """Whether it still works on what it has taken on."""
        return False

    def settle(self) -> None:
        """Wait until it does not."""
        processes.until(lambda: not self.busy(), PATIENCE, f"{self.name} is busy")

    def stop(self) -> None:
        """End it; harmless when it never came up."""
        if hasattr(self, "process"):
            processes.end(self.process)

    def cpu(self) -> float:
        """Seconds of processor time so far, of all its processes."""
        return processes.cpu(self.process.pid)


def missing() -> list[str]:
    """The programs of the peers that are not installed."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/lib/postfix/sbin"
    return [
        program
        for program in ("postfix", "dovecot", "doveadm")
        if shutil.which(program, path=path) is None
    ]


class Postfix(Product):
    """smtpd, cleanup, queue manager, discard: queueing and nothing after it.

    @ivar transports: how it is configured to send what is not for itself.
    """

    name = "Postfix"

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.smtp = processes.free_port()
        self.transports = "default_transport = discard:"

    def start(self) -> None:
        settings = self.home / "etc"
        for directory in (settings, self.home / "queue", self.home / "data"):
            directory.mkdir(mode=0o755)
        os.chown(self.home / "data", pwd.getpwnam("postfix").pw_uid, -1)
        (settings / "main.cf").write_text(
            _POSTFIX_MAIN.format(
                home=self.home, domain=letters.DOMAIN, transports=self.transports
            )
        )
        (settings / "master.cf").write_text(_POSTFIX_MASTER.format(port=self.smtp))
        subprocess.run(
            ["/usr/sbin/postfix", "-c", settings, "check"],
            check=True,
            capture_output=True,
            timeout=60,
        )
        master = ["/usr/lib/postfix/sbin/master", "-c", str(settings), "-d"]
        environment = {"PATH": os.defpath, "MAIL_CONFIG": str(settings)}
        self.process = processes.start(master, self.log, environment)
        processes.greeted(self.smtp, self.process, self.log)

    def busy(self) -> bool:
        queues = [self.home / "queue" / name for name in ("incoming", "active")]
        return any(any(queue.iterdir()) for queue in queues)


class Dovecot(Product):
    """LMTP into sdbox and into Maildir, POP3 and IMAP from sdbox."""

    name = "Dovecot"

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.sdbox = processes.free_port()
        self.maildir = processes.free_port()
        self.pop3 = processes.free_port()
        self.imap = processes.free_port()
        self.settings = home / "dovecot.conf"

    def start(self) -> None:
        (self.home / "mail").mkdir()
        shutil.chown(self.home / "mail", "nobody", "nogroup")
        self.settings.write_text(
            _DOVECOT.format(
                home=self.home,
                password=PASSWORD,
                sdbox=self.sdbox,
                maildir=self.maildir,
                pop3=self.pop3,
                imap=self.imap,
            )
        )
        dovecot = ["/usr/sbin/dovecot", "-F", "-c", str(self.settings)]
        self.process = processes.start(dovecot, self.log)
        for port in (self.sdbox, self.maildir, self.pop3, self.imap):
            processes.greeted(port, self.process, self.log)

    def fill(self, user: str, numbers: range) -> None:
        """Put letters into a mailbox, without the waiting for the disk."""
        wires = map(letters.letter, numbers)
        self.stock(user, map(letters.octets, wires))

    def stock(self, user: str, messages: Iterable[bytes]) -> None:
        """Put messages into a mailbox, without the waiting for the disk."""
        source = self.home / f"import-{user}"
        for part in ("cur", "new", "tmp"):
            (source / part).mkdir(parents=True)
        for number, message in enumerate(messages):
            name = source / "cur" / f"{number:09d}.letter:2,"
            name.write_bytes(message)
        subprocess.run(["chown", "-R", "nobody:nogroup", source], check=True)
        options = ["-c", str(self.settings), "-o", "mail_fsync=never"]
        command = ["import", "-u", user, f"maildir:{source}", "", "all"]
        subprocess.run(
            ["doveadm", *options, *command],
            check=True,
            capture_output=True,
            timeout=FILLING,
        )
        shutil.rmtree(source)

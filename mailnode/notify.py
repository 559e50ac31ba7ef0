"""What a service tells systemd of itself (sd_notify(3))."""

from __future__ import annotations

import socket
from collections.abc import Mapping


class Notifier:
    """Tells a supervisor that we are ready, alive, reloading or stopping.

    Without C{NOTIFY_SOCKET} in the environment there is nobody to tell, and
    every verb does nothing.

    @ivar watchdog: seconds between signs of life, or 0 when none are wanted.
    """

    def __init__(self, environment: Mapping[str, str], pid: int) -> None:
        name = environment.get("NOTIFY_SOCKET", "")
        # A leading @ stands for the NUL of the abstract namespace (unix(7)).
        self._address = "\0" + name[1:] if name.startswith("@") else name
        self.watchdog = _watchdog(environment, pid)

    def tell(self, *lines: str) -> None:
        """Send one datagram; a supervisor that cannot be reached is passed over."""
        if not self._address:
            return
        message = "\n".join(lines).encode()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.setblocking(False)  # A full queue must not stop the mail.
            try:
                channel.sendto(message, self._address)
            except OSError:
                return

    def ready(self, status: str) -> None:
        """Everything listens and the store is open."""
        self.tell("READY=1", f"STATUS={_one_line(status)}")

    def reloading(self, microseconds: int) -> None:
        """The configuration is read again.

        @param microseconds: CLOCK_MONOTONIC now, in microseconds.
        """
        self.tell("RELOADING=1", f"MONOTONIC_USEC={microseconds}")

    def stopping(self) -> None:
        """No new connections; the sessions there are come to their end."""
        self.tell("STOPPING=1")

    def alive(self) -> None:
        """The reactor still turns."""
        self.tell("WATCHDOG=1")


def _watchdog(environment: Mapping[str, str], pid: int) -> float:
    """Half of C{WATCHDOG_USEC}, in seconds, if it is meant for this process."""
    meant = environment.get("WATCHDOG_PID", "") in {"", str(pid)}
    interval = environment.get("WATCHDOG_USEC", "")
    return int(interval) / 2e6 if meant and interval.isdecimal() else 0.0


def _one_line(text: str) -> str:
    return " ".join(text.split())

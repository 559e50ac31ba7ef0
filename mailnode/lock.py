"""Who may write to a store: one process at a time, by a lock on a file."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class Held(Exception):
    """Another process has the store.

    @ivar pid: which one, or 0 when it has not said.
    """

    def __init__(self, pid: int) -> None:
        who = f"process {pid}" if pid else "another process"
        super().__init__(f"{who} has the store")
        self.pid = pid


class Lock:
    """The right to write to the store of a directory; it ends with the process.

    @raise Held: when another process has it.
    @raise OSError: when the file cannot be made.
    """

    def __init__(self, data: Path) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._file = os.open(data / "lock", flags, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            said = os.read(self._file, 20).strip()
            os.close(self._file)
            raise Held(int(said) if said.isdigit() else 0) from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, b"%d\n" % os.getpid(), 0)

    def release(self) -> None:
        """Let others have it; harmless when done twice."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

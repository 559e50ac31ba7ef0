"""Room that is always left on the disk, so that it never gets quite full."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from mailnode.errors import NoSpace

LARGEST = 64 * 2**20
"""Octets of a large message."""
MIN_FREE = 2 * LARGEST + 64 * 2**20
"""Octets left free: a message in the log and in the database, and some more."""
INTERVAL = 1000
"""Milliseconds for which an answer of the file system is believed."""


class Reserve:
    """Watches how much room the file system of the store has.

    @ivar least: octets below which nothing is taken in.
    @ivar reusable: octets that are free inside the databases; the janitor knows.
    """

    def __init__(
        self,
        directory: Path,
        clock: Callable[[], int],
        least: int = MIN_FREE,
        *,
        free: Callable[[Path], int] | None = None,
    ) -> None:
        """Begin.

        @param free: octets that are free there, if not what statvfs says.
        """
        self.directory = directory
        self.clock = clock
        self.least = least
        self.free = free_octets if free is None else free
        self.asked = -INTERVAL
        self.room = 0
        self.reusable = 0

    def left(self) -> int:
        """Octets that may still be taken in; less than none, if it is too late."""
        now = self.clock()
        if not 0 <= now - self.asked < INTERVAL:
            self.room = self.free(self.directory)
            self.asked = now
        return self.room + self.reusable - self.least

    def check(self, octets: int = 0) -> None:
        """Make sure that so much can be taken in.

        @raise NoSpace: when too little would be left.
        """
        if self.left() < octets:
            raise NoSpace("the disk is nearly full")


def free_octets(directory: Path) -> int:
    """What statvfs says that we may still use."""
    found = os.statvfs(directory)
    return found.f_bavail * found.f_frsize

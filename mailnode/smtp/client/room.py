"""The memory for messages that are converted to seven bits (RFC 6152, 3)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

TOGETHER = 64 * 2**20
"""Octets of all messages that are being encoded anew, and not sent yet."""


class Crowded(Exception):
    """Too much is in memory already."""


class Room:
    """What may be encoded anew at a time: servers that take it slowly, and say that
    they take seven bits only, would fill the memory otherwise.

    @ivar left: octets.
    """

    def __init__(self, left: int = TOGETHER) -> None:
        self.left = left

    @contextmanager
    def held(self, octets: int) -> Iterator[None]:
        """Have some of it for a while.

        @raise Crowded: when there is not so much left.
        """
        if octets > self.left:
            raise Crowded
        self.left -= octets
        try:
            yield
        finally:
            self.left += octets

"""Where a message is gathered before it is kept: in memory, or in a nameless file."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from zope.interface import implementer

from mailnode.errors import NoSpace, Unavailable
from mailnode.interfaces.content import IContent, ISpool
from mailnode.message import header
from mailnode.message.projection import project
from mailnode.message.scan import Scanner
from mailnode.model.message import CHUNK, Projections
from mailnode.store.reserve import Reserve

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""What the system says when there is no more room."""


@implementer(ISpool)
class Spool:
    """Gathers a message, and computes on the way what must be known of it.

    @ivar scanner: C{None}, when nobody is likely to ask.
    """

    def __init__(
        self, directory: Path, reserve: Reserve, *, passing: bool = False
    ) -> None:
        """Begin.

        @param directory: for the file of a message above CHUNK octets, which
            has no name and goes with us, whatever happens.
        @param passing: the message goes to no mailbox.
        """
        self.directory = directory
        self.reserve = reserve
        self.size = 0
        self.memory = bytearray()
        self.file: BinaryIO | None = None
        self.hash = hashlib.sha256()
        self.scanner = None if passing else Scanner()

    def write(self, data: bytes) -> None:
        """Add some octets.

        @raise NoSpace: when the disk is full, or nearly.
        @raise Unavailable: when it cannot be written to.
        """
        self.reserve.check()
        self.hash.update(data)
        if self.scanner is not None:
            self.scanner.feed(data)
        self.size += len(data)
        self.memory += data
        if len(self.memory) > CHUNK:
            self.spill()

    def spill(self) -> None:
        """Write what is in memory to the file."""
        try:
            if self.file is None:
                self.file = TemporaryFile(dir=self.directory, buffering=0)  # noqa: SIM115
            left = memoryview(self.memory)
            while left:
                written = self.file.write(left)
                left = left[written:]
        except OSError as error:
            if error.errno in FULL:
                raise NoSpace("the disk is full") from error
            raise Unavailable("the message cannot be kept") from error
        self.memory = bytearray()

    def seal(self) -> Content:
        """Say that this was all."""
        if self.file is not None:
            self.spill()
        content = Content(self.size, self.hash.digest())
        if self.scanner is not None:
            content.projections = project(self.scanner.close())
        content.memory, content.file = bytes(self.memory), self.file
        self.memory, self.file = bytearray(), None
        return content

    def discard(self) -> None:
        """Forget everything."""
        self.memory = bytearray()
        if self.file is not None:
            self.file.close()
            self.file = None


@implementer(IContent)
class Content:
    """A whole message that is not kept yet.

    @ivar memory: its octets, if there is no C{file}.
    """

    def __init__(self, size: int, hash: bytes) -> None:  # noqa: A002
        self.size = size
        self.hash = hash
        self.memory = b""
        self.file: BinaryIO | None = None

    @cached_property
    def projections(self) -> Projections:
        """What is computed on the way in, mostly."""
        scanner = Scanner()
        for data in self.chunks():
            scanner.feed(data)
        return project(scanner.close())

    @cached_property
    def header_size(self) -> int:
        """Octets of the header and its empty line."""
        end = header.END.search(next(self.chunks(), b""))
        return self.projections.header_size if end is None else end.end()

    def chunks(self) -> Iterator[bytes]:
        """The octets in order, in pieces of CHUNK but the last.

        @raise Unavailable: when they have been discarded, or cannot be read.
        """
        if self.file is None:
            if len(self.memory) != self.size:
                raise Unavailable("the message has been discarded")
            if self.memory:
                yield self.memory
            return
        file = self.file
        for start in range(0, self.size, CHUNK):
            wanted = min(CHUNK, self.size - start)
            if file.closed:
                raise Unavailable("the message has been discarded")
            data = os.pread(file.fileno(), wanted, start)
            if len(data) != wanted:
                raise Unavailable("the message cannot be read")
            yield data

    def discard(self) -> None:
        """Forget the octets."""
        self.memory = b""
        if self.file is not None:
            self.file.close()

"""A file system that fails when told to, for SQLite; and a loop in place of a reactor."""

from __future__ import annotations

import queue
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import apsw
from twisted.internet.defer import Deferred
from twisted.internet.posixbase import PosixReactorBase
from twisted.python.failure import Failure

T = TypeVar("T")
PATIENCE = 20.0
"""Seconds after which a test is lost."""


class Loop:
    """Runs what it is asked to run, by threads too, in this thread."""

    def __init__(self) -> None:
        self.calls: queue.Queue[Callable[[], object]] = queue.Queue()

    def callFromThread(self, f: Callable[..., Any], *args: Any, **kw: Any) -> None:
        """What a thread asks."""
        self.calls.put(lambda: f(*args, **kw))

    def callLater(self, delay: float, f: Callable[..., Any]) -> None:
        """What is asked for the next turn."""
        assert delay == 0
        self.calls.put(f)

    def once(self) -> None:
        """Run one of them."""
        self.calls.get(timeout=PATIENCE)()

    def wait(self, work: Awaitable[T]) -> T:
        """What a coroutine comes to."""
        [result] = self.outcomes([work])
        if isinstance(result, BaseException):
            raise result
        return cast("T", result)

    def outcomes(self, works: Sequence[Awaitable[Any]]) -> list[object]:
        """What some coroutines that go on side by side come to, or raise."""
        done: list[list[object]] = []
        for work in works:
            box: list[object] = []
            _ = begun(work).addBoth(box.append)
            done.append(box)
        while not all(done):
            self.once()
        return [box[0].value if isinstance(box[0], Failure) else box[0] for box in done]

    @property
    def reactor(self) -> PosixReactorBase:
        """This loop, where a reactor is wanted."""
        return cast("PosixReactorBase", self)


def begun(work: Awaitable[Any]) -> Deferred[object]:
    """A coroutine under way."""

    async def going() -> object:
        return await work

    return Deferred.fromCoroutine(going())


class Faults(apsw.VFS):
    """SQLite's own file system, but the operations we choose fail.

    @ivar fails: given the name of an operation and of a file, raises or not.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.fails: Callable[[str, str], None] = lambda operation, file: None
        super().__init__(name, "")

    def xOpen(
        self, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> apsw.VFSFile:
        return FaultyFile(self, name, flags)


class FaultyFile(apsw.VFSFile):
    """A file of such a file system."""

    def __init__(
        self, faults: Faults, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> None:
        self.faults = faults
        self.name = str(name.filename() if isinstance(name, apsw.URIFilename) else name)
        super().__init__("", name, flags)

    def xWrite(self, data: Any, offset: int) -> None:
        self.faults.fails("write", self.name)
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:
        self.faults.fails("sync", self.name)
        super().xSync(flags)


class FailAt:
    """Lets operations pass, but for the k-th and perhaps all behind it."""

    def __init__(self, k: int, error: type[apsw.Error], *, lasting: bool) -> None:
        self.left = k
        self.error = error
        self.lasting = lasting
        self.failed = False

    def __call__(self, operation: str, file: str) -> None:
        self.left -= 1
        if self.left == 0 or (self.lasting and self.left < 0):
            self.failed = True
            raise self.error(f"{operation} {file}")


@contextmanager
def quiet() -> Iterator[None]:
    """apsw says of errors in a VFS that nobody caught them, and means us."""
    before = sys.unraisablehook
    sys.unraisablehook = lambda _: None
    try:
        yield
    finally:
        sys.unraisablehook = before

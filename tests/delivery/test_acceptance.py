"""A message is taken for all its targets or for none, whatever becomes of reports."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from office import envelope
from store.keeping import now

from mailnode.delivery.acceptance import Acceptance, Report
from mailnode.errors import NoSpace
from mailnode.interfaces.content import IContent
from mailnode.model.envelope import Envelope
from mailnode.testing import MemoryContent, MemoryQueue, MemoryStore

MESSAGE = envelope("m1", "bob@example.net")


class Narrow(MemoryQueue):
    """A queue that has room for so many messages."""

    def __init__(self, room: int) -> None:
        super().__init__(lambda: 0)
        self.room = room

    async def put(self, envelope: Envelope, content: IContent) -> None:
        if len(self.kept) >= self.room:
            raise NoSpace("the disk is full")
        await super().put(envelope, content)


async def expand(
    envelope: Envelope, content: IContent
) -> tuple[Envelope, Sequence[Report]]:
    """Everybody hears of lists."""
    return envelope, [(report(n), MemoryContent(b"\r\n")) for n in range(2)]


def report(number: int) -> Envelope:
    return envelope(f"r{number}", "ana@example.org", sender="")


@pytest.mark.parametrize(("room", "kept"), [(1, ["m1"]), (2, ["m1", "r0"])])
def test_a_message_that_is_kept_is_taken_without_its_reports(
    room: int, kept: list[str]
) -> None:
    queue = Narrow(room)
    acceptance = Acceptance(MemoryStore(), queue, expand)
    now(acceptance.accept(MESSAGE, MemoryContent(b"\r\n")))
    assert list(queue.kept) == kept


def test_a_message_that_is_not_kept_is_not_reported_on() -> None:
    queue = Narrow(0)
    acceptance = Acceptance(MemoryStore(), queue, expand)
    with pytest.raises(NoSpace):
        now(acceptance.accept(MESSAGE, MemoryContent(b"\r\n")))
    assert not queue.kept

"""Every test of the store ends with a look at all that must be true."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from store.keeping import Keeping, Opening
from store.queueing import Line

from mailnode.interfaces.queue import IQueue
from mailnode.store.account import Account
from mailnode.store.store import Limits
from mailnode.testing import MemoryQueue


@pytest.fixture
def opening(tmp_path: Path) -> Iterator[Opening]:
    """Makes stores; all of them must be sound in the end."""
    opened: list[Keeping] = []

    def make(shards: int = 1, quota: Limits | None = None) -> Keeping:
        opened.append(Keeping(tmp_path, shards, quota))
        return opened[-1]

    yield make
    for keeping in opened:
        keeping.sound()
        assert keeping.failures == []
        keeping.close()


@pytest.fixture
def keeping(opening: Opening) -> Keeping:
    """A store with one shard."""
    return opening()


@pytest.fixture
def ana(keeping: Keeping) -> Account:
    """Ana's mail."""
    return keeping.account()


@pytest.fixture
def line(keeping: Keeping) -> Line:
    return Line(keeping)


@pytest.fixture(params=["memory", "stored"])
def queue(request: pytest.FixtureRequest, keeping: Keeping) -> IQueue:
    """Both of them: what is promised is promised by both."""
    if request.param == "memory":
        return MemoryQueue(keeping.clock)
    return Line(keeping).queue

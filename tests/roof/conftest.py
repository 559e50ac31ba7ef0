"""What the tests of the roof share: a place to try things."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from trial import PATIENCE, Trial


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Trial]:
    """A place to try a server; whatever was started is ended."""
    here = Trial(tmp_path, [])
    yield here
    for each in here.started:
        if each.running.poll() is None:
            each.running.send_signal(signal.SIGKILL)
            each.running.wait(PATIENCE)

"""Every dialogue of the queue, in memory: days pass in milliseconds."""

from __future__ import annotations

from pathlib import Path

import pytest
from queueing import play

SCRIPTS = sorted((Path(__file__).parents[1] / "dialogues" / "queue").glob("*.txt"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_dialogue(path: Path) -> None:
    """What happens is what is written."""
    play(path)

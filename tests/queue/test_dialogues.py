"""Every dialogue of the queue, in memory and over the store: days are milliseconds."""

from __future__ import annotations

from pathlib import Path

import pytest
from queueing import play
from store.keeping import Keeping

SCRIPTS = sorted((Path(__file__).parents[1] / "dialogues" / "queue").glob("*.txt"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_dialogue(path: Path) -> None:
    """What happens is what is written."""
    play(path)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_dialogue_over_the_store(path: Path, tmp_path: Path) -> None:
    """The same, and in the end the store agrees with itself."""
    keeping = Keeping(tmp_path)
    play(path, keeping)
    keeping.sound()
    keeping.close()

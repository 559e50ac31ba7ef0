"""Mail that leaves by JMAP, and what is answered: dialogues of method calls."""

from __future__ import annotations

from pathlib import Path

import calls
import pytest

SCRIPTS = sorted((Path(__file__).parents[1] / "dialogues" / "sending").glob("*.txt"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_dialogue(path: Path, tmp_path: Path) -> None:
    """The server says what it should."""
    calls.play(path, tmp_path)

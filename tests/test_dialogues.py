"""Every dialogue, with a server that lives in memory.

The protocol is the name of the folder; in C{hostile} and C{walk} the word
before the first hyphen of the file's name.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from dialogue import play, read
from world import World

HERE = Path(__file__).parent / "dialogues"
MIXED = ("hostile", "walk")


def protocol(script: Path) -> str:
    """What the server of a script speaks."""
    folder = script.parent.name
    return script.stem.partition("-")[0] if folder in MIXED else folder


@pytest.mark.parametrize(
    "path",
    sorted(HERE.glob("*/*.txt")),
    ids=lambda path: f"{path.parent.name}/{path.stem}",
)
def test_dialogue(path: Path) -> None:
    """The server says what it should."""
    script = read(path)
    world = World(script, protocol(path))
    play(script, world.connect, world.clock, world.events)

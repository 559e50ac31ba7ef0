"""Every dialogue, with a server that lives in memory; and over the real store.

The protocol is the name of the folder; in C{hostile} and C{walk} the word
before the first hyphen of the file's name.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import remote
from dialogue import play, read
from store.keeping import Keeping
from world import World

HERE = Path(__file__).parent / "dialogues"
MIXED = ("hostile", "walk")


def protocol(script: Path) -> str:
    """What the server of a script speaks."""
    folder = script.parent.name
    return script.stem.partition("-")[0] if folder in MIXED else folder


RELAY = "relay"
"""The protocol of those dialogues in which we are the client."""
OTHERS = ("queue", "sending")
"""Folders whose dialogues have players of their own."""
SCRIPTS = sorted(
    each for each in HERE.glob("*/*.txt") if each.parent.name not in OTHERS
)
MAILBOXES = ("pop3", "smtp", "lmtp", "submission")
"""Protocols whose servers can read or bring mail in the real store."""
STORED = [each for each in SCRIPTS if "\nWith: store real\n" in each.read_text("utf-8")]
"""Those of other protocols that need the real store."""


def name(path: Path) -> str:
    """A script's folder and name."""
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("path", [e for e in SCRIPTS if e not in STORED], ids=name)
def test_dialogue(path: Path) -> None:
    """The server says what it should."""
    script = read(path)
    if protocol(path) == RELAY:
        remote.play(script)
        return
    world = World(script, protocol(path))
    play(script, world.connect, world.clock, world.events)


@pytest.mark.parametrize(
    "path",
    [each for each in SCRIPTS if protocol(each) in MAILBOXES or each in STORED],
    ids=name,
)
def test_dialogue_over_the_store(path: Path, tmp_path: Path) -> None:
    """The same, and in the end the store agrees with itself."""
    script = read(path)
    keeping = Keeping(tmp_path)
    world = World(script, protocol(path), keeping)
    play(script, world.connect, world.clock, world.events)
    keeping.sound()
    assert keeping.failures == []
    keeping.close()

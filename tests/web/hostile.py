"""The corpus of hostile HTML, piece by piece, and as bodies that nobody has sanitised."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from mailnode.message import document as shown

CORPUS = Path(__file__).parent / "corpus"
EVENTS = "events"
ESCAPE = re.compile(r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})")
ELEMENTS = (
    "<img src=x {}=ran()>",
    '<p {}="ran()" tabindex=1>x</p>',
    "<a href=http://remote.test/ {}='ran()'>x</a>",
    "<table {}=ran()><tr {}=ran()><td {}=ran()>x</table>",
)
"""Where each event is tried."""


def pieces() -> Iterator[tuple[str, str]]:
    """Every piece with its class."""
    for file in sorted(CORPUS.glob("*.txt")):
        for line in file.read_text("utf-8").splitlines():
            said = ESCAPE.sub(lambda found: chr(int(found[1] or found[2], 16)), line)
            if file.stem != EVENTS:
                yield file.stem, said
                continue
            for each in ELEMENTS:
                yield file.stem, each.replace("{}", said)


PIECES = list(pieces())


def document(piece: str) -> str:
    """A body of the webmail with this in it, as if the sanitiser had let it pass."""
    return shown.document([shown.rich(piece)], dark=False, blocked=0)

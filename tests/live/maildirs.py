"""Maildirs on the other side of a client that keeps two sides alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from live.letters import unix
from live.owner import Sight

MARKS = {
    "D": "Draft",
    "F": "Flagged",
    "R": "Answered",
    "S": "Seen",
    "T": "Deleted",
}
"""The letters in a file's name that stand for flags of IMAP."""

_MARK = re.compile(rb"^X-TUID: .{12}\r?\n", re.MULTILINE)
"""The field by which mbsync knows a message again, at the end of its header."""

Message = tuple[frozenset[str], bytes]
Content = Mapping[str, list[Message]]
"""Mailboxes by name, each message with flags and octets, in no order that counts."""


@dataclass(frozen=True, slots=True)
class Maildirs:
    """A folder with one Maildir for each mailbox, and mailboxes within mailboxes."""

    root: Path

    def boxes(self) -> dict[str, Path]:
        """Every mailbox by name."""
        found = sorted(path.parent for path in self.root.rglob("cur"))
        return {path.relative_to(self.root).as_posix(): path for path in found}

    def content(self) -> Content:
        return {
            name: ordered(
                (marks(file), plain(file.read_bytes())) for file in files(path)
            )
            for name, path in self.boxes().items()
        }

    def sight(self) -> Mapping[str, list[tuple[str, bytes]]]:
        """The same with the names of the files: what a run with no news keeps."""
        return {
            name: [(file.name, file.read_bytes()) for file in files(path)]
            for name, path in self.boxes().items()
        }

    def file(self, mailbox: str, part: bytes) -> Path:
        """The one file of a mailbox that has C{part} in it."""
        (found,) = (
            file for file in files(self.root / mailbox) if part in file.read_bytes()
        )
        return found

    def add(self, mailbox: str, message: bytes, name: str) -> None:
        """Drop a new message, in a new mailbox if it is not there."""
        box = self.root / mailbox
        for part in ("cur", "new", "tmp"):
            (box / part).mkdir(parents=True, exist_ok=True)
        (box / "new" / name).write_bytes(unix(message))

    def mark(self, mailbox: str, part: bytes, letters: str) -> None:
        """Give a message these flags and no other."""
        file = self.file(mailbox, part)
        plain = file.name.partition(":2,")[0]
        file.rename(file.parents[1] / "cur" / f"{plain}:2,{letters}")


def files(box: Path) -> list[Path]:
    """The messages of one Maildir."""
    return sorted(file for part in ("cur", "new") for file in (box / part).iterdir())


def marks(file: Path) -> frozenset[str]:
    """The flags that a file's name tells of."""
    letters = file.name.partition(":2,")[2]
    return frozenset(MARKS[each] for each in letters)


def ordered(messages: Iterable[Message]) -> list[Message]:
    return sorted(messages, key=lambda each: (each[1], sorted(each[0])))


def on_server(seen: Sight) -> Content:
    """What the server has, with the line ends of files."""
    return {
        name: ordered((each.flags, plain(unix(each.octets))) for each in messages)
        for name, messages in seen.items()
    }


def plain(message: bytes) -> bytes:
    """A message without the field that mbsync adds to its copies."""
    return _MARK.sub(b"", message, count=1)

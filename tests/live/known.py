"""Where our answers and those of Dovecot 2.3 differ, and why ours are what they are.

The reasons are told in docs/decisions/0011-where-we-differ-from-dovecot.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from live.differing import Difference

ENVELOPE = r"(BODY(STRUCTURE)? [\d.]+ envelope|ENVELOPE) "
STRUCTURE = r"BODY(STRUCTURE)? [\d.]* ?"
PART = r"(BODY|BINARY)(\.SIZE)?\[\d"
ANY = r".*"

Pair = Callable[[object, object], bool]


def whatever(ours: object, theirs: object) -> bool:
    return True


@dataclass(frozen=True)
class Known:
    """Some differences that have one reason.

    @ivar messages: patterns of names.
    @ivar item: matches what is asked.
    @ivar holds: what else must be so of both answers.
    """

    reason: str
    messages: tuple[str, ...]
    item: str = ANY
    holds: Pair = whatever

    def covers(self, each: Difference) -> bool:
        return (
            any(fnmatchcase(each.message, name) for name in self.messages)
            and re.fullmatch(self.item, each.item, re.DOTALL) is not None
            and self.holds(each.ours, each.theirs)
        )

KNOWN=()

"""What a server can do, as its answer to EHLO says (RFC 5321, 4.1.1.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from mailnode.smtp.client.answer import Answer

EHLO_LINE = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)(?:[ =](.*))?")
"""C{ehlo-line}; some servers write C{AUTH=} for clients of before RFC 4954."""
NUMBER = re.compile(r"[0-9]{1,20}")
LEAST_RECIPIENTS = 100
"""What every server takes in one transaction (RFC 5321, 4.5.3.1.8)."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Keywords in upper case, each with its words."""

    offered: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )

    def __contains__(self, keyword: str) -> bool:
        """Whether a keyword is offered."""
        return keyword in self.offered

    def words(self, keyword: str) -> tuple[str, ...]:
        """What stands behind a keyword."""
        return self.offered.get(keyword, ())

    def number(self, keyword: str) -> int:
        """The number behind a keyword; 0 when there is none."""
        words = self.words(keyword)
        return int(words[0]) if words and NUMBER.fullmatch(words[0]) else 0

    @property
    def size(self) -> int:
        """The most octets of a message; 0 is any number (RFC 1870, 4)."""
        return self.number("SIZE")

    @property
    def recipients(self) -> int:
        """The most recipients of a transaction (RFC 9422, 4.2)."""
        for word in self.words("LIMITS"):
            name, _, value = word.partition("=")
            if name.upper() == "RCPTMAX" and NUMBER.fullmatch(value) and int(value):
                return min(int(value), LEAST_RECIPIENTS)
        return LEAST_RECIPIENTS

    @property
    def mechanisms(self) -> frozenset[str]:
        """The SASL mechanisms (RFC 4954, 3)."""
        return frozenset(word.upper() for word in self.words("AUTH"))


NOTHING = Capabilities()
"""Of a server that knows HELO only, or has not been asked."""


def read(answer: Answer) -> Capabilities:
    """The capabilities in an answer to EHLO; lines that are none are passed over."""
    offered: dict[str, tuple[str, ...]] = {}
    for line in answer.lines[1:]:
        found = EHLO_LINE.fullmatch(line.strip())
        if found is not None:
            keyword = found[1].upper()
            words = tuple((found[2] or "").split())
            offered[keyword] = offered.get(keyword, ()) + words
    return Capabilities(MappingProxyType(offered))

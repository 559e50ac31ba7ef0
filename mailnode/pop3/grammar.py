"""What may stand behind a command (RFC 1939, 3)."""

from __future__ import annotations

import re

from mailnode.errors import SyntaxFault

NUMBER = re.compile(rb"[0-9]{1,10}")
"""No maildrop has more messages, and no message more lines."""


def number(words: bytes, rule: str) -> int:
    """A decimal number, and nothing else.

    @param rule: what it is the number of.
    @raise SyntaxFault: when it is none; it names C{rule}.
    """
    if NUMBER.fullmatch(words) is None:
        raise SyntaxFault(rule)
    return int(words)


def nothing(words: bytes) -> None:
    """For commands that have no arguments.

    @raise SyntaxFault: when there are some.
    """
    if words:
        raise SyntaxFault("the end of the line")

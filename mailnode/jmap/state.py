"""States of what changes: the modseq of the last change, as a string (RFC 8620, 5.1)."""

from __future__ import annotations

import re

from mailnode.jmap.standard import CannotCalculate

STATE = re.compile(r"m(0|[1-9]\d{0,17})", re.ASCII)


def written(modseq: int) -> str:
    """The state after a change."""
    return f"m{modseq}"


def modseq(said: str) -> int:
    """The last change of a state.

    @raise CannotCalculate: when it is no state of ours.
    """
    found = STATE.fullmatch(said)
    if found is None:
        raise CannotCalculate
    return int(found[1])

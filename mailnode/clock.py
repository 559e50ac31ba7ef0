"""Time in whole milliseconds, and what it is for those to whom nobody hands a clock."""

from __future__ import annotations

import time

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def now() -> int:
    """Milliseconds since 1970 in UTC."""
    return time.time_ns() // 1_000_000


def monotonic() -> int:
    """Milliseconds that only ever grow; for measuring, not for dates."""
    return time.monotonic_ns() // 1_000_000

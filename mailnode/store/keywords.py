"""Keywords as JMAP writes them, in the spelling of flags (RFC 8621, 4.1.1)."""

from __future__ import annotations

import re
from collections.abc import Collection

from mailnode.errors import NotPermitted
from mailnode.model.message import ANSWERED, DRAFT, FLAGGED, SEEN

KEYWORD = re.compile(r"[!#$&'+-\[^-z|-~]{1,255}")
"""RFC 8621, 4.1.1: visible ASCII, without what IMAP's atoms have not."""

SPELLINGS = {
    "$answered": ANSWERED,
    "$draft": DRAFT,
    "$flagged": FLAGGED,
    "$seen": SEEN,
    "$forwarded": "$Forwarded",
    "$important": "$Important",
    "$junk": "$Junk",
    "$mdnsent": "$MDNSent",
    "$notjunk": "$NotJunk",
    "$phishing": "$Phishing",
    "$submitpending": "$SubmitPending",
    "$submitted": "$Submitted",
}
"""Four that are flags of the system, and how the registry writes those of others."""


def spelt(keywords: Collection[str]) -> tuple[str, ...]:
    """Flags for some keywords, each once, in order.

    @raise NotPermitted: for a keyword there cannot be.
    """
    for keyword in keywords:
        if KEYWORD.fullmatch(keyword) is None:
            raise NotPermitted("there is no such keyword")
    folded = sorted({keyword.lower() for keyword in keywords})
    return tuple(SPELLINGS.get(keyword, keyword) for keyword in folded)

"""The wildcards of LIST, matched in linear time (RFC 9051, 6.3.9)."""

from __future__ import annotations

import re
import unicodedata

from mailnode.model.mailbox import INBOX, NAME_LIMIT, SEPARATOR

WILD = re.compile(r"[%*]+")
ANY_INBOX = re.compile(r"inbox(?=[/%*]|\Z)", re.IGNORECASE)


class Pattern:
    """A canonical LIST pattern.

    The places where a name may stand in the pattern are the bits of one
    number, all moved on at once by each character: no pattern makes us go
    back.

    @ivar levels: C{%} is its last character, so that levels which are no
        mailboxes match too.
    """

    def __init__(self, text: str) -> None:
        text = unicodedata.normalize("NFC", text)
        text = ANY_INBOX.sub(INBOX, text, count=1) if text[:1] in "iI" else text
        text = WILD.sub(lambda run: "*" if "*" in run[0] else "%", text)
        self.levels = text.endswith("%")
        self.usable = len(text) <= 2 * NAME_LIMIT  # each character, and between them
        self.text = text
        self.masks: dict[str, int] = {}
        self.wild = self.star = 0
        for place, char in enumerate(text if self.usable else ""):
            if char in "%*":
                self.wild |= 1 << place
                self.star |= (char == "*") << place
            else:
                self.masks[char] = self.masks.get(char, 0) | 1 << place

    def matches(self, name: str) -> bool:
        """Whether the whole name matches."""
        if self.text == "*" or not self.usable:
            return self.usable
        masks, wild, star = self.masks, self.wild, self.star
        places = 1 | (1 & wild) << 1
        for char in name:
            stay = places & (star if char == SEPARATOR else wild)
            places = (places & masks.get(char, 0)) << 1 | stay
            places |= (places & wild) << 1
            if not places:
                return False
        return bool(places >> len(self.text) & 1)

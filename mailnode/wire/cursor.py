"""A place in some octets, and the few ways to move it forward.

Grammars subclass L{Cursor}: each of their methods is one rule of an ABNF and
bears its name.
"""

from __future__ import annotations

import re

from mailnode.errors import SyntaxFault


class Cursor:
    """Read octets from left to right.

    @ivar text: what is read.
    @ivar at: the next octet, from 0.
    """

    def __init__(self, text: bytes, at: int = 0) -> None:
        self.text = text
        self.at = at

    def fault(self, rule: str) -> SyntaxFault:
        """The complaint that C{rule} was expected here."""
        return SyntaxFault(rule, self.at)

    def match(self, pattern: re.Pattern[bytes]) -> bytes | None:
        """Step over C{pattern} if it is next, and return what it matched."""
        found = pattern.match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        return found[0]

    def expect(self, pattern: re.Pattern[bytes], rule: str) -> bytes:
        """Step over C{pattern} and return what it matched.

        @raise SyntaxFault: when it is not next; it names C{rule}.
        """
        found = self.match(pattern)
        if found is None:
            raise self.fault(rule)
        return found

    def take(self, word: bytes) -> bool:
        """Step over C{word}, in any case, if it is next."""
        end = self.at + len(word)
        if self.text[self.at : end].lower() != word.lower():
            return False
        self.at = end
        return True

    def need(self, word: bytes) -> None:
        """Step over C{word}, in any case.

        @raise SyntaxFault: when it is not next.
        """
        if not self.take(word):
            raise self.fault(repr(word.decode("ascii", "replace")))

    def rest(self) -> bytes:
        """Everything that is left."""
        rest = self.text[self.at :]
        self.at = len(self.text)
        return rest

    def end(self) -> None:
        """See that nothing is left.

        @raise SyntaxFault: when something is.
        """
        if self.at < len(self.text):
            raise self.fault("the end")

"""What stands behind a verb: paths and parameters (RFC 5321, 4.1.1 and 4.1.2)."""

from __future__ import annotations

import re
from functools import lru_cache

from mailnode.errors import SyntaxFault
from mailnode.model.envelope import Address
from mailnode.wire.path import PathCursor

SPACES = re.compile(rb" *")
KEYWORD = re.compile(rb"[A-Za-z0-9][A-Za-z0-9-]*")
VALUE = re.compile(rb"[!-<>-~\x80-\xff]+")
NUMBER = re.compile(rb"[0-9]{1,20}(?![0-9])")
"""RFC 1870, 4: up to 20 digits."""
WORD = re.compile(rb"[!-~]+")
TRAILING = b" \t"
REMEMBERED = 2048
"""Paths that need not be read again."""

Parameters = list[tuple[str, str | None]]


@lru_cache(REMEMBERED)
def path(octets: bytes, local_limit: int) -> tuple[Address, bool]:
    """A path and nothing else, and whether it is international.

    @raise SyntaxFault: when it is none.
    """
    cursor = PathCursor(octets)
    found = cursor.path(local_limit)
    cursor.end()
    return found, cursor.international


class Arguments(PathCursor):
    """The rest of a command line, read from left to right.

    White space at the end is tolerated (RFC 5321, 4.1.1).
    """

    def __init__(self, line: bytes, at: int = 0) -> None:
        super().__init__(line.rstrip(TRAILING), at)

    def sp(self) -> Arguments:
        """C{SP}, one or more."""
        self.need(b" ")
        self.match(SPACES)
        return self

    def sender(self) -> Address | None:
        """C{"FROM:" Reverse-path}

        A space after the colon is tolerated: it is forbidden (RFC 5321, 3.3),
        common, and harmless.
        """
        self.need(b"FROM:")
        self.match(SPACES)
        return self.reverse_path()

    def recipient(self) -> Address:
        """C{"TO:" Forward-path}, a space after the colon tolerated."""
        self.need(b"TO:")
        self.match(SPACES)
        return self.forward_path()

    def path(self, local_limit: int) -> Address:
        """C{"<" [ A-d-l ":" ] Mailbox ">"}; those of late are remembered.

        Nothing in a path that ends with its first C{>} depends on what follows.
        """
        end = self.text.find(b">", self.at) + 1
        try:
            found, international = path(self.text[self.at : end], local_limit)
        except SyntaxFault:  # in it may be a > in quotes
            return super().path(local_limit)
        self.at = end
        self.international = self.international or international
        return found

    def parameters(self) -> Parameters:
        """C{*( SP esmtp-param )} to the end of the line, names in upper case.

        @raise SyntaxFault: when something is no parameter, or comes twice.
        """
        found: dict[str, str | None] = {}
        while self.at < len(self.text):
            name, value = self.sp().parameter()
            if name in found:
                raise self.fault(f"the parameter {name} once")
            found[name] = value
        return list(found.items())

    def parameter(self) -> tuple[str, str | None]:
        """C{esmtp-keyword ["=" esmtp-value]}"""
        name = self.expect(KEYWORD, "esmtp-keyword").decode("ascii").upper()
        if not self.take(b"="):
            return name, None
        start = self.at
        value = self.expect(VALUE, "esmtp-value")
        try:
            return name, value.decode("utf-8")  # RFC 6531, 3.3
        except UnicodeDecodeError:
            raise SyntaxFault("esmtp-value in UTF-8", start) from None

    def number(self) -> int:
        """C{1*20DIGIT}"""
        return int(self.expect(NUMBER, "1*20DIGIT"))

    def word(self, rule: str) -> str:
        """Printable ASCII without a space."""
        return self.expect(WORD, rule).decode("ascii")

    def string(self) -> str:
        """C{String}: whatever is left; anything unprintable is a C{?}."""
        return self.rest().decode("ascii", "replace").strip()

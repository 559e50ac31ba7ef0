"""The fields of a header, with their offsets (RFC 5322, 2.2).

Whatever stands in a header is read as well as it can be: space before the
colon (4.5), lines ended by LF alone, and lines that are no field, which are
passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

FIELDS_LIMIT = 4000
"""Fields of one header that are looked up; mail has some 20 to 200, and each
one costs a few hundred octets while it is looked at."""

FIELD = re.compile(rb"([^\s:]++)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)\n?+|[^\n]*+\n?+")
"""One field with its folded lines, or a line that is none; never backtracks."""
END = re.compile(rb"(?:\A|\n)\r?\n")
"""The empty line behind a header, and the line end before it."""

MESSAGE_ID = re.compile(
    rb"(?:\A|\n)message-id[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)", re.IGNORECASE
)
"""RFC 5322, 3.6.4, found without a look at the other fields."""
NAME = re.compile(rb"[ -~]{1,998}")
"""What can be shown of it, and asked for."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a header.

    @ivar name: as it was written.
    @ivar start: where the name begins, in octets from the start of the header.
    @ivar value: where the body begins, just behind the colon.
    @ivar end: behind the line end of its last line.
    """

    name: bytes
    start: int
    value: int
    end: int


@dataclass(frozen=True)
class Header:
    """A header, without the empty line behind it.

    @ivar octets: as they came; the first part only, if there were too many.
    """

    octets: bytes

    def first(self, name: bytes) -> bytes | None:
        """The body of the first field of this name, unfolded.

        @param name: in lower case.
        """
        values = self._values.get(name)
        return None if values is None else unfolded(values[0])

    def every(self, name: bytes) -> list[bytes]:
        """The bodies of all fields of this name in order, unfolded.

        @param name: in lower case.
        """
        return [unfolded(value) for value in self._values.get(name, ())]

    def raw(self, name: bytes) -> list[bytes]:
        """The same as they stand there, folded, with all space, without the line end.

        @param name: in lower case.
        """
        return [value.removesuffix(b"\r") for value in self._values.get(name, ())]

    def fields(self) -> Iterator[Field]:
        """All fields in order."""
        for found in FIELD.finditer(self.octets):
            if name := found[1]:
                yield Field(name, found.start(), found.start(2), found.end())

    def only(self, names: frozenset[bytes]) -> Header:
        """A header with just the fields of these lower-case names."""
        kept = [
            self.octets[field.start : field.end]
            for field in islice(self.fields(), FIELDS_LIMIT)
            if field.name.lower() in names
        ]
        return Header(b"".join(kept))

    @cached_property
    def _values(self) -> dict[bytes, list[bytes]]:
        """Bodies by lower-case name, still folded."""
        octets = self.octets
        found: Iterable[tuple[bytes, ...]]
        if len(octets) < FIELDS_LIMIT:  # There are no more fields than octets
            found = FIELD.findall(octets)
        else:
            fields = islice(FIELD.finditer(octets), FIELDS_LIMIT)
            found = (field.groups(b"") for field in fields)
        values: dict[bytes, list[bytes]] = {}
        for name, value in found:
            if name:
                values.setdefault(name.lower(), []).append(value)
        return values


def unfolded(value: bytes) -> bytes:
    """The body of a field on one line, without space around it (RFC 5322, 2.2.3)."""
    if b"\n" in value:
        value = value.replace(b"\r\n", b"").replace(b"\n", b"")
    return value.strip(b" \t\r")


def message_id(header: bytes) -> str:
    """The Message-ID with its brackets; empty, if there is none that can be shown."""
    found = MESSAGE_ID.search(header)
    said = b"" if found is None else unfolded(found[1])
    return said.decode("ascii") if NAME.fullmatch(said) else ""

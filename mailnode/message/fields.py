"""Some fields of a header, folded lines and all (RFC 9051, 6.4.5.1, HEADER.FIELDS)."""

from __future__ import annotations

import re

from mailnode.model.message import HeaderFields

LIMIT = 2**20
"""Octets of a header in which fields are looked for; true ones have a few
thousand, and the scanner looks no further either."""


LINE = re.compile(rb"[^\n]*+\n|[^\n]++")
SPACE = frozenset(b" \t")


def chosen(header: bytes, wanted: HeaderFields) -> bytes:
    """The fields that are wanted, and the empty line that ends the header."""
    names, others = wanted.names, wanted.others
    keep = others
    kept: list[bytes] = []
    for line in LINE.findall(header):
        if line[0] not in SPACE:  # RFC 5322, 2.2.3: otherwise it goes on
            name, colon, _ = line.partition(b":")
            keep = (bool(colon) and name.rstrip(b" \t").lower() in names) is not others
        if keep:
            kept.append(line)
    if not others:
        kept.append(empty_line(header))
    return b"".join(kept)


def empty_line(header: bytes) -> bytes:
    """The empty line at the end of a header, if there is one."""
    if header.endswith(b"\n\r\n") or header == b"\r\n":
        return b"\r\n"
    return b"\n" if header.endswith(b"\n\n") or header == b"\n" else b""


def ended(header: bytes) -> bytes:
    """A header that was too long to be read, cut behind a line and ended."""
    return header[: header.rfind(b"\n") + 1] + b"\r\n"

"""Content-Transfer-Encoding taken off some octets, whatever they are (RFC 2045, 6)."""

from __future__ import annotations

import re
from binascii import a2b_base64, a2b_qp

BLANK_END = re.compile(rb"\n(?:(?<=[ \t]\r\n)|(?<=[ \t]\n))")
"""The end of a line with white space before it; to look for LF first is fast."""
NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")


def decoded(octets: bytes, encoding: bytes) -> bytes:
    """The octets behind an encoding; never raises.

    @param encoding: in lower case; one that is unknown changes nothing.
    """
    if encoding == b"base64":
        return from_base64(octets)
    if encoding == b"quoted-printable":
        return a2b_qp(_without_blank_ends(octets))
    return octets


def from_base64(text: bytes) -> bytes:
    """Base64, cut off or dirty as it may be (RFC 2045, 6.8).

    What goes on behind the padding is decoded too: some put several texts
    together.
    """
    runs = NOT_BASE64.sub(b"", text).split(b"=")
    return b"".join(_digits(run) for run in runs if run)


def _without_blank_ends(octets: bytes) -> bytes:
    """Lines without the white space at their ends (RFC 2045, 6.7 (3))."""
    octets = octets.rstrip(b" \t")
    if BLANK_END.search(octets):
        for end in (b"\r\n", b"\n"):
            octets = end.join([line.rstrip(b" \t") for line in octets.split(end)])
    return octets


def _digits(run: bytes) -> bytes:
    """Base64 without its padding; a single digit at the end says nothing."""
    whole = run[: len(run) - (len(run) % 4 == 1)]
    return a2b_base64(whole + b"=" * (-len(whole) % 4))

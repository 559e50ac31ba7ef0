"""What a server says when it declines, in the words of POP3 (RFC 1939, RFC 2449)."""

from __future__ import annotations

import re

from mailnode import errors

LIMIT = 510
"""Octets of a first line without CRLF (RFC 2449, 4)."""
UNSPEAKABLE = re.compile(rb"[^\x20-\x7e]+")


class Refused(Exception):
    """A command declined for a reason that only POP3 knows.

    The text is for the peer, with its response code if it has one.
    """


CODES: dict[type[errors.MailError], bytes] = {
    errors.NotFound: b"",
    errors.AlreadyExists: b"",
    errors.NotLocal: b"",
    errors.NotPermitted: b"[SYS/PERM] ",
    errors.ReadOnly: b"[SYS/PERM] ",
    errors.OverQuota: b"[SYS/TEMP] ",
    errors.TooLarge: b"",
    errors.TooMany: b"[IN-USE] ",  # RFC 2449, 8.1.2
    errors.Malformed: b"",
    errors.Looping: b"",
    errors.NoSpace: b"[SYS/TEMP] ",
    errors.Unavailable: b"[SYS/TEMP] ",
    errors.Damaged: b"[SYS/PERM] ",  # RFC 3206, 5: somebody must do something
    errors.BadCredentials: b"[AUTH] ",  # RFC 3206, 4
    errors.TooOften: b"[SYS/TEMP] ",
    errors.Throttled: b"[SYS/TEMP] ",
    errors.PrivacyRequired: b"[AUTH] ",
}
"""RFC 2449, 8 and RFC 3206: our errors with the response codes of POP3."""


def refusal(words: bytes) -> bytes:
    """A negative response; whatever cannot stand in a line becomes a space."""
    return b"-ERR " + UNSPEAKABLE.sub(b" ", words)[: LIMIT - 5] + b"\r\n"


def declined(
    error: errors.MailError | errors.SyntaxFault | Refused,
) -> bytes:
    """The negative response to a command that failed."""
    if isinstance(error, errors.Cancelled):
        return refusal(b"as you wish: cancelled")  # RFC 5034, 4
    words = str(error).encode("ascii", "replace")
    if isinstance(error, errors.MailError):
        codes = (CODES[each] for each in type(error).mro() if each in CODES)
        words = next(codes, b"") + words
    return refusal(words)

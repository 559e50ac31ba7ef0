"""Values as octets for the client, and our errors in the words of IMAP."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mailnode import errors
from mailnode.wire import utf7

PLAIN = re.compile(rb"[^\x00\r\n\x80-\xff]{0,1000}\Z")
"""What may stand between quotes for everyone (RFC 9051, A)."""
SPECIAL = re.compile(rb'(["\\])')
UNTOLD = re.compile(r"[^\x20-\x7e]")

RESPONSE_CODES: dict[type[errors.MailError], bytes] = {
    errors.MailError: b"SERVERBUG",
    errors.NotFound: b"NONEXISTENT",
    errors.AlreadyExists: b"ALREADYEXISTS",
    errors.NotLocal: b"CANNOT",
    errors.NotPermitted: b"CANNOT",
    errors.ReadOnly: b"NOPERM",
    errors.OverQuota: b"OVERQUOTA",
    errors.TooLarge: b"TOOBIG",  # RFC 4469, 5; RFC 7889, 5 uses it for APPEND
    errors.TooMany: b"LIMIT",
    errors.Malformed: b"CANNOT",
    errors.Looping: b"CANNOT",
    errors.NoSpace: b"UNAVAILABLE",
    errors.Unavailable: b"UNAVAILABLE",
    errors.Damaged: b"CORRUPTION",
    errors.BadCredentials: b"AUTHENTICATIONFAILED",
    errors.TooOften: b"LIMIT",
    errors.Throttled: b"UNAVAILABLE",  # the password may be right: do not ask again
    errors.PrivacyRequired: b"PRIVACYREQUIRED",
}
"""RFC 5530: what went wrong, for programs."""


class Refusal(Exception):
    """A NO that only IMAP knows, with its response code.

    @ivar code: without brackets; C{TRYCREATE}, C{BADCHARSET}…
    """

    def __init__(self, code: bytes, text: str) -> None:
        super().__init__(text)
        self.code = code


def refused(error: errors.MailError | Refusal) -> bytes:
    """What a NO says."""
    code = error.code if isinstance(error, Refusal) else code_of(error)
    return b"[%b] %b" % (code, human(str(error)))


def code_of(error: errors.MailError) -> bytes:
    """The code of an error, or of what it is a kind of."""
    known = (RESPONSE_CODES.get(kind) for kind in type(error).__mro__)
    return next(code for code in known if code is not None)


def human(text: str) -> bytes:
    """C{text}: for people, on one line, in ASCII, never empty."""
    return UNTOLD.sub("?", text).encode("ascii") or b"no"


def quoted(octets: bytes) -> bytes:
    """C{quoted}, of octets that may be said so."""
    return b'"' + SPECIAL.sub(rb"\\\1", octets) + b'"'


def string(octets: bytes) -> bytes:
    """C{string}: quoted if everyone may read it so, a literal otherwise."""
    if PLAIN.match(octets):
        return quoted(octets)
    return b"{%d}\r\n%b" % (len(octets), without_nul(octets))


def nstring(octets: bytes | None) -> bytes:
    """C{nstring}."""
    return b"NIL" if octets is None else string(octets)


def astring(octets: bytes) -> bytes:
    """C{astring}, as an atom where that is possible."""
    return octets if octets.isalnum() and octets.isascii() else string(octets)


def without_nul(octets: bytes) -> bytes:
    """The octets of a C{literal}, which has no NUL (RFC 9051, 4.3.1)."""
    return octets.replace(b"\0", b"\x80") if b"\0" in octets else octets


def mailbox(name: str, *, utf8: bool) -> bytes:
    """C{mailbox}: UTF-8 for those who asked for it, modified UTF-7 otherwise."""
    return quoted(name.encode() if utf8 else utf7.encode(name))


def listed(words: Iterable[bytes]) -> bytes:
    """Words in parentheses."""
    return b"(" + b" ".join(words) + b")"

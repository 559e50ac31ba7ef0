"""Where our answers and those of Dovecot 2.3 differ, and why ours are what they are.

The same is told in docs/decisions/0011-where-we-differ-from-dovecot.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from live.differing import Difference
from live.values import Value

ANY = r".*"
STRUCTURE = r"BODY(STRUCTURE)? "
CONTENT = r"(BODY|BINARY(\.PEEK|\.SIZE)?)\["
DESCRIBED = rf"({STRUCTURE}|{CONTENT}).*"
BINARY = r"BINARY(\.PEEK|\.SIZE)?\["
ADDRESSES = r"(BODY(STRUCTURE)? [\d.]+ envelope|ENVELOPE) (from|sender|reply-to|to)"
UNDECODED = ("NO", "BYE", "-")
PLACEHOLDERS = (b"MISSING_MAILBOX", b"MISSING_DOMAIN", b"SYNTAX_ERROR")


def octets(value: object) -> bytes:
    """A string; nothing, if it is none."""
    return value if isinstance(value, bytes) else b""


def absent(each: Difference) -> bool:
    return not each.exists and each.ours in (None, 0) and not octets(each.theirs)


def blank_line(each: Difference) -> bool:
    """They have an empty line more, or a line end more."""
    return octets(each.theirs) == octets(each.ours) + b"\r\n"


def line_end(each: Difference) -> bool:
    """They have the line end before a delimiter too."""
    if isinstance(each.ours, int) and isinstance(each.theirs, int):
        return each.theirs - each.ours in (1, 2)
    return blank_line(each)


def shared(each: Difference) -> bool:
    """We have the line end before a delimiter as an empty line too."""
    return octets(each.ours) == octets(each.theirs) + b"\r\n"


def placeholders(each: Difference) -> bool:
    """They have a word where nothing was written, and we nothing."""

    def without(value: object) -> object:
        if isinstance(value, tuple):
            return tuple(map(without, value))
        return b"" if value in PLACEHOLDERS else value

    nobody = (None, None, b"", b"")
    theirs = without(each.theirs)
    if not isinstance(theirs, tuple):
        return False
    kept = tuple(entry for entry in theirs if entry != nobody)
    return (kept or None) == each.ours


def unfolded(each: Difference) -> bool:
    """They have one space where there was more or other white space."""
    return octets(each.ours).split() == octets(each.theirs).split()


def default_charset(each: Difference) -> bool:
    """They have one that was not written."""
    ours, theirs = each.ours or (), each.theirs
    if not isinstance(ours, tuple) or not isinstance(theirs, tuple):
        return False
    charset: Value = (b"charset", b"us-ascii")
    return charset in theirs and set(theirs) == {*ours, charset}


def undecoded(each: Difference) -> bool:
    """They decode nothing, and we do what we can."""
    return each.theirs in UNDECODED and each.ours not in ("NO", "BAD", "BYE")


def only_we(each: Difference) -> bool:
    return each.ours is True


def only_they(each: Difference) -> bool:
    return each.theirs is True


def composite(each: Difference) -> bool:
    """They have decoded the parts inside, or tried to."""
    return each.composite and each.ours not in ("NO", "BAD", "BYE")


def whatever(each: Difference) -> bool:
    return True


@dataclass(frozen=True)
class Known:
    """Some differences that have one reason.

    @ivar messages: patterns of names.
    @ivar item: matches the whole of what is asked.
    @ivar holds: what must be so of the answers.
    """

    reason: str
    messages: tuple[str, ...]
    item: str = ANY
    holds: Callable[[Difference], bool] = whatever

    @property
    def of_python(self) -> bool:
        """Only in mails that may not be installed."""
        return all(name.startswith("python ") for name in self.messages)

    def covers(self, each: Difference) -> bool:
        """Whether this is one of them."""
        return (
            any(fnmatchcase(each.message, name) for name in self.messages)
            and re.fullmatch(self.item, each.item, re.DOTALL) is not None
            and self.holds(each)
        )


MESSAGES = (
    Known(
        "a part that is not there is NIL (RFC 9051, 4.5)",
        ("*",),
        CONTENT + ANY,
        absent,
    ),
    Known(
        "without an empty line there is none (RFC 9051, 6.4.5.1)",
        ("whole no-blank-line", "whole no-line-end", "python msg_35"),
        r"BODY\[HEADER\.FIELDS .*",
        blank_line,
    ),
    Known(
        "what is not written in an address is empty (RFC 9051, 7.5.2)",
        ("address *", "python *"),
        ADDRESSES,
        placeholders,
    ),
    Known(
        "obsolete and broken addresses are read as far as they go (RFC 5322, 4.4)",
        tuple(
            f"address {name}"
            for name in (
                "open-angle",
                "open-quote",
                "open-comment",
                "spaced",
                "semicolons",
                "two-at",
            )
        ),
        "ENVELOPE to",
    ),
    Known(
        "unfolding takes line ends out and nothing else (RFC 5322, 2.2.3)",
        ("subject *", "field message-id-folded", "python msg_27"),
        r"ENVELOPE (subject|message-id|in-reply-to)",
        unfolded,
    ),
    Known(
        "of fields that are there twice the first counts (RFC 5322, 3.6)",
        ("field message-ids-twice", "field two-subjects", "field two-dates"),
        "ENVELOPE (message-id|subject|date)",
    ),
    Known(
        "Content fields are read where no MIME-Version is (RFC 2045, 4)",
        ("whole no-mime-version",),
        STRUCTURE + "1 id",
    ),
    Known(
        "a charset that was not written is not said (RFC 6657, 3)",
        ("*",),
        STRUCTURE + ".*parameters",
        default_charset,
    ),
    Known(
        "what has no readable type is text/plain (RFC 2045, 5.2)",
        ("type no-subtype", "type no-type", "type empty", "python msg_14"),
        STRUCTURE + "1 (type|subtype|lines|parameters)",
    ),
    Known(
        "parameters with careless syntax are read (RFC 2045, 5.1)",
        ("type semicolons", "type open-quote", "type spaced-value", "type slashes"),
        STRUCTURE + "1 parameters",
    ),
    Known(
        "a long parameter is as much of it as there is (RFC 2231, 3 and 7)",
        ("type gap", "python msg_29"),
        STRUCTURE + "1 parameters",
    ),
    Known(
        "an unreadable disposition is an attachment (RFC 2183, 2.8)",
        ("field disposition-empty", "field disposition-bare"),
        STRUCTURE + "1 disposition",
    ),
    Known(
        "a multipart without parts is the text it holds (RFC 2046, 5.1; RFC 9051, 9)",
        (
            "type multipart-no-boundary",
            "type multipart-empty-boundary",
            "multipart never-begun",
            "multipart nothing",
            "multipart closed-at-once",
            "multipart closed-then-part",
            "multipart nested-empty",
            "python msg_17",
            "python msg_25",
            "python msg_31",
            "python msg_41",
            "python msg_42",
        ),
        DESCRIBED,
    ),
    Known(
        "nothing but white space follows a boundary (RFC 2046, 5.1.1, transport-padding)",
        ("multipart longer-delimiter", "multipart text-behind", "boundary too-long"),
        DESCRIBED,
    ),
    Known(
        "a boundary is read where it is badly written (RFC 2046, 5.1.1; RFC 2231, 4)",
        ("boundary space-at-end", "boundary unquoted", "python msg_33"),
        DESCRIBED,
    ),
    Known(
        "the line end before a delimiter belongs to it (RFC 2046, 5.1.1)",
        (
            "multipart digest",
            "multipart nested-prefix",
            "multipart nested-alike",
            "multipart encoded-multipart",
            "multipart message-header-only",
            "python msg_38",
        ),
        DESCRIBED,
        line_end,
    ),
    Known(
        "the same, for a header that goes on behind the message it is in",
        ("multipart message-header-only",),
        r"BODY\[1\.HEADER\.FIELDS\.NOT .*",
    ),
    Known(
        "an empty line before a delimiter ends the header too (RFC 2046, 5.1.1)",
        (
            "multipart empty-parts",
            "multipart header-only-part",
            "multipart nested-empty",
            "multipart message-empty",
            "python msg_12",
            "python msg_47",
        ),
        r"BODY\[[\d.]+\.MIME\]",
        shared,
    ),
    Known(
        "an empty message has no empty line (RFC 9051, 6.4.5.1)",
        ("multipart message-empty",),
        r"BODY\[1\.HEADER\.FIELDS.*",
        blank_line,
    ),
    Known(
        "message/global holds a message (RFC 9051, 9, media-message)",
        ("multipart message-global",),
        DESCRIBED,
    ),
    Known(
        "an encoded message is opaque (RFC 2046, 5.2.1)",
        ("multipart message-encoded",),
        DESCRIBED,
    ),
    Known(
        "broken encodings are decoded as far as they go (RFC 2045, 6.7 and 6.8)",
        (
            "body base64-*",
            "body qp-*",
            "field encoding-empty",
            "field encoding-words",
            "python msg_15",
            "python msg_39",
        ),
        BINARY + ANY,
        undecoded,
    ),
    Known(
        "BINARY takes off the encoding of the section, not of parts inside (RFC 9051, 6.4.5)",
        ("*",),
        BINARY + r"[\d.]*\]",
        composite,
    ),
)
SEARCHES = (
    Known(
        "a day that is not in the calendar is no date (RFC 9051, 9)",
        ("",),
        "SEARCH (ON 29-Feb-2023|SENTON 31-Feb-2024)",
    ),
    Known(
        "a message without a Date was not sent before any day (RFC 9051, 6.4.4)",
        ("*",),
        "SEARCH SENTBEFORE 29-Nov-2024",
        only_they,
    ),
    Known(
        "a Date may lie before 1970 and after 2038 (RFC 9051, 6.4.4)",
        ("date before-epoch", "date far"),
        "SEARCH SENT.*",
    ),
    Known(
        "address keys look at the text of the field (RFC 9051, 6.4.4)",
        ("address semicolons", "address two-angles", "address comment"),
        "SEARCH TO .*",
        only_we,
    ),
    Known(
        "unfolding takes line ends out and nothing else (RFC 5322, 2.2.3)",
        ("address folded", "subject folded-blank", "subject spaces"),
        'SEARCH (TO|SUBJECT) "[A-Za-z]+ [A-Za-z]+"',
        only_they,
    ),
    Known(
        "a field has a name (RFC 5322, 2.2)",
        ("*",),
        'SEARCH HEADER "" ""',
        only_they,
    ),
    Known(
        "a line that is no field is no text of a header (RFC 5322, 2.2)",
        ("whole mbox-first",),
        "SEARCH TEXT ana",
        only_they,
    ),
    Known(
        "what has no readable type or encoding is text (RFC 2045, 5.2 and 6.1)",
        (
            "type no-subtype",
            "type no-type",
            "type empty",
            "field encoding-empty",
            "field encoding-words",
        ),
        "SEARCH BODY text",
        only_we,
    ),
    Known(
        "the header of a message inside is in the body (RFC 9051, 6.4.4)",
        ("multipart *", "boundary *", "python *"),
        "SEARCH .*BODY .*",
        only_we,
    ),
    Known(
        "broken encodings are decoded as far as they go (RFC 2045, 6.8)",
        ("body base64-dirty",),
        "SEARCH .*BODY .*",
        only_we,
    ),
    Known(
        "a boundary is read where it is badly written (RFC 2231, 4)",
        ("python msg_33",),
        "SEARCH TEXT quoted-printable",
        only_we,
    ),
    Known(
        "encoded words are read where they are badly written (RFC 2047, 6)",
        ("subject unknown-charset", "subject cut-character"),
        "SEARCH .*",
        only_we,
    ),
    Known(
        "letters are compared whatever their case, in all of Unicode (RFC 5051)",
        ("whole eight-bits",),
        "SEARCH .*GR.*SSE'",
        only_we,
    ),
)

"""The forms in which a header field may be read (RFC 8621, 4.1.2).

None of them raises, whatever the octets are; where a form has no value for them, it
says C{None}.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from mailnode.message.addresses import Listed, address_list
from mailnode.message.words import composed, strictly
from mailnode.wire.comments import comment_end, without_comments
from mailnode.wire.dates import read_zoned_mail_date

REMEMBERED = 200
"""Octets of an address list that is remembered: people write to the same few."""
LISTED_LIMIT = 10_000
"""Message ids or URLs of one field."""

DOT_ATOM = (
    r"[^\s()<>@,;:\\\"\[\].\x00-\x1f\x7f]+(?:\.[^\s()<>@,;:\\\"\[\].\x00-\x1f\x7f]+)*"
)
PLAIN_LOCAL = re.compile(DOT_ATOM)
"""A local part that needs no quotes (RFC 5322, 3.4.1; RFC 6532, 3.2)."""
BRACKETED = re.compile(rb"[\s,]*+(?:<([^<>]*+)>|(\()|((?:[^\s,<(]++|<(?![^<>]*+>))++))")
"""Something in angle brackets, the start of a comment, or anything else."""


class Form(Enum):
    """A form, by the name that RFC 8621 gives it."""

    RAW = "Raw"
    TEXT = "Text"
    ADDRESSES = "Addresses"
    GROUPED = "GroupedAddresses"
    MESSAGE_IDS = "MessageIds"
    DATE = "Date"
    URLS = "URLs"


_ADDRESSED = frozenset(
    b"from sender reply-to to cc bcc resent-from resent-sender resent-reply-to"
    b" resent-to resent-cc resent-bcc".split()
)
FIELDS = {
    Form.TEXT: frozenset((b"subject", b"comments", b"keywords", b"list-id")),
    Form.ADDRESSES: _ADDRESSED,
    Form.GROUPED: _ADDRESSED,
    Form.MESSAGE_IDS: frozenset(
        b"message-id in-reply-to references resent-message-id".split()
    ),
    Form.DATE: frozenset((b"date", b"resent-date")),
    Form.URLS: frozenset(
        b"list-help list-unsubscribe list-subscribe list-post list-owner"
        b" list-archive".split()
    ),
}
"""What each form is for (RFC 8621, 4.1.2.2 to 4.1.2.7)."""
DEFINED = frozenset((b"received", b"return-path")).union(
    *(names - {b"list-id"} for names in FIELDS.values())
)
"""The fields of RFC 5322 and RFC 2369; any other may be read in every form."""


class EmailAddress(NamedTuple):
    """Who writes or is written to (RFC 8621, 4.1.2.3)."""

    name: str | None
    email: str


class AddressGroup(NamedTuple):
    """Some of them, together by a name, or only in a row (RFC 8621, 4.1.2.4)."""

    name: str | None
    addresses: tuple[EmailAddress, ...]


def allowed(form: Form, name: bytes) -> bool:
    """Whether a field may be read and written in a form.

    @param name: in lower case.
    """
    return form is Form.RAW or name not in DEFINED or name in FIELDS[form]


def raw(value: bytes) -> str:
    """The body as it stands there (RFC 8621, 4.1.2.1)."""
    return value.replace(b"\0", b"").decode("utf-8", "replace")


def text(value: bytes) -> str:
    """What people read (RFC 8621, 4.1.2.2)."""
    return strictly(_on_one_line(value).lstrip(b" \t"))


def addresses(value: bytes) -> tuple[EmailAddress, ...]:
    """Everybody, whether in a group or not (RFC 8621, 4.1.2.3)."""
    read = _remembered_addresses if len(value) <= REMEMBERED else _read_addresses
    return read(value)


def _read_addresses(value: bytes) -> tuple[EmailAddress, ...]:
    listed = address_list(value.replace(b"\0", b""), _spoken)
    return tuple(_address(each) for each in listed if each.host is not None)


_remembered_addresses = lru_cache(maxsize=1024)(_read_addresses)


def grouped_addresses(value: bytes) -> tuple[AddressGroup, ...]:
    """Everybody in groups (RFC 8621, 4.1.2.4)."""
    groups: list[AddressGroup] = []
    name: str | None = None
    members: list[EmailAddress] = []

    def end() -> None:
        if members or name is not None:
            groups.append(AddressGroup(name, tuple(members)))
            members.clear()

    for each in address_list(value.replace(b"\0", b""), _spoken):
        if each.host is not None:
            members.append(_address(each))
            continue
        end()
        name = None if each.mailbox is None else _name(each.mailbox)
    end()
    return tuple(groups)


def message_ids(value: bytes) -> tuple[str, ...] | None:
    """Message ids without brackets; words between them are obsolete, and passed over
    (RFC 8621, 4.1.2.5; RFC 5322, 4.5.4)."""
    found, _ = _bracketed(value)
    return _texts(found) or None


def date(value: bytes) -> tuple[int, int] | None:
    """Milliseconds since 1970, and the zone in minutes (RFC 8621, 4.1.2.6)."""
    return read_zoned_mail_date(value.replace(b"\0", b""))


def urls(value: bytes) -> tuple[str, ...] | None:
    """URLs without brackets, up to the first thing that is none (RFC 2369, 2)."""
    found, first = _bracketed(value)
    return _texts(found[:first]) or None


def content_id(value: bytes) -> str:
    """A Content-ID without comments and brackets (RFC 8621, 4.1.4)."""
    ids = message_ids(value)
    if ids:
        return ids[0]
    return _plain(without_comments(_on_one_line(value)).strip(b" \t<>"))


def addr_spec(local: str, host: str) -> str:
    """An address with quotes where it needs them; without a host, what there is."""
    if not host or PLAIN_LOCAL.fullmatch(local):
        return f"{local}@{host}" if host else local
    quoted = local.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"@{host}'


def _address(listed: Listed) -> EmailAddress:
    name = None if listed.name is None else _name(listed.name)
    email = addr_spec(_plain(listed.mailbox or b""), _plain(listed.host or b""))
    return EmailAddress(name or None, email)


def _spoken(words: bytes) -> bytes:
    return strictly(words).encode("utf-8", "replace")


def _name(octets: bytes) -> str:
    return composed(_plain(octets)).strip()


def _plain(octets: bytes) -> str:
    return octets.decode("utf-8", "replace")


def _texts(found: Sequence[bytes]) -> tuple[str, ...]:
    """What stood in brackets, without white space (RFC 2369, 2; RFC 5322, 4.5.4)."""
    texts = (_plain(b"".join(each.split())) for each in found)
    return tuple(each for each in texts if each)


def _bracketed(value: bytes) -> tuple[list[bytes], int]:
    """What stands in angle brackets, comments passed over.

    @return: and how many of them came before anything else.
    """
    value = value.replace(b"\0", b"")
    found: list[bytes] = []
    first: int | None = None
    at = 0
    while len(found) < LISTED_LIMIT and (each := BRACKETED.match(value, at)):
        at = each.end()
        if each[1] is not None:
            found.append(each[1])
        elif each[2]:
            at = comment_end(value, each.start(2))
        elif first is None:
            first = len(found)
    return found, len(found) if first is None else first


def _on_one_line(value: bytes) -> bytes:
    """Unfolded, and nothing else (RFC 5322, 2.2.3)."""
    return value.replace(b"\r\n", b"").replace(b"\n", b"").replace(b"\0", b"")

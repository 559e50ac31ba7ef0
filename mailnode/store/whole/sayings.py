"""What new emails say of themselves, read once when they are first looked at."""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import apsw

from mailnode.message.attached import attached
from mailnode.message.header import unfolded
from mailnode.message.sorting import first_name, sortable
from mailnode.message.threading import keys, message_ids

HEADER = 2**16
"""Octets of a header that are looked at."""
READ = (
    "SELECT email.id, email.content, sent, base_subject, structure, substr(data, 1, min(header_size, ?3))"
    " FROM json_each(?2) AS asked CROSS JOIN email"
    " ON email.account = ?1 AND email.id = asked.value"
    " LEFT JOIN chunk ON chunk.account = email.account"
    " AND chunk.content = email.content AND n = 0"
)
FIELDS = re.compile(
    rb"^(message-id|in-reply-to|references|from|to)[ \t]*+:"
    rb"([^\n]*+(?:\n[ \t][^\n]*+)*+)",
    re.IGNORECASE | re.MULTILINE,
)
"""The fields that matter, found without a look at the others (RFC 5322, 2.2)."""
OF_THREADS = (b"message-id", b"in-reply-to", b"references")


@dataclass(frozen=True, slots=True)
class Saying:
    """What an email says.

    @ivar keys: of its threads.
    @ivar kept: content, sent, attached, sender, recipient, subject, and the keys
        packed, as they are written.
    """

    keys: Sequence[int]
    kept: tuple[int, int | None, bool, str, str, str, bytes]


def sayings(tx: apsw.Connection, account: int, ids: Sequence[int]) -> dict[int, Saying]:
    """What some emails say."""
    if not ids:
        return {}
    found: dict[int, Saying] = {}
    for email, content, sent, base_subject, structure, octets in tx.execute(
        READ, (account, json.dumps(ids), HEADER)
    ):
        header: dict[bytes, list[bytes]] = {}
        for name, value in FIELDS.findall(octets or b""):
            header.setdefault(name.lower(), []).append(value)
        named = message_ids(*(header.get(name, ()) for name in OF_THREADS))
        numbers = keys(named, base_subject)
        found[email] = Saying(
            numbers,
            (
                content,
                sent,
                attached(structure),
                first_name(first(header, b"from")),
                first_name(first(header, b"to")),
                sortable(base_subject),
                array("q", numbers).tobytes(),
            ),
        )
    return found


def first(header: Mapping[bytes, Sequence[bytes]], name: bytes) -> bytes:
    """The body of the first field of a name, unfolded; nothing without one."""
    return unfolded(header[name][0]) if name in header else b""

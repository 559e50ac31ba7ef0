"""Which emails a message answers: its message ids and its subject (RFC 8621, 3)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import blake2b

from mailnode.message.header import unfolded

IDS = 100
"""Message ids of one email: its own, what it answers, and the last that it refers to."""
MESSAGE_ID = re.compile(rb"<([^<>\s]++)>")
"""C{msg-id} as it comes (RFC 5322, 3.6.4); spaces in it are nobody's."""
FIELDS = re.compile(
    rb"^(message-id|in-reply-to|references)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)",
    re.IGNORECASE | re.MULTILINE,
)
"""The fields that have some, found without a look at the others."""


def message_ids(header: bytes) -> list[bytes]:
    """The message ids by which an email belongs to others, each once.

    A long chain is known by its end, as those who answer know it.
    """
    found: dict[bytes, list[bytes]] = {}
    for name, value in FIELDS.findall(header):
        found.setdefault(name.lower(), []).extend(MESSAGE_ID.findall(unfolded(value)))
    near = [
        *found.get(b"message-id", ())[:1],
        *found.get(b"in-reply-to", ()),
        *reversed(found.get(b"references", ())),
    ]
    return list(dict.fromkeys(near))[:IDS]


def keys(ids: Iterable[bytes], base_subject: str) -> list[int]:
    """A number for each message id together with a base subject.

    Two emails have one in common when they have a message id in common and their
    subjects are the same, white space ignored.
    """
    subject = blake2b("".join(base_subject.split()).encode("utf-8", "replace")).digest()
    return [
        int.from_bytes(blake2b(id_, digest_size=8, key=subject).digest(), signed=True)
        for id_ in ids
    ]

"""Which emails a message answers: its message ids and its subject (RFC 8621, 3)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from hashlib import blake2b

IDS = 100
"""Message ids of one email: its own, what it answers, and the last that it refers to."""
MESSAGE_ID = re.compile(rb"<([^<>\s]++)>")
"""C{msg-id} as it comes (RFC 5322, 3.6.4); spaces in it are nobody's."""


def message_ids(
    own: Sequence[bytes], answered: Sequence[bytes], referred: Sequence[bytes]
) -> list[bytes]:
    """The message ids by which an email belongs to others, each once.

    A long chain is known by its end, as those who answer know it.

    @param own: the bodies of its fields Message-ID, folded or not.
    @param answered: of In-Reply-To.
    @param referred: of References.
    """
    near = [
        *MESSAGE_ID.findall(b" ".join(own))[:1],
        *MESSAGE_ID.findall(b" ".join(answered)),
        *reversed(MESSAGE_ID.findall(b" ".join(referred))),
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

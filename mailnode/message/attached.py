"""Whether something is attached to a message (RFC 8621, 4.1.4), from its BODYSTRUCTURE."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

TOKEN = re.compile(
    rb'([()])|"((?:[^"\\]++|\\.)*+)"|\{(\d+)\}\r\n|([^\s()"{]++)', re.DOTALL
)
"""What a BODYSTRUCTURE is made of; a literal follows its size."""
TEXT = re.compile(rb'\("text" "(?:plain|html)" ')
SHOWN = (b"image", b"audio", b"video")
"""What is shown among the text, if nothing is said against it."""
ID = 3
"""Where C{body-fld-id} stands (RFC 9051, 9)."""
DISPOSITION = 8
"""Where C{body-fld-dsp} stands; one further in a text, behind its lines."""
MESSAGE_DISPOSITION = 11
"""The same in a message that was read, behind its envelope, body and lines."""

Item: TypeAlias = "bytes | list[Item] | None"


def attached(structure: bytes) -> bool:
    """Whether people would say that there is an attachment.

    That is: one of the C{attachments} of RFC 8621 is not said to be inline.

    @param structure: BODYSTRUCTURE with its extension data.
    """
    if TEXT.match(structure) and b'("attachment" ' not in structure:
        return False
    part = read(structure)
    return bool(part) and in_parts([part], b"mixed")


def read(structure: bytes) -> list[Item]:
    """A BODYSTRUCTURE as nested lists; strings without quotes, NIL as C{None}."""
    top: list[Item] = []
    open_ = [top]
    at = 0
    while found := TOKEN.search(structure, at):
        at = found.end()
        bracket, quoted, size, atom = found.groups()
        if bracket == b"(":
            inner: list[Item] = []
            open_[-1].append(inner)
            open_.append(inner)
        elif bracket:
            if len(open_) > 1:
                open_.pop()
        elif size is not None:
            open_[-1].append(structure[at : at + int(size)])
            at += int(size)
        elif atom is not None:
            open_[-1].append(None if atom == b"NIL" else atom)
        else:
            open_[-1].append(quoted)
    first = top[0] if top else None
    return first if isinstance(first, list) else []


def in_parts(parts: Sequence[list[Item]], around: bytes) -> bool:
    """Whether some parts of a multipart have an attachment among them.

    @param around: the subtype of the multipart.
    """
    for n, part in enumerate(parts):
        if part and isinstance(part[0], list):
            children = leading(part)
            inner = part[len(children)] if len(part) > len(children) else None
            subtype = inner if isinstance(inner, bytes) else b"mixed"
            if in_parts(children, subtype):
                return True
        elif part and is_attachment(part, n, around):
            return True
    return False


def leading(part: Sequence[Item]) -> list[list[Item]]:
    """The children of a multipart, which stand first."""
    found: list[list[Item]] = []
    for each in part:
        if not isinstance(each, list):
            break
        found.append(each)
    return found


def is_attachment(part: Sequence[Item], n: int, around: bytes) -> bool:
    """Whether a part that is no multipart is one, as C{parseStructure} decides.

    @param n: its place among the parts of the multipart, from 0.
    """
    kind, named = disposition(part)
    if kind in (b"inline", b"attachment"):
        return kind == b"attachment"
    type_, subtype = part[0], part[1] if len(part) > 1 else None
    media = type_ in SHOWN
    if media and around == b"related" and len(part) > ID and part[ID]:
        return False  # It is embedded, which may be passed over
    text = type_ == b"text" and subtype in (b"plain", b"html")
    if not (text or media):
        return True
    if n and (around == b"related" or not (media or not named)):
        return True
    return media and around == b"alternative"


def disposition(part: Sequence[Item]) -> tuple[bytes | None, bool]:
    """Content-Disposition of a part that is no multipart; whether it bears a name."""
    at = DISPOSITION + (part[0] == b"text")
    if part[0] == b"message" and len(part) > MESSAGE_DISPOSITION:
        at = MESSAGE_DISPOSITION
    said = part[at] if len(part) > at else None
    parameters = part[2] if len(part) > 2 else None  # noqa: PLR2004 - the third
    named = isinstance(parameters, list) and b"name" in parameters[::2]
    if not isinstance(said, list) or not said or not isinstance(said[0], bytes):
        return None, named
    more = said[1] if len(said) > 1 else None
    named = named or (isinstance(more, list) and b"filename" in more[::2])
    return said[0], named

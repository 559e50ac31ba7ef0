"""BODY: BODYSTRUCTURE without its extension data (RFC 9051, 6.4.5 and 7.5.2)."""

from __future__ import annotations

import re

TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|\{(\d+)\}\r\n|[()]|[^()"{ ]++| ', re.DOTALL)
FIELDS = 7
"""Values every part has: type, subtype and C{body-fields}."""


def without_extensions(structure: bytes) -> bytes:
    """C{body} as C{BODY} has it, from C{body} as C{BODYSTRUCTURE} has it."""
    return body(structure, 0)[0]


def body(text: bytes, at: int) -> tuple[bytes, int]:
    """One C{body} without extension data, and where the whole one ends.

    Parts are nested no deeper than the scanner allows.
    """
    out = [b"("]
    at += 1
    if text[at : at + 1] == b"(":  # C{body-type-mpart}
        while text[at : at + 1] == b"(":
            part, at = body(text, at)
            out.append(part)
        end = value(text, at + 1)
        out.append(text[at:end])
    else:
        start, end = at, value(text, at)
        for _ in range(FIELDS - 1):
            end = value(text, end + 1)
        following = text[end + 1 : end + 2]
        if following == b"(":  # C{body-type-msg}: envelope, body, lines
            end = value(text, end + 1)
            out.append(text[start : end + 1])
            part, end = body(text, end + 1)
            out.append(part)
            start, end = end, value(text, end + 1)
        elif following.isdigit():  # C{body-type-text}: lines
            end = value(text, end + 1)
        out.append(text[start:end])
    out.append(b")")
    while text[end : end + 1] == b" ":
        end = value(text, end + 1)
    return b"".join(out), end + 1


def value(text: bytes, at: int) -> int:
    """Where a string, a number, NIL or a list ends."""
    depth = 0
    while found := TOKEN.match(text, at):
        at = found.end() + int(found[1] or 0)
        token = found[0]
        depth += (token == b"(") - (token == b")")
        if not depth:
            break
    return at

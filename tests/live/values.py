"""Answers to FETCH as values, so that only what they mean is compared (RFC 9051, 9)."""

from __future__ import annotations

import re
from collections.abc import Iterator

Value = None | int | str | bytes | tuple["Value", ...]
"""NIL, a number, an atom, a string, or a list."""
Values = dict[str, Value]

TOKEN = re.compile(
    rb'~?\{(?P<size>\d+)\}\r\n|"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<mark>[()])'
    rb'|(?P<atom>[^\s()"{\[]+(?:\[[^\]]*\](?:<\d+>)?)?)',
    re.DOTALL,
)
SECTION = re.compile(
    r"(?:BODY|BINARY)(?:\.PEEK|\.SIZE)?\[(?P<part>[\d.]*\d)?\.?(?P<text>[A-Z]+)?"
)
ENVELOPE = [
    "date",
    "subject",
    "from",
    "sender",
    "reply-to",
    "to",
    "cc",
    "bcc",
    "in-reply-to",
    "message-id",
]
FIELDS = ["type", "subtype", "parameters", "id", "description", "encoding", "octets"]
EXTENSION = ["disposition", "language", "location"]


def read(text: bytes) -> Value:
    """One value at the start of a text."""
    return next(_values(text))


def _values(text: bytes) -> Iterator[Value]:
    lists: list[list[Value]] = []
    at = 0
    while at < len(text):
        if text[at : at + 1] in (b" ", b"\r", b"\n"):
            at += 1
            continue
        found = TOKEN.match(text, at)
        assert found is not None, text[at : at + 100]
        at = found.end()
        value: Value
        if found["mark"] == b"(":
            lists.append([])
            continue
        if found["mark"] == b")":
            value = tuple(lists.pop())
        elif found["size"] is not None:
            value = text[at : at + int(found["size"])]
            at += int(found["size"])
        elif found["quoted"] is not None:
            value = re.sub(rb"\\(.)", rb"\1", found["quoted"])
        else:
            value = _atom(found["atom"])
        if lists:
            lists[-1].append(value)
        else:
            yield value


def _atom(text: bytes) -> Value:
    if text.upper() == b"NIL":
        return None
    return int(text) if text.isdigit() else text.decode()


def answers(listed: Value) -> Values:
    """The items of one FETCH response by name, as nobody would quote it."""
    assert isinstance(listed, tuple), listed
    names = (str(name).upper().replace(chr(34), "") for name in listed[::2])
    return dict(zip(names, listed[1::2], strict=True))


def envelope(value: Value, name: str) -> Values:
    """The fields of an ENVELOPE, each with a name of its own."""
    assert isinstance(value, tuple), value
    assert len(value) == len(ENVELOPE), value
    return {f"{name} {field}": v for field, v in zip(ENVELOPE, value, strict=True)}


def structure(value: Value, name: str) -> Values:
    """A BODY or BODYSTRUCTURE as one value for each field of each part.

    What has no case is in lower case (RFC 2045, 5.1; RFC 2183, 2.8).
    """
    found: Values = {}
    _message(value, name, "", found)
    return found


def _message(value: Value, name: str, path: str, found: Values) -> None:
    """A message: its only part has the number 1 (RFC 9051, 6.4.5.1)."""
    assert isinstance(value, tuple), value
    multipart = isinstance(value[0], tuple)
    _part(value, name, path if multipart else f"{path}.1".lstrip("."), found)


def _part(value: Value, name: str, path: str, found: Values) -> None:
    assert isinstance(value, tuple), value
    said: dict[str, Value]
    if isinstance(value[0], tuple):
        parts = [part for part in value if isinstance(part, tuple)]
        parts = parts[
            : next(n for n, v in enumerate(value) if not isinstance(v, tuple))
        ]
        for number, part in enumerate(parts, 1):
            _part(part, name, f"{path}.{number}".lstrip("."), found)
        rest = value[len(parts) :]
        said = {"type": b"multipart", "parts": len(parts)}
        said |= zip(("subtype", "parameters", *EXTENSION), rest, strict=False)
    else:
        said = dict(zip(FIELDS, value, strict=False))
        rest = value[len(FIELDS) :]
        if rest and isinstance(rest[0], tuple):
            found |= envelope(rest[0], f"{name} {path} envelope")
            _message(rest[1], name, path, found)
            said["lines"], rest = rest[2], rest[3:]
        elif rest and isinstance(rest[0], int):
            said["lines"], rest = rest[0], rest[1:]
        said |= zip(("md5", *EXTENSION), rest, strict=False)
    found |= {
        f"{name} {path} {field}".replace("  ", " "): _caseless(field, each)
        for field, each in said.items()
    }


def _caseless(field: str, value: Value) -> Value:
    if field in ("type", "subtype", "encoding") and isinstance(value, bytes):
        return value.lower()
    if field == "parameters":
        return _parameters(value)
    if field == "disposition" and isinstance(value, tuple):
        kind, parameters = value
        assert isinstance(kind, bytes), value
        return kind.lower(), _parameters(parameters)
    if field == "language" and isinstance(value, bytes):
        return (value,)  # C{body-fld-lang} may be one string
    return value


def _parameters(value: Value) -> Value:
    """Pairs with their names in lower case, and charsets too (RFC 2046, 4.1.2).

    Their order says nothing (RFC 2045, 5.1).
    """
    if value is None:
        return None
    assert isinstance(value, tuple), value
    pairs: list[tuple[bytes, bytes]] = []
    for name, each in zip(value[::2], value[1::2], strict=True):
        assert isinstance(name, bytes), value
        assert isinstance(each, bytes), value
        lower = name.lower()
        pairs.append((lower, each.lower() if lower == b"charset" else each))
    return tuple(sorted(pairs, key=lambda pair: str(pair[0])))


def parts(structure: Values) -> list[str]:
    """The numbers of all parts that a structure names."""
    names = [name.split(" ") for name in structure if name.endswith(" type")]
    return sorted({name[1] for name in names if len(name) == 3})


def has(structure: Values, item: str) -> bool:
    """Whether a message with this structure has what is asked.

    Only messages have a HEADER and a TEXT (RFC 9051, 6.4.5.1).
    """
    found = SECTION.match(item)
    if found is None or not found["part"]:
        return True
    part = f"BODYSTRUCTURE {found['part']} "
    if found["text"] in (None, "MIME"):
        return f"{part}type" in structure
    return f"{part}envelope date" in structure


def composite(structure: Values, item: str) -> bool:
    """Whether a section is made of others (RFC 2045, 6.4)."""
    found = SECTION.match(item)
    if found is None or not found["part"]:
        return True
    part = f"BODYSTRUCTURE {found['part']} "
    return (
        structure.get(f"{part}type") == b"multipart"
        or f"{part}envelope date" in structure
    )

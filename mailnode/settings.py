"""Settings out of TOML: one reader for each kind, and complaints that name the key."""

from __future__ import annotations

import difflib
import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import TypeVar

from mailnode.errors import SyntaxFault
from mailnode.wire.address import address as read_address
from mailnode.wire.domain import canonical
from mailnode.wire.network import host_and_port

T = TypeVar("T")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

OCTETS = {
    "": 1,
    "b": 1,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "tb": 10**12,
    "kib": 2**10,
    "mib": 2**20,
    "gib": 2**30,
    "tib": 2**40,
}
SECONDS = {
    "": 1.0,
    "ms": 0.001,
    "s": 1.0,
    "second": 1.0,
    "min": 60.0,
    "minute": 60.0,
    "h": 3600.0,
    "hour": 3600.0,
    "d": 86400.0,
    "day": 86400.0,
    "week": 604800.0,
}
MEASURE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*")
SHOWN = 60
"""How much of a wrong value a complaint repeats, in characters."""


class Wrong(ValueError):
    """A value is no use; the text says what would be right."""


class BadConfiguration(Exception):
    """The configuration cannot be used.

    @ivar complaints: one sentence each, naming the key and what would be right.
    """

    def __init__(self, complaints: tuple[str, ...]) -> None:
        super().__init__("\n".join(complaints))
        self.complaints = complaints


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a configuration we are.

    @ivar key: the dotted key, empty for the whole file.
    @ivar base: the directory that relative paths start from.
    @ivar complaints: what is wrong so far; readers of tables add to it.
    """

    key: str
    base: Path
    complaints: list[str]

    def below(self, name: str) -> Place:
        """The same for a key of this table."""
        key = f"{self.key}.{name}" if self.key else name
        return Place(key, self.base, self.complaints)

    def complain(self, text: str) -> None:
        """Note that this key is wrong."""
        self.complaints.append(f"{self.key}: {text}" if self.key else text)


Reader = Callable[[object, Place], T]


def setting(read: Reader[T], default: T, *, repr: bool = True) -> T:  # noqa: A002 - as field calls it
    """A field of a configuration table: how it is read, and what it is unsaid."""
    return field(default=default, metadata={"read": read}, repr=repr)


def required(read: Reader[T]) -> T:
    """A field that has no default."""
    made: T = field(metadata={"read": read})
    return made


def shown(value: object) -> str:
    """A wrong value as a complaint repeats it: one line, not too long."""
    text = json.dumps(value, default=str)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def text(value: object, _place: Place) -> str:
    """Any string without control characters."""
    if not isinstance(value, str) or not value.isprintable():
        raise Wrong("write a string")
    return value


def secret(value: object, place: Place) -> str:
    """A string that no complaint repeats."""
    try:
        return text(value, place)
    except Wrong as wrong:
        place.complain(str(wrong))
        return ""


def boolean(value: object, _place: Place) -> bool:
    """A plain truth value."""
    if not isinstance(value, bool):
        raise Wrong("write true or false")
    return value


def whole(low: int, high: int) -> Reader[int]:
    """A whole number between two limits, both included."""

    def read(value: object, _place: Place) -> int:
        if type(value) is not int or not low <= value <= high:
            raise Wrong(f"write a whole number from {low} to {high}")
        return value

    return read


def choice(*words: str) -> Reader[str]:
    """One of a few words."""

    def read(value: object, _place: Place) -> str:
        if value not in words:
            listed = ", ".join(f'"{word}"' for word in words[:-1])
            raise Wrong(f'write {listed} or "{words[-1]}"')
        return str(value)

    return read


def measured(value: object, units: Mapping[str, float]) -> float | None:
    """A number and its unit as a plain number; C{None} if it is neither."""
    if type(value) is int and value >= 0:
        return value
    match = MEASURE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    unit = match[2].lower()
    scale = units.get(unit, units.get(unit.removesuffix("s")))
    return None if scale is None else float(match[1]) * scale


def size(value: object, _place: Place) -> int:
    """Octets: a whole number, or a number with a unit."""
    octets = measured(value, OCTETS)
    if octets is None:
        raise Wrong('write a size such as 50000000, "50 MB" or "1 GiB"')
    return round(octets)


def duration(value: object, _place: Place) -> float:
    """Seconds: a whole number, or a number with a unit."""
    seconds = measured(value, SECONDS)
    if seconds is None:
        raise Wrong('write a time such as 300, "5 minutes" or "30 days"')
    return seconds


def path(value: object, place: Place) -> Path:
    """A path, relative to the file that names it."""
    if not isinstance(value, str) or not value or "\0" in value:
        raise Wrong("write a path")
    return place.base / Path(value).expanduser()


def domain(value: object, place: Place) -> str:
    """A domain, in lower-case A-labels."""
    try:
        return canonical(text(value, place))
    except (SyntaxFault, Wrong):
        raise Wrong('write a domain such as "mail.example.org"') from None


def unsaid_or(read: Reader[str]) -> Reader[str]:
    """The same, where an empty string stands for none."""

    def read_word(value: object, place: Place) -> str:
        return "" if value == "" else read(value, place)

    return read_word


def address(value: object, place: Place) -> str:
    """A mailbox address as directories know it."""
    try:
        return read_address(text(value, place)).key
    except (SyntaxFault, Wrong):
        raise Wrong('write an address such as "ana@example.org"') from None


def network(value: object, place: Place) -> Network:
    """An IP network, or one address."""
    try:
        return ipaddress.ip_network(text(value, place), strict=False)
    except ValueError:  # Wrong is one too
        raise Wrong('write a network such as "10.0.0.0/8" or "::1"') from None


def ip_address(value: object, place: Place) -> str:
    """One IP address."""
    try:
        return str(ipaddress.ip_address(text(value, place)))
    except ValueError:  # Wrong is one too
        raise Wrong('write an address such as "192.0.2.1" or "2001:db8::1"') from None


def server(value: object, place: Place) -> str:
    """A host with an optional port, an IPv6 address in brackets then."""
    try:
        _ = host_and_port(said := text(value, place), 0)
    except (SyntaxFault, Wrong):
        raise Wrong(
            'write a server such as "9.9.9.9", "ns.example.org:53" or "[::1]"'
        ) from None
    return said


def many(read: Reader[T]) -> Reader[tuple[T, ...]]:
    """A list of which each element is read alike."""

    def read_all(value: object, place: Place) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise Wrong("write a list, in square brackets")
        found = []
        for number, each in enumerate(value, 1):
            here = Place(f"{place.key}[{number}]", place.base, place.complaints)
            try:
                found.append(read(each, here))
            except Wrong as wrong:
                here.complain(f"{shown(each)}: {wrong}")
        return tuple(found)

    return read_all


def table(kind: type[T]) -> Reader[T]:
    """A table that becomes a dataclass made of L{setting}s."""

    def read(value: object, place: Place) -> T:
        if not isinstance(value, dict):
            raise Wrong(f"write a table, [{place.key}]")
        known = {each.name: each for each in fields(kind) if each.metadata}  # type: ignore[arg-type]  # T is a dataclass, which no bound can say
        for name in value.keys() - known.keys():
            place.below(name).complain(f"unknown key{_nearest(name, known)}")
        said = {
            name: read_field(known[name], value[name], place.below(name))
            for name in known.keys() & value.keys()
        }
        for name in known.keys() - value.keys():
            if known[name].default is known[name].default_factory is MISSING:
                place.below(name).complain("this key is required")
                said[name] = None
        return kind(**said)

    return read


def tables_by(key: Reader[str], read: Reader[T]) -> Reader[Mapping[str, T]]:
    """A table of tables whose names are values too, such as domains."""

    def read_all(value: object, place: Place) -> Mapping[str, T]:
        if not isinstance(value, dict):
            raise Wrong(f"write a table, [{place.key}]")
        found = {}
        for name, each in value.items():
            here = place.below(f'"{name}"')
            try:
                found[key(name, here)] = read(each, here)
            except Wrong as wrong:
                here.complain(str(wrong))
        return found

    return read_all


def read_field(this: Field[object], value: object, place: Place) -> object:
    """One key of a table; a wrong value is complained of and reads as the default."""
    try:
        return this.metadata["read"](value, place)
    except Wrong as wrong:
        place.complain(f"{shown(value)}: {wrong}")
        return None if this.default is MISSING else this.default


def _nearest(name: str, known: Mapping[str, object]) -> str:
    near = difflib.get_close_matches(name, known, 1, 0.5)
    if near:
        return f'; do you mean "{near[0]}"?'
    return "; known here: " + ", ".join(sorted(known))

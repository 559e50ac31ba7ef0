"""How browsers and programs reach us by HTTP, as the configuration has it: [http]."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailnode.settings import Place, Wrong, many, setting, text, unsaid_or

ORIGIN = re.compile(r"https?://([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?")
"""Scheme, host and port as browsers write them (RFC 6454, 6.2)."""


def origin(value: object, place: Place) -> str:
    """Where a page of the web comes from, or a server is: scheme, host and port."""
    said = text(value, place)
    if not ORIGIN.fullmatch(said):
        raise Wrong('write an origin such as "https://mail.example.org"')
    return said


def origins(value: object, place: Place) -> frozenset[str]:
    """Some origins, or C{"*"} for all."""
    if value == ["*"]:
        return frozenset({"*"})
    return frozenset(many(origin)(value, place))


@dataclass(frozen=True, slots=True, kw_only=True)
class Http:
    """C{[http]}: where clients find us, and whose pages may call us (CORS)."""

    url: str = setting(unsaid_or(origin), "")
    origins: frozenset[str] = setting(origins, frozenset())

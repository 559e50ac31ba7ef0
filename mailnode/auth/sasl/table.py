"""The SASL mechanisms there are: whatever the modules of this package register."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules

from mailnode.auth import sasl
from mailnode.auth.sasl.exchange import Mechanism


def mechanisms() -> Mapping[bytes, Mechanism]:
    """Every mechanism by its name, the best first."""
    found: list[Mechanism] = []
    for module in iter_modules(sasl.__path__, f"{sasl.__name__}."):
        found += getattr(import_module(module.name), "MECHANISMS", ())
    return {each.name: each for each in sorted(found, key=lambda each: each.rank)}

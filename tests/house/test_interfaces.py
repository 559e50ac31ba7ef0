"""Whoever says that he provides an interface does."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module

import pytest
from zope.interface import implementedBy
from zope.interface.interface import InterfaceClass
from zope.interface.verify import verifyClass

import mailnode
from mailnode import interfaces


def everything() -> Iterator[str]:
    """Every module there is, by its dotted name."""
    for each in pkgutil.walk_packages(mailnode.__path__, "mailnode."):
        if not each.name.endswith("__main__"):
            yield each.name


MODULES = sorted(everything())


def implementers() -> list[tuple[InterfaceClass, type]]:
    """Every class of ours with every interface of ours that it implements."""
    found = {
        (interface, member)
        for module in map(import_module, MODULES)
        for _, member in inspect.getmembers(module, inspect.isclass)
        if member.__module__.startswith("mailnode.")
        for interface in implementedBy(member).flattened()  # type: ignore[no-untyped-call]  # zope says no types
        if interface.__module__.startswith("mailnode.")
    }
    return sorted(found, key=lambda pair: (pair[1].__qualname__, pair[0].__name__))


def called(value: object) -> str:
    return getattr(value, "__name__", "")


@pytest.mark.parametrize(("interface", "implementer"), implementers(), ids=called)
def test_keeps_the_contract(interface: InterfaceClass, implementer: type) -> None:
    assert verifyClass(interface, implementer, tentative=False)


def test_every_contract_is_kept_by_somebody() -> None:
    promised = {
        member
        for each in pkgutil.iter_modules(interfaces.__path__, "mailnode.interfaces.")
        for _, member in inspect.getmembers(import_module(each.name))
        if isinstance(member, InterfaceClass) and member.__module__ == each.name
    }
    kept = {interface for interface, _ in implementers()}
    assert promised - kept == set()

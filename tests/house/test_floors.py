"""The house stands: each floor leans only on those below it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tree import HOUSE, imports, modules, name

FLOORS = [
    {"errors", "clock", "debts", "model", "query", "interfaces"},
    {"wire"},
    {"message"},
    {
        *("imap", "pop3", "smtp", "managesieve", "jmap"),
        *("auth", "store", "delivery", "policy", "queue"),
    },
    {"net", "web", "factories"},
    {
        *("config", "settings", "service", "house", "log", "notify", "lock"),
        *("ports", "control", "certificate", "ctl", "testing", "supervisor"),
        *(
            "browsing",
            "doors",
            "leaving",
            "passages",
            "privileges",
            "routes",
            "sending",
        ),
    },
]
NEIGHBOURS = {("delivery", "policy"), ("queue", "smtp")}
"""Rooms of one floor that have a door between them."""
TWISTED = {
    *("net/", "web/", "auth/", "store/database.py", "store/janitor.py"),
    *("store/clerk.py", "store/scribe.py"),
    *("queue/runner.py", "queue/errand.py", "queue/waker.py", "queue/relay.py"),
    *("queue/connection.py", "queue/destination.py", "queue/means.py"),
}
"""Who may know that there is a reactor, besides the doors and the roof."""
SESSIONS = {"imap", "pop3", "smtp", "managesieve", "jmap"}

MODULES = modules()


def room(path: Path) -> str:
    return path.relative_to(HOUSE).parts[0].removesuffix(".py")


def floor(called: str) -> int:
    found = [number for number, rooms in enumerate(FLOORS) if called in rooms]
    assert found, f"{called} stands on no floor: give it one"
    return found[0]


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_leans_downward(path: Path) -> None:
    here = room(path)
    if here == "__init__":
        return
    for module, line in imports(path):
        if not module.startswith("mailnode.") or module == "mailnode.__version__":
            continue
        there = module.split(".")[1]
        lean = floor(there) < floor(here) or there == here
        roof = floor(here) == floor(there) == len(FLOORS) - 1
        words = floor(here) == floor(there) == 0
        door = floor(here) == floor(there) == len(FLOORS) - 2
        beside = (here, there) in NEIGHBOURS
        assert lean or roof or words or door or beside, f"{path}:{line}: {module}"


def test_sessions_and_store_do_not_know_each_other() -> None:
    for path in MODULES:
        others = {"store"} if room(path) in SESSIONS else set()
        others |= SESSIONS if room(path) == "store" else set()
        met = {module for module, _ in imports(path)}
        for other in others:
            assert not [m for m in met if m.startswith(f"mailnode.{other}")], path


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_keeps_twisted_at_the_door(path: Path) -> None:
    here = room(path)
    if here == "__init__" or floor(here) >= len(FLOORS) - 2:
        return
    if not any(name(path).startswith(allowed) for allowed in TWISTED):
        assert not [m for m, _ in imports(path) if m.split(".")[0] == "twisted"]


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_nobody_imports_the_reactor(path: Path) -> None:
    assert "twisted.internet.reactor" not in {module for module, _ in imports(path)}
    if name(path) != "service.py":  # twistd has chosen it by then.
        assert "from twisted.internet import reactor" not in path.read_text()


def test_the_floors_have_no_empty_rooms() -> None:
    """A module that was renamed takes its name along."""
    there = {room(path) for path in MODULES} - {"__init__"}
    assert there <= set().union(*FLOORS)

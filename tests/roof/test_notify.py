"""What systemd is told."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailnode.notify import Notifier


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(tmp_path / "notify"))
        channel.settimeout(5)
        yield channel


def test_tells_everything(listener: socket.socket) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": listener.getsockname()}, 1)
    notifier.ready("serving\nsmtp")
    assert listener.recv(100) == b"READY=1\nSTATUS=serving smtp"
    notifier.reloading(5)
    assert listener.recv(100) == b"RELOADING=1\nMONOTONIC_USEC=5"
    notifier.stopping()
    assert listener.recv(100) == b"STOPPING=1"
    notifier.alive()
    assert listener.recv(100) == b"WATCHDOG=1"


def test_the_abstract_namespace() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind("")  # The kernel gives it an abstract name (unix(7)).
        name = channel.getsockname()
        assert isinstance(name, bytes)
        Notifier({"NOTIFY_SOCKET": "@" + name[1:].decode()}, 1).alive()
        assert channel.recv(100) == b"WATCHDOG=1"


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": "/nowhere/at/all"}])
def test_nobody_to_tell_is_no_trouble(environment: dict[str, str]) -> None:
    Notifier(environment, 1).ready("x")


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, 0),
        ({"WATCHDOG_USEC": "30000000"}, 15),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"}, 15),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"}, 0),
        ({"WATCHDOG_USEC": "soon"}, 0),
    ],
)
def test_the_watchdog(environment: dict[str, str], seconds: float) -> None:
    assert Notifier(environment, 7).watchdog == seconds

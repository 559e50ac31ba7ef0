"""Who is behind a local socket, asked of the system itself."""

from __future__ import annotations

import os
import pwd
import socket
from collections.abc import Iterator

import pytest
from twisted.internet.testing import StringTransport

from mailnode.net import local
from mailnode.net.local import user_of


class Handle:
    """A transport as far as it is asked for its socket."""

    def __init__(self, channel: object) -> None:
        self.channel = channel

    def getHandle(self) -> object:
        return self.channel


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs:
        yield ours, theirs


def test_it_is_us(pair: tuple[socket.socket, socket.socket]) -> None:
    assert user_of(Handle(pair[0])) == pwd.getpwuid(os.geteuid()).pw_name


def test_a_user_without_a_name_is_nobody(
    pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(uid: int) -> pwd.struct_passwd:
        raise KeyError(uid)

    monkeypatch.setattr(local.pwd, "getpwuid", unknown)  # type: ignore[attr-defined]  # the module's own
    assert user_of(Handle(pair[0])) is None


def test_the_network_vouches_for_nobody() -> None:
    with socket.socket() as tcp:
        assert user_of(Handle(tcp)) is None
    assert user_of(Handle(object())) is None
    assert user_of(StringTransport()) is None

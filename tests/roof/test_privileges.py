"""Whom the process becomes, and what only its owner may see."""

from __future__ import annotations

import os
import pwd
import resource
from pathlib import Path

import pytest

from mailnode.config import Config
from mailnode.lock import Held, Lock
from mailnode.privileges import Owner, open_files, owner, private, write_whole
from mailnode.settings import BadConfiguration

NOBODY = pwd.getpwnam("nobody")


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "getegid", lambda: 0)


@pytest.mark.usefixtures("root")
def test_whom_root_becomes() -> None:
    found = owner(Config(user="nobody"), None, None)
    assert found == Owner(NOBODY.pw_uid, NOBODY.pw_gid)
    assert owner(Config(user="nobody"), 4711, 4712) == Owner(4711, 4712)
    assert owner(Config(), None, None) is None
    assert owner(Config(user="root"), None, None) is None
    adm = owner(Config(user="nobody", group="root"), None, None)
    assert adm == Owner(NOBODY.pw_uid, 0)
    with pytest.raises(BadConfiguration, match="no such group"):
        owner(Config(user="nobody", group="no such group"), None, None)


def test_others_stay_who_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: NOBODY.pw_uid)
    monkeypatch.setattr(os, "getegid", lambda: NOBODY.pw_gid)
    assert owner(Config(user="nobody"), None, None) is None
    with pytest.raises(BadConfiguration, match="only root"):
        owner(Config(user="root"), None, None)


def test_the_store_is_private(tmp_path: Path) -> None:
    data = tmp_path / "a" / "b"
    private(data)
    assert data.stat().st_mode & 0o777 == 0o700
    data.chmod(0o750)
    private(data)
    assert data.stat().st_mode & 0o777 == 0o750, "what is there is the operator's"


def test_files_are_whole_and_private(tmp_path: Path) -> None:
    path = tmp_path / "key"
    write_whole(path, b"one", 0o600)
    write_whole(path, b"two", 0o600)
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["key"]


def test_a_link_laid_in_the_way_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("precious")
    (tmp_path / "key.new").symlink_to(target)
    write_whole(tmp_path / "key", b"secret", 0o600)
    assert target.read_text() == "precious"
    (tmp_path / "lock").symlink_to(target)
    with pytest.raises(OSError, match="symbolic"):
        Lock(tmp_path)


def test_one_at_a_time(tmp_path: Path) -> None:
    first = Lock(tmp_path)
    with pytest.raises(Held) as caught:
        Lock(tmp_path)
    assert caught.value.pid == os.getpid()
    first.release()
    first.release()
    Lock(tmp_path).release()


def test_as_many_files_as_there_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 4096))
    monkeypatch.setattr(resource, "setrlimit", lambda _, pair: asked.append(pair))
    assert open_files() == 4096
    assert asked == [(4096, 4096)]
    assert open_files(wanted=512) == 1024

    def refused(_: int, pair: tuple[int, int]) -> None:
        raise OSError("filtered")

    monkeypatch.setattr(resource, "setrlimit", refused)
    assert open_files() == 1024

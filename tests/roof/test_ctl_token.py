"""mailnodectl token: programs are let in, and out again; a new password ends the rest."""

from __future__ import annotations

from pathlib import Path

import pytest
from roof.test_ctl import Desk, add
from store.keeping import now

from mailnode.config import load
from mailnode.house import Cellar, inline
from mailnode.model.token import Purpose, Visit, Wish

ANA = "ana@example.org"


@pytest.fixture
def house(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Desk:
    desk = Desk(tmp_path, capsys, monkeypatch)
    words = ("init", "--domain", "example.org", "--hostname", "mail.example.org")
    assert desk.type(*words)[0] == 0
    assert add(desk, ANA)[0] == 0
    return desk


def kinds(house: Desk) -> list[object]:
    status, said = house.json("token", "list", ANA)
    assert status == 0
    tokens = said["tokens"]
    assert isinstance(tokens, list)
    return [each["kind"] for each in tokens]


def issued(house: Desk, *purposes: Purpose) -> None:
    """Somebody signs in, and so on."""
    cellar = Cellar(load(house.file), inline())
    for each in purposes:
        now(cellar.tokens.issue(Wish(ANA, each), Visit("192.0.2.1")))
    now(cellar.close())


def test_a_token_is_told_once(house: Desk) -> None:
    status, said = house.json("token", "add", ANA, "--label", "backup")
    assert status == 0
    secret, number = str(said["secret"]), str(said["id"])
    assert len(secret) == 43
    status, out, _ = house.type("token", "list", ANA)
    assert "program backup, last used" in out
    assert secret not in out
    status, out, _ = house.type("token", "revoke", ANA, number)
    assert (status, out) == (0, f"{number} of {ANA} is good no longer.\n")
    assert house.type("token", "list", ANA)[1] == "There are none.\n"


def test_what_it_cannot_do(house: Desk) -> None:
    assert house.type("token", "add", "eve@example.org")[0] == 1
    assert house.type("token", "revoke", ANA, "1")[0] == 1
    assert house.type("token", "revoke", ANA, "one")[0] == 1
    assert house.type("token", "add", ANA, "--label", "x" * 101)[0] == 1


def test_a_new_password_ends_what_the_old_one_opened(house: Desk) -> None:
    house.type("token", "add", ANA)
    issued(house, Purpose.SESSION, Purpose.PASSWORD)
    assert kinds(house) == ["program", "session", "app password"]
    words = ("user", "password", ANA, "--password-stdin")
    assert house.type(*words, stdin="another\n")[0] == 0
    assert kinds(house) == ["program"]


def test_whoever_comes_after_somebody_finds_nothing_open(house: Desk) -> None:
    issued(house, *Purpose)
    assert house.type("user", "remove", ANA)[0] == 0
    assert add(house, ANA)[0] == 0
    assert kinds(house) == []

"""mailnodectl: what it does, what it says, and what it ends with."""

from __future__ import annotations

import io
import json
import shlex
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailnode.certificate import pair, self_signed
from mailnode.config import Config, load
from mailnode.ctl.answers import FAMILIES
from mailnode.ctl.main import main, parser
from mailnode.ctl.outside import certificate


class Desk:
    """Where an operator types."""

    def __init__(
        self,
        path: Path,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        self.path = path
        self.capsys = capsys
        self.monkeypatch = monkeypatch
        self.mx: dict[str, Sequence[str] | None] = {}

    @property
    def file(self) -> Path:
        return self.path / "mailnode.toml"

    def resolve(
        self, config: Config, domains: Sequence[str]
    ) -> dict[str, Sequence[str] | None]:
        return {each: self.mx.get(each, ()) for each in domains}

    def type(self, *words: str, stdin: str = "") -> tuple[int, str, str]:
        """Type a command: status, what it printed, what it complained of."""
        self.monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        try:
            status = main(["--config", str(self.file), *words], self.resolve)
        except SystemExit as ended:
            status = int(str(ended.code))
        said = self.capsys.readouterr()
        return status, said.out, said.err

    def json(self, *words: str, stdin: str = "") -> tuple[int, dict[str, object]]:
        """The same with C{--json}."""
        status, out, err = self.type(*words, "--json", stdin=stdin)
        assert not err
        return status, json.loads(out)


@pytest.fixture
def desk(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Desk:
    return Desk(tmp_path, capsys, monkeypatch)


@pytest.fixture
def house(desk: Desk) -> Desk:
    """The same, with example.org in it."""
    words = ("init", "--domain", "example.org", "--hostname", "mail.example.org")
    assert desk.type(*words)[0] == 0
    return desk


def add(house: Desk, address: str, *words: str) -> tuple[int, str, str]:
    return house.type(
        "user", "add", address, "--password-stdin", *words, stdin="faminta\n"
    )


def test_init_makes_everything(house: Desk) -> None:
    config = load(house.file)
    assert config.hostname == "mail.example.org"
    ports = {each.endpoint.split(":")[1]: each.tls for each in config.listen}
    assert ports == {
        "25": "starttls",
        "587": "starttls",
        "465": "implicit",
        "110": "starttls",
        "995": "implicit",
        "143": "starttls",
        "993": "implicit",
        "443": "implicit",
    }
    assert config.data == house.path / "data"
    assert config.data.stat().st_mode & 0o777 == 0o700
    assert pair(config).key.stat().st_mode & 0o777 == 0o600
    assert house.json("domain", "list") == (0, {"domains": ["example.org"]})


def test_init_for_a_trial_faces_nobody(desk: Desk) -> None:
    assert (
        desk.type("init", "--domain", "example.org", "--hostname", "localhost")[0] == 0
    )
    for each in load(desk.file).listen:
        assert each.endpoint.endswith(":interface=127.0.0.1")
        assert int(each.endpoint.split(":")[1]) > 1024


def test_init_spares_what_is_there(house: Desk) -> None:
    before = house.file.read_text()
    status, _, err = house.type(
        "init", "--domain", "a.example", "--hostname", "b.example"
    )
    assert status == 1
    assert "there is a configuration already" in err
    assert house.file.read_text() == before


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ((), "--domain is missing"),
        (("--domain", "example.org"), "--hostname is missing"),
        (("--domain", "a b", "--hostname", "c.example"), "a b is not a domain"),
    ],
)
def test_init_without_a_terminal(
    desk: Desk, words: tuple[str, ...], complaint: str
) -> None:
    status, _, err = desk.type("init", *words)
    assert status == 2
    assert complaint in err
    assert not desk.file.exists()


def test_people_come_and_go(house: Desk) -> None:
    status, out, _ = add(house, "Ana@Example.ORG", "--quota", "5 GB")
    assert status == 0
    assert "ana@example.org has mail here now, quota: 5.0 GB" in out
    assert add(house, "bob@example.org")[0] == 0
    assert house.json("user", "list")[1] == {
        "users": [
            {
                "address": "ana@example.org",
                "messages": 0,
                "octets": 0,
                "quota": 5_000_000_000,
            },
            {"address": "bob@example.org", "messages": 0, "octets": 0, "quota": None},
        ]
    }
    words = ("user", "password", "bob@example.org", "--password-stdin")
    assert house.type(*words, stdin="other\n")[0] == 0
    assert house.type("user", "remove", "bob@example.org")[0] == 0
    _, out, _ = house.type("user", "list")
    assert "bob" not in out
    assert house.type("check")[0] in {0, 1}


@pytest.mark.parametrize(
    ("words", "stdin", "complaint"),
    [
        (("add", "ana@example.org"), "faminta\n", "ana@example.org"),
        (("add", "bob@example.net"), "x\n", "Next: mailnodectl domain add example.net"),
        (("add", "bob"), "x\n", "bob is not an address"),
        (("add", "bob@example.org"), "\n", "an empty password is none"),
        (("add", "bob@example.org", "--quota", "much"), "x\n", '"1 GiB"'),
        (("password", "bob@example.org"), "x\n", "bob@example.org"),
    ],
)
def test_people_that_cannot_be(
    house: Desk, words: tuple[str, ...], stdin: str, complaint: str
) -> None:
    assert add(house, "ana@example.org")[0] == 0
    status, out, err = house.type("user", *words, "--password-stdin", stdin=stdin)
    assert (status, out) == (1, "")
    assert complaint in err
    status, said = house.json("user", *words, "--password-stdin", stdin=stdin)
    assert status == 1
    assert set(said) == {"error", "hint"}


def test_a_password_needs_somebody_to_type_it(house: Desk) -> None:
    status, _, err = house.type("user", "add", "ana@example.org")
    assert status == 1
    assert "Use --password-stdin" in err


def test_a_password_is_asked_for_twice(
    house: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = iter(["faminta", "famjnta"])
    terminal = io.StringIO()
    terminal.isatty = lambda: True  # type: ignore[method-assign]  # a stand-in
    monkeypatch.setattr("getpass.getpass", lambda _: next(typed))
    monkeypatch.setattr("io.StringIO", lambda _: terminal)
    status, _, err = house.type("user", "add", "ana@example.org")
    assert status == 1
    assert "two different passwords" in err


def test_aliases(house: Desk) -> None:
    assert add(house, "ana@example.org")[0] == 0
    words = ("alias", "add", "Office@example.org", "ana@example.org", "Bob@example.org")
    assert house.type(*words)[0] == 0
    assert house.type("alias", "add", "@example.org", "ana@example.org")[0] == 0
    status, said = house.json("alias", "list")
    assert status == 0
    assert said["aliases"] == [
        {"address": "@example.org", "targets": ["ana@example.org"]},
        {
            "address": "office@example.org",
            "targets": ["ana@example.org", "Bob@example.org"],
        },
    ]
    assert house.type("alias", "remove", "@example.org")[0] == 0
    status, _, err = house.type("alias", "remove", "@example.org")
    assert status == 1
    assert "@example.org" in err
    assert house.type("alias", "add", "@a b", "ana@example.org")[0] == 1


def test_domains(house: Desk) -> None:
    assert house.type("domain", "add", "Bücher.example")[0] == 0
    _, said = house.json("domain", "list")
    assert said["domains"] == ["example.org", "xn--bcher-kva.example"]
    assert house.type("domain", "add", "example.org")[0] == 1
    assert add(house, "ana@example.org")[0] == 0
    status, _, err = house.type("domain", "remove", "example.org")
    assert status == 1
    assert "still has people" in err
    assert house.type("domain", "remove", "bücher.example")[0] == 0


def kinds(said: dict[str, object]) -> dict[str, str]:
    findings = said["findings"]
    assert isinstance(findings, list)
    return {each["about"]: each["kind"] for each in findings}


def test_check_finds_all_well(house: Desk) -> None:
    house.mx["example.org"] = ["mail.example.org"]
    status, said = house.json("check")
    found = kinds(said)
    assert status == 0
    assert found["store"] == found["configuration"] == "fine"
    assert found["DNS of example.org"] == "fine"
    _, out, _ = house.type("check")
    assert "All is well" in out


@pytest.mark.parametrize(
    ("hosts", "kind", "status"),
    [
        (["mail.example.org", "mx2.example.org"], "fine", 0),
        (["mail.elsewhere.example"], "doubtful", 0),
        ([], "wrong", 1),
        (None, "doubtful", 0),
    ],
)
def test_check_asks_the_dns(
    house: Desk, hosts: Sequence[str] | None, kind: str, status: int
) -> None:
    house.mx["example.org"] = hosts
    found, said = house.json("check")
    assert kinds(said)["DNS of example.org"] == kind
    assert found == status


def test_check_reads_the_certificate(house: Desk) -> None:
    config = load(house.file)
    moment = datetime(2050, 1, 1, tzinfo=UTC)
    late = {each["kind"] for each in certificate(config, moment)}
    assert "wrong" in late
    pair(config).certificate.write_text("nonsense")
    house.mx["example.org"] = ["mail.example.org"]
    status, out, _ = house.type("check")
    assert status == 1
    assert "wrong     certificate: " in out


def test_check_wants_the_right_name(house: Desk) -> None:
    config = load(house.file)
    where = pair(config)
    where.certificate.unlink()
    self_signed(where, "other.example.org")
    assert "wrong" in {each["kind"] for each in certificate(config)}


def test_check_finds_what_is_broken(house: Desk) -> None:
    assert add(house, "ana@example.org")[0] == 0
    (shard,) = (house.path / "data").glob("shard-*.db")
    with closing(sqlite3.connect(shard)) as connection:
        connection.execute("UPDATE account SET messages = 7")
        connection.commit()
    status, out, _ = house.type("check")
    assert status == 1
    assert "7 messages" in out


def test_check_explains_a_wrong_configuration(house: Desk) -> None:
    house.file.write_text("colour = 1\n")
    status, said = house.json("check")
    assert status == 1
    assert kinds(said) == {"configuration": "wrong"}


def test_without_a_store(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk.path)
    monkeypatch.setattr("mailnode.config.SYSTEM_FILE", desk.path / "none.toml")
    monkeypatch.delenv("MAILNODE_CONFIG", raising=False)
    assert main(["user", "list"]) == 1
    assert "Next: mailnodectl init" in desk.capsys.readouterr().err


@pytest.mark.parametrize("words", [("fly",), ("user", "fly"), ("user", "add"), ()])
def test_what_is_not_understood(desk: Desk, words: tuple[str, ...]) -> None:
    assert desk.type(*words)[0] == 2


VERBS = [verb for family in FAMILIES for verb in family.verbs]


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_help_has_examples_that_work(verb: object, desk: Desk) -> None:
    name = getattr(verb, "name", "")
    status, out, _ = desk.type(*name.split(), "--help")
    assert status == 0
    examples = [each for each in out.splitlines() if each.startswith("  mailnodectl")]
    assert examples
    for each in examples:
        words = shlex.split(each.partition("<")[0])[1:]
        assert parser().parse_args(words).verb == name

"""The configuration: what it says, and what it complains of."""

from __future__ import annotations

import ipaddress
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from mailnode import config
from mailnode.browsing import Http
from mailnode.clock import DAY, MINUTE
from mailnode.config import DEFAULT_LISTEN, Config, Listen
from mailnode.queue.schedule import Schedule
from mailnode.settings import BadConfiguration

SHIPPED = Path(__file__).parents[2] / "etc" / "mailnode.toml"


def written(tmp_path: Path, text: str) -> Config:
    file = tmp_path / "mailnode.toml"
    file.write_text(text)
    return config.load(file)


def complaints(tmp_path: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(BadConfiguration) as caught:
        written(tmp_path, text)
    return caught.value.complaints


def test_nothing_said_faces_nobody() -> None:
    here = config.load(None)
    assert here.listen == DEFAULT_LISTEN
    assert all("127.0.0.1" in each.endpoint for each in here.listen)
    assert here.data == Path.cwd() / "mailnode-data"


def test_shipped_file_is_right() -> None:
    shipped = config.load(SHIPPED)
    assert shipped.hostname == "mail.example.org"
    assert [each.protocol for each in shipped.listen] == [
        "smtp",
        "submission",
        "submission",
        "submission",
        "lmtp",
        "pop3",
        "pop3",
        "imap",
        "imap",
        "http",
    ]


def test_shipped_defaults_are_the_defaults(tmp_path: Path) -> None:
    """Every key that is commented out shows what is so without it."""
    unset = {"user", "group", "certificate", "key", "password_file"}
    kept = []
    text = SHIPPED.read_text().partition("[tls]\n")[2]
    text = re.sub(r"(?ms)^# \[\[route\]\]$.*?^(?=\[)", "", text)  # an example
    for line in text.splitlines():
        word, equals, _ = line.removeprefix("# ").partition(" = ")
        if line.startswith("# [auth.domains"):
            unset |= {"checkers", "realm"}  # an example follows
        if line.startswith("["):
            kept.append(line)
        elif equals and word.isidentifier() and word not in unset:
            kept.append(line.removeprefix("# "))
    assert len(kept) > 30
    said = config.read(tomllib.loads("\n".join(kept)), tmp_path)
    assert said == replace(config.load(None), data=said.data)


def test_paths_start_from_the_file(tmp_path: Path) -> None:
    here = written(
        tmp_path,
        """
        data = "mail"
        [tls]
        certificate = "a.pem"
        key = "/keys/b.pem"
        [[listen]]
        protocol = "lmtp"
        endpoint = "unix:lmtp.sock:mode=660"
        [[listen]]
        protocol = "lmtp"
        endpoint = "unix:/run/lmtp.sock"
        """,
    )
    assert here.data == tmp_path / "mail"
    assert here.tls.certificate == tmp_path / "a.pem"
    assert here.tls.key == Path("/keys/b.pem")
    assert here.listen[0].endpoint == f"unix:{tmp_path}/lmtp.sock:mode=660"
    assert here.listen[1].endpoint == "unix:/run/lmtp.sock"


@pytest.mark.parametrize(
    ("said", "octets"),
    [
        ("5000", 5000),
        ('"5000"', 5000),
        ('"50 MB"', 50_000_000),
        ('"50MB"', 50_000_000),
        ('"1 GiB"', 2**30),
        ('"1.5 kB"', 1500),
        ('"2 tib"', 2**41),
    ],
)
def test_sizes(tmp_path: Path, said: str, octets: int) -> None:
    here = written(tmp_path, f"limits.message_size = {said}")
    assert here.limits.message_size == octets


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("90", 90),
        ('"90 s"', 90),
        ('"5 minutes"', 300),
        ('"1 hour"', 3600),
        ('"30 days"', 30 * 86400),
        ('"2 weeks"', 14 * 86400),
        ('"500 ms"', 0.5),
    ],
)
def test_durations(tmp_path: Path, said: str, seconds: float) -> None:
    assert written(tmp_path, f"limits.drain = {said}").limits.drain == seconds


@pytest.mark.parametrize(
    "said", ['"fifty"', '"5 miles"', "true", "-1", '"-1 MB"', "[1]", "1.5", '""']
)
def test_wrong_sizes(tmp_path: Path, said: str) -> None:
    (complaint,) = complaints(tmp_path, f"limits.message_size = {said}")
    assert complaint.startswith("limits.message_size: ")
    assert '"50 MB"' in complaint


def test_pop3_expiry(tmp_path: Path) -> None:
    assert written(tmp_path, 'pop3.expire = "never"').pop3.expire is None
    assert written(tmp_path, 'pop3.expire = "30 days"').pop3.expire == 30
    assert written(tmp_path, "pop3.expire = 0").pop3.expire == 0


def test_networks(tmp_path: Path) -> None:
    here = written(tmp_path, 'smtp.xclient = ["10.0.0.0/8", "::1"]')
    assert here.smtp.xclient == (
        ipaddress.ip_network("10.0.0.0/8"),
        ipaddress.ip_network("::1/128"),
    )


def test_zero_quota_is_no_limit(tmp_path: Path) -> None:
    here = written(tmp_path, "[store]\nquota = 0\nquota_messages = 7")
    assert here.store.quota is None
    assert here.store.quota_messages == 7


def test_domains_have_their_own(tmp_path: Path) -> None:
    here = written(
        tmp_path,
        """
        [auth.domains."Corp.Example"]
        checkers = ["file:/etc/corp"]
        """,
    )
    assert here.auth.domains["corp.example"].checkers == ("file:/etc/corp",)
    assert here.auth.checkers == ("mailnode",)


def test_several_complaints_at_once(tmp_path: Path) -> None:
    found = complaints(
        tmp_path,
        """
        hostnam = "x"
        hostname = "not a host"
        limits.recipients = 5
        pop3.expires = 1
        [[listen]]
        protocol = "managesieve"
        endpoint = "tcp:143"
        [[listen]]
        protocol = "gopher"
        """,
    )
    text = "\n".join(found)
    assert 'hostnam: unknown key; do you mean "hostname"?' in text
    assert 'hostname: "not a host": write a domain such as' in text
    assert "limits.recipients: 5: write a whole number from 100 to 100000" in text
    assert 'pop3.expires: unknown key; do you mean "expire"?' in text
    assert 'listen[1].protocol: "managesieve": not spoken by this version' in text
    spoken = "smtp, submission, lmtp, pop3, imap, http"
    assert f'listen[2].protocol: "gopher": write one of {spoken}' in text
    assert "listen[2].endpoint: this key is required" in text
    assert len(found) == 7


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("hostname = 5", 'hostname: 5: write a domain such as "mail.example.org"'),
        ("listen = 5", "listen: 5: write a list, in square brackets"),
        ("limits = 5", "limits: 5: write a table, [limits]"),
        ("smtp.vrfy = 1", "smtp.vrfy: 1: write true or false"),
        ('file = "x"', "file: unknown key"),
        ('dns.servers = ["a b"]', 'dns.servers[1]: "a b": write a server such as'),
        ('dns.servers = ["a:99999"]', 'dns.servers[1]: "a:99999": write a server such'),
        ('smtp.xclient = ["10.0.0"]', 'smtp.xclient[1]: "10.0.0": write a network'),
        ('smtp.postmaster = "ana"', 'smtp.postmaster: "ana": write an address'),
        ('user = "no such user"', 'user: "no such user": no such user on this'),
        ('log.format = "xml"', 'log.format: "xml": write "text" or "json"'),
        ('tls.key = "k.pem"', "tls: write both certificate and key, or neither"),
        ('group = "mail"', "group: write user as well"),
        (
            'smtp.subaddress_separator = "++"',
            'smtp.subaddress_separator: "++": write one character, or "" for none',
        ),
        (
            """
            listen = [{protocol="smtp", endpoint="tcp:1"},
            {protocol="pop3", endpoint="tcp:1"}]
            """,
            'listen[2].endpoint: "tcp:1": listen[1] has it',
        ),
        (
            'listen = [{protocol="smtp", endpoint="25"}]',
            'listen[1].endpoint: "25": write an endpoint such as "tcp:25"',
        ),
        (
            'listen = [{protocol="http", endpoint="tcp:80"}]',
            'listen[1].tls: for http, write "none" or "implicit"',
        ),
        ('http.url = "mail"', 'http.url: "mail": write an origin such as "https://'),
        ('http.url = "https://a/b"', 'http.url: "https://a/b": write an origin such'),
        ('http.origins = "*"', 'http.origins: "*": write a list, in square brackets'),
        ('http.origins = ["null"]', 'http.origins[1]: "null": write an origin such as'),
        (
            'auth.domains."a b" = {}',
            'auth.domains."a b": write a domain such as',
        ),
    ],
)
def test_complaints_name_the_key(tmp_path: Path, text: str, complaint: str) -> None:
    (found,) = complaints(tmp_path, text)
    assert complaint in found


def test_what_is_not_toml(tmp_path: Path) -> None:
    (found,) = complaints(tmp_path, "hostname = ")
    assert found.startswith(f"{tmp_path}/mailnode.toml: not TOML: ")
    (tmp_path / "mailnode.toml").write_bytes(b"\xff")
    with pytest.raises(BadConfiguration, match="cannot be read"):
        config.load(tmp_path / "mailnode.toml")


def test_whose_pages_may_call(tmp_path: Path) -> None:
    def http(text: str) -> Http:
        (tmp_path / "mailnode.toml").write_text(text)
        return config.load(tmp_path / "mailnode.toml").http

    assert http("").origins == frozenset()
    assert http('http.origins = ["*"]').origins == {"*"}
    both = {"https://a.example", "http://[::1]:8080"}
    assert http(f"http.origins = {sorted(both)}").origins == both
    assert http('http.url = "https://a.example:8443"').url == "https://a.example:8443"
    assert http('http.url = ""').url == ""


def test_long_values_are_not_repeated_whole(tmp_path: Path) -> None:
    (found,) = complaints(tmp_path, f'log.format = "{"x" * 5000}"')
    assert len(found) < 200


def test_a_line_cannot_be_forged(tmp_path: Path) -> None:
    (found,) = complaints(tmp_path, 'log.format = "x\\nINFO all is well"')
    assert "\n" not in found


def test_where_it_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(config, "SYSTEM_FILE", tmp_path / "etc.toml")
    assert config.find(None, {}) is None
    (tmp_path / "etc.toml").touch()
    assert config.find(None, {}) == tmp_path / "etc.toml"
    (tmp_path / "mailnode.toml").touch()
    assert config.find(None, {}) == Path("mailnode.toml")
    (tmp_path / "named.toml").touch()
    named = {"MAILNODE_CONFIG": str(tmp_path / "named.toml")}
    assert config.find(None, named) == tmp_path / "named.toml"
    (tmp_path / "given.toml").touch()
    given = str(tmp_path / "given.toml")
    assert config.find(given, named) == tmp_path / "given.toml"
    with pytest.raises(BadConfiguration, match="mailnodectl init"):
        config.find(str(tmp_path / "none.toml"), {})


def test_the_command_line_has_the_last_word(tmp_path: Path) -> None:
    here = written(
        tmp_path,
        """
        data = "mail"
        [[listen]]
        protocol = "smtp"
        endpoint = "tcp:25"
        [[listen]]
        protocol = "pop3"
        endpoint = "tcp:110"
        """,
    )
    said = config.overridden(
        here,
        (Listen(protocol="smtp", endpoint="tcp:2525"),),
        ("file:x",),
        "own:y",
        str(tmp_path / "z"),
    )
    assert [each.endpoint for each in said.listen] == ["tcp:110", "tcp:2525"]
    assert said.auth.checkers == ("file:x",)
    assert said.auth.realm == "own:y"
    assert said.data == tmp_path / "z"
    assert config.overridden(here) == here


def test_the_command_line_alone() -> None:
    said = config.overridden(
        config.load(None), (Listen(protocol="lmtp", endpoint="tcp:2424"),)
    )
    assert [each.protocol for each in said.listen] == ["lmtp"]


def test_the_queue_waits_as_long_as_is_said(tmp_path: Path) -> None:
    said = '[queue]\nlifetime = "2 days"\nfirst_retry = 60\nconnections = 7\n'
    queue = written(tmp_path, said).queue
    assert queue.connections == 7
    assert queue.schedule == Schedule(lifetime=2 * DAY, first=MINUTE)
    assert Config().queue.schedule == Schedule()


def test_the_queue_does_not_hurry_without_end(tmp_path: Path) -> None:
    assert complaints(tmp_path, "[queue]\nfirst_retry = 0\n") == (
        "queue.first_retry: 0: write a time of at least 1 second",
    )
    said = '[queue]\nfirst_retry = "3 hours"\n'
    assert complaints(tmp_path, said) == (
        "queue.first_retry: write a time not longer than last_retry",
    )


def test_the_route_that_is_shown_is_one(tmp_path: Path) -> None:
    shown = re.search(r"(?ms)^# \[\[route\]\]$.*?(?=^$)", SHIPPED.read_text())
    assert shown is not None
    lines = [line.removeprefix("# ") for line in shown[0].splitlines()]
    kept = [line for line in lines if not line.startswith("password =")]
    said = "\n".join([*kept, 'user = "ana"']).replace('user = ""\n', "")
    (route,) = config.read(tomllib.loads(said), tmp_path).route
    assert route.recipients == ("example.net", "*.example.net")
    assert route.host == "mail.internal:2525"


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ('[relay]\nsmarthost = "a b"', "relay.smarthost: "),
        ('[relay]\ntls = "yes"', "relay.tls: "),
        ('[relay]\nuser = "ana"', "relay.user: a login is for one host: name it"),
        ('[relay]\npassword = "x"', "relay.user: write whose password that is"),
        ('[relay]\nsource = ["x"]', "relay.source[1]: "),
        (
            '[relay]\nsmarthost = "h"\nuser = "ana"\ntls = "opportunistic"',
            "relay.tls: a password goes under TLS only",
        ),
        ('[relay]\ntls = "implicit"', "relay.tls: implicit TLS is for one host"),
        ('[relay]\nsource = ["192.0.2.1", "192.0.2.2"]', "relay.source: write one"),
        ("[[route]]", "route[1]: write recipients or senders"),
        ('[[route]]\nrecipients = ["*"]', "route[1].recipients[1]: "),
        (
            '[[route]]\nsenders = ["x"]\npassword = "x"\npassword_file = "f"',
            "route[1]: write password or password_file, not both",
        ),
    ],
)
def test_complaints_about_what_leaves(
    said: str, complaint: str, tmp_path: Path
) -> None:
    with pytest.raises(BadConfiguration) as caught:
        config.read(tomllib.loads(said), tmp_path)
    assert any(each.startswith(complaint) for each in caught.value.complaints)


def test_a_password_is_never_repeated(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration) as caught:
        config.read({"relay": {"password": "fa\nminta"}}, tmp_path)
    assert "minta" not in str(caught.value)
    said = {"relay": {"smarthost": "h", "user": "ana", "password": "faminta"}}
    assert "faminta" not in repr(config.read(said, tmp_path))

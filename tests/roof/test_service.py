"""The command line of C{twistd mailnode}, and the service it becomes."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from twisted.application.service import Application, IProcess
from twisted.cred.strcred import ICheckerFactory
from twisted.logger import ILogObserver
from twisted.plugin import getPlugins
from twisted.python.usage import Options as UsageOptions

from mailnode.config import Config
from mailnode.interfaces.realm import IRealmFactory
from mailnode.privileges import Owner
from mailnode.service import Options, makeService
from mailnode.supervisor import Server


def options(*words: str) -> Options:
    made = Options()
    UsageOptions.parseOptions(made, list(words))
    return made


def parsed(tmp_path: Path, *words: str) -> Config:
    file = tmp_path / "mailnode.toml"
    if not file.exists():
        file.write_text('data = "mail"\n')
    return options("--config", str(file), *words).configuration


def test_options_override_the_file(tmp_path: Path) -> None:
    config = parsed(
        tmp_path,
        *("--smtp", "tcp:2525", "--smtp", "tcp:2626", "--lmtp", "unix:/run/l.sock"),
        *("--submission", "tcp:2587"),
        *("--auth", "memory:a:b", "--auth", "mailnode", "--realm", "own:x"),
        *("--data", str(tmp_path / "other")),
    )
    listening = [(each.protocol, each.endpoint) for each in config.listen]
    assert ("smtp", "tcp:2525") in listening
    assert ("smtp", "tcp:2626") in listening
    assert ("submission", "tcp:2587") in listening
    assert ("lmtp", "unix:/run/l.sock") in listening
    assert config.auth.checkers == ("memory:a:b", "mailnode")
    assert config.auth.realm == "own:x"
    assert config.data == tmp_path / "other"


def test_http_begins_without_tls_on_the_command_line() -> None:
    (listen,) = options("--http", "tcp:8080").configuration.listen
    assert (listen.protocol, listen.tls) == ("http", "none")


def test_a_wrong_file_ends_it(tmp_path: Path) -> None:
    (tmp_path / "mailnode.toml").write_text("colour = 1\n")
    with pytest.raises(SystemExit, match="mailnode: colour: unknown key"):
        parsed(tmp_path)


def test_help_tells_of_checkers(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Options, "authOutput", sys.stdout)
    with pytest.raises(SystemExit):
        options("--help-auth")
    assert "mailnode" in capsys.readouterr().out


def test_the_plug_ins_are_there() -> None:
    assert "mailnode" in {each.authType for each in getPlugins(ICheckerFactory)}
    assert "mailnode" in {each.name for each in getPlugins(IRealmFactory)}


def test_twistd_is_told_whom_to_become_and_how_to_log(tmp_path: Path) -> None:
    (tmp_path / "mailnode.toml").write_text('data = "mail"\n')
    server = makeService(options("--config", str(tmp_path / "mailnode.toml")))
    assert isinstance(server, Server)
    object.__setattr__(server.around, "owner", Owner(4711, 4712))
    application = Application("mailnode")
    server.setServiceParent(application)
    process = IProcess(application)
    assert (process.uid, process.gid) == (4711, 4712)
    assert application.getComponent(ILogObserver) is server.around.teller

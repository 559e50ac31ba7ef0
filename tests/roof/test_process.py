"""The process as a supervisor sees it: starting, reloading, ending."""

from __future__ import annotations

import base64
import json
import os
import pwd
import shutil
import signal
import socket
import sqlite3
import ssl
import time
from contextlib import closing
from pathlib import Path

import pytest
from trial import PATIENCE, Trial, free_port, until

SERVING = "serving "


class Session:
    """A client on a raw socket."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.lines = self.socket.makefile("rb")
        self.greeting = self.lines.readline()

    def ask(self, line: bytes) -> bytes:
        self.socket.sendall(line + b"\r\n")
        return self.lines.readline()

    def close(self) -> None:
        self.lines.close()
        self.socket.close()


class Supervisor:
    """The end of C{NOTIFY_SOCKET} that listens."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.settimeout(PATIENCE)
        self.environment = {"NOTIFY_SOCKET": str(path)}

    def until(self, word: str) -> dict[str, str]:
        """Wait for a message that begins so."""
        while True:
            text = self.socket.recv(4096).decode()
            if text.startswith(word):
                return dict(line.split("=", 1) for line in text.splitlines())

    def close(self) -> None:
        self.socket.close()


def test_ready_means_that_everything_listens(trial: Trial) -> None:
    port = free_port()
    trial.write(f"smtp tcp:{port}:interface=127.0.0.1")
    with closing(Supervisor(trial.path / "notify")) as supervisor:
        process = trial.start(**supervisor.environment, WATCHDOG_USEC="400000")
        told = supervisor.until("READY=1")
        assert f"tcp:{port}" in told["STATUS"]
        with closing(Session(port)) as session:
            assert session.greeting.startswith(b"220 localhost ")
        started = time.monotonic()
        for _ in range(3):
            supervisor.until("WATCHDOG=1")
        assert time.monotonic() - started < 2.0
        process.signal(signal.SIGTERM)
        supervisor.until("STOPPING=1")
        assert process.ended() == -signal.SIGTERM  # so twistd ends
    assert not (trial.path / "data" / "control.sock").exists()


def test_a_port_that_is_taken_is_named(trial: Trial) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        trial.write(
            f"smtp tcp:{free_port()}:interface=127.0.0.1",
            f"pop3 tcp:{port}:interface=127.0.0.1",
        )
        process = trial.start()
        assert process.ended() == 1
    said = process.said()
    assert f'listen[2].endpoint: "tcp:{port}:interface=127.0.0.1"' in said
    assert "cannot listen for pop3" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("listen", "complaint"),
    [
        ("smtp nonsense:25", "listen[1].endpoint"),
        ("managesieve tcp:80", "this version, which speaks smtp, submission, lmtp"),
    ],
)
def test_a_wrong_configuration_is_explained(
    trial: Trial, listen: str, complaint: str
) -> None:
    trial.write(listen)
    process = trial.start()
    assert process.ended() == 1
    assert complaint in process.said()
    assert "Traceback" not in process.said()


def test_unknown_checkers_and_realms_are_named(trial: Trial) -> None:
    trial.write(
        f"smtp tcp:{free_port()}:interface=127.0.0.1",
        more='[auth]\ncheckers = ["nobody:secret"]\nrealm = "nowhere"\n',
    )
    process = trial.start()
    assert process.ended() == 1
    assert 'auth.checkers[1]: "nobody": no such checker' in process.said()
    assert "auth.realm: " in process.said()
    assert "secret" not in process.said()


def test_two_servers_do_not_share_a_store(trial: Trial) -> None:
    trial.write(f"smtp tcp:{free_port()}:interface=127.0.0.1")
    first = trial.start()
    first.until_said(SERVING)
    trial.write(f"smtp tcp:{free_port()}:interface=127.0.0.1")
    second = trial.start()
    assert second.ended() == 1
    assert f"process {first.running.pid} has the store" in second.said()
    assert first.running.poll() is None


def test_reload_keeps_sessions_and_follows_the_file(trial: Trial) -> None:
    kept, closed, opened = free_port(), free_port(), free_port()
    trial.write(
        f"smtp tcp:{kept}:interface=127.0.0.1",
        f"pop3 tcp:{closed}:interface=127.0.0.1",
    )
    with closing(Supervisor(trial.path / "notify")) as supervisor:
        process = trial.start(**supervisor.environment)
        supervisor.until("READY=1")
        with closing(Session(kept)) as old, closing(Session(closed)) as pop:
            trial.write(
                f"smtp tcp:{kept}:interface=127.0.0.1",
                f"lmtp tcp:{opened}:interface=127.0.0.1",
                more="[limits]\nmessage_size = 123456\n",
            )
            process.signal(signal.SIGHUP)
            told = supervisor.until("RELOADING=1")
            assert int(told["MONOTONIC_USEC"]) <= time.monotonic_ns() // 1000
            told = supervisor.until("READY=1")
            assert f"tcp:{opened}" in told["STATUS"]
            assert old.ask(b"NOOP").startswith(b"250")
            assert pop.ask(b"CAPA").startswith(b"+OK")
        with closing(Session(kept)) as new:
            replies = new.ask(b"EHLO there.example")
            while replies.splitlines()[-1][3:4] == b"-":
                replies += new.lines.readline()
            assert b"SIZE 123456" in replies
        with closing(Session(opened)) as lmtp:
            assert lmtp.greeting.startswith(b"220")
        with pytest.raises(ConnectionRefusedError):
            Session(closed)


def test_a_bad_configuration_changes_nothing(trial: Trial) -> None:
    port = free_port()
    trial.write(f"smtp tcp:{port}:interface=127.0.0.1")
    process = trial.start()
    process.until_said(SERVING)
    trial.write("smtp tcp:1", more='colour = "red"\n[tls]\nkey = "x"\n')
    process.signal(signal.SIGHUP)
    process.until_said("not reloaded: ")
    process.until_said(SERVING, 2)
    with closing(Session(port)) as session:
        assert session.greeting.startswith(b"220")


def test_reload_takes_up_certificates(trial: Trial) -> None:
    port = free_port()
    trial.write(f"pop3 tcp:{port}:interface=127.0.0.1 implicit")
    process = trial.start()
    process.until_said(SERVING)

    def certificate() -> str:
        return ssl.get_server_certificate(("127.0.0.1", port), timeout=PATIENCE)

    first = certificate()
    assert first == certificate()
    shutil.rmtree(trial.path / "data" / "tls")
    process.signal(signal.SIGHUP)
    process.until_said(SERVING, 2)
    assert certificate() != first


def test_stopping_says_goodbye_to_the_idle(trial: Trial) -> None:
    port = free_port()
    trial.write(f"smtp tcp:{port}:interface=127.0.0.1")
    process = trial.start()
    process.until_said(SERVING)
    with closing(Session(port)) as session:
        process.signal(signal.SIGTERM)
        assert session.lines.readline().startswith(b"421 ")
        assert session.lines.readline() == b""
    assert process.ended() == -signal.SIGTERM  # so twistd ends
    assert "stopped" in process.said()


def test_a_store_that_cannot_be_written_ends_the_process(trial: Trial) -> None:
    """Nothing is promised that cannot be kept: status 1, for the supervisor."""
    port = free_port()
    trial.write(f"smtp tcp:{port}:interface=127.0.0.1")
    assert trial.ctl("domain", "add", "example.org").returncode == 0
    process = trial.start()
    process.until_said(SERVING)
    break_table(trial.path / "data" / "main.db")
    said = trial.ctl("domain", "add", "example.net")
    assert said.returncode == 1
    assert process.ended() == 1
    assert "cannot be written to any more" in process.said()


def break_table(database: Path) -> None:
    """Overwrite pages of a database behind everybody's back."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = database.stat().st_size
    with database.open("r+b") as file:
        file.seek(8192)
        file.write(os.urandom(size - 8192))


def test_ctl_beside_a_server_and_alone(trial: Trial) -> None:
    port = free_port()
    trial.write(f"pop3 tcp:{port}:interface=127.0.0.1")
    assert trial.ctl("domain", "add", "example.org").returncode == 0
    process = trial.start()
    process.until_said(SERVING)
    assert (trial.path / "data" / "control.sock").stat().st_mode & 0o777 == 0o600
    added = trial.ctl(
        "user", "add", "ana@example.org", "--password-stdin", stdin="faminta\n"
    )
    assert added.returncode == 0, added.stderr
    with closing(Session(port)) as session:
        assert session.ask(b"USER ana@example.org").startswith(b"+OK")
        assert session.ask(b"PASS faminta").startswith(b"+OK")
    beside = json.loads(trial.ctl("user", "list", "--json").stdout)
    process.signal(signal.SIGTERM)
    assert process.ended() == -signal.SIGTERM  # so twistd ends
    assert json.loads(trial.ctl("user", "list", "--json").stdout) == beside
    assert "faminta" not in process.said()


def test_a_killed_server_is_no_obstacle(trial: Trial) -> None:
    trial.write(f"smtp tcp:{free_port()}:interface=127.0.0.1")
    process = trial.start()
    process.until_said(SERVING)
    process.signal(signal.SIGKILL)
    process.ended()
    assert (trial.path / "data" / "control.sock").exists()
    assert trial.ctl("domain", "list").returncode == 0
    again = trial.start()
    again.until_said(SERVING)


def test_a_unix_socket_starts_from_the_file(trial: Trial) -> None:
    trial.write("lmtp unix:lmtp.sock:mode=600 none")
    process = trial.start()
    process.until_said(SERVING)
    with closing(socket.socket(socket.AF_UNIX)) as client:
        client.settimeout(PATIENCE)
        client.connect(str(trial.path / "lmtp.sock"))
        assert client.recv(100).startswith(b"220 ")


@pytest.mark.skipif(
    not shutil.which("systemd-socket-activate"),
    reason="systemd-socket-activate is not installed",
)
@pytest.mark.parametrize("which", ["index=0", "name=smtp"])
def test_socket_activation(trial: Trial, which: str) -> None:
    port = free_port()
    trial.write(f"smtp systemd:domain=INET:{which}")
    process = trial.start(
        "systemd-socket-activate", "--fdname=smtp", "-l", f"127.0.0.1:{port}"
    )
    until(lambda: "Listening on" in process.said(), "the activator")
    with closing(Session(port)) as session:  # The first client starts the server.
        assert session.greeting.startswith(b"220 localhost ")
        assert session.ask(b"NOOP").startswith(b"250")
    process.until_said(SERVING)
    process.signal(signal.SIGTERM)
    assert process.ended() == -signal.SIGTERM  # so twistd ends


def test_as_a_daemon(trial: Trial) -> None:
    port = free_port()
    trial.write(f"smtp tcp:{port}:interface=127.0.0.1", more='[log]\nformat = "json"\n')
    assert trial.daemon().returncode == 0
    pid = int((trial.path / "daemon.pid").read_text())
    try:
        log = trial.path / "daemon.log"
        until(lambda: log.exists() and SERVING in log.read_text(), "the daemon")
        lines = log.read_text().splitlines()
        assert {json.loads(line)["level"] for line in lines} == {"info"}
        with closing(Session(port)) as session:
            assert session.greeting.startswith(b"220")
        trial.write(f"smtp tcp:{free_port()}:interface=127.0.0.1")
        (trial.path / "daemon.pid").unlink()
        second = trial.daemon()
        assert second.returncode == 1
        assert f"process {pid} has the store" in log.read_text()
        assert "An error has occurred" in second.stderr
    finally:
        os.kill(pid, signal.SIGTERM)
        until(lambda: not Path(f"/proc/{pid}").exists(), "its end")


def test_secrets_stay_out_of_the_most_talkative_log(trial: Trial) -> None:
    port = free_port()
    trial.write(f"pop3 tcp:{port}:interface=127.0.0.1", more='[log]\nlevel = "debug"\n')
    words = ("user", "add", "ana@example.org", "--password-stdin")
    assert trial.ctl("domain", "add", "example.org").returncode == 0
    process = trial.start()
    process.until_said(SERVING)
    assert trial.ctl(*words, stdin="canary-7\n").returncode == 0
    proof = base64.b64encode(b"\0ana@example.org\0canary-7")
    with closing(Session(port)) as session:
        assert session.ask(b"USER ana@example.org").startswith(b"+OK")
        assert session.ask(b"PASS canary-7").startswith(b"+OK")
    with closing(Session(port)) as session:
        assert session.ask(b"AUTH PLAIN " + proof).startswith(b"+OK")
    with closing(Session(port)) as session:
        assert session.ask(b"AUTH PLAIN").startswith(b"+ ")
        assert session.ask(proof).startswith(b"+OK")
        assert session.ask(b"STAT").startswith(b"+OK")
    process.until_said("STAT")
    assert process.said().count("AUTH PLAIN") >= 2
    assert "canary" not in process.said()
    assert proof.decode() not in process.said()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_privileges_are_dropped_before_anything_is_made(trial: Trial) -> None:
    nobody = pwd.getpwnam("nobody")
    port = free_port()
    for above in (trial.path, *trial.path.parents[:-2]):
        above.chmod(0o755)
    trial.write(f"smtp tcp:{port}:interface=127.0.0.1", top='user = "nobody"')
    process = trial.start()
    process.until_said(SERVING)
    status = Path(f"/proc/{process.running.pid}/status").read_text()
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert set(fields["Uid"].split()) == {str(nobody.pw_uid)}
    assert set(fields["Gid"].split()) == {str(nobody.pw_gid)}
    assert int(fields["CapEff"], 16) == 0
    made = [trial.path / "data", *(trial.path / "data").rglob("*")]
    assert len(made) > 5
    assert {each.stat().st_uid for each in made} == {nobody.pw_uid}
    with closing(Session(port)) as session:
        assert session.greeting.startswith(b"220")
    # Root's mailnodectl leaves nothing behind that the server could not use.
    process.signal(signal.SIGTERM)
    assert process.ended() == -signal.SIGTERM  # so twistd ends
    assert trial.ctl("domain", "add", "example.org").returncode == 0
    made = list((trial.path / "data").rglob("*"))
    assert {each.stat().st_uid for each in made} == {nobody.pw_uid}

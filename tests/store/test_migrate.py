"""A database is new, old, or too new; and never between two versions."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from mailnode.store import migrate
from mailnode.store.connection import pen

KIND = 0x7E57


@pytest.fixture
def series(tmp_path: Path) -> Path:
    steps = tmp_path / "steps"
    steps.mkdir()
    (steps / "0001.sql").write_text("CREATE TABLE t (n INTEGER); -- one\n")
    return steps


def opened(path: Path, series: Path, kind: int = KIND) -> apsw.Connection:
    connection = pen(str(path))
    migrate.upgrade(connection, series, kind)
    return connection


def version(connection: apsw.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").get)


def test_a_new_file(tmp_path: Path, series: Path) -> None:
    connection = opened(tmp_path / "db", series)
    assert version(connection) == 1
    assert connection.execute("SELECT count(*) FROM t").get == 0
    connection.close()
    assert not list(tmp_path.glob("*.bak"))
    opened(tmp_path / "db", series).close()


def test_an_old_file_is_upgraded_and_a_copy_kept(tmp_path: Path, series: Path) -> None:
    connection = opened(tmp_path / "db", series)
    connection.execute("INSERT INTO t VALUES (5)")
    connection.close()
    (series / "0002.sql").write_text("ALTER TABLE t ADD COLUMN m INTEGER;")
    (series / "0003.sql").write_text("UPDATE t SET m = n + 1;")
    connection = opened(tmp_path / "db", series)
    assert version(connection) == 3
    assert connection.execute("SELECT n, m FROM t").get == (5, 6)
    connection.close()
    [copy] = tmp_path.glob("*.bak*")
    assert copy.name == "db.v1.bak"
    assert copy.stat().st_mode & 0o777 == 0o600
    (series / "0002.sql").unlink()
    (series / "0003.sql").unlink()
    connection = opened(copy, series)
    assert connection.execute("SELECT n FROM t").get == 5
    connection.close()


def test_a_step_that_fails_changes_nothing(tmp_path: Path, series: Path) -> None:
    opened(tmp_path / "db", series).close()
    (series / "0002.sql").write_text("CREATE TABLE u (n); INSERT INTO none VALUES (1);")
    with pytest.raises(apsw.SQLError):
        opened(tmp_path / "db", series)
    (series / "0002.sql").unlink()
    connection = opened(tmp_path / "db", series)
    assert version(connection) == 1
    with pytest.raises(apsw.SQLError):
        connection.execute("SELECT * FROM u")
    connection.close()


def test_a_newer_file_is_refused(tmp_path: Path, series: Path) -> None:
    connection = opened(tmp_path / "db", series)
    connection.execute("PRAGMA user_version = 7")
    connection.close()
    with pytest.raises(migrate.Unusable, match=r"db has version 7 .* knows 1"):
        opened(tmp_path / "db", series)


def test_another_file_is_refused(tmp_path: Path, series: Path) -> None:
    opened(tmp_path / "db", series).close()
    with pytest.raises(migrate.Unusable, match="misplaced"):
        opened(tmp_path / "db", series, KIND + 1)
    stranger = apsw.Connection(str(tmp_path / "stranger"))
    stranger.execute("CREATE TABLE theirs (n)")
    stranger.close()
    with pytest.raises(migrate.Unusable, match="misplaced"):
        opened(tmp_path / "stranger", series)


def test_what_is_no_database_is_refused(tmp_path: Path, series: Path) -> None:
    (tmp_path / "letter").write_text("Dear database,\n" * 100)
    for path in (tmp_path / "letter", tmp_path):
        with pytest.raises(migrate.Unusable, match="cannot be opened"):
            opened(path, series)


def test_steps_without_a_gap(tmp_path: Path, series: Path) -> None:
    (series / "0003.sql").write_text("SELECT 1;")
    with pytest.raises(migrate.Unusable, match="numbered"):
        opened(tmp_path / "db", series)


def test_main_is_not_a_shard(tmp_path: Path) -> None:
    connection = pen(str(tmp_path / "db"))
    migrate.main(connection)
    with pytest.raises(migrate.Unusable):
        migrate.shard(connection)
    connection.close()


def test_a_shard_learns_the_days_of_its_mail(tmp_path: Path) -> None:
    first = tmp_path / "first"
    first.mkdir()
    (first / "0001.sql").write_text((migrate.SCHEMA / "shard/0001.sql").read_text())
    connection = opened(tmp_path / "db", first, migrate.SHARD)
    dates = (
        b'("Sun, 1 Nov 2026 23:30:00 -1000" NIL)',
        b"({30}\r\nMon, 2 Nov 2026 00:30:00 +1000 NIL)",
        b'("no date" NIL)',
        b"(NIL NIL)",
    )
    for number, envelope in enumerate(dates):
        connection.execute(
            "INSERT INTO email VALUES (1, ?, 1, 1, 1, 1, NULL, '', ?, X'', X'', '')",
            (number, envelope),
        )
    connection.close()
    connection = pen(str(tmp_path / "db"))
    migrate.shard(connection)
    days = connection.execute("SELECT sent_day FROM email ORDER BY id").fetchall()
    assert days == [(20758,), (20759,), (None,), (None,)]
    fresh = pen(":memory:")
    migrate.shard(fresh)
    schema = "SELECT type, name FROM sqlite_schema ORDER BY name"
    assert list(connection.execute(schema)) == list(fresh.execute(schema))
    connection.close()


def steps_to(path: Path, number: int) -> Path:
    """The first steps of a shard."""
    path.mkdir()
    for n in range(1, number + 1):
        step = f"{n:04}.sql"
        (path / step).write_text((migrate.SCHEMA / "shard" / step).read_text())
    return path


SCHEMA = "SELECT sql FROM sqlite_schema WHERE sql NOT NULL ORDER BY name"


def test_a_shard_learns_to_keep_objects_and_uploads(tmp_path: Path) -> None:
    """The fifth step adds, and leaves contents as they are."""
    connection = pen(str(tmp_path / "db"))
    migrate.upgrade(connection, steps_to(tmp_path / "fourth", 4), migrate.SHARD)
    connection.execute("INSERT INTO content VALUES (1, 2, X'00', 5, 1, NULL)")
    schema = "SELECT name FROM sqlite_schema WHERE sql NOT NULL ORDER BY name"
    before = set(connection.execute(schema))
    connection.close()
    connection = pen(str(tmp_path / "db"))
    migrate.shard(connection)
    assert (tmp_path / "db.v4.bak").exists()
    [content] = connection.execute("SELECT * FROM content")
    assert content == (1, 2, b"\0", 5, 1, None, None)
    assert {name for (name,) in set(connection.execute(schema)) - before} == {
        "content_uploaded",
        "object",
        "object_gone",
        "object_kind",
        "object_modseq",
    }
    connection.close()


def test_a_shard_learns_to_keep_header_fields(tmp_path: Path) -> None:
    """Nothing else changes with the third step."""
    connection = pen(str(tmp_path / "db"))
    migrate.upgrade(connection, steps_to(tmp_path / "second", 2), migrate.SHARD)
    connection.execute("INSERT INTO message VALUES (1, 1, 1, 1, 1, 0, 1, 1, 1)")
    before = set(connection.execute(SCHEMA))
    migrate.upgrade(connection, steps_to(tmp_path / "third", 3), migrate.SHARD)
    assert (tmp_path / "db.v2.bak").exists()
    assert connection.execute("SELECT count(*) FROM message").get == 1
    assert connection.execute("SELECT count(*) FROM field_block").get == 0
    new = set(connection.execute(SCHEMA)) - before
    assert len(new) == 4
    assert all("field_" in sql for (sql,) in new)
    connection.close()


def test_a_shard_learns_to_see_the_whole(tmp_path: Path) -> None:
    """The fourth step adds tables, and a column to two that were there."""
    connection = pen(str(tmp_path / "db"))
    migrate.upgrade(connection, steps_to(tmp_path / "third", 3), migrate.SHARD)
    connection.execute("INSERT INTO vanished VALUES (1, 1, 3, 1, 5)")
    connection.execute(
        "INSERT INTO mailbox VALUES (1, 1, 'INBOX', NULL, 1, 2, 3, 0, 0, 0, 0)"
    )
    before = set(connection.execute(SCHEMA))
    migrate.upgrade(connection, steps_to(tmp_path / "fourth", 4), migrate.SHARD)
    assert connection.execute("SELECT email FROM vanished").get == 0
    assert connection.execute("SELECT sort_order FROM mailbox").get == 0
    changed = [sql for (sql,) in before - set(connection.execute(SCHEMA))]
    assert sorted(sql.split()[2] for sql in changed) == ["mailbox", "vanished"]
    assert connection.execute("SELECT count(*) FROM whole").get == 0
    connection.close()


@pytest.mark.parametrize(
    "prepare", [migrate.main, migrate.shard, migrate.search, migrate.trail]
)
def test_every_column_has_a_comment(prepare: object) -> None:
    name = getattr(prepare, "__name__", "")
    for step in (migrate.SCHEMA / name).iterdir():
        inside = False
        for line in step.read_text().splitlines():
            if line.startswith("CREATE TABLE"):
                inside = True
            elif line.startswith(")"):
                assert "STRICT" in line
                inside = False
            elif inside and not line.strip().startswith("PRIMARY KEY"):
                assert "  -- " in line, line


KILLED = """
import os, signal, sys
from pathlib import Path
from mailnode.store import migrate
from mailnode.store.connection import pen
connection = pen(sys.argv[1])
left = int(sys.argv[3])
def trace(_cursor, statement, _bindings):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return True
connection.exec_trace = trace
migrate.upgrade(connection, Path(sys.argv[2]), 0x7E57)
"""


@pytest.mark.parametrize("statement", [*range(6, 15, 2), 100])
def test_a_kill_leaves_the_old_or_the_new(
    tmp_path: Path, series: Path, statement: int
) -> None:
    connection = opened(tmp_path / "db", series)
    connection.execute("INSERT INTO t VALUES (5)")
    connection.close()
    (series / "0002.sql").write_text("CREATE TABLE u (n); INSERT INTO u VALUES (1);")
    (series / "0003.sql").write_text("CREATE TABLE v (n); DELETE FROM t;")
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            KILLED,
            str(tmp_path / "db"),
            str(series),
            str(statement),
        ],
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.returncode == (0 if statement == 100 else -signal.SIGKILL)
    connection = pen(str(tmp_path / "db"))
    tables = {n for (n,) in connection.execute("SELECT name FROM sqlite_schema")}
    if version(connection) == 1:
        assert tables == {"t"}
        assert connection.execute("SELECT n FROM t").get == 5
    else:
        assert version(connection) == 3
        assert tables == {"t", "u", "v"}
    migrate.upgrade(connection, series, KIND)
    assert version(connection) == 3
    connection.close()

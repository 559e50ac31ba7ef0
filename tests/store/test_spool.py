"""Messages that are being gathered: octets, hashes, files without a name."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest
from store.keeping import Clock, mail

from mailnode.errors import NoSpace, Unavailable
from mailnode.message.projection import project
from mailnode.message.scan import Scanner
from mailnode.model.message import CHUNK
from mailnode.store.reserve import Reserve
from mailnode.store.spool import Spool


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path, Reserve(tmp_path, Clock(), 0))


@pytest.mark.parametrize("size", [0, 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 5])
def test_gives_back_what_it_was_given(spool: Spool, tmp_path: Path, size: int) -> None:
    octets = mail(size=size)[:size]
    for start in range(0, size, 100_001):
        spool.write(octets[start : start + 100_001])
    assert spool.size == size
    content = spool.seal()
    assert not list(tmp_path.iterdir())
    assert (content.size, content.hash) == (size, hashlib.sha256(octets).digest())
    scanner = Scanner()
    scanner.feed(octets)
    assert content.projections == project(scanner.close())
    for _ in range(2):
        pieces = list(content.chunks())
        assert b"".join(pieces) == octets
        assert all(len(piece) == CHUNK for piece in pieces[:-1])
    spool.discard()
    assert b"".join(content.chunks()) == octets
    content.discard()
    content.discard()
    if size:
        with pytest.raises(Unavailable):
            list(content.chunks())


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\n",
        b"\r\nbody",
        b"A: b",
        b"A: b\r\n",
        b"A: b\r\n\r\nbody\r\n\r\n",
        b"A: b\n\nbody\r\n\r\n",
        b"A: b\r\n\nbody",
        b"A: b\r\r\n\r\r\n\r\n",
        b"A: " + b"b" * CHUNK + b"\r\n\r\nbody",
    ],
)
def test_what_passes_is_computed_when_somebody_asks(
    tmp_path: Path, octets: bytes
) -> None:
    spool = Spool(tmp_path, Reserve(tmp_path, Clock(), 0), passing=True)
    spool.write(octets)
    content = spool.seal()
    scanner = Scanner()
    scanner.feed(octets)
    wanted = project(scanner.close())
    assert content.header_size == wanted.header_size
    assert content.projections == wanted
    content.discard()


def test_a_large_one_is_not_in_memory(spool: Spool) -> None:
    for _ in range(100):
        spool.write(b"x" * CHUNK)
        assert len(spool.memory) <= CHUNK
    assert spool.file is not None
    assert os.fstat(spool.file.fileno()).st_nlink == 0
    assert os.fstat(spool.file.fileno()).st_mode & 0o777 == 0o600
    file = spool.file
    spool.discard()
    spool.discard()
    assert file.closed


@pytest.mark.parametrize(
    ("number", "error"), [(errno.ENOSPC, NoSpace), (errno.EIO, Unavailable)]
)
def test_a_disk_that_fails(
    spool: Spool, monkeypatch: pytest.MonkeyPatch, number: int, error: type[Exception]
) -> None:
    class Full:
        def write(self, data: object) -> int:
            raise OSError(number, "no")

        def close(self) -> None:
            pass

    monkeypatch.setattr("mailnode.store.spool.TemporaryFile", lambda **_: Full())
    spool.write(b"x" * CHUNK)
    with pytest.raises(error):
        spool.write(b"x")
    spool.discard()


def test_a_file_that_was_cut_short(spool: Spool) -> None:
    spool.write(b"x" * (CHUNK + 5))
    content = spool.seal()
    assert content.file is not None
    os.ftruncate(content.file.fileno(), CHUNK)
    with pytest.raises(Unavailable):
        list(content.chunks())
    content.discard()


def test_the_reserve_asks_once_a_second(tmp_path: Path) -> None:
    clock, answers = Clock(), [100, 50]
    reserve = Reserve(tmp_path, clock, 60, free=lambda _: answers.pop(0))
    reserve.check()
    reserve.check(40)
    with pytest.raises(NoSpace):
        reserve.check(41)
    clock.moment += 999
    reserve.check()
    clock.moment += 1
    with pytest.raises(NoSpace):
        reserve.check()
    assert answers == []


def test_the_reserve_asks_again_when_the_clock_goes_back(tmp_path: Path) -> None:
    clock, answers = Clock(), [100, 50]
    reserve = Reserve(tmp_path, clock, 60, free=lambda _: answers.pop(0))
    reserve.check()
    clock.moment -= 1
    with pytest.raises(NoSpace):
        reserve.check()


def test_the_reserve_asks_the_system(tmp_path: Path) -> None:
    Reserve(tmp_path, Clock(), 1).check()
    with pytest.raises(NoSpace):
        Reserve(tmp_path, Clock(), 2**60).check()

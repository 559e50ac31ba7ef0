"""The octets of blobs (RFC 8620, 6; RFC 8621, 4.1.4)."""

from __future__ import annotations

import hashlib
from base64 import encodebytes
from collections.abc import Iterator
from pathlib import Path

import pytest
from smtp.coroutine import finish
from store.keeping import Keeping

from mailnode.errors import NotFound
from mailnode.interfaces.mail import IMail
from mailnode.jmap.blobs import Blob, opened
from mailnode.model.message import CHUNK
from mailnode.wire.ids import BlobId

SECRET = bytes(range(256)) * 4000
MESSAGE = b"Subject: a\r\n\r\n" + encodebytes(SECRET).replace(b"\n", b"\r\n") + b"tail"
QUOTED = b"X: y\r\n\r\nol=C3=A1 =\r\nmundo\r\n"


def digest(octets: bytes) -> bytes:
    return hashlib.sha256(octets).digest()


def pieces(blob: Blob) -> list[bytes]:
    async def gather() -> list[bytes]:
        return [each async for each in blob.pieces()]

    return finish(gather())


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[IMail]:
    keeping = Keeping(tmp_path)
    mail: IMail = keeping.account().mail()
    for each in (MESSAGE, QUOTED):
        finish(mail.upload(keeping.content(each)))
    yield mail
    keeping.close()


def test_the_whole(mail: IMail) -> None:
    blob = finish(opened(mail, str(BlobId(digest(MESSAGE)))))
    assert b"".join(pieces(blob)) == MESSAGE
    assert finish(blob.size()) == len(MESSAGE)


def test_a_stretch_decoded_and_not_whole_in_memory(mail: IMail) -> None:
    length = len(MESSAGE) - 18
    said = str(BlobId(digest(MESSAGE), 14, length, "b"))
    blob = finish(opened(mail, said))
    found = pieces(blob)
    assert b"".join(found) == SECRET
    assert max(map(len, found)) <= CHUNK
    assert finish(blob.size()) == len(SECRET)


def test_quoted_printable(mail: IMail) -> None:
    blob = finish(opened(mail, str(BlobId(digest(QUOTED), 8, len(QUOTED) - 8, "q"))))
    assert b"".join(pieces(blob)) == "olá mundo\r\n".encode()
    assert finish(blob.size()) == len("olá mundo\r\n".encode())


def test_a_stretch_as_it_is(mail: IMail) -> None:
    blob = finish(opened(mail, str(BlobId(digest(QUOTED), 3, 1))))
    assert pieces(blob) == [b"y"]
    assert finish(blob.size()) == 1


@pytest.mark.parametrize(
    "said",
    [
        "nonsense",
        "",
        "G" + "0" * 64,
        "M1-1",
        f"{BlobId(digest(QUOTED), 8, len(QUOTED))}",
        f"{BlobId(digest(QUOTED), 10**11, 0)}",
    ],
)
def test_what_is_not_there(mail: IMail, said: str) -> None:
    with pytest.raises(NotFound):
        finish(opened(mail, said))

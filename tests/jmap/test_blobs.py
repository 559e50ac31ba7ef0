"""The octets of blobs (RFC 8620, 6; RFC 8621, 4.1.4)."""

from __future__ import annotations

from base64 import encodebytes

import pytest
from jmap.mail import Mail, digest
from smtp.coroutine import finish

from mailnode.errors import NotFound
from mailnode.jmap.blobs import Blob, opened
from mailnode.jmap.ids import BlobId
from mailnode.model.message import CHUNK

SECRET = bytes(range(256)) * 4000
MESSAGE = b"Subject: a\r\n\r\n" + encodebytes(SECRET).replace(b"\n", b"\r\n") + b"tail"
QUOTED = b"X: y\r\n\r\nol=C3=A1 =\r\nmundo\r\n"


def pieces(blob: Blob) -> list[bytes]:
    async def gather() -> list[bytes]:
        return [each async for each in blob.pieces()]

    return finish(gather())


@pytest.fixture
def mail() -> Mail:
    mail = Mail()
    mail.put_in(MESSAGE)
    mail.put_in(QUOTED)
    return mail


def test_the_whole(mail: Mail) -> None:
    blob = finish(opened(mail, str(BlobId(digest(MESSAGE)))))
    assert b"".join(pieces(blob)) == MESSAGE
    assert finish(blob.size()) == len(MESSAGE)


def test_a_stretch_decoded_and_not_whole_in_memory(mail: Mail) -> None:
    length = len(MESSAGE) - 18
    said = str(BlobId(digest(MESSAGE), 14, length, "b"))
    blob = finish(opened(mail, said))
    found = pieces(blob)
    assert b"".join(found) == SECRET
    assert max(map(len, found)) <= CHUNK
    assert finish(blob.size()) == len(SECRET)


def test_quoted_printable(mail: Mail) -> None:
    blob = finish(opened(mail, str(BlobId(digest(QUOTED), 8, len(QUOTED) - 8, "q"))))
    assert b"".join(pieces(blob)) == "olá mundo\r\n".encode()


def test_a_stretch_as_it_is(mail: Mail) -> None:
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
def test_what_is_not_there(mail: Mail, said: str) -> None:
    with pytest.raises(NotFound):
        finish(opened(mail, said))

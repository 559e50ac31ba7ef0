"""Octets that come in and go out beside the API (RFC 8620, 6)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from mailnode.errors import NotFound
from mailnode.interfaces.account import IMailAccount
from mailnode.interfaces.content import IContent, ISpool
from mailnode.jmap.blobs import Blob, opened
from mailnode.jmap.call import account_id
from mailnode.jmap.errors import RequestError
from mailnode.jmap.extension import Repertoire
from mailnode.jmap.ijson import written
from mailnode.message.decoding import span
from mailnode.web import ranges
from mailnode.web.admission import StreamedResource
from mailnode.web.answer import JSON, PROBLEM, Answer, Refused
from mailnode.web.authentication import Authenticator
from mailnode.web.coroutine import AsyncResource
from mailnode.web.disposition import SANDBOX, disposition, media_type
from mailnode.wire.ids import BlobId

if TYPE_CHECKING:
    from mailnode.web.request import Request

FOR_EVER = "private, immutable, max-age=31536000"
"""Octets with an id never change (RFC 8620, 6.2; RFC 8246)."""


class LimitReached(Refused):
    """More than the session allows, as JMAP says so (RFC 8620, 3.6.1).

    @ivar limit: its name.
    """

    def __init__(self, status: int, limit: str) -> None:
        super().__init__(status, f"more than {limit}")
        self.limit = limit
        if status == 429:  # noqa: PLR2004 - RFC 6585, 4
            self.headers = {"Retry-After": "5"}

    def answer(self) -> Answer:
        """The answer that it is."""
        told = RequestError("limit", str(self), self.limit).problem()
        told["status"] = self.status
        return Answer(self.status, written(told), PROBLEM, self.headers)


async def entered(authenticator: Authenticator, request: Request) -> IMailAccount:
    """The account in the path, which is that of whoever asks.

    @raise NotFound: when it is another.
    """
    account = await authenticator.account(request)
    if request.below[:1] != [account_id(account).encode()]:
        raise NotFound("there is no such account")
    return account


class Gathering:
    """An upload on its way.

    @ivar account: whose it is.
    """

    def __init__(self, account: IMailAccount, busy: Counter[int]) -> None:
        self.account = account
        self.busy = busy
        self.spool: ISpool = account.spool()
        self.content: IContent | None = None
        busy[account.id] += 1

    def write(self, data: bytes) -> None:
        """The next octets."""
        self.spool.write(data)

    async def keep(self) -> IContent:
        """All of it is here."""
        self.content = self.spool.seal()
        await self.account.mail().upload(self.content)
        return self.content

    def discard(self) -> None:
        """Leave nothing behind, and make room for another."""
        if self.content is None:
            self.spool.discard()
        else:
            self.content.discard()
        self.busy[self.account.id] -= 1
        if self.busy[self.account.id] <= 0:
            del self.busy[self.account.id]


class Upload(StreamedResource):
    """Takes octets from their owner (RFC 8620, 6.1).

    @ivar busy: how many uploads of each account are on their way.
    """

    shared = True
    takes_any = True

    def __init__(self, authenticator: Authenticator, repertoire: Repertoire) -> None:
        super().__init__()
        self.authenticator = authenticator
        self.limits = repertoire.limits
        self.content_limit = self.limits.size_upload
        self.busy: Counter[int] = Counter()

    def too_large(self) -> Answer:
        """There is a name for that (RFC 8620, 2)."""
        return LimitReached(413, "maxSizeUpload").answer()

    async def intake(self, request: Request) -> Gathering:
        """Know who it is before anything is kept."""
        account = await entered(self.authenticator, request)
        if request.below[1:] not in ([], [b""]):
            raise NotFound("there is nothing here")
        if self.busy[account.id] >= self.limits.concurrent_uploads:
            raise LimitReached(429, "maxConcurrentUpload")
        return Gathering(account, self.busy)

    async def post(self, request: Request) -> Answer:
        """Keep what has come."""
        gathering = request.gathered(Gathering)
        content = await gathering.keep()
        told = written(
            {
                "accountId": account_id(gathering.account),
                "blobId": str(BlobId(content.hash)),
                "type": media_type(request.asked("Content-Type")),
                "size": content.size,
            }
        )
        return Answer(201, told, JSON)


class Download(AsyncResource):
    """Gives octets to their owner (RFC 8620, 6.2)."""

    shared = True

    def __init__(self, authenticator: Authenticator) -> None:
        super().__init__()
        self.authenticator = authenticator

    async def get(self, request: Request) -> Answer:
        """All of them, or a part."""
        account = await entered(self.authenticator, request)
        if len(request.below) != 3:  # noqa: PLR2004 - account, blob, name
            raise NotFound("there is nothing here")
        said, name = (each.decode("utf-8", "replace") for each in request.below[1:])
        wanted = await opened(account.mail(), said)
        asked = request.args.get(b"accept", [b""])[0].decode("ascii", "replace")
        kind = media_type(asked)
        headers = {
            "Cache-Control": FOR_EVER,
            "Content-Security-Policy": SANDBOX,
            "Content-Disposition": disposition(name, kind),
            "ETag": f'"{wanted.id}"',
        }
        if headers["ETag"] in tags(request.asked("If-None-Match")):
            return Answer(304, headers=headers)  # RFC 9110, 15.4.5
        if wanted.encoded:  # How long it is, is only known in the end.
            return Answer(200, b"", kind, headers, wanted.pieces())
        return part(wanted, request, kind, headers)


def part(wanted: Blob, request: Request, kind: str, headers: dict[str, str]) -> Answer:
    """Octets as they are kept, or as many of them as are asked for."""
    size = wanted.end - wanted.start
    known = request.asked("If-Range") in ("", headers["ETag"])  # RFC 9110, 13.1.5
    chosen = ranges.asked(request.asked("Range"), size) if known else None
    start, end = chosen or (0, size)
    stream = span(wanted.kept, wanted.start + start, wanted.start + end)
    headers["Accept-Ranges"] = "bytes"
    if chosen is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    status = 200 if chosen is None else 206
    return Answer(status, b"", kind, headers, stream, end - start)


def tags(field: str) -> list[str]:
    """The entity tags of a field; weak ones are as good (RFC 9110, 13.1.2)."""
    return [each.strip().removeprefix("W/") for each in field.split(",")]

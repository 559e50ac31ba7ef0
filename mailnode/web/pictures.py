"""Images in mail: those that came with it, and those that are elsewhere, by a proxy.

Whoever fetches an image tells its server that the mail was opened.  So nobody does
before people say so, and then it is we who ask, without a word of who they are.
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast
from urllib.parse import urlencode, urlsplit

from mailnode.clock import DAY
from mailnode.debts import Debts
from mailnode.errors import NotFound, NotPermitted, TooMany
from mailnode.interfaces.account import IMailAccount
from mailnode.jmap.blobs import opened
from mailnode.web.answer import Answer, Refused
from mailnode.web.authentication import Authenticator
from mailnode.web.coroutine import AsyncResource
from mailnode.web.disposition import SANDBOX
from mailnode.web.outgoing import PLAIN, Asked, Outgoing

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from mailnode.web.request import Request

INLINE = ("image/png", "image/jpeg", "image/gif", "image/webp")
"""Images that are nothing but pictures; of SVG a browser would make a document."""
BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
WEBP = 12
"""Octets in which WebP says what it is (RFC 9649, 2.4)."""
OCTETS_LIMIT = 5 * 2**20
"""Of an image from elsewhere."""
REDIRECTS = 3
URL_LIMIT = 2000
"""Characters of an address; longer ones are no image's."""
EVERY = 200
"""Milliseconds for each image from elsewhere that somebody looks at..."""
BURST = 300
"""...after this many, which are some newsletters."""
AT_ONCE = 6
"""Images that are fetched for somebody at the same time."""
SHOWN = {"Content-Security-Policy": SANDBOX, "Cache-Control": "private, max-age=86400"}


@dataclass(frozen=True, slots=True)
class Signatures:
    """Says that we ourselves have named an image, to one person and for one email.

    @ivar secret: of this server.
    @ivar clock: now, in milliseconds since 1970 in UTC.
    """

    secret: bytes
    clock: Callable[[], int]

    def __repr__(self) -> str:
        return "<Signatures>"

    def sign(self, *said: str) -> str:
        """The signature of some words in this order."""
        whole = "\0".join(("image", *said)).encode("utf-8", "surrogatepass")
        return hmac.digest(self.secret, whole, "sha256").hex()

    def signing(self, account: IMailAccount, email: str) -> Callable[[str], str]:
        """Makes a path of ours for each image of an email; the same for a day."""
        until = str((self.clock() // DAY + 2) * DAY)

        def path(url: str) -> str:
            signature = self.sign(str(account.id), email, until, url)
            query = {"u": url, "m": email, "e": until, "s": signature}
            return f"/webmail/image?{urlencode(query)}"

        return path

    def url(self, request: Request, account: IMailAccount) -> str:
        """The image that a path of ours is for.

        @raise NotPermitted: when it is none of ours, or not this person's, or old.
        """
        url, email, until, signature = (one(request, each) for each in "umes")
        right = self.sign(str(account.id), email, until, url)
        if not hmac.compare_digest(
            right.encode(), signature.encode("utf-8", "replace")
        ):
            raise NotPermitted("nobody here has named this image")
        if int(until) <= self.clock():
            raise NotPermitted("open the message again")
        return url


def one(request: Request, name: str) -> str:
    """A word of a query; empty if it is not there."""
    values: list[bytes] = request.args.get(name.encode(), [b""])
    return values[-1].decode("utf-8", "replace")


def picture(octets: bytes) -> str | None:
    """What kind of picture begins like this; C{None} if it is none."""
    if octets[:4] == b"RIFF" and octets[8:WEBP] == b"WEBP":
        return "image/webp"
    found = (kind for start, kind in BEGINNINGS if octets.startswith(start))
    return next(found, None)


class Inside(AsyncResource):
    """C{/webmail/part/BLOB}: an image that came with a message, if it is one."""

    def __init__(self, authenticator: Authenticator) -> None:
        super().__init__()
        self.authenticator = authenticator

    async def get(self, request: Request) -> Answer:
        """The image, piece by piece."""
        account = await self.authenticator.account(request)
        if len(request.below) != 1:
            raise NotFound("there is nothing here")
        said = request.below[0].decode("ascii", "replace")
        blob = await opened(account.mail(), said)
        pieces = cast("AsyncGenerator[bytes, None]", blob.pieces())
        begun = b""
        async for piece in pieces:
            begun += piece
            if len(begun) >= WEBP:
                break
        kind = picture(begun)
        if kind is None:
            await pieces.aclose()
            raise Refused(415, "this is not a picture")
        return Answer(200, b"", kind, SHOWN, followed(begun, pieces))


async def followed(
    begun: bytes, rest: AsyncGenerator[bytes, None]
) -> AsyncIterator[bytes]:
    """What was read already, and the rest."""
    async with aclosing(rest):
        yield begun
        async for piece in rest:
            yield piece


class Elsewhere(AsyncResource):
    """C{/webmail/image}: an image that is on a server elsewhere.

    @ivar owed: how much each account has looked at lately.
    @ivar busy: how many images are being fetched for each.
    """

    def __init__(
        self,
        authenticator: Authenticator,
        signatures: Signatures,
        outgoing: Outgoing | None,
    ) -> None:
        super().__init__()
        self.authenticator = authenticator
        self.signatures = signatures
        self.outgoing = outgoing
        self.owed = Debts(10_000)
        self.busy: Counter[int] = Counter()

    async def get(self, request: Request) -> Answer:
        """The image, if it is one."""
        account = await self.authenticator.account(request)
        url = self.signatures.url(request, account)
        if self.outgoing is None or len(url) > URL_LIMIT or "@" in urlsplit(url).netloc:
            raise NotPermitted("this image is not fetched")
        self.count(account.id)
        self.busy[account.id] += 1
        try:
            asked = Asked(url, most=OCTETS_LIMIT, redirects=REDIRECTS, places=PLAIN)
            told = await self.outgoing.ask(asked)
        finally:
            self.busy[account.id] -= 1
            if not self.busy[account.id]:
                del self.busy[account.id]
        kind = picture(told.content)
        if told.status != 200 or kind is None:  # noqa: PLR2004 - RFC 9110, 15.3.1
            raise Refused(502, "there is no picture there")
        return Answer(200, told.content, kind, SHOWN)

    def count(self, account: int) -> None:
        """One more for somebody.

        @raise TooMany: when it is one too many for now.
        """
        now = self.signatures.clock()
        too_many = self.owed.owed(account, now) > (BURST - 1) * EVERY
        if too_many or self.busy[account] >= AT_ONCE:
            raise TooMany("too many images at a time")
        self.owed.add(account, EVERY, now)

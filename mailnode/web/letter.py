"""An email as the webmail shows it: its body in a frame that can do nothing, its images."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar
from urllib.parse import unquote

from mailnode.errors import NotFound
from mailnode.interfaces.account import IMailAccount
from mailnode.interfaces.content import IOctets
from mailnode.jmap.blobs import CODINGS
from mailnode.jmap.ijson import written as in_json
from mailnode.message import document, sanitise
from mailnode.message.display import Display, display
from mailnode.message.document import Piece
from mailnode.message.outline import OutlinedPart, outline
from mailnode.message.values import value
from mailnode.web.answer import JSON, Answer, Refused
from mailnode.web.authentication import Authenticator
from mailnode.web.coroutine import AsyncResource
from mailnode.web.jmap import origin
from mailnode.web.pictures import INLINE, Signatures
from mailnode.wire import ids
from mailnode.wire.ids import BlobId

if TYPE_CHECKING:
    from mailnode.web.request import Request

T = TypeVar("T")
PART = "/webmail/part/"
IMAGE = "/webmail/image"
TEXT_LIMIT = 2**20
"""Octets of one text, in UTF-8."""
TEXTS = 20
"""Texts of one email that are shown."""
ALL_TEXTS = 2 * TEXT_LIMIT
"""Octets of all of them; those behind are attachments, as it were."""
ORIGIN = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
POLICY = (
    "default-src 'none'; img-src data: {images}; style-src 'unsafe-inline'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'; "
    "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
)
"""What the frame may do, were there nothing else between us and the sender (CSP 3): no
script runs, no form is sent, and images come from two paths of ours that change nothing.
The page outside may measure it, as it has our origin."""
FRAME = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-DNS-Prefetch-Control": "off",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private",
}


class InThread(Protocol):
    """Runs what would keep others waiting."""

    def __call__(self, work: Callable[[], T], /) -> Awaitable[T]:
        """Do it, and come back."""


async def at_once(work: Callable[[], T]) -> T:
    """Do some work here and now."""
    return work()


@dataclass(frozen=True, slots=True)
class Means:
    """What letters are shown with.

    @ivar in_thread: reads HTML, which may take a while.
    @ivar clean: makes HTML harmless; another one only to see that the frame holds.
    """

    authenticator: Authenticator
    signatures: Signatures
    in_thread: InThread = at_once
    clean: Callable[[str, sanitise.Image], str] = sanitise.sanitised


@dataclass(frozen=True, slots=True)
class Opened:
    """An email that is being shown.

    @ivar hash: SHA-256 of its octets.
    """

    id: str
    hash: bytes
    octets: IOctets
    root: OutlinedPart
    display: Display

    def blob(self, part: OutlinedPart) -> str:
        """The id of what is in a part."""
        node = part.node
        coding = CODINGS.get(node.encoding, "0")
        size = node.end - node.body
        return str(BlobId(self.hash, node.body, size, coding))

    def pictures(self) -> Mapping[str, str]:
        """Images by their Content-ID, as paths (RFC 2392)."""
        return {
            each.cid: PART + self.blob(each)
            for each in self.root.walk()
            if each.cid and each.type in INLINE
        }


async def opened(account: IMailAccount, said: str) -> Opened:
    """An email by its id.

    @raise NotFound: when the account has none of that id.
    """
    mail = account.mail()
    number = [ids.number(ids.EMAIL, account.id, said)]
    emails = await mail.emails(number)
    projections, octets = await mail.projections(number), await mail.opened(number)
    if not emails or not projections or not octets:
        raise NotFound("there is no such email")
    whole = octets[number[0]]
    root = await outline(whole, projections[number[0]].parts)
    return Opened(said, emails[0].hash, whole, root, display(root))


@dataclass(slots=True)
class Sources:
    """Where images of one email come from, and how many may not.

    @ivar pictures: those of the email itself, by Content-ID.
    @ivar proxy: our own path to an image elsewhere; C{None} when none are shown.
    @ivar blocked: those that were left out.
    """

    pictures: Mapping[str, str]
    proxy: Callable[[str], str] | None = None
    blocked: set[str] = field(default_factory=set)

    def __call__(self, said: str) -> str | None:
        """Where an image is to be fetched."""
        scheme, _, rest = said.partition(":")
        if scheme.lower() == "cid":
            return self.pictures.get(unquote(rest))
        if scheme.lower() not in ("http", "https"):
            return None
        if self.proxy is None:
            self.blocked.add(said)
            return None
        return self.proxy(said)


class Letter(AsyncResource):
    """What the resources for one email have in common."""

    def __init__(self, means: Means) -> None:
        super().__init__()
        self.means = means

    async def asked(self, request: Request) -> tuple[IMailAccount, Opened]:
        """Whose email it is, and which.

        @raise Refused: when nobody says who he is.
        @raise NotFound: when there is no such email.
        """
        account = await self.means.authenticator.account(request)
        if len(request.below) != 1:
            raise NotFound("there is nothing here")
        said = request.below[0].decode("ascii", "replace")
        return account, await opened(account, said)

    async def piece(self, letter: Opened, part: OutlinedPart, where: Sources) -> Piece:
        """A part, ready to be shown."""
        if part.type in INLINE:
            return document.image(PART + letter.blob(part), part.name or "")
        said = (await value(letter.octets, part, TEXT_LIMIT)).text
        clean = self.means.clean

        def made() -> Piece:
            if part.type == "text/html":
                return document.rich(clean(said, where))
            return document.written(said, part.content)

        return await self.means.in_thread(made)

    async def pieces(self, letter: Opened, where: Sources) -> Sequence[Piece]:
        """All that is shown of an email."""
        shown = [
            each
            for each in letter.display.html
            if each.type in INLINE or each.type in ("text/html", "text/plain")
        ]
        left, made = ALL_TEXTS, list[Piece]()
        for each in shown[:TEXTS]:
            if each.type not in INLINE:
                left -= min(each.node.end - each.node.body, TEXT_LIMIT)
            if left >= 0:
                made.append(await self.piece(letter, each, where))
        return made


class Body(Letter):
    """C{/webmail/body/EMAIL?images=0|1&dark=0|1}: a document for a frame."""

    async def get(self, request: Request) -> Answer:
        """The document, under a policy of its own."""
        account, letter = await self.asked(request)
        images, dark = flag(request, b"images"), flag(request, b"dark")
        where = Sources(letter.pictures())
        if images:
            where.proxy = self.means.signatures.signing(account, letter.id)
        pieces = await self.pieces(letter, where)
        said = document.document(pieces, dark=dark, blocked=len(where.blocked))
        policy = {"Content-Security-Policy": policy_for(request, images=images)}
        content = said.encode("utf-8", "replace")
        return Answer(200, content, "text/html; charset=utf-8", FRAME | policy)


class Quote(Letter):
    """C{/webmail/quote/EMAIL}: what an answer quotes, harmless."""

    async def get(self, request: Request) -> Answer:
        """HTML and plain text."""
        _, letter = await self.asked(request)
        pieces = await self.pieces(letter, Sources(letter.pictures()))
        html = "".join(each.html for each in pieces)
        text = "\n\n".join([await self.plain(letter, each) for each in texts(letter)])
        return Answer(200, in_json({"html": html, "text": text}), JSON)

    async def plain(self, letter: Opened, part: OutlinedPart) -> str:
        """The text of a part."""
        said = (await value(letter.octets, part, TEXT_LIMIT)).text
        if part.type != "text/html":
            return said
        return await self.means.in_thread(lambda: sanitise.words(said))


def texts(letter: Opened) -> Sequence[OutlinedPart]:
    """The texts of an email, if plain ones are liked best."""
    both = ("text/plain", "text/html")
    return [each for each in letter.display.text if each.type in both][:TEXTS]


def flag(request: Request, name: bytes) -> bool:
    """A word of a query that is 1, or is not."""
    values: list[bytes] = request.args.get(name, [b"0"])
    return values[-1] == b"1"


def policy_for(request: Request, *, images: bool) -> str:
    """What a frame may do.

    @raise Refused: when we are not known by a name that can stand in a policy.
    """
    ours = origin(request)
    if not ORIGIN.fullmatch(ours):
        raise Refused(400, "not a Host")
    sources = [ours + PART, ours + IMAGE] if images else [ours + PART]
    return POLICY.format(images=" ".join(sources))

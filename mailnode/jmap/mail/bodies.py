"""The body of an email: its parts, and the text in them (RFC 8621, 4.1.4 and 4.2)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterator
from dataclasses import dataclass

from mailnode.interfaces.content import IOctets
from mailnode.jmap.arguments import Arguments, listed
from mailnode.jmap.blobs import CODINGS, Blob
from mailnode.jmap.call import at_once
from mailnode.jmap.errors import InvalidArguments, MethodError
from mailnode.jmap.ijson import JSON, Object
from mailnode.jmap.mail import headers
from mailnode.message.decoding import Stretch, Window
from mailnode.message.display import Display, display
from mailnode.message.header import Header
from mailnode.message.outline import OutlinedPart, outline, top
from mailnode.message.values import value
from mailnode.wire.ids import BlobId

USUAL = (
    *("partId", "blobId", "size", "name", "type", "charset"),
    *("disposition", "cid", "language", "location"),
)
"""What is told of a part if nothing else is asked for (RFC 8621, 4.2)."""
PROPERTIES = frozenset((*USUAL, "headers", "subParts"))
IN_BODY = frozenset(
    ("bodyStructure", "bodyValues", "textBody", "htmlBody", "attachments")
)
"""Properties of an email for which one must look at its parts."""

VALUES_LIMIT = 2**24
"""Octets of all body values of one response; what is behind is cut off, and said to be."""
PARTS_LIMIT = 30_000
"""Parts told in one response: a message has up to 10,000, in up to three lists."""
TOGETHER = 100
"""Parts told before others may have their turn."""
SIZES = 10_000
"""Sizes of parts that are remembered: to know one, a part must be decoded."""

SIMPLE: dict[str, Callable[[OutlinedPart], JSON]] = {
    "partId": lambda part: part.number or None,
    "name": lambda part: part.name,
    "type": lambda part: part.type,
    "charset": lambda part: part.charset,
    "disposition": lambda part: part.disposition,
    "cid": lambda part: part.cid,
    "language": lambda part: list[JSON](part.language) if part.language else None,
    "location": lambda part: part.location,
    "headers": lambda part: headers.headers(part.header),
}


@dataclass(frozen=True, slots=True)
class Message:
    """A message that somebody looks into.

    @ivar whole: the octets that it is, or lies in.
    @ivar hash: of those.
    @ivar start: where it begins in them.
    @ivar size: octets.
    @ivar table: where its parts lie.
    """

    whole: IOctets
    hash: bytes
    start: int
    size: int
    header_size: int
    table: bytes

    @property
    def octets(self) -> IOctets:
        """Its own octets."""
        if not self.start and self.size == self.whole.size:
            return self.whole
        return Stretch(self.whole, self.start, self.start + self.size)

    async def header(self) -> Header:
        """Its header, and nothing else of it."""
        return await top(self.octets, self.header_size)

    def blob(self, part: OutlinedPart) -> BlobId:
        """The contents of a part as a blob."""
        node = part.node
        coding = CODINGS.get(node.encoding, "0")
        return BlobId(self.hash, self.start + node.body, node.end - node.body, coding)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to know of bodies.

    @ivar properties: of each part.
    @ivar nested: the parts of a multipart are told inside it.
    @ivar most: octets of a body value.
    """

    properties: tuple[str, ...]
    nested: bool
    text: bool
    html: bool
    all: bool
    most: int


def wish(arguments: Arguments) -> Wish:
    """The arguments that Email/get and Email/parse have in common."""
    named = arguments.strings("bodyProperties")
    chosen = USUAL if named is None else tuple(dict.fromkeys(named))
    if unknown := [each for each in chosen if not known(each)]:
        raise InvalidArguments(f"unknown properties: {listed(unknown)}")
    return Wish(
        tuple(each for each in chosen if each != "subParts"),
        # A structure without its parts would be none.
        named is None or "subParts" in chosen,
        arguments.boolean("fetchTextBodyValues", default=False),
        arguments.boolean("fetchHTMLBodyValues", default=False),
        arguments.boolean("fetchAllBodyValues", default=False),
        arguments.unsigned("maxBodyValueBytes", 0) or VALUES_LIMIT,
    )


def known(said: str) -> bool:
    """Whether a part has such a property."""
    if said in PROPERTIES:
        return True
    return said[:7] == "header:" and headers.header_property(said) is not None


class Sizes:
    """How many octets parts have, decoded, as far as somebody has asked before."""

    def __init__(self) -> None:
        self.known: dict[BlobId, int] = {}

    async def of(self, octets: IOctets, blob: BlobId) -> int:
        """The size of a blob.

        @param octets: that it is a stretch of.
        """
        if blob.coding == "0":
            return blob.length
        size = self.known.get(blob)
        if size is None:
            size = await Blob(blob, octets).size()
            if len(self.known) >= SIZES:
                self.known.clear()
            self.known[blob] = size
        return size


class Bodies:
    """Tells of bodies what one call wants to know.

    @ivar values: octets of body values that may still be told.
    @ivar parts: parts that may still be told.
    @ivar turn: lets others have their turn.
    """

    def __init__(
        self,
        wish: Wish,
        sizes: Sizes,
        turn: Callable[[], Awaitable[None]] = at_once,
    ) -> None:
        self.wish = wish
        self.turn = turn
        self.sizes = sizes
        self.values = VALUES_LIMIT
        self.parts = PARTS_LIMIT

    async def told(self, message: Message, wanted: Collection[str]) -> Object:
        """Some of the properties that are about the body.

        @param wanted: those of C{IN_BODY}, or C{hasAttachment}.
        @raise MethodError: C{requestTooLarge}.
        """
        await self.turn()
        root = await outline(message.octets, message.table)
        shown = display(root)
        telling = Telling(self, message)
        found: Object = {}
        for name, parts in self.lists(shown):
            if name in wanted:
                found[name] = [await telling.part(each) for each in parts]
        if "bodyStructure" in wanted:
            found["bodyStructure"] = await telling.tree(root)
        if "bodyValues" in wanted:
            found["bodyValues"] = await self.texts(message, root, shown)
        if "hasAttachment" in wanted:
            found["hasAttachment"] = shown.attached
        return found

    def lists(self, shown: Display) -> Iterator[tuple[str, list[OutlinedPart]]]:
        """The lists of parts by the properties that they are."""
        yield "textBody", shown.text
        yield "htmlBody", shown.html
        yield "attachments", shown.attachments

    async def texts(
        self, message: Message, root: OutlinedPart, shown: Display
    ) -> Object:
        """The values of the parts that are wanted, by C{partId}."""
        parts = [
            *(root.walk() if self.wish.all else ()),
            *(shown.text if self.wish.text else ()),
            *(shown.html if self.wish.html else ()),
        ]
        octets = Window(message.octets)
        found: Object = {}
        for part in parts:
            if part.text and part.number not in found:
                most = min(self.wish.most, self.values)
                await self.turn()
                read = await value(octets, part, most)
                self.values -= len(read.text.encode())
                found[part.number] = {
                    "value": read.text,
                    "isEncodingProblem": read.problem,
                    "isTruncated": read.truncated,
                }
        return found


class Telling:
    """Tells of the parts of one message.

    @ivar octets: all of them, read on and on.
    @ivar known: what was told of a part before, in another list.
    """

    def __init__(self, bodies: Bodies, message: Message) -> None:
        self.bodies = bodies
        self.message = message
        self.octets = Window(message.whole)
        self.known: dict[int, Object] = {}

    async def tree(self, part: OutlinedPart) -> Object:
        """A part with all that are in it; a message bounds how deep they are."""
        told = dict(await self.part(part))
        if self.bodies.wish.nested and part.multipart:
            told["subParts"] = [await self.tree(each) for each in part.parts]
        elif self.bodies.wish.nested:
            told["subParts"] = None
        return told

    async def part(self, part: OutlinedPart) -> Object:
        """An EmailBodyPart object without the parts in it."""
        self.bodies.parts -= 1
        if self.bodies.parts < 0:
            raise MethodError("requestTooLarge", "too many parts of emails at a time")
        if (known := self.known.get(id(part))) is not None:
            return known
        if self.bodies.parts % TOGETHER == 0:
            await self.bodies.turn()
        told: Object = {}
        self.known[id(part)] = told
        for name in self.bodies.wish.properties:
            if name == "blobId":
                told[name] = None if part.multipart else str(self.message.blob(part))
            elif name == "size":
                told[name] = await self.size(part)
            elif (simple := SIMPLE.get(name)) is not None:
                told[name] = simple(part)
            elif (asked := headers.header_property(name)) is not None:
                told[name] = headers.value(part.header, asked)
        return told

    async def size(self, part: OutlinedPart) -> int:
        """Octets of a part, decoded; of a multipart, as it stands there."""
        if part.multipart:
            return part.node.end - part.node.body
        return await self.bodies.sizes.of(self.octets, self.message.blob(part))

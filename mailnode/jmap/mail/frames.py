"""Parts of an email that a client gives, as they will be written (RFC 8621, 4.1.4 and 4.6)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Mapping

from mailnode.errors import NotFound
from mailnode.interfaces.mail import IMail
from mailnode.jmap.blobs import Blob, opened
from mailnode.jmap.ijson import JSON, Object
from mailnode.jmap.mail import bodies, given
from mailnode.jmap.mail.given import Faults, Wrong, string, strings, without_null
from mailnode.message import compose, writing
from mailnode.message.compose import Frame, Leaf, Octets, Part
from mailnode.message.header import Header
from mailnode.message.mime import content

TYPE = re.compile(r"([A-Za-z0-9!#$&^_.+-]{1,127})/([A-Za-z0-9!#$&^_.+-]{1,127})")
"""RFC 6838, 4.2."""
TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`{|}~-]{1,60}")
TAG = re.compile(r"[A-Za-z0-9-]{1,60}")
PARTS_LIMIT = 1000
"""Parts of a message that is made here."""
DIGITS = 73
"""Per cent of a text in base64 that are contents: 57 octets of a line of 78."""
NAMED = frozenset((*bodies.USUAL, "subParts"))
FIELDS = {
    "type": b"content-type",
    "charset": b"content-type",
    "disposition": b"content-disposition",
    "cid": b"content-id",
    "language": b"content-language",
    "location": b"content-location",
}
"""The header field that each property is a view of."""
ENCODING = b"content-transfer-encoding"


class Parts:
    """Makes parts of objects.

    @ivar values: text by C{partId}.
    @ivar faults: notes what cannot be so.
    @ivar blobs: those that were asked for, by id.
    @ivar size: octets of all attachments.
    @ivar left: how many parts there may still be.
    @ivar known: ids by creation id (RFC 9404, 4.1).
    """

    def __init__(
        self,
        mail: IMail,
        values: dict[str, str],
        faults: Faults,
        known: Mapping[str, str],
    ) -> None:
        self.mail = mail
        self.known = known
        self.values = values
        self.faults = faults
        self.blobs: dict[str, Blob | None] = {}
        self.size = 0
        self.left = PARTS_LIMIT

    async def part(
        self,
        value: JSON,
        path: str,
        usual: Object,
        taken: Iterable[bytes] = (),
    ) -> Part:
        """A part of an EmailBodyPart object.

        @param usual: what properties are that are not given.
        @param taken: fields that must not be among its own.
        """
        self.left -= 1
        if not isinstance(value, dict) or self.left < 0:
            self.faults.note(path.rstrip("/"))
            return nothing()
        said = usual | without_null(value)
        own = {name: each for name, each in said.items() if name not in NAMED}
        views = {FIELDS[name] for name in said if name in FIELDS and name in value}
        fields = given.fields(own, (*views, *taken, ENCODING), self.faults, path)
        if b"content-disposition" in fields:
            said.pop("disposition", None)  # It was only the usual one
        if "subParts" in said:
            return await self.frame(said, fields, path)
        return await self.leaf(said, fields, path)

    async def frame(
        self, said: Object, fields: dict[bytes, list[bytes]], path: str
    ) -> Frame:
        """A multipart."""
        kind = self.kind(said, path, "multipart/mixed")
        inner = said["subParts"]
        only = ("partId", "blobId", "charset", "size")
        self.faults.note(*(path + each for each in only if each in said))
        if kind[0] != "multipart" or b"content-type" in fields:
            self.faults.note(path + "type")
        if not isinstance(inner, list) or not inner:
            self.faults.note(path + "subParts")
            inner = []
        parts = [
            await self.part(each, f"{path}subParts/{number}/", {})
            for number, each in enumerate(inner)
        ]
        return Frame(kind[1], tuple(parts), self.about(said, fields, path))

    async def leaf(
        self, said: Object, fields: dict[bytes, list[bytes]], path: str
    ) -> Leaf:
        """A part with contents."""
        text = "partId" in said
        if text is ("blobId" in said):  # One of them, and not both
            self.faults.note(path + "partId", path + "blobId")
            return nothing()
        if text:
            octets = self.text(said, path)
            usual = "text/plain"
        else:
            octets = await self.blob(said, path)
            usual = "application/octet-stream"
        kind = self.kind(said, path, usual)
        whole = fields.pop(b"content-type", [])
        if whole:
            type_ = content(Header(b"".join(whole))).type.decode("ascii")
            kind = type_, ""
            if text:  # The server chooses the charset
                self.faults.note(path + "header:Content-Type")
        if kind[0] == "multipart" or (text and kind[0] != "text"):
            self.faults.note(path + "type")
        field = b"".join(whole) or self.content_type(said, kind, path)
        return Leaf(kind[0], field, octets, self.about(said, fields, path))

    def text(self, said: Object, path: str) -> Octets:
        """What C{bodyValues} has for a part."""
        wrong: list[str] = [each for each in ("charset", "size") if each in said]
        name = said["partId"]
        if not isinstance(name, str) or name not in self.values:
            wrong.append("partId")
        self.faults.note(*(path + each for each in wrong))
        return compose.text(self.values.get(str(name), ""))

    async def blob(self, said: Object, path: str) -> Octets:
        """The octets of a blob."""
        name = said["blobId"]
        if not isinstance(name, str):
            self.faults.note(path + "blobId")
            return nothing().octets
        name = self.known.get(name[1:], name) if name[:1] == "#" else name
        if name not in self.blobs:
            try:
                self.blobs[name] = await opened(self.mail, name)
            except NotFound:
                self.blobs[name] = None
        blob = self.blobs[name]
        if blob is None:
            self.faults.missing[name] = None
            return nothing().octets
        length = blob.end - blob.start
        self.size += length * DIGITS // 100 if blob.id.coding == "b" else length
        return blob.pieces

    def kind(self, said: Object, path: str, usual: str) -> tuple[str, str]:
        """Type and subtype."""
        value = said.get("type", usual)
        found = TYPE.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            self.faults.note(path + "type")
            return "application", "octet-stream"
        return found[1].lower(), found[2].lower()

    def content_type(self, said: Object, kind: tuple[str, str], path: str) -> bytes:
        """The field, with the name of a file for those who look for it there."""
        pairs: list[tuple[str, str]] = []
        if "partId" in said:
            pairs.append(("charset", "utf-8"))
        elif "charset" in said:
            charset = said["charset"]
            if not isinstance(charset, str) or not TOKEN.fullmatch(charset):
                self.faults.note(path + "charset")
            else:
                pairs.append(("charset", charset))
        name = said.get("name")
        if isinstance(name, str):
            pairs.append(("name", name))
        body = f"{'/'.join(kind)}{writing.parameters(pairs)}"
        return writing.field("Content-Type", body.encode())

    def about(
        self, said: Object, fields: dict[bytes, list[bytes]], path: str
    ) -> tuple[bytes, ...]:
        """All other fields of a part."""
        found = [each for some in fields.values() for each in some]
        for name, write in WRITERS.items():
            if name in said:
                with self.faults.of(path + name):
                    found.append(write(said))
        if "name" in said and not isinstance(said["name"], str):
            self.faults.note(path + "name")
        return tuple(found)


def disposition(said: Object) -> bytes:
    """Content-Disposition (RFC 2183)."""
    kind, name = string(said["disposition"]), said.get("name")
    if not TOKEN.fullmatch(kind):
        raise Wrong
    pairs = [("filename", name)] if isinstance(name, str) else []
    body = kind.lower() + writing.parameters(pairs)
    return writing.field("Content-Disposition", body.encode())


def cid(said: Object) -> bytes:
    """Content-ID (RFC 2045, 7)."""
    return writing.field("Content-ID", writing.message_ids([string(said["cid"])]))


def language(said: Object) -> bytes:
    """Content-Language (RFC 3282)."""
    tags = strings(said["language"])
    if not tags or not all(map(TAG.fullmatch, tags)):
        raise Wrong
    return writing.field("Content-Language", ", ".join(tags).encode())


def location(said: Object) -> bytes:
    """Content-Location (RFC 2557, 4.2)."""
    said_ = string(said["location"])
    if not writing.INSIDE.fullmatch(said_):
        raise Wrong
    return writing.field("Content-Location", said_.encode())


WRITERS = {
    "disposition": disposition,
    "cid": cid,
    "language": language,
    "location": location,
}


def nothing() -> Leaf:
    """Stands for a part that cannot be."""
    return Leaf("text", b"Content-Type: text/plain\r\n", empty)


async def empty() -> AsyncIterator[bytes]:
    """No octets."""
    return
    yield b""

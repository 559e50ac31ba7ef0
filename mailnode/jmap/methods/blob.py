"""Octets made, read and found in method calls (RFC 9404)."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from mailnode.errors import MailError, NotFound
from mailnode.interfaces.account import IMailAccount
from mailnode.jmap.arguments import Arguments, listed
from mailnode.jmap.blobs import Blob, opened
from mailnode.jmap.call import Call, account_id
from mailnode.jmap.errors import InvalidArguments, MethodError, SetError, of_object
from mailnode.jmap.extension import Extension, Limits
from mailnode.jmap.ijson import JSON, Object
from mailnode.jmap.slices import Range, stretch, taken
from mailnode.jmap.sources import SOURCES, Pouring
from mailnode.wire.ids import EMAIL, MAILBOX, THREAD, blob, written

if TYPE_CHECKING:
    from hashlib import _Hash

MAIL = "urn:ietf:params:jmap:mail"
FOUND_IN = (MAILBOX_TYPE, THREAD_TYPE, EMAIL_TYPE) = ("Mailbox", "Thread", "Email")
"""Types that octets are looked up in (RFC 9404, 6.3)."""
DIGESTS: Mapping[str, Callable[[], _Hash]] = {
    "sha-256": hashlib.sha256,
    "sha-512": hashlib.sha512,
    "sha": lambda: hashlib.sha1(usedforsecurity=False),
}
"""By their names in the registry of RFC 3230, in lower case; the better ones first."""
TEXT, BASE64, EITHER = "data:asText", "data:asBase64", "data"
PLAIN = frozenset({TEXT, BASE64, EITHER, "size", "id"})
DIGEST = "digest:"
UNKNOWN = "application/octet-stream"


def account(_account: IMailAccount) -> Object:
    """What may be done (RFC 9404, 3.1)."""
    return {
        "maxSizeBlobSet": Limits().size_upload,
        "maxDataSources": SOURCES,
        "supportedTypeNames": list[JSON](FOUND_IN),
        "supportedDigestAlgorithms": list[JSON](DIGESTS),
    }


extension = Extension(9404, "urn:ietf:params:jmap:blob", account=account)


@extension.method("Blob/upload")
async def upload(call: Call, arguments: Arguments) -> Object:
    """Make blobs of text, of base64 and of stretches of others (RFC 9404, 4.1)."""
    owner = call.account(arguments)
    wanted = arguments.objects("create")
    arguments.end()
    limits = call.visit.repertoire.limits
    if len(wanted) > limits.objects_in_set:
        most = limits.objects_in_set
        raise MethodError("requestTooLarge", f"at most {most} objects at a time")
    created: Object = {}
    failed: Object = {}
    room = limits.size_upload  # for all of them, since each may copy as much
    for name, each in wanted.items():
        try:
            made = await one_made(call, owner, each, room)
        except MailError as error:
            failed[name] = of_object(error).value
        except SetError as error:
            failed[name] = error.value
        else:
            room -= int(str(made["size"]))
            created[name] = made
            call.created[name] = str(made["id"])
    return {
        "accountId": account_id(owner),
        "created": created or None,
        "notCreated": failed or None,
    }


async def one_made(
    call: Call, owner: IMailAccount, wanted: Object, room: int
) -> Object:
    """One blob, and what is said of it.

    @raise SetError: when it cannot be made as it is wanted.
    """
    kind = wanted.get("type")
    if kind is not None and not isinstance(kind, str):
        raise SetError("invalidProperties", "type must be a string", ["type"])
    if more := wanted.keys() - {"data", "type"}:
        raise SetError("invalidProperties", "unknown properties", sorted(more))
    pouring = Pouring(owner, call.created, room, call.visit.turn)
    content = await pouring.gathered(wanted.get("data"))
    try:
        await owner.mail().upload(content)
        said = f"G{content.hash.hex()}"
        return {
            "id": said,
            "blobId": said,
            "type": kind or UNKNOWN,
            "size": content.size,
        }
    finally:
        content.discard()


@extension.method("Blob/get")
async def get(call: Call, arguments: Arguments) -> Object:
    """Octets as text or base64, digests of them, and how many they are (RFC 9404, 4.2)."""
    owner = call.account(arguments)
    asked = arguments.strings("ids")
    if asked is None:
        raise InvalidArguments("ids must be a list: nobody counts all there are")
    properties = chosen(arguments.strings("properties"))
    wanted = taken(arguments)
    arguments.end()
    limits = call.visit.repertoire.limits
    if len(asked) > limits.objects_in_get:
        most = limits.objects_in_get
        raise MethodError("requestTooLarge", f"at most {most} ids at a time")
    told: list[JSON] = []
    missing: list[JSON] = []
    room = limits.size_request
    for said in dict.fromkeys(asked):
        name = call.created.get(said[1:], said) if said[:1] == "#" else said
        try:
            found = Reading(await opened(owner.mail(), name), wanted, properties, room)
            value, room = await found.value(call.visit.turn), found.room
        except NotFound:
            missing.append(said)
        else:
            told.append({"id": name, **value})
    return {"accountId": account_id(owner), "list": told, "notFound": missing}


def chosen(named: Sequence[str] | None) -> Collection[str]:
    """The properties that are wanted."""
    if named is None:
        return frozenset({EITHER, "size"})
    known = PLAIN | {DIGEST + each for each in DIGESTS}
    if unknown := frozenset(named) - known:
        raise InvalidArguments(f"unknown properties: {listed(sorted(unknown))}")
    return frozenset(named)


class Reading:
    """One blob that is read.

    @ivar room: octets that may still be told in this response.
    """

    def __init__(
        self, blob: Blob, wanted: Range, properties: Collection[str], room: int
    ) -> None:
        self.blob = blob
        self.wanted = wanted
        self.properties = properties
        self.room = room

    async def value(self, turn: Callable[[], Awaitable[None]]) -> Object:
        """What is told of it.

        @param turn: lets others have their turn.

        @raise MethodError: when it is more than one response has room for.
        """
        size = await self.blob.size()
        start, end = self.wanted.within(size)
        told: Object = {"size": size} if "size" in self.properties else {}
        if self.wanted.exceeds(size):
            told["isTruncated"] = True
        data = any(each in self.properties for each in (TEXT, BASE64, EITHER))
        if data:
            self.room -= end - start
            if self.room < 0:
                raise MethodError("requestTooLarge", "ask for less at a time")
        digests = {each: DIGESTS[each]() for each in self.digests()}
        octets = bytearray()
        if data or digests:
            async for piece in stretch(self.blob, start, end):
                await turn()
                for digest in digests.values():
                    digest.update(piece)
                if data:
                    octets += piece
        if data:
            told |= self.shown(bytes(octets))
        for name, digest in digests.items():
            told[DIGEST + name] = b64encode(digest.digest()).decode()
        return told

    def digests(self) -> Iterator[str]:
        """The algorithms that are wanted."""
        return (each for each in DIGESTS if DIGEST + each in self.properties)

    def shown(self, octets: bytes) -> Object:
        """The octets, as it is wanted and as it can be."""
        told: Object = {}
        as_text = TEXT in self.properties
        as_base64 = BASE64 in self.properties
        if as_text or EITHER in self.properties:
            try:
                told[TEXT] = octets.decode()
            except UnicodeDecodeError:
                told["isEncodingProblem"] = True
                as_base64 = as_base64 or EITHER in self.properties
                if as_text:
                    told[TEXT] = None
        if as_base64:
            told[BASE64] = b64encode(octets).decode()
        return told


@extension.method("Blob/lookup")
async def lookup(call: Call, arguments: Arguments) -> Object:
    """What has some octets (RFC 9404, 4.3)."""
    owner = call.account(arguments)
    types = arguments.strings("typeNames") or []
    asked = arguments.strings("ids") or []
    arguments.end()
    if not set(types) <= set(FOUND_IN) or (types and MAIL not in call.using):
        raise MethodError("unknownDataType")
    most = call.visit.repertoire.limits.objects_in_get
    if len(asked) > most:
        raise MethodError("requestTooLarge", f"at most {most} ids at a time")
    known = {each: blob(call.created.get(each[1:], each)) for each in asked}
    hashes = {each.hash for each in known.values() if each is not None}
    holders = await owner.mail().holders(hashes)
    told: list[JSON] = []
    for said, meant in known.items():
        if meant is not None:
            ids = holders.get(meant.hash, ())
            told.append({"id": said, "matchedIds": await matched(owner, ids, types)})
    missing: list[JSON] = [each for each in known if known[each] is None]
    return {"accountId": account_id(owner), "list": told, "notFound": missing}


async def matched(
    owner: IMailAccount, ids: Sequence[int], types: Collection[str]
) -> Object:
    """The ids of each type, among some emails and where they are."""
    emails = await owner.mail().emails(ids) if ids else ()
    numbers = {
        MAILBOX_TYPE: (MAILBOX, {each for one in emails for each in one.mailboxes}),
        THREAD_TYPE: (THREAD, {each.thread for each in emails}),
        EMAIL_TYPE: (EMAIL, {each.id for each in emails}),
    }
    return {
        each: [written(letter, owner.id, number) for number in sorted(found)]
        for each, (letter, found) in numbers.items()
        if each in types
    }

"""The sources that a blob is made of, one behind the other (RFC 9404, 4.1)."""

from __future__ import annotations

import binascii
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass

from mailnode.errors import NotFound
from mailnode.interfaces.account import IMailAccount
from mailnode.interfaces.content import IContent, ISpool
from mailnode.jmap.arguments import Arguments
from mailnode.jmap.blobs import opened
from mailnode.jmap.call import at_once
from mailnode.jmap.errors import InvalidArguments, SetError
from mailnode.jmap.ijson import JSON, Object
from mailnode.jmap.slices import stretch, taken

SOURCES = 128
"""Of one blob; RFC 9404, 3.1 wants 64 at least."""
TEXT, BASE64, BLOB = "data:asText", "data:asBase64", "blobId"


def wrong(why: str) -> SetError:
    """Something in the data is not what it should be."""
    return SetError("invalidProperties", why, ["data"])


@dataclass(frozen=True, slots=True)
class Pouring:
    """How a blob is made of its sources.

    @ivar known: blob ids by creation id.
    @ivar most: octets.
    @ivar turn: lets others have their turn.
    """

    owner: IMailAccount
    known: Mapping[str, str]
    most: int
    turn: Callable[[], Awaitable[None]] = at_once

    async def gathered(self, data: JSON) -> IContent:
        """All sources of a blob, in one piece.

        @raise SetError: when one of them is wrong, or they are too much.
        """
        if not isinstance(data, list):
            raise wrong("data must be a list of sources")
        if len(data) > SOURCES:
            raise wrong(f"at most {SOURCES} sources")
        spool = self.owner.spool()
        try:
            for each in data:
                await self.pour(each, spool)
            return spool.seal()
        except BaseException:
            spool.discard()
            raise

    async def pour(self, source: JSON, spool: ISpool) -> None:
        """Add the octets of one source to a spool.

        @raise SetError: when it is wrong, or too much.
        """
        if not isinstance(source, dict):
            raise wrong("a source must be an object")
        async for piece in octets(self.owner, source, self.known):
            await self.turn()
            if spool.size + len(piece) > self.most:
                words = f"at most {self.most} octets"
                raise SetError("tooLarge", words, maxSize=self.most)
            spool.write(piece)


async def octets(
    owner: IMailAccount, source: Object, known: Mapping[str, str]
) -> AsyncIterator[bytes]:
    """The octets of one source.

    @raise SetError: when it is not one of the three kinds, or has no such octets.
    """
    kinds = [each for each in (TEXT, BASE64, BLOB) if source.get(each) is not None]
    if len(kinds) != 1:
        raise wrong("a source has exactly one of data:asText, data:asBase64 and blobId")
    kind = kinds[0]
    value = source[kind]
    if not isinstance(value, str):
        raise wrong(f"{kind} must be a string")
    rest = {
        name: each for name, each in source.items() if name not in (TEXT, BASE64, BLOB)
    }
    if kind == BLOB:
        async for piece in part(owner, value, rest, known):
            yield piece
    elif any(each is not None for each in rest.values()):
        raise wrong(f"{kind} stands alone")
    else:
        yield plain(kind, value)


def plain(kind: str, value: str) -> bytes:
    """Octets that stand in the call itself."""
    try:
        if kind == TEXT:
            return value.encode()
        return binascii.a2b_base64(value.encode("ascii"), strict_mode=True)
    except UnicodeEncodeError:
        raise wrong(f"not the characters of {kind}") from None
    except binascii.Error:
        raise wrong("not base64") from None


async def part(
    owner: IMailAccount, said: str, rest: Object, known: Mapping[str, str]
) -> AsyncIterator[bytes]:
    """A stretch of another blob; all of what was asked for must be there."""
    name = known.get(said[1:], said) if said[:1] == "#" else said
    try:
        arguments = Arguments(rest)
        wanted = taken(arguments)
        arguments.end()
        blob = await opened(owner.mail(), name)
    except InvalidArguments as error:
        raise wrong(str(error)) from None
    except NotFound:
        raise SetError("blobNotFound", "", ["data"], notFound=[said]) from None
    size = await blob.size()
    if wanted.exceeds(size):
        raise wrong(f"{said[:80]} has only {size} octets")
    async for piece in stretch(blob, *wanted.within(size)):
        yield piece

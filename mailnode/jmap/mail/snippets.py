"""Where in emails the text was found that a query has looked for (RFC 8621, 5)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from mailnode import query
from mailnode.errors import NotFound
from mailnode.interfaces.account import IMailAccount
from mailnode.interfaces.content import IOctets
from mailnode.jmap.call import at_once
from mailnode.jmap.ijson import Object
from mailnode.jmap.mail.marking import around, marked
from mailnode.message import mime
from mailnode.message.charset import presentable
from mailnode.message.decoding import whole
from mailnode.message.header import Header
from mailnode.message.parts import Step, walk
from mailnode.message.preview import unmarked
from mailnode.message.texts import HEADER_LIMIT, TOP_LIMIT, texts
from mailnode.message.words import decoded
from mailnode.query import Query, fold
from mailnode.wire import ids

PREVIEW = 255
"""Octets: "it MUST NOT be bigger"."""
SUBJECT = 1000
"""Characters of a subject that are shown."""
LOOKED_AT = 2**17
"""Characters of a message that are looked at; what lies behind them is found by a
query, and has no preview."""
IN_ALL = 2**22
"""Characters looked at for one call: the last of many emails may have no preview."""
PARTS = 50
"""Parts of a message that are looked at; each is read by itself."""
TOGETHER = 16
"""Emails opened together."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What a query looks for, folded.

    @ivar subject: in the subject.
    @ivar body: in the body.
    """

    subject: Sequence[str]
    body: Sequence[str]


def sought(asked: Query) -> Sought:
    """The words of a question that can be shown; not those that must be absent."""
    leaves = list(wanted(asked))
    subject = [
        each.text
        for each in leaves
        if isinstance(each, query.Text)
        or (isinstance(each, query.Header) and each.name == "subject")
    ]
    body = [e.text for e in leaves if isinstance(e, query.Text | query.Body)]
    return Sought(folded(subject), folded(body))


def folded(texts: Sequence[str]) -> Sequence[str]:
    """Texts as they are compared, each once, and those that are not empty."""
    return [each for each in dict.fromkeys(map(fold, texts)) if each]


def wanted(asked: Query) -> Iterator[Query]:
    """The questions that are asked, and not their contraries."""
    match asked:
        case query.Every(queries=queries) | query.Some(queries=queries):
            for each in queries:
                yield from wanted(each)
        case query.Not():
            pass
        case _:
            yield asked


class Snippets:
    """Looks for words in emails.

    @ivar left: characters that may still be looked at.
    @ivar turn: lets others have their turn.
    """

    def __init__(
        self,
        account: IMailAccount,
        sought: Sought,
        turn: Callable[[], Awaitable[None]] = at_once,
    ) -> None:
        self.account = account
        self.turn = turn
        self.sought = sought
        self.left = IN_ALL

    async def read(self, numbers: Sequence[int]) -> dict[int, Object]:
        """The snippets of those emails that are there, by their numbers."""
        mail = self.account.mail()
        found: dict[int, Object] = {}
        for start in range(0, len(numbers), TOGETHER):
            some = numbers[start : start + TOGETHER]
            known = await mail.projections(some)
            opened = await mail.opened(some)
            for each in known.keys() & opened.keys():
                await self.turn()
                found[each] = await self.snippet(each, opened[each], known[each].parts)
        return found

    async def snippet(self, number: int, octets: IOctets, table: bytes) -> Object:
        """One snippet; with nothing in it, if the message is gone meanwhile."""
        subject: str | None = None
        preview: str | None = None
        try:
            if self.sought.subject:
                subject = await self.subject(octets)
            if self.sought.body:
                preview = await self.preview(octets, table)
        except NotFound:
            pass
        return {
            "emailId": ids.written(ids.EMAIL, self.account.id, number),
            "subject": subject,
            "preview": preview,
        }

    async def subject(self, octets: IOctets) -> str | None:
        """The subject, if something was found in it."""
        end = min(octets.header_size, TOP_LIMIT)
        value = Header(await whole(octets, 0, end)).first(b"subject")
        if value is None:
            return None
        found = marked(decoded(value)[:SUBJECT].strip(), self.sought.subject)
        return None if found is None else found.html()

    async def preview(self, octets: IOctets, table: bytes) -> str | None:
        """The first part of the body in which something was found."""
        room = min(LOOKED_AT, self.left)
        try:
            steps = list(walk(table))
        except ValueError:
            return None
        for step in islice((each for each in steps if each.leaf), PARTS):
            text, read = await shown(octets, step, room) if room > 0 else ("", 0)
            room -= read
            self.left -= read
            found = around(text, self.sought.body)
            if found is not None:
                return found.excerpt(PREVIEW)
        return None


async def shown(octets: IOctets, step: Step, room: int) -> tuple[str, int]:
    """The text of a part on one line, without markup; and how much was looked at."""
    limit = HEADER_LIMIT if step.start else TOP_LIMIT
    end = min(step.body, step.start + limit)
    content = mime.content(Header(await whole(octets, step.start, end)))
    pieces: list[str] = []
    read = 0
    async for piece in texts(octets, step, content):
        pieces.append(piece[: room - read])
        read += len(pieces[-1])
        if read >= room:
            break
    text = "".join(pieces)
    if content.subtype == b"html":
        text = unmarked(text)
    return presentable(" ".join(text.split())), read

"""Emails that are about to be: made ready first, added in a transaction (RFC 8621, 4.6 and 4.8)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from mailnode.errors import MailError, NotFound, NotPermitted, SyntaxFault, TooMany
from mailnode.interfaces.account import IMailAccount
from mailnode.interfaces.content import IContent, ISpool
from mailnode.interfaces.mail import IMailPen, IStaged
from mailnode.jmap.dates import utc_date
from mailnode.jmap.errors import SetError, of_object
from mailnode.jmap.ijson import JSON, Object
from mailnode.jmap.mail.updating import (
    KEYWORDS,
    in_mailboxes,
    with_keywords,
    wrong,
)
from mailnode.wire import ids

TOGETHER = 2**28
"""Octets of messages that are made ready for one call: three large ones, and a bit."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that is ready.

    @ivar received: when it came, if nobody says otherwise; C{None} for now.
    """

    staged: IStaged
    received: int | None = None

    @property
    def content(self) -> IContent:
        """Its octets."""
        content = self.staged.content
        assert IContent.providedBy(content)
        return content


Make = Callable[[Object], Awaitable[Arrival]]
"""Makes a message of what a client has said, or raises SetError or MailError."""


class Arrivals:
    """Messages by creation id.

    @ivar ready: those that are.
    @ivar failed: what went wrong with the others.
    @ivar size: octets of all that are ready.
    """

    def __init__(self, account: IMailAccount) -> None:
        self.account = account
        self.ready: dict[str, Arrival] = {}
        self.failed: dict[str, SetError] = {}
        self.size = 0

    async def prepare(self, wanted: Mapping[str, Object], make: Make) -> None:
        """Make messages ready, one after the other."""
        for name, each in wanted.items():
            if self.size > TOGETHER:
                self.failed[name] = SetError("tooLarge", "too much for one call")
                continue
            try:
                filed(self.account.id, each)
                self.ready[name] = arrival = await make(each)
                self.size += arrival.content.size
            except SetError as error:
                self.failed[name] = error
            except MailError as error:
                self.failed[name] = of_object(error)

    def add(self, pen: IMailPen, name: str, wanted: Object) -> Object:
        """Put a message where it belongs; what the client does not know of it.

        @param wanted: with ids in place of creation ids.
        @raise SetError, MailError: when it cannot be there.
        """
        if (error := self.failed.get(name)) is not None:
            raise error
        arrival = self.ready[name]
        mailboxes, keywords, received = filed(self.account.id, wanted)
        if received is None:
            received = arrival.received
        try:
            email = pen.add(arrival.staged, mailboxes, keywords, received)
        except NotFound:
            raise wrong(["mailboxIds"], "there is no such mailbox") from None
        except NotPermitted as error_:
            raise wrong(["keywords"], str(error_)) from None
        except TooMany as error_:
            raise SetError("tooManyKeywords", str(error_)) from None
        return {
            "id": ids.written(ids.EMAIL, self.account.id, email.id),
            "blobId": str(ids.BlobId(email.hash)),
            "threadId": ids.written(ids.THREAD, self.account.id, email.thread),
            "size": email.size,
        }

    def discard(self) -> None:
        """Forget the octets; those that were added are kept elsewhere."""
        for each in self.ready.values():
            each.content.discard()


async def sealed(account: IMailAccount, spool: ISpool) -> IStaged:
    """What was gathered, made ready; or forgotten, if that goes wrong.

    @raise MailError: as L{IMail.stage<mailnode.interfaces.mail.IMail.stage>}.
    """
    content = spool.seal()
    try:
        return await account.mail().stage(content)
    except BaseException:
        content.discard()
        raise


def filed(
    account: int, wanted: Object
) -> tuple[frozenset[int], frozenset[str], int | None]:
    """Mailboxes, keywords and the time of arrival.

    @raise SetError: when they cannot be so.
    """
    keywords = wanted.get("keywords")
    chosen = with_keywords({} if keywords is None else keywords)
    if len(chosen) > KEYWORDS:
        raise SetError("tooManyKeywords", f"more than {KEYWORDS}")
    mailboxes = in_mailboxes(account, wanted.get("mailboxIds"))
    return mailboxes, chosen, received(wanted.get("receivedAt"))


def received(value: JSON) -> int | None:
    """A UTCDate (RFC 8620, 1.4), or C{None}."""
    if value is None:
        return None
    try:
        return utc_date(value)
    except SyntaxFault:
        raise wrong(["receivedAt"], "not a UTCDate") from None

"""A named set of messages: the one mailbox that every protocol shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from zope.interface import Attribute, Interface

from mailnode.interfaces.content import IContent, IOctets
from mailnode.model.change import Marked
from mailnode.model.mailbox import Columns, Index, Status
from mailnode.model.message import Message, Projections, Wanted
from mailnode.query import Query


class IMailbox(Interface):
    """Messages, each with a UID that only grows.

    There are no message numbers here: those belong to sessions.  A UID that
    is not (or no longer) in the mailbox is passed over in silence by the verbs
    that take many, and C{NotFound} for those that take one.
    """

    id: int = Attribute("The mailbox for ever, whatever its name (RFC 8474).")
    name: str = Attribute("Its name when it was opened.")
    account: int = Attribute("Whose it is: the account's id.")
    uidvalidity: int = Attribute("Changes when UIDs can no longer be trusted.")

    async def status() -> Status:
        """How full it is, from maintained counters.

        @raise NotFound: when the mailbox has been deleted.
        """

    async def index(after: int = 0, limit: int = 10_000) -> Index:
        """UIDs, flags and modseqs of up to C{limit} messages with a UID above
        C{after}, packed: what there is to know of a mailbox that is opened.
        """

    async def messages(after: int = 0, limit: int = 500) -> Sequence[Message]:
        """Up to C{limit} messages with a UID above C{after}, ascending."""

    async def message(uid: int) -> Message:
        """One message.

        @raise NotFound: when it is not here.
        """

    async def projections(uid: int) -> Projections:
        """What was computed when the message arrived.

        @raise NotFound: when it is not here.
        """

    async def projected(uids: Sequence[int]) -> Sequence[tuple[int, Projections]]:
        """The same of many messages at once, each with its UID, ascending.

        @param uids: ascending, and a few hundred of them: it is one read.
        """

    async def columns(uids: Sequence[int], wanted: Sequence[Wanted]) -> Columns:
        """Some of what is known of many messages at once.

        It may stop after some of them, when much had to be read: ask again.

        @param uids: ascending, at least one and a few hundred: it is one read.
        """

    async def content(uid: int) -> IOctets:
        """The message as it arrived, octet for octet.

        @raise NotFound: when it is not here.
        """

    async def opened(uids: Sequence[int]) -> Sequence[tuple[int, IOctets]]:
        """The same of many messages at once, each with its UID, ascending.

        @param uids: ascending, and a few dozen of them: it is one read.
        """

    async def search(asked: Query, among: Iterable[int] | None = None) -> Sequence[int]:
        """The UIDs of the messages that answer yes, ascending.

        However long it takes, others are not kept waiting.

        @param among: only these are asked; all, if C{None}.
        """

    async def append(
        content: IContent, flags: Iterable[str] = (), received: int | None = None
    ) -> Message:
        """Keep a message; when this returns it is on stable storage.

        @param received: INTERNALDATE in milliseconds; now, if C{None}.
        @raise OverQuota: when the account has no room.
        @raise NoSpace: when the disk has none.
        """

    async def store(
        uids: Iterable[int],
        add: Iterable[str] = (),
        remove: Iterable[str] = (),
        *,
        replace: bool = False,
        unchanged_since: int | None = None,
    ) -> Marked:
        """Change flags, and say of which messages they are as they should be.

        Many messages may be changed a part at a time.

        @param replace: take all other flags away first.
        @param unchanged_since: leave messages with a higher modseq alone
            (RFC 7162, 3.1.3).
        """

    async def expunge(uids: Iterable[int]) -> Sequence[int]:
        """Remove messages for good; the UIDs that were here."""

    async def copy(uids: Iterable[int], target: IMailbox) -> Sequence[tuple[int, int]]:
        """Copy messages with their flags; pair each UID with the new one.

        All or nothing.

        @raise OverQuota: when the account has no room.
        """

    async def move(uids: Iterable[int], target: IMailbox) -> Sequence[tuple[int, int]]:
        """Take messages to another mailbox of the account (RFC 6851)."""

    async def changes(
        since: int,
    ) -> tuple[Sequence[Message], Sequence[int]] | None:
        """What changed after modseq C{since}: messages as they are, UIDs gone.

        C{None} when C{since} is so old that the answer is no longer known.
        """

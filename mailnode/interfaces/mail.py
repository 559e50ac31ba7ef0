"""All the mail of an account at once, as JMAP and webmail see it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeVar

from zope.interface import Attribute, Interface

from mailnode.interfaces.content import IContent, IOctets
from mailnode.model.mail import (
    Changed,
    Counted,
    Email,
    Kept,
    Kind,
    MailboxWish,
    Moved,
    Question,
    Thread,
)
from mailnode.model.message import Projections

T = TypeVar("T")


class IMail(Interface):
    """Emails in mailboxes, threads of emails, and what became different of them.

    A message with C{\\Deleted} is not here, nor does it count (RFC 8621, 4.1.1).
    Ids that are not (or no longer) there are passed over in silence.

    The state of a kind is the modseq of the last change of it, as it is when
    everything is taken into account that was committed before the call.
    """

    async def state(kind: Kind) -> int:
        """The state of a kind."""

    async def mailboxes(ids: Collection[int] | None = None) -> Sequence[Counted]:
        """Some mailboxes, or all, by name."""

    async def threads(ids: Sequence[int]) -> Sequence[Thread]:
        """Some threads."""

    async def emails(ids: Sequence[int]) -> Sequence[Email]:
        """Some emails, in the order in which they are asked for."""

    async def projections(ids: Sequence[int]) -> Mapping[int, Projections]:
        """What was computed when some emails arrived, by id."""

    async def headers(ids: Sequence[int]) -> Mapping[int, bytes]:
        """The headers of some emails, by id: it is one read.

        Of one that is longer than a chunk, what is in that.
        """

    async def opened(ids: Sequence[int]) -> Mapping[int, IOctets]:
        """Some emails as they arrived, octet for octet, by id."""

    async def changed(kind: Kind, since: int, most: int) -> Changed:
        """What became different of a kind since a state, at most so many ids.

        @raise NotFound: when that is not known any more, or never was.
        """

    async def find(question: Question) -> IFound:
        """The answer to a question; however long it takes, nobody is kept waiting."""

    async def moved(question: Question, since: int, upto: int | None) -> Moved:
        """How the answer to a question changed since a state of emails.

        @param upto: nothing behind this email need be told, if that can be so.
        @raise NotFound: when that is not known, or not known any more.
        """

    async def write(work: Callable[[IMailPen], T]) -> T:
        """Change something, in one transaction, and then tell who watches.

        C{work} may be called again, if the transaction must be tried again.
        When this returns, what is new is on stable storage.
        """

    async def stage(content: IContent) -> IStaged:
        """Make ready what will be added by a pen.

        @raise OverQuota: when the account has no room.
        @raise NoSpace: when the disk has none.
        """

    # Octets by their hash, whether they are an email or not (RFC 8620, 6).

    async def upload(content: IContent) -> None:
        """Keep some octets for a day at least, and longer if an email has them.

        When there is too much that no email has, the oldest of it has to go
        (RFC 8620, 6).

        @raise OverQuota: when it alone is too much.
        @raise NoSpace: when the disk has no room.
        """

    async def blob(hash: bytes) -> IOctets:  # noqa: A002 - what it is
        """Octets that the account has.

        @raise NotFound: when it has not.
        """

    async def holders(hashes: Collection[bytes]) -> Mapping[bytes, Sequence[int]]:
        """The emails that have some octets (RFC 9404, 4.3); none for those unknown."""


class IFound(Interface):
    """Emails that answer a question, in order; they stay as they were found."""

    state: int = Attribute("Of emails, when it was found.")
    traced: bool = Attribute("Its changes may be asked for.")

    async def total() -> int:
        """How many there are."""

    async def index(id: int) -> int | None:  # noqa: A002 - the RFC's word
        """Where an email stands, from 0; C{None} when it is not among them."""

    async def window(start: int, most: int) -> Sequence[int]:
        """The emails from a place on."""


class IStaged(Interface):
    """A message that is ready to be added."""

    content: object = Attribute("The L{IContent}.")


class IMailPen(Interface):
    """Changes mail inside a transaction: every verb does all it says, or nothing.

    It is of use only while the work that it was given to runs.
    """

    def state(kind: Kind) -> int:
        """The state of a kind, with all that was written so far.

        After a large mailbox has been destroyed it may be an earlier one, from which
        what is told later leads on.
        """

    def mailboxes() -> Sequence[Counted]:
        """All mailboxes."""

    def create_mailbox(wish: MailboxWish) -> Counted:
        """Make a mailbox.

        @raise NotFound: when there is no such parent.
        @raise AlreadyExists: when the name is taken there, or the role.
        @raise NotPermitted: when no mailbox may have the name.
        @raise TooMany: when there are as many as there may be.
        """

    def change_mailbox(id: int, wish: MailboxWish) -> None:  # noqa: A002
        """Let a mailbox become what is wished, with all below it.

        @raise NotFound: when it is not there, or the parent is not.
        @raise AlreadyExists: when the name is taken there, or the role.
        @raise NotPermitted: when no mailbox may have the name, or it may not be
            changed so: INBOX keeps name and role, and nothing goes below itself.
        """

    def destroy_mailbox(id: int) -> None:  # noqa: A002
        """Remove a mailbox with the messages in it; other copies of them stay.

        @raise NotFound: when it is not there.
        @raise NotPermitted: for INBOX, and for one with others below it.
        """

    def email(id: int) -> Email:  # noqa: A002
        """An email as it is now.

        @raise NotFound: when it is not there.
        """

    def add(
        staged: IStaged,
        mailboxes: Collection[int],
        keywords: Collection[str],
        received: int | None = None,
    ) -> Email:
        """Put a message into some mailboxes.

        @raise NotFound: when one of them is not there.
        @raise OverQuota: when the account has no room.
        @raise NotPermitted: for a keyword there cannot be.
        @raise TooMany: when a mailbox has no room for a new keyword.
        """

    def put(id: int, mailboxes: Collection[int], keywords: Collection[str]) -> None:  # noqa: A002
        """Let an email be in these mailboxes, and bear these keywords in all of them.

        Where it is already it stays, UID and all.  Messages of it with C{\\Deleted}
        stay as they are, and where they are: it may come to be beside one.

        @raise NotFound: when it is not there, or a mailbox is not.
        @raise OverQuota, NotPermitted, TooMany: as L{add}.
        """

    def destroy(id: int) -> None:  # noqa: A002
        """Remove an email from all mailboxes, messages with C{\\Deleted} too.

        @raise NotFound: when it is not there.
        """


class IObjects(Interface):
    """What an account keeps besides mail: identities, answers, what was sent.

    They are of kinds, by the names of JMAP; the store does not understand them.
    """

    async def state(kind: str) -> int:
        """The modseq of the last change of a kind."""

    async def objects(kind: str, ids: Collection[int] | None = None) -> Sequence[Kept]:
        """Some objects of a kind, or all, by id."""

    async def changed(kind: str, since: int, most: int) -> Changed:
        """What became different of a kind since a state, at most so many ids.

        @raise NotFound: when that is not known any more, or never was.
        """

    async def write(work: Callable[[IObjectPen], T]) -> T:
        """Change something, in one transaction, and then tell who watches."""


class IObjectPen(Interface):
    """Changes objects inside a transaction."""

    def state(kind: str) -> int:
        """The modseq of the last change of a kind, with what was written so far."""

    def objects(kind: str, ids: Collection[int] | None = None) -> Sequence[Kept]:
        """Some objects of a kind, or all, by id."""

    def add(kind: str, value: Mapping[str, object]) -> Kept:
        """Keep one more.

        @raise TooMany: when there are as many of a kind as there may be, or they
            are too long together.
        @raise TooLarge: when it is longer than an object may be.
        """

    def change(kind: str, id: int, value: Mapping[str, object]) -> None:  # noqa: A002
        """Let an object be another.

        @raise NotFound: when it is not there.
        @raise TooLarge: when it is longer than an object may be.
        """

    def remove(kind: str, id: int) -> None:  # noqa: A002
        """Forget an object.

        @raise NotFound: when it is not there.
        """

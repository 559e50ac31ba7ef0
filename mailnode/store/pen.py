"""Mail changed inside a transaction, each verb all or nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import apsw
from zope.interface import implementer

from mailnode.errors import NotFound
from mailnode.interfaces.content import IContent
from mailnode.interfaces.mail import IMailPen, IStaged
from mailnode.model.change import Change
from mailnode.model.mail import Counted, Email, Kind, MailboxWish
from mailnode.store import arranging, placing
from mailnode.store.arrival import Arrival
from mailnode.store.connection import LOST
from mailnode.store.keywords import spelt
from mailnode.store.whole import catching, reading

STEPS = 10
"""Steps of catching up in one transaction: some 150 ms of the writer's time."""


@implementer(IStaged)
@dataclass(frozen=True, slots=True)
class Staged:
    """A message that is ready to be added.

    @ivar number: the content that has been written ahead, if it was.
    """

    account: int
    content: IContent
    number: int | None


@implementer(IMailPen)
class Pen:
    """Changes the mail of an account.

    @ivar news: what to tell after the commit.
    @ivar stale: emails that have changed since all was caught up.
    @ivar settled: there is nothing else that would have to be caught up.
    """

    def __init__(self, tx: apsw.Connection, account: int, moment: int) -> None:
        self.tx = tx
        self.account = account
        self.moment = moment
        self.news: list[Change] = []
        self.stale: set[int] = set()
        self.settled = False
        self.settle()

    def settle(self, most: int | None = None) -> None:
        """Take into account what was written so far, if need be not all of it.

        More than so many steps there are only when a large mailbox has been
        destroyed, or when another one has become the trash.  Then names, roles and
        the numbers of emails are right all the same, and what others make of the
        threads comes later, in later states.
        """
        left = STEPS if most is None else most
        self.settled = False
        while left and not self.settled:
            self.settled = not catching.catch_up(
                self.tx, self.account, self.moment, catching.STEP
            )
            left -= 1
        if self.settled:
            self.stale.clear()

    @contextmanager
    def verb(self) -> Iterator[None]:
        """All that is done within is done, or nothing of it."""
        execute = self.tx.execute
        told = len(self.news)
        execute("SAVEPOINT verb")
        try:
            yield
        except LOST:
            raise  # SQLite may have ended the whole transaction
        except BaseException:
            if self.tx.in_transaction:
                execute("ROLLBACK TO verb")
                execute("RELEASE verb")
            del self.news[told:]
            raise
        execute("RELEASE verb")

    def state(self, kind: Kind) -> int:
        """The state of a kind."""
        self.settle()
        return reading.state(self.tx, self.account, kind)

    def mailboxes(self) -> Sequence[Counted]:
        """All mailboxes."""
        self.settle()
        return reading.counted(self.tx, self.account)

    def create_mailbox(self, wish: MailboxWish) -> Counted:
        """Make a mailbox."""
        with self.verb():
            number, name, news = arranging.create(
                self.tx, self.account, wish, self.moment
            )
            self.news += news
        return Counted(
            number,
            name,
            wish.role,
            wish.order,
            wish.subscribed,
            emails=0,
            unread=0,
            threads=0,
            unread_threads=0,
        )

    def change_mailbox(self, id: int, wish: MailboxWish) -> None:  # noqa: A002 - the interface's word
        """Let a mailbox become what is wished, with all below it."""
        with self.verb():
            self.news += arranging.change(self.tx, self.account, id, wish, self.moment)

    def destroy_mailbox(self, id: int) -> None:  # noqa: A002 - the interface's word
        """Remove a mailbox; its name goes at once, what it has by and by."""
        with self.verb():
            self.news.append(arranging.destroy(self.tx, self.account, id))
        self.settled = False

    def email(self, id: int) -> Email:  # noqa: A002 - the interface's word
        """An email as it is now."""
        if id in self.stale or not self.settled:
            self.settle(-1)
        found = reading.emails(self.tx, self.account, [id])
        if not found:
            raise NotFound("there is no such email")
        return found[0]

    def add(
        self,
        staged: IStaged,
        mailboxes: Collection[int],
        keywords: Collection[str],
        received: int | None = None,
    ) -> Email:
        """Put a message into some mailboxes."""
        if not isinstance(staged, Staged) or staged.account != self.account:
            raise NotFound("there is no such message made ready in this account")
        arriving = Arrival(
            staged.content, self.moment if received is None else received, self.moment
        )
        with self.verb():
            wanted = self.wish(mailboxes, keywords)
            number, news = placing.add(
                self.tx, self.account, wanted, arriving, staged.number
            )
            self.news += news
        self.stale.add(number)
        return self.email(number)

    def put(
        self,
        id: int,  # noqa: A002 - the interface's word
        mailboxes: Collection[int],
        keywords: Collection[str],
    ) -> None:
        """Let an email be in these mailboxes, and bear these keywords in all of them."""
        with self.verb():
            wanted = self.wish(mailboxes, keywords)
            self.news += placing.put(self.tx, self.account, id, wanted, self.moment)
        self.stale.add(id)

    def destroy(self, id: int) -> None:  # noqa: A002 - the interface's word
        """Remove an email from all mailboxes."""
        with self.verb():
            self.news += placing.destroy(self.tx, self.account, id, self.moment)
        self.stale.add(id)

    def wish(
        self, mailboxes: Collection[int], keywords: Collection[str]
    ) -> placing.Wish:
        """Where an email should be, and with which flags, if that can be."""
        return placing.wish(self.tx, self.account, mailboxes, spelt(keywords))

"""Submissions: emails that were sent, or will be (RFC 8621, 7)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass

from mailnode.errors import MailError
from mailnode.interfaces.account import IMailAccount
from mailnode.interfaces.delivery import IOutbox
from mailnode.interfaces.mail import IObjectPen
from mailnode.jmap.arguments import Arguments
from mailnode.jmap.call import Visit
from mailnode.jmap.ijson import JSON, Object
from mailnode.jmap.kept import Shelf, value
from mailnode.jmap.matching import ordered, sortable, spliced, test
from mailnode.jmap.querying import Listed, Query, QueryChanges, Results, Since
from mailnode.jmap.sending import fate, identity, looking
from mailnode.jmap.sending.envelope import path
from mailnode.jmap.sending.fate import Undo
from mailnode.jmap.standard import CannotCalculate, Changes
from mailnode.jmap.state import written
from mailnode.model.envelope import Recipient
from mailnode.model.mail import Kept
from mailnode.wire import ids
from mailnode.wire.dates import write_timestamp

SHELF = Shelf("EmailSubmission", "S")
OPEN = 200
"""Submissions that are looked after at a time, the latest: of older ones that still
wait it is said what was known."""
STATUSES = 200
"""Recipients of a message of which is told what became of each."""

PROPERTIES = (
    *("id", "identityId", "emailId", "threadId", "envelope", "sendAt"),
    *("undoStatus", "deliveryStatus", "dsnBlobIds", "mdnBlobIds"),
)


def told(account: IMailAccount, kept: Kept) -> Object:
    """A submission with all its properties, but for its id.

    Reports that come back are emails in INBOX, as they are for everybody else, so
    none are told of here (RFC 8621, 7: servers MAY).
    """
    said = value(kept)
    return {
        "identityId": identity.SHELF.id(account, number(said, "identity")),
        "emailId": ids.written(ids.EMAIL, account.id, number(said, "email")),
        "threadId": ids.written(ids.THREAD, account.id, number(said, "thread")),
        "envelope": said["envelope"],
        "sendAt": write_timestamp(number(said, "at")),
        "undoStatus": said["undo"],
        "deliveryStatus": said["status"],
        "dsnBlobIds": [],
        "mdnBlobIds": [],
    }


def number(said: Object, name: str) -> int:
    """A whole number that is kept."""
    found = said[name]
    assert isinstance(found, int), name
    return found


def recipients(envelope: JSON) -> dict[str, Recipient]:
    """The recipients of an envelope that is kept, by what the client calls them."""
    match envelope:
        case {"rcptTo": list(rcpt_to)}:
            emails = [str(each["email"]) for each in rcpt_to if isinstance(each, dict)]
            return {each: Recipient(path(each)) for each in emails}
    return {}


async def standing(outbox: IOutbox, said: Object) -> Object:
    """What has become of a submission by now, as it is to be kept."""
    name = str(said["name"])
    waiting = await outbox.waiting(name)
    to = recipients(said["envelope"])
    status: JSON = None
    if len(to) <= STATUSES:
        status = await fate.statuses(outbox, name, to, waiting)
    undo = fate.undo(waiting, outbox.now())
    return {**said, "undo": undo.value, "status": status, "open": bool(waiting)}


@dataclass(frozen=True, slots=True)
class Submissions:
    """The type, for somebody who asks.

    @ivar visit: knows his way out, which knows what became of what he sent.
    """

    visit: Visit

    properties = PROPERTIES
    usual = PROPERTIES

    async def refresh(self) -> None:
        """Write down what has become of those that were not settled yet."""
        account = self.visit.account
        kept = [each for each in await SHELF.find(account, None) if each.value["open"]]
        if not kept:
            return
        outbox = await self.visit.outbox()
        news = {}
        for each in kept[-OPEN:]:
            now = await standing(outbox, value(each))
            if now != each.value:
                news[each.id] = now
        if news:
            await account.objects().write(lambda pen: renew(pen, news))

    async def state(self, account: IMailAccount) -> str:
        """What changes whenever a submission does."""
        return await SHELF.state(account)

    async def changes(self, account: IMailAccount, since: str, most: int) -> Changes:
        """What became different."""
        return await SHELF.changes(account, since, most)

    async def read(
        self,
        account: IMailAccount,
        ids: Sequence[str] | None,
        properties: Collection[str],
        arguments: Arguments,  # noqa: ARG002 - there are no others
    ) -> Sequence[Object]:
        """Some submissions."""
        found = []
        for each in await SHELF.find(account, ids):
            whole = {"id": SHELF.id(account, each.id), **told(account, each)}
            found.append(
                {name: whole[name] for name in PROPERTIES if name in properties}
            )
        return found

    async def query(
        self,
        account: IMailAccount,
        query: Query,
        arguments: Arguments,  # noqa: ARG002 - there are no others
    ) -> Results:
        """What a query finds."""
        state = await SHELF.state(account)
        return Listed(await self.found(account, query), state, traced=True)

    async def query_changes(
        self,
        account: IMailAccount,
        query: Query,
        since: Since,
        arguments: Arguments,  # noqa: ARG002 - there are no others
    ) -> QueryChanges:
        """What became different in the results of a query.

        Whether a submission is among them, and where, depends on nothing but
        itself.
        """
        changed = await SHELF.changed(account, since.state, looking.CHANGES)
        if changed.more:
            raise CannotCalculate
        touched = [*changed.created, *changed.updated, *changed.destroyed]
        ids = dict.fromkeys(SHELF.id(account, each) for each in touched)
        now = await self.found(account, query)
        return spliced(written(changed.state), ids, now)

    async def found(self, account: IMailAccount, query: Query) -> Sequence[str]:
        """The ids of those that a query asks for, in order."""
        sortable(query, looking.KEYS)
        matches = test(query.filter, looking.READERS)
        everything = [
            {"id": SHELF.id(account, each.id), **told(account, each)}
            for each in await SHELF.find(account, None)
        ]
        chosen = [each for each in everything if matches(each)]
        return [str(one["id"]) for one in ordered(chosen, query.sort, looking.KEYS)]


def renew(pen: IObjectPen, news: dict[int, Object]) -> None:
    """Write down what has become of some that are still there."""
    for each in pen.objects(SHELF.kind, list(news)):
        if each.value["undo"] != Undo.CANCELED.value:
            pen.change(SHELF.kind, each.id, news[each.id])


async def looked_after(visit: Visit) -> Submissions:
    """The type, when what has become of its objects has been written down.

    If that is impossible now, it is said what was known.
    """
    found = Submissions(visit)
    with suppress(MailError):
        await found.refresh()
    return found

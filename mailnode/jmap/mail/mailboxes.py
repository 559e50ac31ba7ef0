"""Mailboxes as JMAP shows them, and how they are looked for (RFC 8621, 2)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from mailnode.errors import NotFound
from mailnode.interfaces.account import IMailAccount
from mailnode.interfaces.mail import IMail
from mailnode.jmap import state
from mailnode.jmap.arguments import Arguments
from mailnode.jmap.errors import InvalidArguments
from mailnode.jmap.ijson import JSON, Object
from mailnode.jmap.mail.tree import Tree
from mailnode.jmap.matching import Key, Reader, Test, ordered, sortable, spliced, test
from mailnode.jmap.querying import Comparator, Listed, Query, QueryChanges, Since
from mailnode.jmap.standard import CannotCalculate, Changes
from mailnode.model.mail import Changed, Counted, Kind
from mailnode.model.mailbox import INBOX, SEPARATOR
from mailnode.query import fold
from mailnode.wire import ids

COUNTS = ("totalEmails", "unreadEmails", "totalThreads", "unreadThreads")
SERVER_SET = ("id", *COUNTS, "myRights")
SETTABLE = ("name", "parentId", "role", "sortOrder", "isSubscribed")
PROPERTIES = ("id", *SETTABLE[:4], *COUNTS, "myRights", "isSubscribed")
RIGHTS = (
    "mayReadItems",
    "mayAddItems",
    "mayRemoveItems",
    "maySetSeen",
    "maySetKeywords",
    "mayCreateChild",
    "maySubmit",
)
"""All that anybody may do in a mailbox of his own."""
ATTEMPTS = 20
"""How often mailboxes are read once more because they changed meanwhile."""
AT_ONCE = 10_000
"""Changes read at a time: of all mailboxes that there may be."""


def whole(account: int, tree: Tree, box: Counted) -> Object:
    """A mailbox with all its properties."""
    parent = tree.parent(box)
    movable = box.name != INBOX
    rights = dict.fromkeys(RIGHTS, True) | {"mayRename": movable, "mayDelete": movable}
    return {
        "id": ids.written(ids.MAILBOX, account, box.id),
        "name": tree.leaf(box),
        "parentId": id_of(account, parent),
        "role": role_of(box),
        "sortOrder": box.order,
        "totalEmails": box.emails,
        "unreadEmails": box.unread,
        "totalThreads": box.threads,
        "unreadThreads": box.unread_threads,
        "myRights": dict[str, JSON](rights),
        "isSubscribed": box.subscribed,
    }


def id_of(account: int, box: Counted | None) -> str | None:
    """The id of a mailbox."""
    return None if box is None else ids.written(ids.MAILBOX, account, box.id)


def role_of(box: Counted) -> str | None:
    """The role of a mailbox, as it is written."""
    return None if box.role is None else box.role.value


async def changed(mail: IMail, since: int, most: int) -> Changed:
    """What became different of mailboxes; where one stands is part of it.

    @raise CannotCalculate: when that is not known, or cannot be said in so few.
    """
    try:
        found = await mail.changed(Kind.MAILBOX, since, most)
    except NotFound:
        raise CannotCalculate from None
    known = {*found.created, *found.destroyed}
    known.update(() if found.counts_only else found.updated)
    if not known:
        return found
    tree = Tree(await mail.mailboxes())
    told = known.union(found.updated)
    moved = [box for box in tree.boxes.values() if stands_elsewhere(tree, box, known)]
    also = [box.id for box in moved if box.id not in told]
    if len(told) + len(also) > most:
        raise CannotCalculate
    only = found.counts_only and not moved
    return replace(found, updated=[*found.updated, *also], counts_only=only)


def stands_elsewhere(tree: Tree, box: Counted, known: Collection[int]) -> bool:
    """Whether a mailbox may have another parent than before, as others changed.

    IMAP takes a mailbox away and leaves those below it, or puts one above
    others that have been there.
    """
    parent = tree.parent(box)
    if parent is not None and parent.id in known:
        return True
    return SEPARATOR in tree.leaf(box)


class Mailboxes:
    """The type."""

    properties = PROPERTIES
    usual = PROPERTIES

    async def state(self, account: IMailAccount) -> str:
        """The last change of a mailbox, or of what it holds."""
        return state.written(await account.mail().state(Kind.MAILBOX))

    async def read(
        self,
        account: IMailAccount,
        ids: Sequence[str] | None,
        properties: Collection[str],
        arguments: Arguments,  # noqa: ARG002 - there are no others
    ) -> Sequence[Object]:
        """Some mailboxes, or all by name."""
        tree = Tree(await account.mail().mailboxes())
        every = (whole(account.id, tree, box) for box in tree.boxes.values())
        told = {str(one["id"]): one for one in every}
        wanted = told if ids is None else [each for each in ids if each in told]
        shown = [name for name in PROPERTIES if name in properties]
        return [{name: told[each][name] for name in shown} for each in wanted]

    async def changes(self, account: IMailAccount, since: str, most: int) -> Changes:
        """What became different, and whether it was counters only (RFC 8621, 2.2)."""
        found = await changed(account.mail(), state.modseq(since), most)
        return Changes(
            state=state.written(found.state),
            created=many(account, found.created),
            updated=many(account, found.updated),
            destroyed=many(account, found.destroyed),
            more=found.more,
            also={"updatedProperties": list(COUNTS) if found.counts_only else None},
        )

    async def query(
        self, account: IMailAccount, query: Query, arguments: Arguments
    ) -> Listed:
        """The mailboxes that a filter lets through, in order."""
        search = Search(account, query, arguments)
        mail = account.mail()
        at = state.written(await mail.state(Kind.MAILBOX))
        return Listed(search.found(Tree(await mail.mailboxes())), at, traced=True)

    async def query_changes(
        self, account: IMailAccount, query: Query, since: Since, arguments: Arguments
    ) -> QueryChanges:
        """How that changed: what did not change is where it was among its like."""
        search = Search(account, query, arguments)
        mail, start = account.mail(), state.modseq(since.state)
        for _ in range(ATTEMPTS):
            found = await changed(mail, start, AT_ONCE)
            if found.more:
                break
            tree = Tree(await mail.mailboxes())
            if await mail.state(Kind.MAILBOX) == found.state:
                touched = {*found.created, *found.updated, *found.destroyed}
                touched |= search.follow(tree, touched)
                known = dict.fromkeys(many(account, sorted(touched)))
                return spliced(state.written(found.state), known, search.found(tree))
        raise CannotCalculate


def many(account: IMailAccount, numbers: Sequence[int]) -> list[str]:
    """Ids of mailboxes."""
    return [ids.written(ids.MAILBOX, account.id, each) for each in numbers]


class Search:
    """What a query asks of mailboxes.

    @ivar as_tree: parents come before their children, and are compared for them.
    @ivar rooted: a mailbox is found only if all above it are.
    """

    def __init__(
        self, account: IMailAccount, query: Query, arguments: Arguments
    ) -> None:
        sortable(query, KEYS)
        self.account = account
        self.sort = query.sort or USUAL
        self.passes: Test[Placed] = test(query.filter, READERS)
        self.as_tree = arguments.boolean("sortAsTree", default=False)
        self.rooted = arguments.boolean("filterAsTree", default=False)

    def found(self, tree: Tree) -> list[str]:
        """The ids, in order."""
        placed = {id_: Placed(self.account.id, tree, id_) for id_ in tree.boxes}
        passed = {id_ for id_, one in placed.items() if self.passes(one)}

        def among(boxes: Collection[Counted]) -> list[Counted]:
            ones = [placed[box.id] for box in boxes]
            return [one.box for one in ordered(ones, self.sort, KEYS)]

        boxes = tree.descended(among) if self.as_tree else among(tree.boxes.values())
        return [
            placed[box.id].id
            for box in boxes
            if box.id in passed
            and not (self.rooted and any(a.id not in passed for a in tree.above(box)))
        ]

    def follow(self, tree: Tree, touched: Collection[int]) -> set[int]:
        """Mailboxes that may stand elsewhere because those above them changed."""
        if not self.as_tree and not self.rooted:
            return set()
        return {
            box.id
            for box in tree.boxes.values()
            if any(above.id in touched for above in tree.above(box))
        }


class Placed:
    """A mailbox where it stands."""

    def __init__(self, account: int, tree: Tree, number: int) -> None:
        self.box = tree.boxes[number]
        self.id = ids.written(ids.MAILBOX, account, number)
        self.name = tree.leaf(self.box)
        parent = tree.parent(self.box)
        self.parent = id_of(account, parent)
        self.order = 0 if parent is None else parent.id


def by_parent(given: Arguments, name: str) -> Test[Placed]:
    wanted = given.id(name, None)
    return lambda one: one.parent == wanted


def by_name(given: Arguments, name: str) -> Test[Placed]:
    wanted = fold(given.string(name))
    return lambda one: wanted in fold(one.name)


def by_role(given: Arguments, name: str) -> Test[Placed]:
    wanted = given.string(name, None)
    return lambda one: role_of(one.box) == wanted


def by_any_role(given: Arguments, name: str) -> Test[Placed]:
    wanted = flag(given, name)
    return lambda one: (one.box.role is not None) is wanted


def by_subscription(given: Arguments, name: str) -> Test[Placed]:
    wanted = flag(given, name)
    return lambda one: one.box.subscribed is wanted


def flag(given: Arguments, name: str) -> bool:
    """A Boolean that must be there."""
    value = given.take(name)
    if not isinstance(value, bool):
        raise InvalidArguments(f"{name} must be true or false")
    return value


READERS: dict[str, Reader[Placed]] = {
    "parentId": by_parent,
    "name": by_name,
    "role": by_role,
    "hasAnyRole": by_any_role,
    "isSubscribed": by_subscription,
}
"""The properties of a FilterCondition (RFC 8621, 2.3)."""
KEYS: dict[str, Key[Placed]] = {
    "sortOrder": lambda one: one.box.order,
    "name": lambda one: fold(one.name),
    "parentId": lambda one: one.order,
}
"""What mailboxes can be sorted by."""
USUAL = (
    Comparator("sortOrder", True, None, {}),
    Comparator("name", True, None, {}),
)
"""The order in which clients should show them (RFC 8621, 2)."""

"""Making, renaming and destroying mailboxes (RFC 8621, 2.5)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from mailnode.errors import AlreadyExists, NotFound, NotPermitted
from mailnode.interfaces.account import IMailAccount
from mailnode.interfaces.mail import IMailPen
from mailnode.jmap import state
from mailnode.jmap.errors import SetError
from mailnode.jmap.ijson import Object
from mailnode.jmap.mail.mailboxes import PROPERTIES, SERVER_SET, SETTABLE, whole
from mailnode.jmap.mail.tree import Tree
from mailnode.jmap.patch import patched
from mailnode.jmap.setting import Batch
from mailnode.model.mail import Counted, Kind, MailboxWish, Role
from mailnode.model.mailbox import INBOX, LEVEL_LIMIT, SEPARATOR, mailbox_name
from mailnode.wire import ids

DEFAULTS: Object = {
    "parentId": None,
    "role": None,
    "sortOrder": 0,
    "isSubscribed": True,  # "true for any new Mailboxes created by the user" (2)
}
NAME_LIMIT = 255
"""Octets of one level of a name, of which a client may rely on 100 (RFC 8621, 1.3.1)."""
ORDERS = 2**31
"""C{sortOrder} is less than this (RFC 8621, 2)."""


class Filing:
    """Mailboxes, as they are set.

    @ivar remove: emails are no reason not to destroy the mailbox they are in.
    """

    references = frozenset({"parentId"})

    def __init__(self, *, remove: bool) -> None:
        self.remove = remove

    async def write(self, account: IMailAccount, batch: Batch) -> None:
        """Do what a batch wants, in one transaction."""

        def work(pen: IMailPen) -> None:
            batch.begin(state.written(pen.state(Kind.MAILBOX)))
            desk = Desk(account.id, pen, remove=self.remove)
            batch.destroy.sort(key=desk.depths(batch).__getitem__, reverse=True)
            batch.run(desk.create, desk.update, desk.destroy)
            batch.end(state.written(pen.state(Kind.MAILBOX)))

        await account.mail().write(work)


class Desk:
    """The mailboxes of an account while some are changed.

    @ivar tree: as they are by now.
    @ivar remove: emails are no reason not to destroy the mailbox they are in.
    """

    def __init__(self, account: int, pen: IMailPen, *, remove: bool) -> None:
        self.account = account
        self.pen = pen
        self.tree = Tree(pen.mailboxes())
        self.remove = remove

    def depths(self, batch: Batch) -> dict[str, int]:
        """How deep mailboxes stand that will be destroyed: children go first."""
        made = {f"#{name}": n for n, name in enumerate(batch.order(), LEVEL_LIMIT)}
        found: dict[str, int] = {}
        for each in batch.destroy:
            box = self.tree.boxes.get(ids.number(ids.MAILBOX, self.account, each))
            depth = made.get(each, 0) if box is None else box.name.count(SEPARATOR)
            found[each] = depth
        return found

    def box(self, said: str) -> Counted:
        """A mailbox by its id.

        @raise NotFound: when it is not there.
        """
        box = self.tree.boxes.get(ids.number(ids.MAILBOX, self.account, said))
        if box is None:
            raise NotFound("there is no such mailbox")
        return box

    def create(self, wanted: Object) -> Object:
        """Make a mailbox, and say of it what the client does not know."""
        if unknown := wanted.keys() - set(SETTABLE):
            raise invalid(unknown, "not to be set")
        wish = self.wish(DEFAULTS | wanted)
        self.check(wish, None)
        try:
            box = self.pen.create_mailbox(wish)
        except (AlreadyExists, NotPermitted) as error:
            raise invalid(["name"], str(error)) from None
        self.tree.put(box)
        return news(wanted, whole(self.account, self.tree, box))

    def update(self, said: str, patch: Object) -> Object | None:
        """Change a mailbox; what became different besides, if anything did."""
        box = self.box(said)
        before = whole(self.account, self.tree, box)
        after = patched(before, patch, DEFAULTS)
        if unknown := after.keys() - set(PROPERTIES):
            raise invalid(unknown, "there are no such properties")
        if fixed := [name for name in SERVER_SET if after[name] != before[name]]:
            raise invalid(fixed, "not to be set")  # RFC 8620, 5.3
        if after == before:
            return None
        self.movable(box, before, after)
        wish = self.wish(after, standing=str(before["name"]))
        self.check(wish, box)
        try:
            self.pen.change_mailbox(box.id, wish)
        except (AlreadyExists, NotPermitted) as error:
            raise invalid(["name"], str(error)) from None
        self.follow(box, wish)
        now = whole(self.account, self.tree, self.tree.boxes[box.id])
        return news(after, now) or None

    def movable(self, box: Counted, before: Object, after: Object) -> None:
        """Complain when INBOX shall be another (RFC 9051, 5.1)."""
        if box.name != INBOX:
            return
        if any(after[each] != before[each] for each in ("name", "parentId")):
            raise SetError("forbidden", "the inbox stays where it is")
        if after["role"] != before["role"]:
            raise invalid(["role"], "the inbox is the inbox")

    def wish(self, value: Object, standing: str | None = None) -> MailboxWish:
        """What properties say a mailbox should become.

        @param standing: its name until now, which may have more than one level.
        @raise SetError: C{invalidProperties}, with all that are wrong.
        """
        form = Form(value)
        wish = MailboxWish(
            name=form.name(standing),
            parent=self.parent(form),
            role=form.role(),
            order=form.order(),
            subscribed=form.subscribed(),
        )
        if form.wrong:
            raise invalid(form.wrong, "not what they should be")
        return wish

    def parent(self, form: Form) -> int | None:
        """The mailbox above: one that is there."""
        said = form.value["parentId"]
        if said is None:
            return None
        number = ids.number(ids.MAILBOX, self.account, str(said))
        if number not in self.tree.boxes:
            form.wrong.append("parentId")
        return number

    def check(self, wish: MailboxWish, box: Counted | None) -> None:
        """See that a mailbox may stand there.

        @param box: the one that becomes so; C{None}: it will be made.
        @raise SetError: C{invalidProperties}.
        """
        number = None if box is None else box.id
        if box is not None and wish.parent is not None:
            parent = self.tree.boxes[wish.parent]
            if number in (parent.id, *(each.id for each in self.tree.above(parent))):
                raise invalid(["parentId"], "a mailbox is not below itself")
        taken = self.tree.named.get(self.whole(wish))
        if taken is not None and taken.id != number:
            raise invalid(["name"], "there is such a mailbox already")
        for each in self.tree.boxes.values() if wish.role else ():
            if each.role is wish.role and each.id != number:
                raise invalid(["role"], "another mailbox has it")

    def whole(self, wish: MailboxWish) -> str:
        """The whole name that is wished for.

        @raise SetError: C{invalidProperties}, when no mailbox may have it.
        """
        above = "" if wish.parent is None else self.tree.boxes[wish.parent].name
        try:
            return mailbox_name(above + SEPARATOR * bool(above) + wish.name)
        except NotPermitted as error:
            raise invalid(["name"], str(error)) from None

    def follow(self, box: Counted, wish: MailboxWish) -> None:
        """Note what a mailbox has become, and what those below it are called now."""
        name = self.whole(wish)
        for each in self.tree.below(box):
            self.tree.put(replace(each, name=name + each.name.removeprefix(box.name)))
        self.tree.put(
            replace(
                box,
                name=name,
                role=wish.role,
                order=wish.order,
                subscribed=wish.subscribed,
            )
        )

    def destroy(self, said: str) -> None:
        """Remove a mailbox (RFC 8621, 2.5)."""
        box = self.box(said)
        if self.tree.below(box):
            raise SetError("mailboxHasChild")
        if box.emails and not self.remove:
            raise SetError("mailboxHasEmail")
        self.pen.destroy_mailbox(box.id)
        self.tree.take(box.id)


class Form:
    """Properties of a mailbox that a client has written.

    @ivar wrong: those that are not what they should be.
    """

    def __init__(self, value: Object) -> None:
        self.value = value
        self.wrong: list[str] = []

    def name(self, standing: str | None) -> str:
        """One level of a name, or the name it has."""
        said = self.value.get("name")
        name = said if isinstance(said, str) else ""
        levels = name == standing or SEPARATOR not in name
        if not name or not levels or len(name.encode()) > NAME_LIMIT:
            self.wrong.append("name")
        return name

    def role(self) -> Role | None:
        """A role that a mailbox may be given; there is one inbox, for ever."""
        said = self.value["role"]
        try:
            return None if said is None else Role(said)
        except ValueError:
            self.wrong.append("role")
            return None

    def order(self) -> int:
        """C{sortOrder}."""
        said = self.value["sortOrder"]
        if type(said) is int and 0 <= said < ORDERS:
            return said
        self.wrong.append("sortOrder")
        return 0

    def subscribed(self) -> bool:
        """C{isSubscribed}."""
        said = self.value["isSubscribed"]
        if not isinstance(said, bool):
            self.wrong.append("isSubscribed")
        return bool(said)


def invalid(properties: Collection[str], why: str) -> SetError:
    """Properties that cannot be so."""
    return SetError("invalidProperties", why, sorted(properties))


def news(known: Object, now: Object) -> Object:
    """What a client does not know of an object."""
    return {
        name: value
        for name, value in now.items()
        if name not in known or known[name] != value
    }

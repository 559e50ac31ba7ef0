"""EmailSubmission/set: sending, and taking back (RFC 8621, 7.5).

What leaves cannot be part of a transaction.  So everything is sent, and taken back,
before what became of it is written down, in one transaction.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from mailnode.errors import MailError, NotFound, NotPermitted
from mailnode.interfaces.account import IMailAccount
from mailnode.interfaces.content import IOctets
from mailnode.interfaces.delivery import IOutbox
from mailnode.interfaces.mail import IObjectPen
from mailnode.jmap import state
from mailnode.jmap.arguments import is_id
from mailnode.jmap.call import Visit
from mailnode.jmap.errors import SetError, of_object
from mailnode.jmap.ijson import JSON, Object
from mailnode.jmap.kept import value
from mailnode.jmap.patch import patched
from mailnode.jmap.sending import draft, identity, out
from mailnode.jmap.sending.envelope import Envelope, Moment, envelope
from mailnode.jmap.sending.fate import Undo
from mailnode.jmap.sending.submission import SHELF, number, standing, told
from mailnode.jmap.setting import Batch
from mailnode.model.envelope import Address
from mailnode.model.mail import Email, Kept
from mailnode.wire import ids
from mailnode.wire.address import address

WANTED = ("identityId", "emailId", "envelope")
"""The properties that a client may give."""
KEPT = 500
"""Submissions that are kept: of those that are settled, the oldest go (RFC 8621, 7)."""


@dataclass(slots=True)
class Parcels:
    """What was sent and taken back, before it is written down.

    @ivar sent: what is to be kept of each, or why it was not sent, by creation id.
    @ivar recalled: the names of messages that were taken back.
    @ivar emails: the id of the email of each submission that was dealt with.
    """

    sent: dict[str, Object | SetError] = field(default_factory=dict)
    recalled: set[str] = field(default_factory=set)
    emails: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sender:
    """The type, as C{/set} has it, for somebody who sends."""

    visit: Visit
    parcels: Parcels = field(default_factory=Parcels)

    references: Collection[str] = frozenset({"identityId", "emailId"})

    async def write(self, account: IMailAccount, batch: Batch) -> None:
        """Send, take back, and write it down.

        The state is compared before anything leaves: later it would be too late.
        """
        batch.begin(await SHELF.state(account))
        batch.if_in_state = None
        try:
            await self.send(batch)
            await self.take_back(batch)
            await account.objects().write(lambda pen: self.note(account, batch, pen))
        except Exception:
            await self.regret()
            raise

    def note(self, account: IMailAccount, batch: Batch, pen: IObjectPen) -> None:
        """Write down what was done."""
        books = Books(account, pen, self.parcels)
        batch.begin(state.written(pen.state(SHELF.kind)))
        self.parcels.emails.clear()
        if batch.create:
            books.make_room(len(batch.create))
        batch.run(books.create, books.update, books.destroy)
        batch.end(state.written(pen.state(SHELF.kind)))

    async def send(self, batch: Batch) -> None:
        """Send what is to be sent, and leave in its place where to find it."""
        for name, wanted in batch.create.items():
            try:
                outbox = await self.way_out()
                resolved = batch.resolved(wanted)
                self.parcels.sent[name] = await self.sent(outbox, resolved)
            except SetError as error:
                self.parcels.sent[name] = error
            except MailError as error:
                self.parcels.sent[name] = of_object(error)
        batch.create = {name: {"parcel": name} for name in batch.create}

    async def way_out(self) -> IOutbox:
        """By which way he sends.

        @raise SetError: C{forbiddenToSend}, when there is none.
        """
        try:
            return await self.visit.outbox()
        except NotPermitted as error:
            raise SetError("forbiddenToSend", str(error)) from None

    async def sent(self, outbox: IOutbox, wanted: Object) -> Object:
        """Send an email; what is to be kept of it.

        @raise SetError: when it cannot be.
        """
        if unknown := wanted.keys() - set(WANTED):
            raise SetError("invalidProperties", properties=sorted(unknown))
        own, whose = await self.own(wanted)
        email, octets = await self.email(wanted)
        sending = self.visit.repertoire.limits.sending
        if email.size > sending.message_size:
            raise SetError("tooLarge", maxSize=sending.message_size)
        header = await draft.header(octets)
        authors = draft.authors(header)
        said = wanted.get("envelope") or draft.envelope(header, own)
        moment = Moment(outbox.now(), sending)
        way = international(envelope(said, moment), header.octets)
        await out.see_to_authors(outbox, authors)
        name = await out.hand_in(outbox, self.visit.origin, way, octets)
        kept: Object = {
            "identity": whose,
            "email": email.id,
            "thread": email.thread,
            "envelope": said,
            "at": max(moment.now, way.sender.hold_until or 0),
            "name": name,
        }
        try:
            return await standing(outbox, kept)
        except MailError:  # It has left all the same; the next look tells more
            held = way.sender.hold_until is not None
            undo = Undo.PENDING if held else Undo.FINAL
            return {**kept, "undo": undo.value, "status": None, "open": True}

    async def own(self, wanted: Object) -> tuple[Address, int]:
        """The address of the identity, and the identity.

        @raise SetError: when there is none.
        """
        said = wanted.get("identityId")
        if is_id(said):
            for each in await identity.everyone(self.visit.account, [str(said)]):
                return address(str(each.value["email"])), each.id
        raise SetError("invalidProperties", properties=["identityId"])

    async def email(self, wanted: Object) -> tuple[Email, IOctets]:
        """The email that is to be sent.

        @raise SetError: when there is none.
        """
        said = wanted.get("emailId")
        if is_id(said):
            account = self.visit.account
            which = ids.number(ids.EMAIL, account.id, str(said))
            mail = account.mail()
            opened = await mail.opened([which])
            for each in await mail.emails([which]):
                if which in opened:
                    return each, opened[which]
        raise SetError("invalidProperties", properties=["emailId"])

    async def take_back(self, batch: Batch) -> None:
        """Take back what is to be taken back, as far as it is still here."""
        account = self.visit.account
        for name, patch in batch.update.items():
            if name in batch.destroy:
                continue
            before = await self.known(batch, name)
            if before is None or not cancels(account, before, patch):
                continue
            outbox = await self.visit.outbox()
            message = str(value(before)["name"])
            if await outbox.recall(message):
                self.parcels.recalled.add(message)

    async def known(self, batch: Batch, name: str) -> Kept | None:
        """A submission by its id, or by a creation id of this batch."""
        if name[:1] == "#" and name[1:] in self.parcels.sent:
            sent = self.parcels.sent[name[1:]]
            return Kept(0, {**sent}) if isinstance(sent, dict) else None
        try:
            said = batch.actual(name)
        except SetError:
            return None
        found = await SHELF.find(self.visit.account, [said])
        return found[0] if found else None

    async def regret(self) -> None:
        """Take back what was sent and cannot be written down, if it can be."""
        for each in self.parcels.sent.values():
            if isinstance(each, dict) and each["undo"] == Undo.PENDING.value:
                await (await self.visit.outbox()).recall(str(each["name"]))


def international(way: Envelope, header: bytes) -> Envelope:
    """An envelope that says what a header in UTF-8 needs (RFC 6531, 3.4)."""
    if header.isascii():
        return way
    return replace(way, sender=replace(way.sender, utf8=True))


def cancels(account: IMailAccount, kept: Kept, patch: Object) -> bool:
    """Whether a patch takes back what may still be here.

    @raise SetError: never; a patch that cannot be applied takes nothing back.
    """
    try:
        after = changed(account, kept, patch)
    except SetError:
        return False
    canceled = after == Undo.CANCELED.value
    return canceled and kept.value["undo"] != Undo.CANCELED.value


def changed(account: IMailAccount, kept: Kept, patch: Object) -> JSON:
    """What a patch makes of C{undoStatus}, which is all that may change.

    @raise SetError: when it would change something else.
    """
    before: Object = {"id": SHELF.id(account, kept.id), **told(account, kept)}
    after = patched(before, patch, {})
    fixed = sorted(
        name
        for name in after.keys() | before.keys()
        if name != "undoStatus" and after.get(name) != before.get(name)
    )
    said = after["undoStatus"]
    if said not in (before["undoStatus"], Undo.CANCELED.value):
        fixed.append("undoStatus")
    if fixed:
        raise SetError("invalidProperties", properties=fixed)
    return said


@dataclass(frozen=True, slots=True)
class Books:
    """Writes down submissions in a transaction."""

    account: IMailAccount
    pen: IObjectPen
    parcels: Parcels

    def make_room(self, coming: int) -> None:
        """Forget the oldest that are settled, if there are too many."""
        kept = self.pen.objects(SHELF.kind)
        over = len(kept) + coming - KEPT
        if over > 0:
            for each in [one for one in kept if not one.value["open"]][:over]:
                self.pen.remove(SHELF.kind, each.id)

    def create(self, wanted: Object) -> Object:
        """Write down what was sent.

        @raise SetError: when it was not.
        """
        sent = self.parcels.sent[str(wanted["parcel"])]
        if isinstance(sent, SetError):
            raise sent
        kept = self.pen.add(SHELF.kind, sent)
        made: Object = {"id": SHELF.id(self.account, kept.id)}
        made |= told(self.account, kept)
        self.remember(kept)
        return {
            name: each
            for name, each in made.items()
            if name not in ("identityId", "emailId")
        }

    def update(self, said: str, patch: Object) -> Object | None:
        """Write down what was taken back."""
        kept = self.found(said)
        wanted = changed(self.account, kept, patch)
        same = wanted == kept.value["undo"]
        if not same and kept.value["name"] not in self.parcels.recalled:
            raise SetError("cannotUnsend", "it has been sent already")
        self.remember(kept)
        if same:
            return None
        now = {"undo": wanted, "status": None, "open": False}
        self.pen.change(SHELF.kind, kept.id, {**kept.value, **now})
        return {"deliveryStatus": None}

    def destroy(self, said: str) -> None:
        """Forget a submission, which changes nothing of it (RFC 8621, 7.5)."""
        kept = self.found(said)
        self.remember(kept)
        self.pen.remove(SHELF.kind, kept.id)

    def found(self, said: str) -> Kept:
        """A submission by its id.

        @raise NotFound: when it is not there.
        """
        which = SHELF.number(self.account, said)
        for each in self.pen.objects(SHELF.kind, [which]):
            return each
        raise NotFound("there is no such submission")

    def remember(self, kept: Kept) -> None:
        """Remember which email it was about."""
        email = ids.written(ids.EMAIL, self.account.id, number(value(kept), "email"))
        self.parcels.emails[SHELF.id(self.account, kept.id)] = email

"""What a client may ask for by an id: every method, and every kind of id.

C{test_isolation} asks each of these once with an id of another account, and once
with an id that never was.  A new method needs one line here, a new kind of id one
line of C{KINDS}: how to find an id in the account of somebody who has everything,
and one that never was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from jmap.office import Person
from smtp.coroutine import finish

from mailnode.jmap.ijson import JSON, Object
from mailnode.jmap.sending.submission import SHELF
from mailnode.wire.ids import BlobId


def some_mailbox(person: Person) -> str:
    """A mailbox that not everybody has."""
    return str(person.mailboxes()["Work"])


def some_email(person: Person) -> str:
    """An email."""
    return person.found()[0]


def some_thread(person: Person) -> str:
    """A thread: its id has the number of its first email."""
    return "T" + person.found()[-1][1:]


def some_blob(person: Person) -> str:
    """The octets of that email."""
    number = int(some_email(person).rpartition("-")[2])
    (email,) = finish(person.account.mail().emails([number]))
    return str(BlobId(email.hash))


def some(name: str) -> Callable[[Person], str]:
    """The first object of a type."""

    def find(person: Person) -> str:
        told = person.one(f"{name}/get", ids=None)["list"]
        return str(told[0]["id"])

    return find


def some_submission(person: Person) -> str:
    """Something that was sent, long ago."""
    sent: Object = dict.fromkeys(("identity", "email", "thread", "at"), 1)
    sent |= {"name": "x", "envelope": None, "status": None}
    sent |= {"undo": "final", "open": False}
    objects = person.account.objects()
    if not finish(objects.state(SHELF.kind)):
        finish(objects.write(lambda pen: pen.add(SHELF.kind, sent)))
    return some(SHELF.kind)(person)


KINDS: Mapping[str, tuple[Callable[[Person], str], str]] = {
    "$mailbox": (some_mailbox, "P1-9999"),
    "$email": (some_email, "M1-9999"),
    "$thread": (some_thread, "T1-9999"),
    "$blob": (some_blob, "G" + "0" * 64),
    "$quota": (some("Quota"), "Q1-9"),
    "$identity": (some("Identity"), "I1-9999"),
    "$submission": (some_submission, "S1-9999"),
}
"""By the word that stands for such an id: how to find one, and one that never was."""

RECEIVED: list[JSON] = [{"property": "receivedAt"}]
NEW: Object = {"mailboxIds": {"$mailbox": True}}


def setting(kind: str, *values: Object) -> Sequence[Object]:
    """C{/set} of an object by its id, and of values that hold ids of others."""
    updates: list[Object] = [{"update": {kind: value}} for value in values]
    creations: list[Object] = [{"create": {"k": value}} for value in values]
    return ({"destroy": [kind]}, *updates, *creations)


CALLS: Mapping[str, Sequence[Object]] = {
    "Mailbox/get": ({"ids": ["$mailbox"]},),
    "Mailbox/changes": (),
    "Mailbox/query": ({"filter": {"parentId": "$mailbox"}}, {"anchor": "$mailbox"}),
    "Mailbox/queryChanges": (),
    "Mailbox/set": setting("$mailbox", {"name": "a", "parentId": "$mailbox"}),
    "Thread/get": ({"ids": ["$thread", "$email"]},),
    "Thread/changes": (),
    "Email/get": ({"ids": ["$email", "$thread"]},),
    "Email/changes": (),
    "Email/query": (
        {"filter": {"inMailbox": "$mailbox"}, "calculateTotal": True},
        {"filter": {"inMailboxOtherThan": ["$mailbox"]}, "calculateTotal": True},
        {"anchor": "$email"},
    ),
    "Email/queryChanges": (
        {"sinceQueryState": "$state", "sort": RECEIVED, "upToId": "$email"},
        {"sinceQueryState": "$state", "filter": {"inMailbox": "$mailbox"}},
    ),
    "Email/set": (
        *setting("$email", NEW | {"subject": "a"}),
        {"update": {"$mine": {"mailboxIds/$mailbox": True}}},
        {"create": {"k": {"mailboxIds": {"P1-1": True}, "bodyStructure": {
            "type": "image/png", "blobId": "$blob"}}}},
    ),
    "Email/import": (
        {"emails": {"k": {"blobId": "$blob", "mailboxIds": {"P1-1": True}}}},
        {"emails": {"k": {"blobId": "$mine-blob", "mailboxIds": {"$mailbox": True}}}},
    ),
    "Email/parse": ({"blobIds": ["$blob"]},),
    "Email/copy": (),
    "SearchSnippet/get": ({"filter": {"text": "secret"}, "emailIds": ["$email"]},),
    "Blob/get": ({"ids": ["$blob"]},),
    "Blob/lookup": ({"typeNames": ["Email", "Mailbox", "Thread"], "ids": ["$blob"]},),
    "Blob/upload": ({"create": {"k": {"data": [{"blobId": "$blob"}]}}},),
    "Blob/copy": ({"fromAccountId": "A2", "blobIds": ["$blob"]},),
    "Quota/get": ({"ids": ["$quota"]},),
    "Quota/changes": (),
    "Quota/query": ({"anchor": "$quota"},),
    "Quota/queryChanges": (),
    "Identity/get": ({"ids": ["$identity"]},),
    "Identity/changes": (),
    "Identity/set": (
        {"update": {"$identity": {"name": "a"}}},
        {"destroy": ["$identity"]},
    ),
    "EmailSubmission/get": ({"ids": ["$submission"]},),
    "EmailSubmission/changes": (),
    "EmailSubmission/query": (
        {"filter": {"emailIds": ["$email"], "threadIds": ["$thread"]}},
        {"filter": {"identityIds": ["$identity"]}, "calculateTotal": True},
        {"anchor": "$submission"},
    ),
    "EmailSubmission/queryChanges": (),
    "EmailSubmission/set": (
        {"create": {"k": {"emailId": "$email", "identityId": "$identity"}}},
        {"update": {"$submission": {"undoStatus": "canceled"}}},
        {"destroy": ["$submission"]},
    ),
    "VacationResponse/get": (),
    "VacationResponse/set": (),
}  # fmt: skip
"""By method: the arguments of calls; C{accountId} is put in, and C{$state},
C{$mine}, C{$mine-blob}: a state, an email and its octets of the one who asks."""

"""Where emails are and which keywords they bear, changed; and their end (RFC 8621, 4.6)."""

from __future__ import annotations

from collections.abc import Collection

from mailnode.errors import NotFound, NotPermitted, TooMany
from mailnode.interfaces.account import IMailAccount
from mailnode.interfaces.mail import IMailPen
from mailnode.jmap.errors import SetError
from mailnode.jmap.ijson import JSON, Object
from mailnode.jmap.mail.filter import KEYWORD
from mailnode.jmap.patch import invalid, patched, paths
from mailnode.jmap.pointer import escaped
from mailnode.model.mail import Email
from mailnode.wire import ids
from mailnode.wire.dates import write_timestamp

MUTABLE = ("mailboxIds", "keywords")
DEFAULTS: Object = {"keywords": {}}
KEYWORDS = 100
"""Keywords of an email: clients set a handful; each is told with every email."""


def updated(
    account: IMailAccount,
    pen: IMailPen,
    said: str,
    patch: Object,
) -> Object | None:
    """Apply a patch to an email; what else became different of it.

    @raise SetError, MailError: when it cannot be so.
    """
    email = pen.email(number(account, said))
    before = shown(account.id, email)
    after = patched(before, lowered(patch), DEFAULTS)
    fixed = [name for name in after if name not in MUTABLE]
    if changed := [n for n in fixed if n not in before or after[n] != before[n]]:
        raise wrong(changed, "not to be changed")  # RFC 8620, 5.3
    mailboxes = in_mailboxes(account.id, after["mailboxIds"])
    keywords = with_keywords(after["keywords"])
    if mailboxes != email.mailboxes or keywords != email.keywords:
        put(pen, email, mailboxes, keywords)
    if after["keywords"] == dict.fromkeys(keywords, True):
        return None
    return {"keywords": dict[str, JSON](dict.fromkeys(sorted(keywords), True))}


def destroyed(account: IMailAccount, pen: IMailPen, said: str) -> None:
    """Take an email out of all its mailboxes.

    @raise MailError: when it is not there.
    """
    pen.destroy(number(account, said))


def number(account: IMailAccount, said: str) -> int:
    """The number of an email.

    @raise NotFound: when it cannot be one of this account.
    """
    found = ids.number(ids.EMAIL, account.id, said)
    if not found:
        raise NotFound("there is no such email")
    return found


def shown(account: int, email: Email) -> Object:
    """What there is to know of an email without a look into it (RFC 8621, 4.1.1)."""
    boxes = [
        ids.written(ids.MAILBOX, account, each) for each in sorted(email.mailboxes)
    ]
    return {
        "id": ids.written(ids.EMAIL, account, email.id),
        "blobId": str(ids.BlobId(email.hash)),
        "threadId": ids.written(ids.THREAD, account, email.thread),
        "mailboxIds": dict[str, JSON](dict.fromkeys(boxes, True)),
        "keywords": dict[str, JSON](dict.fromkeys(sorted(email.keywords), True)),
        "size": email.size,
        "receivedAt": write_timestamp(email.received),
        "hasAttachment": email.attached,
        "preview": email.preview,
    }


def lowered(patch: Object) -> Object:
    """A patch whose keywords are in lower case, as they are told.

    @raise SetError: C{invalidPatch}.
    """
    found: Object = {}
    for path, value in paths(patch):
        steps = path
        if path[0] == "keywords":
            steps = [path[0], *(step.lower() for step in path[1:])]
        found["/".join(map(escaped, steps))] = value
    if len(found) < len(patch):
        raise invalid("two paths are one")
    return found


def in_mailboxes(account: int, value: JSON) -> frozenset[int]:
    """The mailboxes of a C{mailboxIds}: one at least."""
    if not isinstance(value, dict) or not value or not all_true(value):
        raise wrong(["mailboxIds"], "at least one mailbox, each with true")
    return frozenset(ids.number(ids.MAILBOX, account, each) for each in value)


def with_keywords(value: JSON) -> frozenset[str]:
    """The keywords of a C{keywords}, in lower case (RFC 8621, 4.1.1)."""
    if not isinstance(value, dict) or not all_true(value):
        raise wrong(["keywords"], "keywords, each with true")
    if not all(map(KEYWORD.fullmatch, value)):
        raise wrong(["keywords"], "there cannot be such a keyword")
    return frozenset(map(str.lower, value))


def all_true(value: Object) -> bool:
    """Whether a map is a set: "the value for each key MUST be true"."""
    return all(each is True for each in value.values())


def put(
    pen: IMailPen,
    email: Email,
    mailboxes: frozenset[int],
    keywords: frozenset[str],
) -> None:
    """Let an email be there, and bear these."""
    if len(keywords) > max(KEYWORDS, len(email.keywords)):
        raise SetError("tooManyKeywords", f"more than {KEYWORDS}")
    try:
        pen.put(email.id, mailboxes, keywords)
    except NotFound:
        raise wrong(["mailboxIds"], "there is no such mailbox") from None
    except NotPermitted as error:
        raise wrong(["keywords"], str(error)) from None
    except TooMany as error:
        raise SetError("tooManyKeywords", str(error)) from None


def wrong(properties: Collection[str], why: str) -> SetError:
    """Properties that cannot be so."""
    return SetError("invalidProperties", why, sorted(properties))

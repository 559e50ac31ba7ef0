"""The envelope of a submission: what MAIL and RCPT would say (RFC 8621, 7).

Parameters come without xtext or unitext.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from mailnode.errors import SyntaxFault
from mailnode.jmap.errors import SetError
from mailnode.jmap.extension import Sending
from mailnode.jmap.ijson import JSON, Object, written
from mailnode.model.envelope import (
    Address,
    Body,
    Deadline,
    Notify,
    OriginalRecipient,
    Recipient,
    Return,
    Sender,
)
from mailnode.wire.dates import read_timestamp
from mailnode.wire.path import PATH_LIMIT, PathCursor

ENVELOPE_LIMIT = 96 * 1024
"""Octets of an envelope in JSON, as it is kept with what became of it."""
ENVID_LIMIT = 100
"""Characters of an envelope identifier (RFC 3461, 4.4)."""
ORCPT_LIMIT = 500
"""Characters of an original recipient (RFC 3461, 4.2)."""

INTERVAL = re.compile(r"[1-9][0-9]{0,8}")
"""C{future-release-integer} (RFC 4865, 3)."""
BY = re.compile(r"([+-]?[0-9]{1,9});([NR])(T?)", re.IGNORECASE)
"""C{by-time ";" by-mode [by-trace]} (RFC 2852, 4)."""
PRIORITY = re.compile(r"-?[1-9]|0")
"""C{priority-value} (RFC 6710, 4.1)."""
SIZE = re.compile(r"[0-9]{1,20}")
"""RFC 1870, 4."""
TYPE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+")
"""C{addr-type} is an C{atom} (RFC 3461, 4.2)."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Moment:
    """When it is sent, and how long it may be held.

    @ivar now: milliseconds since 1970 in UTC.
    """

    now: int
    sending: Sending

    def held(self, sender: Sender, until: int) -> Sender:
        """The sender of a message that is held until a moment in reach."""
        if sender.hold_until is not None:
            raise SyntaxFault("one of HOLDFOR and HOLDUNTIL")  # RFC 4865, 3
        if not self.now <= until <= self.now + self.sending.hold_seconds * 1000:
            raise SyntaxFault(f"at most {self.sending.hold_seconds} seconds from now")
        return replace(sender, hold_until=until)


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who sends, and to whom.

    @ivar emails: the recipients, as the client has written them.
    """

    sender: Sender
    recipients: Sequence[Recipient]
    emails: Sequence[str]


Reader = Callable[[T, str | None, Moment], T]
"""Adds what a parameter says."""


def body(sender: Sender, said: str | None, _: Moment) -> Sender:
    """BODY: nobody's word is taken for it (RFC 6152)."""
    if (said or "").upper() not in (Body.SEVEN_BIT.value, Body.EIGHT_BIT.value):
        raise SyntaxFault("BODY=7BIT or BODY=8BITMIME")
    return sender


def size(sender: Sender, said: str | None, _: Moment) -> Sender:
    """SIZE: we know it (RFC 1870)."""
    if not SIZE.fullmatch(said or ""):
        raise SyntaxFault("SIZE=1*20DIGIT")
    return sender


def utf8(sender: Sender, said: str | None, _: Moment) -> Sender:
    """SMTPUTF8 (RFC 6531)."""
    if said is not None:
        raise SyntaxFault("SMTPUTF8 without a value")
    return replace(sender, utf8=True)


def ret(sender: Sender, said: str | None, _: Moment) -> Sender:
    """RET (RFC 3461, 4.3)."""
    try:
        return replace(sender, ret=Return((said or "").upper()))
    except ValueError:
        raise SyntaxFault("RET=FULL or RET=HDRS") from None


def envid(sender: Sender, said: str | None, _: Moment) -> Sender:
    """ENVID (RFC 3461, 4.4)."""
    return replace(sender, envid=printable(said, ENVID_LIMIT))


def hold_for(sender: Sender, said: str | None, moment: Moment) -> Sender:
    """HOLDFOR (RFC 4865, 3)."""
    if not INTERVAL.fullmatch(said or ""):
        raise SyntaxFault("HOLDFOR=seconds")
    return moment.held(sender, moment.now + int(said or "") * 1000)


def hold_until(sender: Sender, said: str | None, moment: Moment) -> Sender:
    """HOLDUNTIL (RFC 4865, 3)."""
    return moment.held(sender, read_timestamp((said or "").encode()))


def by(sender: Sender, said: str | None, moment: Moment) -> Sender:
    """BY (RFC 2852, 4)."""
    found = BY.fullmatch(said or "")
    if found is None:
        raise SyntaxFault("BY=seconds;N or BY=seconds;R")
    seconds, returned = int(found[1]), found[2].upper() == "R"
    if returned and seconds <= 0:
        raise SyntaxFault("BY=seconds;R with more than no seconds")
    deadline = Deadline(moment.now + seconds * 1000, returned, bool(found[3]))
    return replace(sender, deadline=deadline)


def priority(sender: Sender, said: str | None, _: Moment) -> Sender:
    """MT-PRIORITY (RFC 6710, 4.1)."""
    if not PRIORITY.fullmatch(said or ""):
        raise SyntaxFault("MT-PRIORITY=-9 to 9")
    return replace(sender, priority=int(said or ""))


def require_tls(sender: Sender, said: str | None, _: Moment) -> Sender:
    """REQUIRETLS (RFC 8689, 2)."""
    if said is not None:
        raise SyntaxFault("REQUIRETLS without a value")
    return replace(sender, require_tls=True)


def notify(recipient: Recipient, said: str | None, _: Moment) -> Recipient:
    """NOTIFY (RFC 3461, 4.1)."""
    words = (said or "").upper().split(",")
    try:
        wishes = frozenset(map(Notify, words))
    except ValueError:
        wishes = frozenset()
    alone = Notify.NEVER not in wishes or len(words) == 1
    if not alone or len(wishes) < len(words):
        raise SyntaxFault("NOTIFY=NEVER, or some of SUCCESS, FAILURE and DELAY")
    return replace(recipient, notify=wishes)


def orcpt(recipient: Recipient, said: str | None, _: Moment) -> Recipient:
    """ORCPT (RFC 3461, 4.2)."""
    kind, semicolon, address = (said or "").partition(";")
    if not semicolon or not TYPE.fullmatch(kind):
        raise SyntaxFault("ORCPT=addr-type;address")
    original = OriginalRecipient(kind.lower(), printable(address, ORCPT_LIMIT))
    return replace(recipient, original=original)


def printable(said: str | None, limit: int) -> str:
    """What will stand in a report, where a line end would begin another field."""
    if not said or len(said) > limit or not said.isprintable():
        raise SyntaxFault(f"at most {limit} printable characters")
    return said


MAIL: Mapping[str, Reader[Sender]] = {
    "BODY": body,
    "SIZE": size,
    "SMTPUTF8": utf8,
    "RET": ret,
    "ENVID": envid,
    "HOLDFOR": hold_for,
    "HOLDUNTIL": hold_until,
    "BY": by,
    "MT-PRIORITY": priority,
    "REQUIRETLS": require_tls,
}
RCPT: Mapping[str, Reader[Recipient]] = {"NOTIFY": notify, "ORCPT": orcpt}


def envelope(said: JSON, moment: Moment) -> Envelope:
    """The envelope that a client has written.

    @raise SetError: when it is none, or one that cannot be.
    """
    match said:
        case {"mailFrom": dict(mail_from), "rcptTo": list(rcpt_to), **rest}:
            if not rest and len(written(said)) <= ENVELOPE_LIMIT:
                return read(mail_from, rcpt_to, moment)
    raise wrong("an envelope has mailFrom and rcptTo, and is not too long")


def read(mail_from: Object, rcpt_to: Sequence[JSON], moment: Moment) -> Envelope:
    """The same; addresses that are none are told together."""
    email, given = split(mail_from)
    try:
        address = path(email) if email else None  # RFC 8621, 7: it MAY be empty
    except SyntaxFault:
        raise wrong("mailFrom is no address") from None
    sender = parameters(Sender(address, Body.EIGHT_BIT), given, MAIL, moment)
    said = [split(each) for each in rcpt_to]
    see_to_number(len(said), moment.sending)
    found: dict[Address, tuple[str, Recipient]] = {}
    bad: list[JSON] = []
    for email, given in said:
        try:
            recipient = Recipient(path(email))
        except SyntaxFault:
            bad.append(email)
            continue
        recipient = parameters(recipient, given, RCPT, moment)
        found.setdefault(recipient.address, (email, recipient))
    if bad:
        raise SetError("invalidRecipients", invalidRecipients=bad)
    emails, recipients = zip(*found.values(), strict=True)
    international = any(not each.address.local.isascii() for each in recipients) or (
        address is not None and not address.local.isascii()
    )
    sender = replace(sender, utf8=sender.utf8 or international)  # RFC 6531, 3.4
    return Envelope(sender, recipients, emails)


def see_to_number(recipients: int, sending: Sending) -> None:
    """See that there are recipients, and not too many.

    @raise SetError: when not.
    """
    if not recipients:
        raise SetError("noRecipients")
    if recipients > sending.recipients:
        raise SetError("tooManyRecipients", maxRecipients=sending.recipients)


def split(said: JSON) -> tuple[str, Mapping[str, str | None]]:
    """The email and the parameters of an Address."""
    match said:
        case {"email": str(email), **rest} if rest.keys() <= {"parameters"}:
            match rest.get("parameters"):
                case None:
                    return email, {}
                case dict(given):
                    found = {
                        name: each
                        for name, each in given.items()
                        if each is None or isinstance(each, str)
                    }
                    if len(found) == len(given):
                        return email, found
    raise wrong("an address has an email, and parameters that are strings")


def path(email: str) -> Address:
    """An address as a path may have it.

    @raise SyntaxFault: when it is none.
    """
    cursor = PathCursor(email.encode())
    found = cursor.mailbox(PATH_LIMIT)
    cursor.end()
    return found


def parameters(
    value: T,
    given: Mapping[str, str | None],
    table: Mapping[str, Reader[T]],
    moment: Moment,
) -> T:
    """What parameters say, in whatever case their names are (RFC 5321, 2.4)."""
    for name, said in given.items():
        reader = table.get(name.upper())
        if reader is None:
            raise wrong(f"the parameter {name[:40]} is not known here")
        try:
            value = reader(value, said, moment)
        except SyntaxFault as fault:
            raise wrong(f"{name[:40]}: {fault.wanted}") from None
    return value


def wrong(why: str) -> SetError:
    """A complaint of the envelope."""
    return SetError("invalidProperties", why, ["envelope"])

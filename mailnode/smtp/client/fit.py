"""Whether a server can take a message at all, and in which form.

What is not offered is not asked for: the message is changed where it may be
(RFC 6152, 3), or comes back, before a word of it is said.
"""

from __future__ import annotations

from dataclasses import dataclass

from mailnode.message.decoding import whole
from mailnode.message.downgrade import Unconvertible, seven_bit
from mailnode.model.envelope import Body
from mailnode.smtp.client.capabilities import Capabilities
from mailnode.smtp.client.client import Fault
from mailnode.smtp.client.mail import Mail
from mailnode.smtp.client.parameters import Said

CONVERTIBLE = 16 * 2**20
"""Octets of a message that may be encoded anew: it is all in memory then."""


class Unfit(Fault):
    """The server cannot take this message, nor ever could."""


def needed(mail: Mail, offered: Capabilities) -> int:
    """Octets that must be in memory to bring a message to a server."""
    if mail.content.size > CONVERTIBLE or form(mail, offered) is not None:
        return 0
    return mail.content.size


@dataclass(frozen=True, slots=True)
class Fitted:
    """A message in the form that this server gets.

    @ivar said: what MAIL will say of it.
    @ivar octets: what it was changed to; C{None} when it is as it was.
    """

    said: Said
    octets: bytes | None


async def fit(mail: Mail, offered: Capabilities, now: int) -> Fitted:
    """Find the form in which a message can go.

    @param now: milliseconds since 1970 in UTC.
    @raise Unfit: when there is none.
    @raise MailError: when the message cannot be read.
    """
    promises(mail, offered, now)
    body = form(mail, offered)
    octets = await converted(mail) if body is None else None
    size = mail.content.size if octets is None else len(octets)
    if 0 < offered.size < size:  # RFC 1870, 5
        raise Unfit("5.3.4", f"{size} octets, and it takes {offered.size} at most")
    said = Said(
        mail.sender, size, body or Body.SEVEN_BIT, international(mail, offered), now
    )
    return Fitted(said, octets)


def promises(mail: Mail, offered: Capabilities, now: int) -> None:
    """See that the server can keep what the sender was promised.

    @raise Unfit: when it cannot.
    """
    if mail.sender.require_tls and "REQUIRETLS" not in offered:  # RFC 8689, 4.2.1
        raise Unfit("5.7.30", "it does not offer REQUIRETLS")
    deadline = mail.sender.deadline
    if deadline is not None and deadline.returned:  # RFC 2852, 4.1
        left = (deadline.at - now) // 1000
        if "DELIVERBY" not in offered:
            raise Unfit("5.4.7", "it does not promise to deliver in time")
        if left <= 0 or left < offered.number("DELIVERBY"):
            raise Unfit("5.4.7", f"{max(left, 0)} seconds are left, and it wants more")


def international(mail: Mail, offered: Capabilities) -> bool:
    """Whether a message needs SMTPUTF8 (RFC 6531, 3.4).

    Domains are A-labels already, so it is for local parts and headers.

    @raise Unfit: when it does, and the server does not offer it.
    """
    if "SMTPUTF8" in offered:
        return (
            mail.survey.international
            or not ascii_sender(mail)
            or not all(target.address.local.isascii() for target in mail.targets)
        )
    if not ascii_sender(mail):
        raise Unfit("5.6.7", "it takes no senders outside of ASCII (SMTPUTF8)")
    if mail.survey.international:
        raise Unfit("5.6.9", "it takes no header fields in UTF-8 (SMTPUTF8)")
    return False


def ascii_sender(mail: Mail) -> bool:
    """Whether the reverse-path is in ASCII."""
    return mail.sender.address is None or mail.sender.address.local.isascii()


def form(mail: Mail, offered: Capabilities) -> Body | None:
    """What the octets may be as they are; C{None} when they must be changed."""
    survey = mail.survey
    if survey.binary:
        both = "BINARYMIME" in offered and "CHUNKING" in offered  # RFC 3030, 3
        return Body.BINARY if both else None
    if survey.eight_bit:
        return Body.EIGHT_BIT if "8BITMIME" in offered else None
    return Body.SEVEN_BIT


async def converted(mail: Mail) -> bytes:
    """A message in seven bits.

    @raise Unfit: when that is not possible (RFC 3463, X.6.3).
    """
    if mail.content.size > CONVERTIBLE:
        raise Unfit("5.6.3", "it takes seven bits only; too large to be converted")
    try:
        return seven_bit(await whole(mail.content, 0, mail.content.size))
    except Unconvertible as fault:
        raise Unfit(
            "5.6.3", f"it takes seven bits only, and there is {fault}"
        ) from None

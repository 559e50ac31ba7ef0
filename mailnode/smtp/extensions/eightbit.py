"""8BITMIME: a message may hold octets above 127 (RFC 6152).

They are kept as they are in any case.
"""

from __future__ import annotations

from dataclasses import replace

from mailnode.errors import SyntaxFault
from mailnode.model.envelope import Body, Sender
from mailnode.smtp.extension import Extension
from mailnode.smtp.session import Session

extension = Extension(6152)
extension.offers("8BITMIME")


@extension.mail_parameter("BODY=7BIT")
def seven(_session: Session, sender: Sender, _value: str | None) -> Sender:
    """The message is ASCII, says the client."""
    return replace(sender, body=Body.SEVEN_BIT)


@extension.mail_parameter("BODY=8BITMIME")
def eight(_session: Session, sender: Sender, _value: str | None) -> Sender:
    """The message may hold any octets in its lines."""
    return replace(sender, body=Body.EIGHT_BIT)


@extension.mail_parameter("BODY")
def other(_session: Session, _sender: Sender, _value: str | None) -> Sender:
    """A value that nobody here has heard of, or none."""
    raise SyntaxFault("body-value")

"""BINARYMIME: a message may be any octets at all, lines or not (RFC 3030, 3)."""

from __future__ import annotations

from dataclasses import replace

from mailnode.model.envelope import Body, Sender
from mailnode.smtp.extension import Extension
from mailnode.smtp.session import Session

extension = Extension(3030)
extension.offers("BINARYMIME")


@extension.mail_parameter("BODY=BINARYMIME")
def binary(_session: Session, sender: Sender, _value: str | None) -> Sender:
    """The octets come by BDAT and are not to be touched."""
    return replace(sender, body=Body.BINARY)

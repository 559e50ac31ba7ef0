"""SMTPUTF8: addresses and header fields in UTF-8 (RFC 6531).

That addresses outside ASCII need the parameter is seen to where they are read.
"""

from __future__ import annotations

from dataclasses import replace

from mailnode.errors import SyntaxFault
from mailnode.model.envelope import Sender
from mailnode.smtp.extension import Extension
from mailnode.smtp.session import Session

extension = Extension(6531)
extension.offers("SMTPUTF8")


@extension.mail_parameter("SMTPUTF8")
def utf8(_session: Session, sender: Sender, value: str | None) -> Sender:
    """This message needs it."""
    if value is not None:  # RFC 6531, 3.1 (6)
        raise SyntaxFault("SMTPUTF8 without a value")
    return replace(sender, utf8=True)

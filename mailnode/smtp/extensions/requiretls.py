"""REQUIRETLS: a message that travels under TLS or not at all (RFC 8689).

The field C{TLS-Required: No} asks for the contrary: to set aside what recipients
publish of their TLS (RFC 8689, 3).  It stands in the message and stays there; where
both are, this parameter counts.
"""

from __future__ import annotations

from dataclasses import replace

from mailnode.errors import PrivacyRequired, SyntaxFault
from mailnode.model.envelope import Sender
from mailnode.smtp.extension import SMTP, Extension
from mailnode.smtp.session import Session

extension = Extension(8689, dialects=SMTP)


@extension.keyword("REQUIRETLS")
def offer(session: Session) -> str | None:
    """Only under TLS (RFC 8689, 2)."""
    return "" if session.peer.secure else None


@extension.mail_parameter("REQUIRETLS")
def require(session: Session, sender: Sender, value: str | None) -> Sender:
    """This one needs it; it came here by TLS itself (RFC 8689, 4.1)."""
    if value is not None:
        raise SyntaxFault("REQUIRETLS without a value")
    if not session.peer.secure:
        raise PrivacyRequired("REQUIRETLS is for what came by TLS")
    return replace(sender, require_tls=True)

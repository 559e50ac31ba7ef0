"""The one form in which login names and passwords are compared (RFC 8265)."""

from __future__ import annotations

import unicodedata

from precis_i18n import get_profile

from mailnode.errors import SyntaxFault
from mailnode.wire.domain import canonical

NAME_LIMIT = 320
"""Octets of a login name: 64 @ 255 (RFC 5321, 4.5.3.1)."""
PASSWORD_LIMIT = 1000
"""Octets of a password: RFC 4616 asks for 255; without a limit, hashing would be
as long as a stranger likes."""

USERNAME = get_profile("UsernameCasePreserved")
OPAQUE_STRING = get_profile("OpaqueString")


def login_name(user: bytes | str, default_domain: str = "") -> str | None:
    """The name of an account as its directory knows it, C{local@domain}.

    Who leaves the domain out means the default one.  The local part is
    prepared as a user name (RFC 8265, 3.4) and then case folded, as
    L{Address.key<mailnode.model.envelope.Address.key>} is.

    @return: C{None} for what can be nobody's name.
    """
    try:
        text = user.decode() if isinstance(user, bytes) else user
        if len(text.encode()) > NAME_LIMIT:
            return None
        local, at, domain = text.rpartition("@")
        if not at:
            local, domain = text, default_domain
        local = unicodedata.normalize("NFC", USERNAME.enforce(local).casefold())
        return f"{local}@{canonical(domain)}" if at or domain else local
    except (UnicodeError, SyntaxFault):
        return None


def password_text(password: bytes | str) -> str | None:
    """A password as an OpaqueString (RFC 8265, 4.2).

    @return: C{None} for what can be nobody's password: empty or too long, with
        control characters, or not UTF-8.
    """
    try:
        text = password.decode() if isinstance(password, bytes) else password
        if len(text.encode()) > PASSWORD_LIMIT:
            return None
        return str(OPAQUE_STRING.enforce(text))
    except UnicodeError:
        return None

"""PLAIN: everything in one response (RFC 4616)."""

from __future__ import annotations

from twisted.cred.credentials import IUsernamePassword

from mailnode.auth.credentials import Password
from mailnode.auth.sasl.exchange import Ask, Channel, Mechanism
from mailnode.errors import BadCredentials, SyntaxFault


async def plain(ask: Ask, _: Channel) -> Password:
    """Ask for C{[authzid] NUL authcid NUL passwd} (RFC 4616, 2)."""
    try:
        authzid, authcid, passwd = (await ask(b"")).split(b"\0")
    except ValueError:
        raise SyntaxFault("[authzid] NUL authcid NUL passwd") from None
    if not authcid or not passwd:
        raise SyntaxFault("authcid and passwd")  # 1*SAFE each (RFC 4616, 2)
    if authzid not in (b"", authcid):
        raise BadCredentials("nobody may act for somebody else here")
    return Password(authcid, passwd)


MECHANISMS = (Mechanism(b"PLAIN", 50, IUsernamePassword, plain, plaintext=True),)

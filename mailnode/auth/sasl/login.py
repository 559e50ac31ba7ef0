"""LOGIN: two questions, never standardised, still spoken (draft-murchison-sasl-login)."""

from __future__ import annotations

from twisted.cred.credentials import IUsernamePassword

from mailnode.auth.credentials import Password
from mailnode.auth.sasl.exchange import Ask, Channel, Mechanism


async def login(ask: Ask, _: Channel) -> Password:
    """Ask for the name, which may have come already, and for the password."""
    username = await ask(b"Username:")
    return Password(username, await ask(b"Password:"))


MECHANISMS = (Mechanism(b"LOGIN", 60, IUsernamePassword, login, plaintext=True),)

"""LOGIN-DELAY: how long to wait between two logins (RFC 2449, 6.5)."""

from __future__ import annotations

from mailnode.interfaces.account import IMailAccount
from mailnode.pop3.extension import Extension
from mailnode.pop3.reply import Refused
from mailnode.pop3.session import Session

extension = Extension(2449)

REMEMBERED = 100_000
"""Maildrops whose last login is known; the oldest is forgotten first."""


@extension.capability(b"LOGIN-DELAY")
def login_delay(session: Session) -> bytes | None:
    """Seconds, if there is a delay."""
    delay = session.options.login_delay
    return b"%d" % delay if delay else None


@extension.admission
def not_again(session: Session, account: IMailAccount) -> None:
    """Refuse those who were here a moment ago (RFC 2449, 8.1.1).

    @raise Refused: with C{[LOGIN-DELAY]}.
    """
    delay, logins = session.options.login_delay * 1000, session.options.logins
    if not delay:
        return
    now = session.options.clock()
    last = logins.get(account.name)
    if last is not None and now - last < delay:
        left = (delay - (now - last) + 999) // 1000
        raise Refused(f"[LOGIN-DELAY] try again in {left} seconds")
    logins.pop(account.name, None)
    if len(logins) >= REMEMBERED:
        del logins[next(iter(logins))]
    logins[account.name] = now

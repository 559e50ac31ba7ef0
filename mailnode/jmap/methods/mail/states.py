"""States of mail that are pushed when they change (RFC 8621, 1.5)."""

from __future__ import annotations

from mailnode.interfaces.account import IMailAccount
from mailnode.jmap import state
from mailnode.jmap.methods.mail import extension
from mailnode.model.mail import Kind


async def mailboxes(account: IMailAccount) -> str:
    """Of mailboxes."""
    return state.written(await account.mail().state(Kind.MAILBOX))


async def threads(account: IMailAccount) -> str:
    """Of threads."""
    return state.written(await account.mail().state(Kind.THREAD))


async def emails(account: IMailAccount) -> str:
    """Of emails; that of EmailDelivery follows from it."""
    return state.written(await account.mail().state(Kind.EMAIL))


extension.states |= {"Mailbox": mailboxes, "Thread": threads, "Email": emails}

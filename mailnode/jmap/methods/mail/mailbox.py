"""Mailbox/get, /changes, /query, /queryChanges and /set (RFC 8621, 2)."""

from __future__ import annotations

from mailnode.jmap.arguments import Arguments
from mailnode.jmap.call import Call
from mailnode.jmap.ijson import Object
from mailnode.jmap.mail.filing import Filing
from mailnode.jmap.mail.mailboxes import Mailboxes
from mailnode.jmap.methods.mail import extension
from mailnode.jmap.querying import query, query_changes
from mailnode.jmap.setting import set_
from mailnode.jmap.standard import changes, get

MAILBOXES = Mailboxes()

extension.methods |= {
    "Mailbox/get": get(MAILBOXES),
    "Mailbox/changes": changes(MAILBOXES),
    "Mailbox/query": query(MAILBOXES, traced=True),
    "Mailbox/queryChanges": query_changes(MAILBOXES),
}


@extension.method("Mailbox/set")
async def set_mailboxes(call: Call, arguments: Arguments) -> Object:
    """Make, change and destroy some (RFC 8621, 2.5)."""
    remove = arguments.boolean("onDestroyRemoveEmails", default=False)
    return await set_(Filing(remove=remove))(call, arguments)

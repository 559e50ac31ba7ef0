"""Mail: mailboxes, threads and emails, and what a client may do to them (RFC 8621)."""

from __future__ import annotations

from mailnode.interfaces.account import IMailAccount
from mailnode.jmap.extension import Extension
from mailnode.jmap.ijson import JSON, Object
from mailnode.jmap.mail.drafts import ATTACHMENTS_LIMIT
from mailnode.jmap.mail.filing import NAME_LIMIT
from mailnode.model.mail import By
from mailnode.model.mailbox import LEVEL_LIMIT


def account(_account: IMailAccount) -> Object:
    """What there is to know of an account (RFC 8621, 1.3.1)."""
    return {
        "maxMailboxesPerEmail": None,
        "maxMailboxDepth": LEVEL_LIMIT,
        "maxSizeMailboxName": NAME_LIMIT,
        "maxSizeAttachmentsPerEmail": ATTACHMENTS_LIMIT,
        "emailQuerySortOptions": list[JSON]([each.value for each in By]),
        "mayCreateTopLevelMailbox": True,
    }


extension = Extension(8621, "urn:ietf:params:jmap:mail", account=account)

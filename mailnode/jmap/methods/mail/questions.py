"""Email/changes, /query and /queryChanges (RFC 8621, 4.3 to 4.5)."""

from __future__ import annotations

from mailnode.jmap.mail.questions import Emails
from mailnode.jmap.methods.mail import extension
from mailnode.jmap.querying import query, query_changes
from mailnode.jmap.standard import changes

EMAILS = Emails()

extension.methods |= {
    "Email/changes": changes(EMAILS),
    "Email/query": query(EMAILS, traced=True),
    "Email/queryChanges": query_changes(EMAILS),
}

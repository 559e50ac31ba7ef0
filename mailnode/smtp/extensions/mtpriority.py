"""MT-PRIORITY: what is urgent, and what can wait (RFC 6710).

Strangers are not offered it: each would find his own mail the most urgent.
"""

from __future__ import annotations

import re
from dataclasses import replace

from mailnode.errors import SyntaxFault
from mailnode.model.envelope import Sender
from mailnode.smtp.extension import SUBMISSION, Extension
from mailnode.smtp.reply import Reply
from mailnode.smtp.session import Session

PRIORITY = re.compile(r"-?[1-9]|0")
"""C{priority-value} (RFC 6710, 4.1)."""

extension = Extension(6710, dialects=SUBMISSION)
extension.offers("MT-PRIORITY")


@extension.mail_parameter("MT-PRIORITY")
def priority(_session: Session, sender: Sender, value: str | None) -> Sender:
    """How urgent it is, says the client."""
    if value is None or not PRIORITY.fullmatch(value):
        raise SyntaxFault("MT-PRIORITY=-9 to 9")
    return replace(sender, priority=int(value))


@extension.remark
def lowered(session: Session, sender: Sender) -> Reply | None:
    """Say when it gets less than it asked for (RFC 6710, 7: X.3.6)."""
    granted = session.options.priority
    if sender.priority <= granted:
        return None
    return Reply(250, "2.3.6", f"{granted} is the highest priority here")

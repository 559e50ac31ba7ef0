"""Emails: what they are, read (RFC 8621, 4.1 and 4.2)."""

from __future__ import annotations

from mailnode.jmap.mail.bodies import Sizes
from mailnode.jmap.mail.emails import Emails
from mailnode.jmap.methods.mail import extension
from mailnode.jmap.standard import get

SIZES = Sizes()

extension.methods["Email/get"] = get(Emails(SIZES))

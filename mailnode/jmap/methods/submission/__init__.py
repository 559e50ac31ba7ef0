"""Sending: identities, and emails on their way (RFC 8621, 6 and 7)."""

from __future__ import annotations

from mailnode.jmap.extension import Extension, Limits, nothing
from mailnode.jmap.ijson import JSON, Object
from mailnode.jmap.sending import identity, submission


def allowed(limits: Limits) -> Object:
    """What a client may write into envelopes (RFC 8621, 1.3.2)."""
    sending = limits.sending
    extensions: dict[str, JSON] = {
        "FUTURERELEASE": [str(sending.hold_seconds)],
        "SIZE": [str(sending.message_size)],
        "DSN": [],
        "DELIVERBY": [],
        "MT-PRIORITY": [],
        "REQUIRETLS": [],
        "SMTPUTF8": [],
        "8BITMIME": [],
    }
    return {
        "maxDelayedSend": sending.hold_seconds,
        "submissionExtensions": extensions,
    }


extension = Extension(
    8621, "urn:ietf:params:jmap:submission", account=nothing, allowed=allowed
)
extension.states |= {
    identity.SHELF.kind: identity.SHELF.state,
    submission.SHELF.kind: submission.SHELF.state,
}

"""The session object: what a client finds here, and where (RFC 8620, 2)."""

from __future__ import annotations

import hashlib

from mailnode.interfaces.account import IMailAccount
from mailnode.jmap.call import account_id
from mailnode.jmap.extension import Repertoire
from mailnode.jmap.ijson import JSON, Object, written

API = "/jmap/api"
"""Where requests are posted."""
UPLOAD = "/jmap/upload/{accountId}/"
DOWNLOAD = "/jmap/download/{accountId}/{blobId}/{name}?accept={type}"
EVENTS = "/jmap/eventsource/?types={types}&closeafter={closeafter}&ping={ping}"
"""URI templates of level 1 (RFC 6570): octets come in, go out, and what changed."""
STATE_DIGITS = 16


def session(account: IMailAccount, repertoire: Repertoire, origin: str) -> Object:
    """The session of somebody who has logged in.

    @param origin: scheme, host and port by which he has reached us, such as
        C{https://mail.example.org}.
    """
    extensions = repertoire.extensions
    name = account_id(account)
    about = {
        urn: {**each.account(account), **each.allowed(repertoire.limits)}
        for urn, each in extensions.items()
        if each.account is not None
    }
    told: Object = {
        "capabilities": {
            urn: {**each.session(repertoire.limits), **each.at(origin)}
            for urn, each in extensions.items()
        },
        "accounts": {
            name: {
                "name": account.name,
                "isPersonal": True,
                "isReadOnly": False,
                "accountCapabilities": dict[str, JSON](about),
            }
        },
        "primaryAccounts": dict[str, JSON].fromkeys(about, name),
        "username": account.name,
        "apiUrl": origin + API,
        "downloadUrl": origin + DOWNLOAD,
        "uploadUrl": origin + UPLOAD,
        "eventSourceUrl": origin + EVENTS,
    }
    told["state"] = state(told)
    return told


def state(told: Object) -> str:
    """What stays while a session says the same."""
    return hashlib.sha256(written(told)).hexdigest()[:STATE_DIGITS]

"""Blob/copy: octets from one account to another (RFC 8620, 6.3)."""

from __future__ import annotations

from mailnode.errors import MailError
from mailnode.jmap.arguments import Arguments
from mailnode.jmap.blobs import opened
from mailnode.jmap.call import Call, account_id
from mailnode.jmap.errors import InvalidArguments, MethodError, of_object
from mailnode.jmap.ijson import Object
from mailnode.jmap.methods.core import extension


@extension.method("Blob/copy")
async def copy(call: Call, arguments: Arguments) -> Object:
    """Octets from one account to another; here everybody has his own (RFC 8620, 6.3)."""
    owner = call.visit.account
    name = account_id(owner)
    if arguments.id("fromAccountId") != name:
        raise MethodError("fromAccountNotFound")
    if arguments.id("accountId") != name:
        raise MethodError("accountNotFound")
    asked = arguments.ids("blobIds")
    arguments.end()
    if asked is None:
        raise InvalidArguments("blobIds must be a list of ids")
    most = call.visit.repertoire.limits.objects_in_set
    if len(asked) > most:
        raise MethodError("requestTooLarge", f"at most {most} ids at a time")
    copied: Object = {}
    failed: Object = {}
    for said in asked:
        try:
            await opened(owner.mail(), said)
        except MailError as error:
            failed[said] = of_object(error).value
        else:
            copied[said] = said
    return {
        "fromAccountId": name,
        "accountId": name,
        "copied": copied or None,
        "notCopied": failed or None,
    }

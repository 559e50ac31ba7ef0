"""EmailSubmission/get, /changes, /query, /queryChanges and /set (RFC 8621, 7)."""

from __future__ import annotations

from mailnode.jmap.arguments import Arguments
from mailnode.jmap.call import Call
from mailnode.jmap.ijson import Object
from mailnode.jmap.methods.submission import extension
from mailnode.jmap.querying import query, query_changes
from mailnode.jmap.sending import afterwards
from mailnode.jmap.sending.setting import Sender
from mailnode.jmap.sending.submission import looked_after
from mailnode.jmap.setting import set_
from mailnode.jmap.standard import changes, get


@extension.method("EmailSubmission/get")
async def get_submissions(call: Call, arguments: Arguments) -> Object:
    """What was sent, and what has become of it (RFC 8621, 7.1)."""
    return await get(await looked_after(call.visit))(call, arguments)


@extension.method("EmailSubmission/changes")
async def changes_of_submissions(call: Call, arguments: Arguments) -> Object:
    """What became different of it (RFC 8621, 7.2)."""
    return await changes(await looked_after(call.visit))(call, arguments)


@extension.method("EmailSubmission/query")
async def query_submissions(call: Call, arguments: Arguments) -> Object:
    """Which were sent, by what they are (RFC 8621, 7.3)."""
    kind = await looked_after(call.visit)
    return await query(kind, traced=True)(call, arguments)


@extension.method("EmailSubmission/queryChanges")
async def query_changes_of_submissions(call: Call, arguments: Arguments) -> Object:
    """What became different of such an answer (RFC 8621, 7.4)."""
    return await query_changes(await looked_after(call.visit))(call, arguments)


@extension.method("EmailSubmission/set")
async def set_submissions(call: Call, arguments: Arguments) -> Object:
    """Send, take back and forget (RFC 8621, 7.5)."""
    after = afterwards.read(arguments)
    sender = Sender(call.visit)
    told = await set_(sender)(call, arguments)
    await afterwards.done(call, after, sender.parcels.emails, told["created"])
    return told

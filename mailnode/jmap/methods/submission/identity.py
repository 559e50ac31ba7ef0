"""Identity/get, /changes and /set (RFC 8621, 6)."""

from __future__ import annotations

from mailnode.jmap.arguments import Arguments
from mailnode.jmap.call import Call
from mailnode.jmap.ijson import Object
from mailnode.jmap.methods.submission import extension
from mailnode.jmap.sending.identity import Identities
from mailnode.jmap.setting import set_
from mailnode.jmap.standard import changes, get


@extension.method("Identity/get")
async def get_identities(call: Call, arguments: Arguments) -> Object:
    """Under which addresses and names he writes (RFC 8621, 6.1)."""
    return await get(Identities(call.visit))(call, arguments)


@extension.method("Identity/changes")
async def changes_of_identities(call: Call, arguments: Arguments) -> Object:
    """What became different of them (RFC 8621, 6.2)."""
    return await changes(Identities(call.visit))(call, arguments)


@extension.method("Identity/set")
async def set_identities(call: Call, arguments: Arguments) -> Object:
    """Make, change and remove some (RFC 8621, 6.3)."""
    return await set_(Identities(call.visit))(call, arguments)

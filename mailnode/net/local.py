"""Who is behind a local socket, as the system says (unix(7), SO_PEERCRED)."""

from __future__ import annotations

import pwd
import socket
import struct

CREDENTIALS = struct.Struct("3i")
"""C{struct ucred}: process, user, group."""


def user_of(transport: object) -> str | None:
    """The name of the user who has opened the other end of a local socket.

    C{None} for any other transport, and for a user that has no name here.
    """
    handle = getattr(transport, "getHandle", None)
    channel = handle() if handle is not None else None
    if not isinstance(channel, socket.socket) or channel.family != socket.AF_UNIX:
        return None
    said = channel.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
    _, uid, _ = CREDENTIALS.unpack(said)
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return None

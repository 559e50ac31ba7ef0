"""WebSocket: requests, responses and changes over one connection (RFC 8887)."""

from __future__ import annotations

from mailnode.jmap.extension import Extension
from mailnode.jmap.ijson import Object

PATH = "/jmap/ws"
SCHEMES = {"https": "wss", "http": "ws"}


def where(origin: str) -> Object:
    """Where the connection begins (RFC 8887, 3)."""
    scheme, _, rest = origin.partition("://")
    return {"url": f"{SCHEMES[scheme]}://{rest}{PATH}", "supportsPush": True}


extension = Extension(8887, "urn:ietf:params:jmap:websocket", at=where)

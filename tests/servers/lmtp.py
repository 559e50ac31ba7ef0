"""The LMTP server of the little world, with the settings of the SMTP server."""

from __future__ import annotations

from world import World

from mailnode.net.conversation import Talk
from mailnode.smtp.extension import Dialect
from servers import smtp


def serve(world: World) -> Talk:
    """A server for one client."""
    return smtp.serve(world, Dialect.LMTP)

"""A client behind a proxy that says who it is: the PROXY protocol of HAProxy."""

from __future__ import annotations

from mailnode.net.conversation import Conversation
from mailnode.net.limits import UNIX, host


class ProxiedConversation(Conversation):
    """Counted under the client's own address as soon as that is known.

    Before, it counts like one over a local socket: whoever can reach such a
    port is trusted, and many clients come from the one proxy.  The client is
    never taken for one on this host, whatever it is said to be.
    """

    __slots__ = ()

    def connectionMade(self) -> None:
        """The proxy is there; its header comes with the first octets."""
        super().connectionMade()
        self.ground.rounds.admitted_as(self, UNIX)

    def dataReceived(self, data: bytes) -> None:
        """The client speaks, so the header has been read."""
        if self.known_as is None:
            client = host(self.transport.getPeer())
            self.became(client)
            if not self.ground.rounds.recount(self, client):
                self.cut()
                return
        super().dataReceived(data)

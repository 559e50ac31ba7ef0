"""A server whose every word is known beforehand."""

from __future__ import annotations

from zope.interface import implementer

from mailnode.interfaces.dialing import IServerPeer
from mailnode.testing import FakePeer


@implementer(IServerPeer)
class FakeServer(FakePeer):
    """A server that we have called; it does not speak before it is asked.

    @ivar doubt: what is to be thought of its certificate.
    """

    doubt = ""
    early = False

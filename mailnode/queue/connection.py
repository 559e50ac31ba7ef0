"""A connection to another server that outlasts the message it was made for.

The RFC has it that a client may send several messages in one conversation (RFC
5321, 3.3); a handshake of TCP and one of TLS for each would cost more than they.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.python.failure import Failure

from mailnode.errors import PeerGone, Stopping
from mailnode.interfaces.dialing import Call, IDialer, IServerPeer
from mailnode.smtp.client.client import Client, Declined, NotPrivate
from mailnode.smtp.client.mail import Mail
from mailnode.smtp.client.opening import leave
from mailnode.smtp.client.transaction import Sent, send

Meet = Callable[[IServerPeer], Client]
Open = Callable[[Client], Awaitable[None]]
"""Says all that comes before the first message."""


class Connection:
    """One conversation, and the messages that go over it one after the other.

    The conversation waits here for the next message, as nobody else may talk
    with its peer.

    @ivar meet: our side of a conversation with whoever answers.
    @ivar now: milliseconds since 1970 in UTC.
    @ivar client: our side of the conversation, from the greeting on.
    @ivar opened: until the first message may be sent.
    @ivar next: takes the next message, or C{None} for goodbye.
    @ivar sent: takes what became of the message that is being sent.
    @ivar messages: how many there were.
    @ivar until: when it has been used for long enough, in seconds.
    @ivar alarm: when it has waited long enough.
    """

    def __init__(self, call: Call, meet: Meet, now: Callable[[], int]) -> None:
        self.call = call
        self.meet = meet
        self.now = now
        self.client: Client | None = None
        self.opened: Deferred[None] = Deferred()
        self.next: Deferred[Mail | None] = Deferred()
        self.sent: Deferred[Sent] | None = None
        self.messages = 0
        self.until = 0.0
        self.alarm: IDelayedCall | None = None

    async def talk(self, peer: IServerPeer, begin: Open) -> None:
        """Be the conversation: open it, send what there is to send, say goodbye."""
        self.client = client = self.meet(peer)
        try:
            await begin(client)
        except (Declined, NotPrivate):
            self.opened.errback(Failure())
            await leave(client)
            return
        self.opened.callback(None)
        while client.usable and (mail := await self.next) is not None:
            self.next = Deferred()
            self.messages += 1
            heard = await send(client, mail, self.now())
            self.tell(heard)
        await leave(client)

    async def hold(self, dialer: IDialer, begin: Open) -> None:
        """Call the server, and return when the conversation is over.

        Who is called back here is so because everything ends.
        """
        try:
            await dialer.call(self.call, lambda peer: self.talk(peer, begin))
        except CancelledError:
            self.fail(Failure(Stopping()))
        except Exception:  # noqa: BLE001 - whoever waits here hears of it
            self.fail(Failure())
        else:
            self.fail(Failure(PeerGone()))

    async def send(self, mail: Mail) -> Sent:
        """Send a message over a connection that is open and idle."""
        sent = self.sent = Deferred()
        self.next.callback(mail)
        return await sent

    def retire(self) -> None:
        """Say goodbye, as soon as what is being sent is sent."""
        if self.alarm is not None and self.alarm.active():
            self.alarm.cancel()
        if not self.next.called:
            self.next.callback(None)

    def tell(self, heard: Sent) -> None:
        """What became of a message."""
        sent, self.sent = self.sent, None
        if sent is not None:
            sent.callback(heard)

    def fail(self, failure: Failure) -> None:
        """Nothing more will come of it."""
        if self.client is not None:
            self.client.usable = False
        sent, self.sent = self.sent, None
        for waiting in (self.opened, sent):
            if waiting is not None and not waiting.called:
                waiting.errback(failure)

    @property
    def usable(self) -> bool:
        """It can take another message, as far as we know."""
        return self.client is not None and self.client.usable

"""One mail transaction, from MAIL to the outcome (RFC 5321, 3.3), as a session sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from mailnode.interfaces.delivery import ITransaction
from mailnode.model.envelope import Recipient, Sender
from mailnode.smtp.reply import Refused


class Abandoned(Exception):
    """The peer ended a transaction while its content was coming in chunks."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one BDAT announces (RFC 3030, 2)."""

    size: int
    last: bool


@dataclass(slots=True)
class Transaction:
    """The envelope so far.

    @ivar taker: the delivery's side of it.
    @ivar asked: RCPT commands, those refused included (RFC 9422, 4.2).
    @ivar taking: the content has begun to come; C{taker} ends by itself.
    @ivar more: takes the next chunk, while the content comes in chunks.
    """

    sender: Sender
    taker: ITransaction
    recipients: list[Recipient] = field(default_factory=list)
    asked: int = 0
    taking: bool = False
    more: Callable[[Chunk], None] | None = None

    def begin(self) -> None:
        """The envelope is complete, the content comes next.

        @raise Refused: when nobody would get it.
        """
        if self.taking:
            raise Refused(503, "5.5.1", "this message comes in chunks")
        if not self.recipients:  # RFC 5321, 3.3; RFC 2033, 4.2
            raise Refused(503, "5.5.1", "there is no valid recipient")
        self.taking = True


@dataclass(slots=True)
class Tally:
    """What a session has done so far, as far as it is limited.

    @ivar mails: MAIL commands, those refused included (RFC 9422, 4.1).
    @ivar idle: commands since the last message that brought none.
    """

    mails: int = 0
    idle: int = 0
    errors: int = 0
    known: int = 0
    strangers: int = 0

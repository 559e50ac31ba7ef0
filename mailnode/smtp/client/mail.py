"""One message on its way to one server."""

from __future__ import annotations

from dataclasses import dataclass

from mailnode.interfaces.content import IOctets
from mailnode.model.envelope import Sender, Target
from mailnode.smtp.client.survey import Survey


@dataclass(frozen=True, slots=True)
class Mail:
    """A message and for whom it is.

    @ivar sender: what MAIL says; its address is the reverse-path of this way.
    @ivar targets: whom RCPT names, by C{Target.address}.
    @ivar survey: what its octets are.
    """

    sender: Sender
    targets: tuple[Target, ...]
    content: IOctets
    survey: Survey

"""What was decided about messages, and when."""

from __future__ import annotations

from collections.abc import Sequence

from zope.interface import Interface

from mailnode.model.trail import Step


class ITrail(Interface):
    """Every step of every message, kept for some weeks.

    It is a record and not the mail: the last second of it may be missing after
    a crash.
    """

    def note(step: Step) -> None:
        """Write down a step, soon; never fails and never waits."""

    async def about(asked: str, limit: int = 1000) -> Sequence[Step]:
        """All steps of the messages that have to do with something, in order.

        @param asked: an address as C{local@domain} (sender or recipient), a
            Message-ID with or without its brackets, or an id of ours.
        @param limit: steps at most; the latest are kept.
        """

"""A trail in memory."""

from __future__ import annotations

from collections.abc import Sequence

from zope.interface import implementer

from mailnode.interfaces.trail import ITrail
from mailnode.model.trail import Step


@implementer(ITrail)
class MemoryTrail:
    """What was decided about messages, until the process ends.

    @ivar steps: all of them, in the order they were noted.
    """

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def note(self, step: Step) -> None:
        self.steps.append(step)

    async def about(self, asked: str, limit: int = 1000) -> Sequence[Step]:
        names = {step.id for step in self.steps if concerns(step, asked)}
        found = [step for step in self.steps if step.id in names]
        found.sort(key=lambda step: step.at)
        return found[-limit:]


def concerns(step: Step, asked: str) -> bool:
    """Whether a step has to do with an address, a Message-ID or an id of ours."""
    address = asked.lower()
    return (
        asked in (step.id, step.message_id, step.message_id.strip("<>"))
        or address in (step.sender.lower(), step.recipient.lower())
    ) and asked != ""

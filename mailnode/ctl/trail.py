"""C{mailnodectl trail}: what became of a message, step by step."""

from __future__ import annotations

from collections.abc import Iterator

from mailnode.ctl.spoken import columns, local, presentable, stamp
from mailnode.ctl.verb import Answer, Argument, Family, Said, one
from mailnode.house import House

family = Family("trail", "what became of a message, step by step")
STEPS = 1000
"""Steps in one answer; the latest."""


def told(answer: Answer) -> Iterator[str]:
    """One step a line."""
    steps = answer["steps"]
    assert isinstance(steps, list)
    if not steps:
        yield f"Nothing is known of {presentable(answer['about'])}."
        return
    yield from columns(
        [
            [
                local(each["at"]),
                presentable(each["id"]),
                each["event"],
                presentable(each["recipient"] or each["sender"]) or "<>",
                presentable(each["text"]),
            ]
            for each in steps
        ]
    )
    if len(steps) == STEPS:
        yield f"Only the latest {STEPS} steps are shown."


@family.verb(
    "",
    "what became of a message, or of the mail of an address",
    told,
    Argument(
        "about",
        "an address (sender or recipient), a Message-ID, or the id of a message",
        "ADDRESS|MESSAGE-ID|ID",
    ),
    example=(
        "mailnodectl trail bob@example.net",
        "mailnodectl trail 20261127.7@example.org",
        "mailnodectl trail 7c1f2a90 --json",
    ),
)
async def trail(house: House, said: Said) -> Answer:
    about = one(said, "about")
    return {
        "about": about,
        "steps": [
            {
                "at": stamp(step.at),
                "id": step.id,
                "event": step.event.value,
                "sender": step.sender,
                "recipient": step.recipient,
                "message_id": step.message_id,
                "text": step.text,
            }
            for step in await house.trail.about(about, STEPS)
        ],
    }

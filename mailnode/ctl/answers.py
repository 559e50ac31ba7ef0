"""Doing what a verb says, here or inside the server, and saying what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from mailnode.ctl import alias, check, domain, queue, token, trail, user
from mailnode.ctl.verb import Answer, Family, Refused, Verb
from mailnode.errors import MailError
from mailnode.house import House

FAMILIES: tuple[Family, ...] = (
    domain.family,
    user.family,
    token.family,
    alias.family,
    queue.family,
    trail.family,
    check.family,
)
VERBS: Mapping[str, Verb] = {
    verb.name: verb for family in FAMILIES for verb in family.verbs
}


async def answer(house: House, question: object) -> Answer:
    """Do what a question asks for.

    @param question: C{{"verb": …, "said": {…}}}, from somebody who may ask
        anything but may have another version.
    @return: C{{"answer": …}}, or C{{"refused": …, "hint": …}}.
    """
    if not isinstance(question, dict):
        return refusal("this is not a question")
    verb, said = VERBS.get(str(question.get("verb"))), question.get("said")
    if verb is None or not isinstance(said, dict):
        return refusal("the server knows no such verb", "Is it of another version?")
    try:
        return {"answer": await verb.work(house, said)}
    except Refused as refused:
        return refusal(refused.text, refused.hint)
    except (MailError, ValueError) as error:
        return refusal(str(error))


def refusal(text: str, hint: str = "") -> Answer:
    """How a question is turned down."""
    return {"refused": text, "hint": hint}


def answerer(house: Callable[[], House]) -> Callable[[object], Awaitable[Answer]]:
    """Answers questions in the house of the moment."""

    async def reply(question: object) -> Answer:
        return await answer(house(), question)

    return reply

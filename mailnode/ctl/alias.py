"""C{mailnodectl alias}: addresses that lead to other addresses."""

from __future__ import annotations

from collections.abc import Iterable

from mailnode.ctl.names import alias_name, target
from mailnode.ctl.verb import Answer, Argument, Family, Said, one, several
from mailnode.house import House

family = Family("alias", "addresses that lead to other addresses")
NAME = Argument(
    "address", "an address, or @DOMAIN for all of a domain nobody has", "ADDRESS"
)
TARGETS = Argument(
    "target", "where it leads; an address here or elsewhere", "TARGET", nargs="+"
)


@family.verb(
    "add",
    "let an address lead to others",
    lambda answer: [f"{answer['address']} leads to {spoken(answer['targets'])}."],
    NAME,
    TARGETS,
    example=(
        "mailnodectl alias add office@example.org ana@example.org bob@example.org",
        "mailnodectl alias add @example.org ana@example.org",
        "mailnodectl alias add bob@example.org bob@example.org bob@example.net",
    ),
)
async def add(house: House, said: Said) -> Answer:
    name = alias_name(one(said, "address"))
    targets = [target(each) for each in several(said, "target")]
    await house.directory.add_alias(name, targets)
    return {"address": name, "targets": targets}


def spoken(targets: object) -> str:
    """Several addresses in a sentence."""
    assert isinstance(targets, list)
    return ", ".join(targets)


def listed(answer: Answer) -> Iterable[str]:
    """One a line, its targets behind it."""
    aliases = answer["aliases"]
    assert isinstance(aliases, list)
    if not aliases:
        yield "There are no aliases. Next: mailnodectl alias add ADDRESS TARGET"
    for each in aliases:
        yield f"{each['address']}  {' '.join(each['targets'])}"


@family.verb(
    "list", "show all aliases", listed, example=("mailnodectl alias list --json",)
)
async def every(house: House, said: Said) -> Answer:  # noqa: ARG001 - none are asked
    found = await house.directory.aliases()
    return {
        "aliases": [
            {"address": each.address, "targets": list(each.targets)} for each in found
        ]
    }


@family.verb(
    "remove",
    "let an address lead nowhere",
    lambda answer: [f"{answer['address']} is no longer an alias."],
    NAME,
    example=("mailnodectl alias remove office@example.org",),
)
async def remove(house: House, said: Said) -> Answer:
    name = alias_name(one(said, "address"))
    await house.directory.remove_alias(name)
    return {"address": name}

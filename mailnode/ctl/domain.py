"""C{mailnodectl domain}: the domains whose mail is ours."""

from __future__ import annotations

from collections.abc import Iterable

from mailnode.ctl.verb import Answer, Argument, Family, Refused, Said, one
from mailnode.errors import SyntaxFault
from mailnode.house import House
from mailnode.wire.domain import canonical

family = Family("domain", "the domains whose mail is kept here")
NAME = Argument("name", "a domain, such as example.org", "NAME")


def domain(said: Said) -> str:
    """The domain that was named, in its canonical form."""
    name = one(said, "name")
    try:
        return canonical(name)
    except SyntaxFault:
        raise Refused(
            f"{name} is not a domain", "Write one such as example.org."
        ) from None


def added(answer: Answer) -> Iterable[str]:
    """What to do next."""
    yield f"{answer['domain']} is served from now on."
    yield f"Next: mailnodectl user add someone@{answer['domain']}"


@family.verb(
    "add",
    "take mail for a domain",
    added,
    NAME,
    example=("mailnodectl domain add example.org",),
)
async def add(house: House, said: Said) -> Answer:
    name = domain(said)
    await house.directory.add_domain(name)
    return {"domain": name}


def listed(answer: Answer) -> Iterable[str]:
    """One a line."""
    domains = answer["domains"]
    assert isinstance(domains, list)
    return domains or ["There are no domains. Next: mailnodectl domain add NAME"]


@family.verb(
    "list", "show all domains", listed, example=("mailnodectl domain list --json",)
)
async def every(house: House, said: Said) -> Answer:  # noqa: ARG001 - none are asked
    return {"domains": list(await house.directory.domains())}


@family.verb(
    "remove",
    "take no more mail for a domain that has no people",
    lambda answer: [f"{answer['domain']} is no longer served."],
    NAME,
    example=("mailnodectl domain remove example.org",),
)
async def remove(house: House, said: Said) -> Answer:
    name = domain(said)
    await house.directory.remove_domain(name)
    return {"domain": name}

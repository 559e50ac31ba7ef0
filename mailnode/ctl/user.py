"""C{mailnodectl user}: the people who have mail here."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from mailnode.ctl.names import address
from mailnode.ctl.spoken import octets
from mailnode.ctl.verb import ADDRESS, Answer, Argument, Family, Refused, Said, one
from mailnode.errors import NotFound
from mailnode.house import House
from mailnode.interfaces.passwords import Secrets
from mailnode.model.token import Purpose
from mailnode.settings import Place, Wrong, size
from mailnode.store.store import Limits

family = Family("user", "the people who have mail here")
PASSWORD_STDIN = Argument(
    "--password-stdin", "read the password from standard input", action="store_true"
)
QUOTA = Argument("--quota", 'what the account may hold, such as "5 GB"', "SIZE")


async def secrets(house: House, said: Said) -> Secrets:
    """What is kept of the password that was given."""
    return await house.cellar.passwords.secrets(one(said, "password"))


def quota(said: Said) -> int | None:
    """The quota that was written, in octets; C{None} if there was none."""
    written = said.get("quota")
    if written is None:
        return None
    try:
        return size(written, Place("--quota", Path(), []))
    except Wrong as wrong:
        raise Refused(f"--quota {written}: {wrong}") from None


def spoken(limit: object) -> str:
    """A size that may be none."""
    return octets(limit) if isinstance(limit, int) else "no limit"


def added(answer: Answer) -> Iterable[str]:
    """Who it is, and what may be kept."""
    yield f"{answer['address']} has mail here now, quota: {spoken(answer['quota'])}."


@family.verb(
    "add",
    "give somebody an address and a password",
    added,
    ADDRESS,
    PASSWORD_STDIN,
    QUOTA,
    example=(
        "mailnodectl user add ana@example.org",
        'mailnodectl user add bob@example.org --quota "5 GB" --password-stdin <file',
    ),
    asks_password=True,
)
async def add(house: House, said: Said) -> Answer:
    name, limit = address(one(said, "address")), quota(said)
    domain = name.rpartition("@")[2]
    if not await house.directory.serves(domain):
        raise Refused(
            f"{domain} is not served here", f"Next: mailnodectl domain add {domain}"
        )
    await house.directory.add_person(name, await secrets(house, said))
    account = await house.store.account(name)
    if limit is not None:
        messages = (await account.quota()).messages_limit
        await house.store.set_quota(name, Limits(limit or None, messages))
    return {"address": name, "quota": (await account.quota()).octets_limit}


def listed(answer: Answer) -> Iterable[str]:
    """One a line: what is there, and what may be."""
    users = answer["users"]
    assert isinstance(users, list)
    if not users:
        yield "There is nobody. Next: mailnodectl user add ADDRESS"
    for each in users:
        held = f"{each['messages']} messages, {spoken(each['octets'])}"
        yield f"{each['address']}  {held}, quota: {spoken(each['quota'])}"


@family.verb(
    "list",
    "show everybody, and what they hold",
    listed,
    example=("mailnodectl user list", "mailnodectl user list --json"),
)
async def every(house: House, said: Said) -> Answer:  # noqa: ARG001 - none are asked
    users = []
    for person in await house.directory.people():
        account = await house.store.account(person.name)
        held = await account.quota()
        users.append(
            {
                "address": person.name,
                "messages": held.messages,
                "octets": held.octets,
                "quota": held.octets_limit,
            }
        )
    return {"users": users}


@family.verb(
    "remove",
    "take somebody's address away, with all mail",
    lambda answer: [f"{answer['address']} is gone, with all mail."],
    ADDRESS,
    example=("mailnodectl user remove bob@example.org",),
)
async def remove(house: House, said: Said) -> Answer:
    name = address(one(said, "address"))
    await house.directory.remove_person(name)
    await house.cellar.tokens.revoke_all(name, tuple(Purpose))
    with suppress(NotFound):  # Nothing may ever have come in.
        await house.store.remove_account(name)
    return {"address": name}


@family.verb(
    "password",
    "give somebody another password",
    lambda answer: [f"{answer['address']} has another password now."],
    ADDRESS,
    PASSWORD_STDIN,
    example=(
        "mailnodectl user password ana@example.org",
        "mailnodectl user password ana@example.org --password-stdin <file",
    ),
    asks_password=True,
)
async def password(house: House, said: Said) -> Answer:
    name = address(one(said, "address"))
    await house.directory.set_secrets(name, await secrets(house, said))
    # What the old password could have opened ends with it; what the operator of
    # the server gave to programs does not.
    ours = (Purpose.SESSION, Purpose.PASSWORD)
    await house.cellar.tokens.revoke_all(name, ours)
    return {"address": name}

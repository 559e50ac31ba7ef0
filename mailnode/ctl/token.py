"""C{mailnodectl token}: what programs show in place of a password, and sessions too."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from mailnode.ctl.names import address
from mailnode.ctl.verb import ADDRESS, Answer, Argument, Family, Refused, Said, one
from mailnode.house import House
from mailnode.model.token import Purpose, Token, Visit, Wish

family = Family("token", "sessions, app passwords and the tokens of programs")
LABEL = Argument("--label", "what it is for, such as backup", "LABEL")
ID = Argument("id", "the number of one, as token list shows it", "ID")
CALLED = {
    Purpose.SESSION: "session",
    Purpose.BEARER: "program",
    Purpose.PASSWORD: "app password",
}
"""What people call them."""


async def owner(house: House, said: Said) -> str:
    """Whose tokens they are.

    @raise Refused: when nobody has that address.
    """
    name = address(one(said, "address"))
    if await house.everybody.directory.find(name) is None:
        raise Refused(f"nobody has the address {name}", "Next: mailnodectl user list")
    return name


def given(answer: Answer) -> Iterable[str]:
    """The secret, and how to say it."""
    yield str(answer["secret"])
    yield "It is not kept and cannot be shown again. A program says it so:"
    yield "  Authorization: Bearer TOKEN"


@family.verb(
    "add",
    "let a program into an account by HTTP",
    given,
    ADDRESS,
    LABEL,
    example=(
        "mailnodectl token add ana@example.org",
        "mailnodectl token add ana@example.org --label backup",
    ),
)
async def add(house: House, said: Said) -> Answer:
    name, label = await owner(house, said), str(said.get("label") or "")
    wish = Wish(name, Purpose.BEARER, label)
    issued = await house.cellar.tokens.issue(wish, Visit())
    return {"id": issued.token.id, "address": name, "secret": issued.secret}


def listed(answer: Answer) -> Iterable[str]:
    """One a line."""
    tokens = answer["tokens"]
    assert isinstance(tokens, list)
    if not tokens:
        yield "There are none."
    for each in tokens:
        label = f" {each['label']}" if each["label"] else ""
        seen = f"{each['seen']} {each['from']}".rstrip()
        yield f"{each['id']}  {each['kind']}{label}, last used {seen}"


@family.verb(
    "list",
    "show what opens an account in place of its password",
    listed,
    ADDRESS,
    example=(
        "mailnodectl token list ana@example.org",
        "mailnodectl token list ana@example.org --json",
    ),
)
async def every(house: House, said: Said) -> Answer:
    name = address(one(said, "address"))
    tokens = await house.cellar.tokens.belonging(name)
    return {"tokens": [shown(each) for each in tokens]}


def shown(token: Token) -> Answer:
    """A token for people."""
    used = datetime.fromtimestamp(token.seen // 1000, UTC)
    return {
        "id": token.id,
        "kind": CALLED[token.wish.purpose],
        "label": token.wish.label,
        "seen": f"{used:%Y-%m-%d %H:%M} UTC",
        "from": token.last.address,
    }


@family.verb(
    "revoke",
    "let a session, an app password or a program in no more",
    lambda answer: [f"{answer['id']} of {answer['address']} is good no longer."],
    ADDRESS,
    ID,
    example=("mailnodectl token revoke ana@example.org 7",),
)
async def revoke(house: House, said: Said) -> Answer:
    name, number = address(one(said, "address")), one(said, "id")
    if not number.isascii() or not number.isdigit() or len(number) > len(str(10**18)):
        raise Refused(f"{number}: not a number", "mailnodectl token list shows them.")
    await house.cellar.tokens.revoke(name, int(number))
    return {"address": name, "id": int(number)}

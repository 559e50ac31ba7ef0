"""What a verb of mailnodectl is: its arguments, its work and what it says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from mailnode.house import House

Said: TypeAlias = Mapping[str, object]
"""What the operator wrote, by argument; plain enough for JSON."""
Answer: TypeAlias = dict[str, object]
"""What came of it, as C{--json} prints it; its keys are stable."""
Work = Callable[[House, Said], Awaitable[Answer]]
Words = Callable[[Answer], Iterable[str]]


class Refused(Exception):
    """It cannot be done.

    @ivar hint: the next step, for people; may be empty.
    """

    def __init__(self, text: str, hint: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument, as C{argparse} wants it."""

    name: str
    help: str
    metavar: str | None = None
    nargs: str | None = None
    action: str | None = None

    def options(self) -> dict[str, str]:
        """The keywords that were given."""
        named = {
            "help": self.help,
            "metavar": self.metavar,
            "nargs": self.nargs,
            "action": self.action,
        }
        return {key: value for key, value in named.items() if value is not None}


ADDRESS = Argument("address", "an address, such as ana@example.org", "ADDRESS")


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing mailnodectl can do.

    @ivar name: the words it is called by, such as C{user add}.
    @ivar help: one line.
    @ivar example: a command line that works, and one that is useful.
    @ivar asks_password: a password is asked for before the work begins.
    """

    name: str
    help: str
    work: Work
    words: Words
    arguments: tuple[Argument, ...] = ()
    example: tuple[str, ...] = ()
    asks_password: bool = False

    @property
    def family(self) -> str:
        """The first word."""
        return self.name.partition(" ")[0]


@dataclass(frozen=True, slots=True)
class Family:
    """Verbs about one kind of thing.

    @ivar help: one line.
    """

    name: str
    help: str
    verbs: list[Verb] = field(default_factory=list)

    def verb(
        self,
        name: str,
        help: str,  # noqa: A002 - as argparse calls it
        words: Words,
        *arguments: Argument,
        example: tuple[str, ...] = (),
        asks_password: bool = False,
    ) -> Callable[[Work], Work]:
        """Declare the function below as the work of a verb.

        @param name: the second word; empty when the family is one verb.
        """

        def declare(work: Work) -> Work:
            full = f"{self.name} {name}".strip()
            self.verbs.append(
                Verb(full, help, work, words, arguments, example, asks_password)
            )
            return work

        return declare


def one(said: Said, name: str) -> str:
    """An argument that is a string."""
    value = said.get(name)
    if not isinstance(value, str):
        raise Refused(f"{name} is missing")
    return value


def several(said: Said, name: str) -> list[str]:
    """An argument that is a list of strings."""
    value = said.get(name)
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise Refused(f"{name} is missing")
    return value

"""How an RFC joins the server: one module, one L{Extension}, no other edit."""

from __future__ import annotations

import pkgutil
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields
from enum import IntEnum
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, TypeVar

from mailnode.query import Query

if TYPE_CHECKING:
    from mailnode.imap.command import Command
    from mailnode.imap.fetching import Fetch, Item
    from mailnode.imap.grammar import Arguments
    from mailnode.imap.listing import Listing
    from mailnode.imap.searching import Reading
    from mailnode.imap.session import Session
    from mailnode.imap.storing import Storing
    from mailnode.imap.view import View
    from mailnode.interfaces.mailbox import IMailbox
    from mailnode.model.mailbox import Status


class State(IntEnum):
    """RFC 9051, 3: when a command may be given."""

    ANY = 0
    STRANGER = 1
    AUTHENTICATED = 2
    SELECTED = 3


@dataclass(frozen=True, slots=True)
class Then:
    """Words of success, and what happens once they are said."""

    words: bytes
    then: Callable[[], Awaitable[None]]


Outcome = bytes | Then
Handler = Callable[["Session", "Arguments"], Awaitable[Outcome]]
MessageHandler = Callable[["Session", "Command"], Awaitable[Outcome]]
Capability = Callable[["Session"], Iterable[bytes]]
SearchKey = Callable[["Reading"], Query]
FetchAtt = Callable[["Arguments"], "Item"]
StatusAtt = Callable[["Status"], int]
MailboxAtt = Callable[["IMailbox"], bytes]
ListOption = Callable[["Listing", "Arguments"], None]
FetchModifier = Callable[["Fetch", "Arguments"], None]
StoreModifier = Callable[["Storing", "Arguments"], None]
SelectCode = Callable[["View"], bytes]
Implied = Callable[["Session"], Awaitable[None]]
SelectParam = Callable[["Session", "Arguments"], Implied]


@dataclass(frozen=True, slots=True)
class Entry:
    """A command: when it may be given, and what it does.

    @ivar uid: it has a UID twin.
    @ivar numbered: no EXPUNGE may be told while it runs, unless it came with
        UID (RFC 9051, 7.5.1).
    @ivar leaves: it leaves the selected mailbox, be it there or not.
    @ivar lets_in: the rest, for a command that ends with a message.
    @ivar begins: whether that message comes next, for the same.
    """

    handler: Handler | None
    state: State
    uid: bool = False
    numbered: bool = False
    leaves: bool = False
    lets_in: MessageHandler | None = None
    begins: Callable[[Arguments], bool] | None = None


Thing = TypeVar("Thing")


@dataclass
class Extension:
    """What one RFC adds.  The tables are named after the rules of its ABNF.

    @ivar capabilities: announced as they are.
    @ivar enables: what ENABLE may switch on.
    @ivar announces: capabilities that depend on the session.
    @ivar mailbox_atts: items of STATUS that no change of the mailbox changes.
    @ivar select_codes: response codes that SELECT says besides its own.
    @ivar create_codes: response codes with which CREATE ends.
    @ivar implies: what comes of asking for a thing of this name, be it an item,
        a key or a modifier, for the rest of the session.
    """

    rfc: int
    capabilities: tuple[bytes, ...] = ()
    enables: tuple[bytes, ...] = ()
    announces: list[Capability] = field(default_factory=list)
    commands: dict[bytes, Entry] = field(default_factory=dict)
    fetch_atts: dict[bytes, FetchAtt] = field(default_factory=dict)
    search_keys: dict[bytes, SearchKey] = field(default_factory=dict)
    status_atts: dict[bytes, StatusAtt] = field(default_factory=dict)
    mailbox_atts: dict[bytes, MailboxAtt] = field(default_factory=dict)
    list_selects: dict[bytes, ListOption] = field(default_factory=dict)
    list_returns: dict[bytes, ListOption] = field(default_factory=dict)
    fetch_modifiers: dict[bytes, FetchModifier] = field(default_factory=dict)
    store_modifiers: dict[bytes, StoreModifier] = field(default_factory=dict)
    select_params: dict[bytes, SelectParam] = field(default_factory=dict)
    select_codes: list[SelectCode] = field(default_factory=list)
    create_codes: list[MailboxAtt] = field(default_factory=list)
    implies: dict[bytes, Implied] = field(default_factory=dict)

    def command(
        self,
        name: bytes,
        state: State,
        *,
        uid: bool = False,
        numbered: bool = False,
        leaves: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Let the decorated coroutine answer a command."""

        def register(handler: Handler) -> Handler:
            self.commands[name] = Entry(handler, state, uid, numbered, leaves)
            return handler

        return register

    def message_command(
        self, name: bytes, state: State, begins: Callable[[Arguments], bool]
    ) -> Callable[[MessageHandler], MessageHandler]:
        """Let the decorated coroutine answer a command that brings a message."""

        def register(handler: MessageHandler) -> MessageHandler:
            self.commands[name] = Entry(None, state, lets_in=handler, begins=begins)
            return handler

        return register

    def capability(self, announce: Capability) -> Capability:
        """Let the decorated function announce what depends on the session."""
        self.announces.append(announce)
        return announce

    def fetch_att(self, name: bytes) -> Callable[[FetchAtt], FetchAtt]:
        """Let the decorated function read an item of FETCH behind its name.

        @param name: with C{[} at its end, if a section follows.
        """
        return into(self.fetch_atts, name)

    def search_key(self, name: bytes) -> Callable[[SearchKey], SearchKey]:
        """Let the decorated function read one key of SEARCH."""
        return into(self.search_keys, name)

    def status_att(self, name: bytes) -> Callable[[StatusAtt], StatusAtt]:
        """Let the decorated function answer one item of STATUS."""
        return into(self.status_atts, name)

    def mailbox_att(self, name: bytes) -> Callable[[MailboxAtt], MailboxAtt]:
        """Let the decorated function answer an item of STATUS that stays as it is."""
        return into(self.mailbox_atts, name)

    def list_select(self, name: bytes) -> Callable[[ListOption], ListOption]:
        """Let the decorated function take a selection option of LIST."""
        return into(self.list_selects, name)

    def list_return(self, name: bytes) -> Callable[[ListOption], ListOption]:
        """Let the decorated function take a return option of LIST."""
        return into(self.list_returns, name)

    def fetch_modifier(self, name: bytes) -> Callable[[FetchModifier], FetchModifier]:
        """Let the decorated function take a modifier of FETCH (RFC 4466, 2.4)."""
        return into(self.fetch_modifiers, name)

    def store_modifier(self, name: bytes) -> Callable[[StoreModifier], StoreModifier]:
        """Let the decorated function take a modifier of STORE (RFC 4466, 2.5)."""
        return into(self.store_modifiers, name)

    def select_param(self, name: bytes) -> Callable[[SelectParam], SelectParam]:
        """Let the decorated function take a parameter of SELECT (RFC 4466, 2.1).

        What it returns is done once the mailbox is selected.
        """
        return into(self.select_params, name)

    def select_code(self, code: SelectCode) -> SelectCode:
        """Let the decorated function say one more thing in answer to SELECT."""
        self.select_codes.append(code)
        return code

    def create_code(self, code: MailboxAtt) -> MailboxAtt:
        """Let the decorated function say one more thing of a mailbox that is made."""
        self.create_codes.append(code)
        return code

    def implied(self, *names: bytes) -> Callable[[Implied], Implied]:
        """Let the decorated coroutine hear that somebody asks for one of these."""

        def register(hear: Implied) -> Implied:
            self.implies |= dict.fromkeys(names, hear)
            return hear

        return register


def into(table: dict[bytes, Thing], name: bytes) -> Callable[[Thing], Thing]:
    """Keep what is decorated under a name."""

    def register(thing: Thing) -> Thing:
        table[name] = thing
        return thing

    return register


TABLES = [each.name for each in fields(Extension) if each.default_factory is dict]


class Repertoire(Extension):
    """All that a server can do: its extensions, merged into flat tables."""

    def __init__(self, extensions: Iterable[Extension]) -> None:
        super().__init__(0)
        for extension in sorted(extensions, key=lambda each: -each.rfc):
            self.capabilities += extension.capabilities
            self.enables += extension.enables
            self.announces += extension.announces
            self.select_codes += extension.select_codes
            self.create_codes += extension.create_codes
            for table in TABLES:
                getattr(self, table).update(getattr(extension, table))


def extensions_in(*packages: ModuleType) -> Iterator[Extension]:
    """The L{Extension} of every module in some packages."""
    for package in packages:
        for found in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
            yield import_module(found.name).extension


def repertoire(without: Iterable[int] = ()) -> Repertoire:
    """All that we have; C{without} leaves out extensions by their RFC."""
    from mailnode.imap import commands, extensions  # noqa: PLC0415 - they import us

    left_out = frozenset(without)
    found = extensions_in(commands, extensions)
    return Repertoire(each for each in found if each.rfc not in left_out)

"""How an RFC joins the server: one module, one L{Extension}, no other edit."""

from __future__ import annotations

import pkgutil
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

from mailnode.model.envelope import Recipient, Sender
from mailnode.smtp.reply import Refused, Reply

if TYPE_CHECKING:
    from mailnode.smtp.grammar import Arguments
    from mailnode.smtp.session import Session

Reader = TypeVar("Reader")

PACKAGES = ("mailnode.smtp.commands", "mailnode.smtp.extensions")


UNNUMBERED = 2**31
"""Where what has no RFC stands in the order of RFCs."""


class Dialect(Enum):
    """The languages of this room; SUBMISSION is SMTP for those who log in (RFC 6409)."""

    SMTP = "SMTP"
    SUBMISSION = "SUBMISSION"
    LMTP = "LMTP"


ALL = frozenset(Dialect)
SMTP = frozenset({Dialect.SMTP, Dialect.SUBMISSION})
SUBMISSION = frozenset({Dialect.SUBMISSION})
LMTP = frozenset({Dialect.LMTP})

Answer = Callable[["Session", "Arguments"], Awaitable[Reply | None]]
"""Obeys a verb; C{None} when everything has been said already."""
MailParameter = Callable[["Session", Sender, str | None], Sender]
"""Amends what MAIL says; gets the value, or C{None} without one."""
RcptParameter = Callable[["Session", Recipient, str | None], Recipient]
"""Amends what RCPT says; gets the value, or C{None} without one."""
Remark = Callable[["Session", Sender], Reply | None]
"""Answers MAIL when something it asks for is granted in part only."""
Keyword = Callable[["Session"], str | None]
"""What stands behind a keyword in the answer to EHLO; C{None}: not offered."""


@dataclass(frozen=True, slots=True)
class Verb:
    """A command.

    @ivar carries: it brings mail nearer, and may be said as often as one likes.
    @ivar help: how to say it, for HELP.
    """

    answer: Answer
    help: str
    carries: bool


@dataclass(slots=True)
class Extension:
    """What one RFC adds.

    A parameter is registered by its name, or by its name and one of its values
    when several RFCs share it, as BODY is shared.

    @ivar rfc: its number, or C{None} when there is no RFC.
    @ivar dialects: where it is spoken.
    """

    rfc: int | None
    keywords: dict[str, Keyword] = field(default_factory=dict)
    dialects: frozenset[Dialect] = ALL
    verbs: dict[bytes, Verb] = field(default_factory=dict)
    mail_parameters: dict[str, MailParameter] = field(default_factory=dict)
    rcpt_parameters: dict[str, RcptParameter] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)

    def verb(
        self, name: bytes, usage: str = "", *, carries: bool = False
    ) -> Callable[[Answer], Answer]:
        """Let the decorated coroutine answer a command."""

        def register(answer: Answer) -> Answer:
            self.verbs[name] = Verb(
                answer, f"{name.decode()} {usage}".rstrip(), carries
            )
            return answer

        return register

    def mail_parameter(self, name: str) -> Callable[[MailParameter], MailParameter]:
        """Let the decorated function read C{NAME} or C{NAME=VALUE} after MAIL."""

        def register(read: MailParameter) -> MailParameter:
            self.mail_parameters[name] = read
            return read

        return register

    def rcpt_parameter(self, name: str) -> Callable[[RcptParameter], RcptParameter]:
        """Let the decorated function read C{NAME} or C{NAME=VALUE} after RCPT."""

        def register(read: RcptParameter) -> RcptParameter:
            self.rcpt_parameters[name] = read
            return read

        return register

    def remark(self, remark: Remark) -> Remark:
        """Let the decorated function answer MAIL in place of the usual words."""
        self.remarks.append(remark)
        return remark

    def keyword(self, name: str) -> Callable[[Keyword], Keyword]:
        """Let the decorated function say whether, and with what, EHLO offers it."""

        def register(offer: Keyword) -> Keyword:
            self.keywords[name] = offer
            return offer

        return register

    def offers(self, name: str) -> None:
        """Offer a keyword always, with nothing behind it."""
        self.keywords[name] = lambda _session: ""


class Repertoire:
    """All that a server of one dialect can do, merged into flat tables."""

    def __init__(
        self,
        dialect: Dialect = Dialect.SMTP,
        extensions: Iterable[Extension] | None = None,
    ) -> None:
        self.dialect = dialect
        self.keywords: dict[str, Keyword] = {}
        self.verbs: dict[bytes, Verb] = {}
        self.mail_parameters: dict[str, MailParameter] = {}
        self.rcpt_parameters: dict[str, RcptParameter] = {}
        self.remarks: list[Remark] = []
        chosen = found() if extensions is None else extensions
        for extension in sorted(chosen, key=lambda each: each.rfc or UNNUMBERED):
            if dialect in extension.dialects:
                self.keywords |= extension.keywords
                self.verbs |= extension.verbs
                self.mail_parameters |= extension.mail_parameters
                self.rcpt_parameters |= extension.rcpt_parameters
                self.remarks += extension.remarks


def found(packages: Iterable[str] = PACKAGES) -> Iterator[Extension]:
    """The L{Extension} of every module in some packages, and of C{lmtp}."""
    for package in packages:
        path = import_module(package).__path__
        for each in pkgutil.iter_modules(path, package + "."):
            yield import_module(each.name).extension
    yield import_module("mailnode.smtp.lmtp").extension


def reader(table: dict[str, Reader], name: str, value: str | None) -> Reader:
    """The reader of a parameter, by name and value or by name alone.

    @raise Refused: when there is none (RFC 5321, 4.1.1.11).
    """
    read = table.get(f"{name}={value.upper()}") if value is not None else None
    read = read or table.get(name)
    if read is None:
        raise Refused(555, "5.5.4", f"the parameter {name} is not known here")
    return read

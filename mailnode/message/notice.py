"""What a report says to people (RFC 6522, 3, the first part).

What happened, to whom, what the other server said, and what can be done.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from textwrap import wrap

from mailnode.message.charset import presentable
from mailnode.message.report import Action, Report, Status, date, limited
from mailnode.wire.path import mailbox

WIDTH = 72
"""Characters of a line."""
INDENT = "    "


@dataclass(frozen=True, slots=True)
class Language:
    """What there is to say, in one language.

    @ivar subjects: of the report, by what was done.
    @ivar openings: what stands before the recipients.
    @ivar advice: what a status code means for people: by its class and detail,
        by its class, and by what was done.
    """

    greeting: str
    subjects: Mapping[Action, str]
    openings: Mapping[Action, str]
    message: str
    subject: str
    arrived: str
    said: str
    ours: str
    advice: Mapping[str | Action, str]


ENGLISH = Language(
    greeting="This is the mail system of {host}.",
    subjects={
        Action.FAILED: "Your message could not be delivered",
        Action.DELAYED: "Your message is delayed",
        Action.DELIVERED: "Your message has been delivered",
        Action.RELAYED: "Your message has been passed on",
        Action.EXPANDED: "Your message has been delivered to a list",
    },
    openings={
        Action.FAILED: "Your message could not be delivered to:",
        Action.DELAYED: "Your message could not be delivered yet to:",
        Action.DELIVERED: "Your message has been delivered to:",
        Action.RELAYED: "Your message has been passed on to another server for:",
        Action.EXPANDED: "Your message has been passed on to everybody behind:",
    },
    message="The message this is about:",
    subject="Subject: {subject}",
    arrived="Received here: {date}",
    said="{host} said: {text}",
    ours="The reason: {text}",
    advice={
        "1.1": "Nobody has this address there. Please look for a typing mistake.",
        "1.2": "There is no such domain. Please look for a typing mistake.",
        "1.10": "This domain takes no mail at all.",
        "2.1": "This mailbox does not take messages now.",
        "2.2": "This mailbox is full. You may try again in a few days, or tell "
        "the person by other means.",
        "2.3": "The message is too large. You may send it in parts, or say where it "
        "can be fetched.",
        "3.4": "The message is too large. You may send it in parts, or say where it "
        "can be fetched.",
        "4.7": "We have tried for as long as was possible, and now try no more. "
        "You may send it again later.",
        "7": "The server there refuses it by its own rules. Its postmaster can tell "
        "you more.",
        Action.FAILED: "If this does not help you, ask your postmaster, and send "
        "this report along.",
        Action.DELAYED: "You need not do anything: we go on trying until {until}.",
        Action.DELIVERED: "It is in the mailbox.",
        Action.RELAYED: "That server does not tell when messages are delivered, so you "
        "will not hear of it again unless something goes wrong.",
        Action.EXPANDED: "You will hear of single recipients only if something goes "
        "wrong.",
    },
)


def notice(report: Report, subject: str, language: Language = ENGLISH) -> str:
    """The text of a report; all its statuses have the same action.

    @param subject: of the message it is about; empty: unknown.
    """
    paragraphs = [
        language.greeting.format(host=report.reporter),
        language.openings[report.statuses[0].action],
        *("\n".join(told(each, language)) for each in report.statuses),
        "\n".join(about(report, subject, language)),
    ]
    return "\n\n".join(paragraphs) + "\n"


def about(report: Report, subject: str, language: Language) -> Iterator[str]:
    """Which message it was."""
    yield language.message
    if subject:
        yield shown(language.subject.format(subject=subject), "  ")
    yield shown(language.arrived.format(date=date(report.arrival)), "  ")


def told(status: Status, language: Language) -> Iterator[str]:
    """What there is to say of one recipient."""
    yield shown(mailbox(status.recipient).decode(), "  ")
    if status.text and status.action in (Action.FAILED, Action.DELAYED):
        words = language.said if status.host else language.ours
        yield shown(words.format(host=status.host, text=status.text), INDENT)
    until = "" if status.until is None else date(status.until)
    yield shown(advice(status, language).format(until=until), INDENT)


def advice(status: Status, language: Language) -> str:
    """What people can do about it."""
    detail = status.code.partition(".")[2]
    keys: tuple[str | Action, ...] = (status.action,)
    if status.action is Action.FAILED:
        keys = (detail, detail.partition(".")[0], status.action)
    return next(language.advice[key] for key in keys if key in language.advice)


def shown(text: str, indent: str) -> str:
    """A paragraph, on lines that are not too long."""
    lines = wrap(
        limited(presentable(text)),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines) or indent

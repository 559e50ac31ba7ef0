"""The whole of an account, worked out from its mailboxes as RFC 8621 says it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from store.keeping import now, whole

from mailnode.model.mail import Counted, Role
from mailnode.model.mailbox import SpecialUse
from mailnode.model.message import DELETED
from mailnode.store.account import Account

ROLES = {use.value: Role(use.name.lower()) for use in SpecialUse}


@dataclass(frozen=True)
class Seen:
    """An email."""

    mailboxes: frozenset[int]
    keywords: frozenset[str]
    received: int
    thread: int

    @property
    def unread(self) -> bool:
        return not self.keywords & {"$seen", "$draft"}


@dataclass
class View:
    """All that there is."""

    emails: dict[int, Seen] = field(default_factory=dict)
    mailboxes: dict[int, Counted] = field(default_factory=dict)

    @property
    def threads(self) -> dict[int, tuple[int, ...]]:
        """Emails by thread, oldest first."""
        found: dict[int, list[int]] = {}
        for email in sorted(self.emails, key=lambda e: (self.emails[e].received, e)):
            found.setdefault(self.emails[email].thread, []).append(email)
        return {thread: tuple(emails) for thread, emails in found.items()}

    def listed(self, mailbox: int, *, collapse: bool) -> list[int]:
        """The emails of a mailbox, newest first."""
        there = [e for e, seen in self.emails.items() if mailbox in seen.mailboxes]
        there.sort(key=lambda e: (self.emails[e].received, e), reverse=True)
        if not collapse:
            return there
        first: dict[int, int] = {}
        for email in there:
            first.setdefault(self.emails[email].thread, email)
        return list(first.values())


class Naive:
    """Looks at the mailboxes of an account, and remembers what belonged together.

    @ivar known: by email: its thread, its message ids, and its subject.
    """

    def __init__(self, account: Account) -> None:
        self.account = account
        self.known: dict[int, tuple[int, frozenset[str], str]] = {}

    def look(self) -> View:
        """What there is."""
        messages: dict[int, list[tuple[int, frozenset[str]]]] = {}
        received: dict[int, int] = {}
        texts: dict[int, bytes] = {}
        infos = now(self.account.mailboxes())
        for info in infos:
            box = now(self.account.mailbox(info.name))
            for message in now(box.messages()):
                if DELETED not in message.flags:
                    flags = frozenset(keyword(flag) for flag in message.flags)
                    messages.setdefault(message.id, []).append((info.id, flags))
                    received[message.id] = message.received
                    if message.id not in self.known:
                        texts[message.id] = whole(now(box.content(message.uid)))
        for email in sorted(texts):
            self.join(email, texts[email].decode())
        view = View()
        for email, copies in messages.items():
            keywords = frozenset().union(*(flags for _, flags in copies))
            if not all("$seen" in flags for _, flags in copies):
                keywords -= {"$seen"}
            view.emails[email] = Seen(
                frozenset(mailbox for mailbox, _ in copies),
                keywords,
                received[email],
                self.known[email][0],
            )
        trash = [i.id for i in infos if i.special_use is SpecialUse.TRASH]
        for info in infos:
            role = Role.INBOX if info.name == "INBOX" else None
            role = role or (info.special_use and ROLES[info.special_use.value])
            counts = counted(view, info.id, frozenset(trash))
            view.mailboxes[info.id] = Counted(
                info.id, info.name, role, 0, info.subscribed, *counts
            )
        return view

    def join(self, email: int, text: str) -> None:
        """Find the thread of a new email."""
        ids = frozenset(re.findall(r"<(\d+@x)>", text))
        [said] = re.findall(r"^Subject: (.*?)\r?$", text, re.MULTILINE)
        subject = said.removeprefix("Re: ")
        candidates = [
            thread
            for thread, theirs, about in self.known.values()
            if ids & theirs and about == subject
        ]
        self.known[email] = (min(candidates, default=email), ids, subject)


def keyword(flag: str) -> str:
    """A flag as a keyword."""
    return "$" + flag[1:].lower() if flag.startswith("\\") else flag.lower()


def counted(view: View, mailbox: int, trash: frozenset[int]) -> tuple[int, ...]:
    """RFC 8621, 2: totalEmails, unreadEmails, totalThreads, unreadThreads."""
    here = [seen for seen in view.emails.values() if mailbox in seen.mailboxes]
    threads = {seen.thread for seen in here}
    if mailbox in trash:
        count = here
    else:
        count = [seen for seen in view.emails.values() if seen.mailboxes - trash]
    unread = {seen.thread for seen in count if seen.unread}
    return (
        len(here),
        sum(seen.unread for seen in here),
        len(threads),
        len(threads & unread),
    )

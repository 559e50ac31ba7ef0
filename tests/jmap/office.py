"""People with mail in the real store, who ask for it by JMAP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from smtp.coroutine import finish
from store.keeping import ANA, BOB, Keeping

from mailnode.jmap.call import Visit, account_id
from mailnode.jmap.extension import Limits, Repertoire
from mailnode.jmap.ijson import JSON, Object, written
from mailnode.jmap.request import parse, respond
from mailnode.store.account import Account
from mailnode.store.store import Limits as Quotas

REPERTOIRE = Repertoire()
NO_ACCOUNT = ("Core/echo", "PushSubscription/get", "PushSubscription/set")
"""Methods that are not about an account (RFC 8620, 4 and 7.2)."""


class Person:
    """Somebody who asks."""

    def __init__(self, account: Account, repertoire: Repertoire) -> None:
        self.account = account
        self.visit = Visit(account, repertoire)
        self.using = list(repertoire.extensions)

    def whole(self, *calls: tuple[str, Object], **more: JSON) -> dict[str, Any]:
        """The response to a request; calls are marked by their numbers."""
        here: Object = {"accountId": account_id(self.account)}
        named: list[JSON] = [
            [name, given if name in NO_ACCOUNT else here | given, str(n)]
            for n, (name, given) in enumerate(calls)
        ]
        asked: Object = {"using": [*self.using], "methodCalls": named}
        request = parse(written(asked | more), self.visit.repertoire)
        told: dict[str, Any] = finish(respond(request, self.visit, "state"))
        written(told)  # It can be said
        return told

    def ask(self, *calls: tuple[str, Object]) -> list[Any]:
        """The arguments of the responses to some calls."""
        responses: list[Any] = self.whole(*calls)["methodResponses"]
        return [arguments for _, arguments, _ in responses]

    def one(self, name: str, **arguments: JSON) -> dict[str, Any]:
        """The arguments of the response to one call."""
        (told,) = self.ask((name, arguments))
        assert isinstance(told, dict)
        return told

    def mailboxes(self) -> dict[str, Any]:
        """The ids of mailboxes by their names, without those above."""
        return {each["name"]: each["id"] for each in self.one("Mailbox/get")["list"]}

    def make(self, name: str, **more: JSON) -> str:
        """A mailbox, and its id."""
        told = self.one("Mailbox/set", create={"k": {"name": name, **more}})
        assert told["notCreated"] is None, told
        made: str = told["created"]["k"]["id"]
        return made

    def found(self, **arguments: JSON) -> list[str]:
        """The emails that a query finds."""
        ids: list[str] = self.one("Email/query", **arguments)["ids"]
        return ids


class Office:
    """Ana and Bob, a store, and a clock."""

    def __init__(
        self, directory: Path, quota: Quotas | None = None, limits: Limits | None = None
    ) -> None:
        self.keeping = Keeping(directory, quota=quota)
        repertoire = REPERTOIRE if limits is None else Repertoire(limits=limits)
        self.ana = Person(self.keeping.account(ANA), repertoire)
        self.bob = Person(self.keeping.account(BOB), repertoire)

    def deliver(self, message: str, who: str = ANA, mailbox: str = "INBOX") -> None:
        """A message arrives; lines end with LF here."""
        octets = message.replace("\n", "\r\n").encode()
        self.keeping.deliver(octets, who, mailbox=mailbox)

    def close(self) -> None:
        """All agrees with all."""
        self.keeping.sound()
        assert self.keeping.failures == []
        self.keeping.close()

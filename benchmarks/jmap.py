"""JMAP, beside Cyrus: the first page of a large mailbox, and what changed in it."""

from __future__ import annotations

import argparse
import http.client
import json
import socket
import statistics
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import contest, correspondence
from benchmarks.cyrus import Cyrus
from benchmarks.imap import LARGE
from benchmarks.ours import Mailnode
from benchmarks.peers import PASSWORD

MEMORY = Path("/dev/shm")
"""Where both products are: Cyrus takes its mail in by LMTP, and waits for the disk."""
ROUNDS = 30
"""Requests of one kind, of which the median is told."""
PAGE = 50
CHANGES = 10
"""Flags that change before it is asked what did."""
USING = ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail"]
LISTED = (
    *("threadId", "mailboxIds", "keywords", "hasAttachment", "from", "to"),
    *("subject", "receivedAt", "size", "preview"),
)
"""What a list of messages shows."""
NEWEST = [{"property": "receivedAt", "isAscending": False}]
Calls = Sequence[tuple[str, dict[str, object]]]


@dataclass(frozen=True, slots=True)
class Figure:
    """What one product did: milliseconds, as its client sees it and of processors."""

    shown: float
    cpu: float


class Client:
    """Somebody's connection to the JMAP server of a product."""

    def __init__(self, product: Mailnode | Cyrus, user: str) -> None:
        login = product.login(user)
        self.api = product.api
        self.fields = {
            "Authorization": "Basic "
            + b64encode(f"{login}:{PASSWORD}".encode()).decode(),
            "Content-Type": "application/json",
        }
        self.http = http.client.HTTPConnection("127.0.0.1", product.http, timeout=120)
        self.http.connect()
        self.account = product.account(self, user)

    def session(self, path: str) -> dict[str, Any]:
        """The session object."""
        self.http.request("GET", path, headers=self.fields)
        found: dict[str, Any] = json.loads(self.http.getresponse().read())
        return found

    def call(self, *calls: tuple[str, dict[str, object]]) -> list[dict[str, Any]]:
        """Call some methods; the arguments of their responses."""
        named = [
            [name, {"accountId": self.account, **arguments}, str(number)]
            for number, (name, arguments) in enumerate(calls)
        ]
        content = json.dumps({"using": USING, "methodCalls": named})
        self.http.request("POST", self.api, content, self.fields)
        # A server that writes in two pieces shall not wait for our acknowledgement.
        self.http.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        told = json.loads(self.http.getresponse().read())["methodResponses"]
        assert [each[0] for each in told] == [name for name, _ in calls], told
        return [each[1] for each in told]

    def inbox(self) -> str:
        """The id of INBOX."""
        [found] = self.call(("Mailbox/get", {"properties": ["role"]}))
        return next(str(one["id"]) for one in found["list"] if one["role"] == "inbox")


def page(inbox: str, start: int, *, collapse: bool) -> Calls:
    """Ask for a page of a mailbox, newest first."""
    asked: dict[str, object] = {
        "filter": {"inMailbox": inbox},
        "sort": NEWEST,
        "collapseThreads": collapse,
        "position": start,
        "limit": PAGE,
    }
    ids = {"resultOf": "0", "name": "Email/query", "path": "/ids"}
    return [
        ("Email/query", asked),
        ("Email/get", {"#ids": ids, "properties": LISTED}),
    ]


def measured(product: Mailnode | Cyrus) -> dict[str, Figure]:
    """Everything that is asked of one product, by name."""
    client = Client(product, LARGE.user)
    inbox = client.inbox()
    works: dict[str, Calls] = {
        "first page, by conversation": page(inbox, 0, collapse=True),
        "first page, by message": page(inbox, 0, collapse=False),
        "page in the middle": page(inbox, LARGE.messages // 2, collapse=False),
        "all mailboxes": [("Mailbox/get", {})],
    }
    found = {name: timed(product, client, works[name]) for name in works}
    found["changes after ten"] = after_changes(product, client, inbox)
    return found


def timed(product: Mailnode | Cyrus, client: Client, calls: Calls) -> Figure:
    """The median of a request."""
    client.call(*calls)
    took, before = [], product.cpu()
    for _ in range(ROUNDS):
        began = time.perf_counter()
        told = client.call(*calls)
        took.append(time.perf_counter() - began)
        assert told[-1]["list"]
    spent = (product.cpu() - before) / ROUNDS
    return Figure(statistics.median(took) * 1e3, spent * 1e3)


def after_changes(product: Mailnode | Cyrus, client: Client, inbox: str) -> Figure:
    """The median of Email/changes after ten emails have got another flag."""
    [found, _] = client.call(*page(inbox, 0, collapse=False))
    ids = found["ids"][:CHANGES]
    [state] = [client.call(("Email/get", {"ids": []}))[0]["state"]]
    took, before = [], product.cpu()
    for turn in range(ROUNDS):
        patch = {"keywords/$flagged": None if turn % 2 else True}
        client.call(("Email/set", {"update": dict.fromkeys(ids, patch)}))
        began = time.perf_counter()
        [told] = client.call(("Email/changes", {"sinceState": state}))
        took.append(time.perf_counter() - began)
        assert len(told["updated"]) == CHANGES, told
        state = told["newState"]
    spent = (product.cpu() - before) / ROUNDS
    return Figure(statistics.median(took) * 1e3, spent * 1e3)


def fill(product: Mailnode | Cyrus) -> None:
    """Put the messages there."""
    user = LARGE.address if isinstance(product, Mailnode) else LARGE.user
    product.stock(
        user, (correspondence.letter(n, LARGE.size) for n in range(LARGE.messages))
    )


def table(ours: dict[str, Figure], theirs: dict[str, Figure]) -> Iterator[str]:
    """Lines of a table."""
    yield (
        "| 100,000 messages | mailnode ms | Cyrus ms | CPU ms, mailnode | Cyrus |"
        " mailnode is |"
    )
    yield "|---|---|---|---|---|---|"
    for name, mine in ours.items():
        other = theirs[name]
        yield (
            f"| {name} | {mine.shown:.2f} | {other.shown:.2f} | {mine.cpu:.2f} |"
            f" {other.cpu:.2f} | {other.shown / mine.shown:.1f} times |"
        )


def report() -> Iterator[str]:
    """Run it, and tell."""
    with (
        contest.workshop(MEMORY) as home,
        contest.running(Mailnode(home / "mailnode")) as ours,
        contest.running(Cyrus(home / "cyrus")) as cyrus,
    ):
        for product in (ours, cyrus):
            fill(product)
        yield from table(measured(ours), measured(cyrus))


def main() -> None:
    """Run this part and print it."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    print(*report(), sep="\n")


if __name__ == "__main__":
    main()

"""JMAP by a client of thirty lines: one writes and sends, the other reads (RFC 8621)."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from http.client import HTTPConnection
from typing import Any

from live.asynchronous import live
from live.server import PASSWORD, Server
from twisted.internet.threads import deferToThread

USING = [f"urn:ietf:params:jmap:{name}" for name in ("core", "mail", "submission")]
PATIENCE = 20.0
"""Seconds a message may take from one mailbox to the other."""


class Client:
    """Somebody who knows a name, a password and where the session is."""

    def __init__(self, server: Server, name: str) -> None:
        self.http = HTTPConnection("127.0.0.1", server.http, timeout=PATIENCE)
        said = b64encode(f"{name}@example.org:{PASSWORD}".encode()).decode()
        self.fields = {
            "Authorization": f"Basic {said}",
            "Content-Type": "application/json",
        }
        session = self.ask("GET", "/jmap/session")
        self.account = session["primaryAccounts"]["urn:ietf:params:jmap:mail"]
        self.api = "/" + session["apiUrl"].split("/", 3)[3]

    def ask(self, method: str, path: str, content: object = None) -> Any:
        said = None if content is None else json.dumps(content)
        self.http.request(method, path, said, self.fields)
        return json.loads(self.http.getresponse().read())

    def call(self, *calls: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
        named = [
            [name, {"accountId": self.account, **arguments}, str(number)]
            for number, (name, arguments) in enumerate(calls)
        ]
        asked = {"using": USING, "methodCalls": named}
        told = self.ask("POST", self.api, asked)["methodResponses"]
        assert all(name != "error" for name, *_ in told), told
        return [arguments for _, arguments, _ in told]

    def mailbox(self, role: str) -> str:
        (found,) = self.call(("Mailbox/query", {"filter": {"role": role}}))
        return str(found["ids"][0])

    def send(self, to: str, subject: str, text: str) -> None:
        (identities,) = self.call(("Identity/get", {}))
        me = identities["list"][0]
        drafts, sent = self.mailbox("drafts"), self.mailbox("sent")
        email = {
            "mailboxIds": {drafts: True},
            "keywords": {"$draft": True},
            "from": [{"name": me["name"], "email": me["email"]}],
            "to": [{"email": to}],
            "subject": subject,
            "textBody": [{"partId": "1", "type": "text/plain"}],
            "bodyValues": {"1": {"value": text}},
        }
        done = {f"mailboxIds/{drafts}": None, f"mailboxIds/{sent}": True}
        made, submitted, *_ = self.call(
            ("Email/set", {"create": {"mail": email}}),
            (
                "EmailSubmission/set",
                {
                    "create": {"s": {"emailId": "#mail", "identityId": me["id"]}},
                    "onSuccessUpdateEmail": {"#s": {**done, "keywords/$draft": None}},
                },
            ),
        )
        assert made["created"], made
        assert submitted["created"], submitted

    def read(self, subject: str) -> dict[str, Any]:
        ids = {"resultOf": "0", "name": "Email/query", "path": "/ids"}
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            _, found = self.call(
                ("Email/query", {"filter": {"subject": subject}}),
                ("Email/get", {"#ids": ids, "fetchTextBodyValues": True}),
            )
            if found["list"]:
                return dict(found["list"][0])
            time.sleep(0.1)
        raise AssertionError("it has not come")


@live
async def test_one_sends_and_the_other_reads(server: Server) -> None:
    def talk() -> None:
        ana, bob = Client(server, "ana"), Client(server, "bob")
        ana.send("bob@example.org", "Lunch on Öland?", "At noon, under the oak.\n")
        came = bob.read("Öland")
        (value,) = came["bodyValues"].values()
        assert value["value"] == "At noon, under the oak.\n"
        assert came["from"] == [{"name": None, "email": "ana@example.org"}]
        assert came["mailboxIds"] == {bob.mailbox("inbox"): True}
        kept = ana.read("Öland")
        assert kept["mailboxIds"] == {ana.mailbox("sent"): True}
        assert "$draft" not in kept["keywords"]

    await deferToThread(talk)

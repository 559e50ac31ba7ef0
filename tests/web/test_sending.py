"""Whoever comes in by HTTP has a way out for his mail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from jmap.post import USING, Post
from web.browser import ANA, PASSWORDS, Browser, Server

from mailnode.delivery.submission import Submission
from mailnode.interfaces.delivery import IDelivery
from mailnode.interfaces.gate import Avatar
from mailnode.testing import MemoryGate

DRAFT = b"From: ana@example.org\r\nTo: zoe@example.net\r\n\r\nbody\r\n"


class SendingGate(MemoryGate):
    """Lets people send."""

    post: Post

    async def avatar(self, name: str, interface: type[Avatar]) -> Avatar:
        if cast("object", interface) is IDelivery:
            return cast("Avatar", Submission(name, self.post.agent))
        return await super().avatar(name, interface)


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    made = Post(tmp_path)
    yield made
    made.close()


def sent(client: Browser, post: Post) -> Any:
    """The response to a submission."""
    wanted = {"identityId": post.identity(), "emailId": post.draft(DRAFT)}
    arguments = {"accountId": "A1", "create": {"k": wanted}}
    using = [f"urn:ietf:params:jmap:{each}" for each in USING]
    heard = client.call(["EmailSubmission/set", arguments, "a"], using=using)
    return heard.value["methodResponses"][0][1]


def test_a_message_leaves(post: Post) -> None:
    gate = SendingGate(post.keeping.store, PASSWORDS)
    gate.post = post
    told = sent(Server(gate).connect(), post)
    assert told["created"]["k"]["undoStatus"] == "final"
    (kept,) = post.queue.kept.values()
    assert kept.envelope.account == "ana@example.org"
    header = b"".join(kept.content.chunks()).decode()
    assert header.startswith("Received: from ")
    assert "with JMAP" in header
    assert "127.0.0.1" in header or "192.0.2." in header


def test_who_has_no_way_out_is_told_so(post: Post) -> None:
    """A gate whose deliveries know nothing of what they took."""
    gate = MemoryGate(post.keeping.store, PASSWORDS)
    told = sent(Server(gate).connect(), post)
    assert told["notCreated"]["k"]["type"] == "forbiddenToSend"
    assert post.queue.kept == {}


def test_what_may_be_sent_is_told(post: Post) -> None:
    gate = SendingGate(post.keeping.store, PASSWORDS)
    gate.post = post
    client = Server(gate).connect()
    session = client.ask("/jmap/session", ANA).value
    about = session["accounts"]["A1"]["accountCapabilities"]
    told = about["urn:ietf:params:jmap:submission"]
    assert told["maxDelayedSend"] == 30 * 86400
    assert told["submissionExtensions"]["FUTURERELEASE"] == [str(30 * 86400)]
    assert session["capabilities"]["urn:ietf:params:jmap:submission"] == {}
    assert about["urn:ietf:params:jmap:vacationresponse"] == {}

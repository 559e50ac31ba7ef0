"""What becomes of an email when it is sent (RFC 8621, 7.5): the implicit Email/set."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from jmap.post import Post, at_once
from store.keeping import now

from mailnode.delivery.submission import Submission
from mailnode.errors import Unavailable
from mailnode.jmap.arguments import Arguments
from mailnode.jmap.call import Call
from mailnode.jmap.errors import MethodError
from mailnode.jmap.extension import Extension
from mailnode.jmap.ijson import JSON, Object
from mailnode.jmap.sending.following import Following
from mailnode.model.queue import Outcome, Result, Settlement

DRAFT = b"From: ana@example.org\r\nTo: zoe@example.net\r\n\r\nbody\r\n"
PATCH: Object = {"keywords/$draft": None, "mailboxIds/P1-1": True}


class Emails:
    """Stands for Email/set.

    @ivar asked: the arguments of each call.
    @ivar fault: what it answers with, instead of its arguments.
    """

    def __init__(self, post: Post) -> None:
        self.asked: list[Object] = []
        self.fault: Exception | None = None
        extension = Extension(8621, "urn:ietf:params:jmap:mail", account=lambda _: {})
        post.repertoire.methods["Email/set"] = extension, self.set

    async def set(self, call: Call, arguments: Arguments) -> Object:
        assert call.account(arguments).name == "ana@example.org"
        self.asked.append(dict(arguments.left))
        if self.fault is not None:
            raise self.fault
        return {"updated": None}


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    made = Post(tmp_path)
    yield made
    made.close()


@pytest.fixture
def emails(post: Post) -> Emails:
    return Emails(post)


def wanted(post: Post, *emails: str, hold: int = 0) -> dict[str, JSON]:
    """Submissions of some emails, as they are asked for."""
    own = post.identity()
    found: dict[str, JSON] = {}
    for number, each in enumerate(emails):
        parameters: JSON = {"HOLDFOR": str(hold)} if hold else None
        found[f"k{number}"] = {
            "identityId": own,
            "emailId": each,
            "envelope": {
                "mailFrom": {"email": "ana@example.org", "parameters": parameters},
                "rcptTo": [{"email": "zoe@example.net"}],
            },
        }
    return found


def asked(post: Post, **arguments: JSON) -> list[list[Any]]:
    return post.ask(("EmailSubmission/set", arguments))


def test_sent_and_moved(post: Post, emails: Emails) -> None:
    """One call for all, and its response behind that of the call, with its mark."""
    one, two = post.draft(DRAFT), post.draft(DRAFT)
    told = asked(
        post,
        create=wanted(post, one, two),
        onSuccessUpdateEmail={"#k0": PATCH},
        onSuccessDestroyEmail=["#k1"],
    )
    assert [(name, mark) for name, _, mark in told] == [
        ("EmailSubmission/set", "0"),
        ("Email/set", "0"),
    ]
    assert emails.asked == [{"update": {one: PATCH}, "destroy": [two]}]


def test_what_was_not_sent_stays_as_it_is(post: Post, emails: Emails) -> None:
    told = asked(
        post,
        create=wanted(post, "M1-999"),
        onSuccessUpdateEmail={"#k0": PATCH, "#k9": PATCH, "S1-1": PATCH},
        onSuccessDestroyEmail=["#k0"],
    )
    assert len(told) == 1
    assert emails.asked == []


def test_taken_back_and_a_draft_again(post: Post, emails: Emails) -> None:
    """Updates and destructions count, too."""
    one = post.draft(DRAFT)
    made = asked(post, create=wanted(post, one, hold=20))[0][1]["created"]["k0"]["id"]
    back: Object = {"keywords/$draft": True}
    asked(
        post,
        update={made: {"undoStatus": "canceled"}},
        onSuccessUpdateEmail={made: back},
    )
    assert emails.asked == [{"update": {one: back}, "destroy": []}]
    asked(post, destroy=[made], onSuccessDestroyEmail=[made])
    assert emails.asked[1:] == [{"update": {}, "destroy": [one]}]


def test_not_taken_back_stays_sent(post: Post, emails: Emails) -> None:
    one = post.draft(DRAFT)
    made = asked(post, create=wanted(post, one))[0][1]["created"]["k0"]["id"]
    told = asked(
        post,
        update={made: {"undoStatus": "canceled"}},
        onSuccessUpdateEmail={made: PATCH},
    )
    assert told[0][1]["notUpdated"][made]["type"] == "cannotUnsend"
    assert emails.asked == []


def test_one_email_sent_twice(post: Post, emails: Emails) -> None:
    """What is wanted of it is done at once."""
    one = post.draft(DRAFT)
    asked(
        post,
        create=wanted(post, one, one),
        onSuccessUpdateEmail={"#k0": {"a": 1}, "#k1": {"b": 2}},
    )
    assert emails.asked == [{"update": {one: {"a": 1, "b": 2}}, "destroy": []}]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (MethodError("stateMismatch"), "stateMismatch"),
        (Unavailable("busy"), "serverUnavailable"),
    ],
)
def test_it_is_sent_whatever_becomes_of_the_email(
    post: Post, emails: Emails, fault: Exception, kind: str
) -> None:
    emails.fault = fault
    one = post.draft(DRAFT)
    told = asked(post, create=wanted(post, one), onSuccessUpdateEmail={"#k0": PATCH})
    assert told[0][1]["created"]["k0"]["undoStatus"] == "final"
    assert (told[1][0], told[1][1]["type"]) == ("error", kind)


def test_sent_and_taken_back_at_once(post: Post, emails: Emails) -> None:
    """A creation id is as good as an id, in the same call."""
    one = post.draft(DRAFT)
    told = asked(
        post,
        create=wanted(post, one, hold=20),
        update={"#k0": {"undoStatus": "canceled"}},
    )[0][1]
    assert told["updated"] == {told["created"]["k0"]["id"]: {"deliveryStatus": None}}
    assert post.queue.kept == {}


def test_what_cannot_be_written_down_is_taken_back(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error that says it was not sent says the truth, if that can be."""
    one = post.draft(DRAFT)
    create = wanted(post, one, hold=20)

    async def full(*_: object) -> None:
        raise Unavailable("the disk is full")

    monkeypatch.setattr("mailnode.store.objects.Objects.write", full)
    assert asked(post, create=create)[0][1]["type"] == "serverUnavailable"
    assert post.queue.kept == {}


def test_what_has_left_has_left(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though nothing can be read of it at the moment."""
    one = post.draft(DRAFT)
    create = wanted(post, one)

    async def busy(*_: object) -> None:
        raise Unavailable("busy")

    with monkeypatch.context() as trouble:
        trouble.setattr(post.queue, "entry", busy)
        made = asked(post, create=create)[0][1]["created"]["k0"]
    assert (made["undoStatus"], made["deliveryStatus"]) == ("final", None)
    assert len(post.queue.kept) == 1
    (told,) = post.one("EmailSubmission/get", ids=[made["id"]])["list"]
    assert told["deliveryStatus"]["zoe@example.net"]["delivered"] == "queued"


def test_no_more_are_kept_than_there_may_be(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest that are settled go; what still waits stays."""
    monkeypatch.setattr("mailnode.jmap.sending.setting.KEPT", 3)
    one = post.draft(DRAFT)
    held = asked(post, create=wanted(post, one, hold=9000))[0][1]["created"]["k0"]["id"]
    here = wanted(post, one)
    here["k0"]["envelope"]["rcptTo"] = [{"email": "bob@example.org"}]  # type: ignore[index,call-overload]  # as it was made
    made = [asked(post, create=here)[0][1]["created"]["k0"]["id"] for _ in range(4)]
    kept = post.one("EmailSubmission/query")["ids"]
    assert kept == [held, *made[-2:]]


def test_lines_that_are_none(post: Post) -> None:
    """A bare LF would end a line for some servers only (RFC 5321, 2.3.8)."""
    one = post.draft(DRAFT + b"one\ntwo\r\n.\r\n")
    told = asked(post, create=wanted(post, one))[0][1]
    assert told["notCreated"]["k0"]["type"] == "invalidEmail"
    assert post.queue.kept == {}


def test_whoever_sends_is_told_what_becomes_of_it(post: Post) -> None:
    """The state changes when the queue knows more, though nobody asks (RFC 8621, 7)."""
    work: list[Coroutine[Any, Any, None]] = []
    store = post.keeping.store
    follow = Following(store, lambda name: Submission(name, post.agent), work.append)
    told = asked(post, create=wanted(post, post.draft(DRAFT)))[0][1]
    heard: list[str] = []
    stop = post.keeping.account().watch(
        lambda change: heard.append(getattr(change, "kind", ""))
    )
    (claim,) = now(post.queue.claim(1, lease=60_000))
    sent = Outcome(Result.RELAYED, "2.0.0", "250 ok", "mx.example.net")
    now(post.queue.settle(claim, [Settlement(sent)]))
    post.noted(claim, sent, None)
    follow("ana@example.org")
    follow("ana@example.org")
    follow("bob@example.org")
    assert len(work) == 2
    for each in work:
        now(each)
    assert heard == ["EmailSubmission"]
    assert follow.again == {}
    kept = post.one("EmailSubmission/changes", sinceState=told["newState"])
    assert kept["updated"] == [told["created"]["k0"]["id"]]
    stop()


def test_a_fault_while_looking_after_them(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(name: str) -> Submission:
        raise ZeroDivisionError(name)

    follow = Following(post.keeping.store, broken, at_once)
    asked(post, create=wanted(post, post.draft(DRAFT)))
    follow("ana@example.org")
    assert "could not be written down" in caplog.text
    assert follow.again == {}

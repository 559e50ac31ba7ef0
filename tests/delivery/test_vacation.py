"""Vacation responses never stand in the way of a delivery, and cost nothing if there are none."""

from __future__ import annotations

import logging
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from jmap.post import Post
from store.keeping import ANA, BOB, now

from mailnode.delivery import away, vacation
from mailnode.errors import NoSpace
from mailnode.jmap.ijson import Object
from mailnode.message import autoreply
from mailnode.model.envelope import Letter
from mailnode.store.objects import Objects

ON: Object = {"isEnabled": True, "textBody": "away"}


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    made = Post(tmp_path)
    yield made
    made.close()


def leaves(post: Post, who: str = ANA, **more: Any) -> None:
    """Somebody goes away."""
    told = post.one("VacationResponse/set", who, update={"singleton": {**ON, **more}})
    assert told["notUpdated"] is None


def arrive(post: Post, sender: str = "zoe@example.net", *to: str) -> None:
    """A message comes by the store of those who deliver."""
    names = to or (ANA,)
    octets = (
        f"Return-Path: <{sender}>\r\nTo: {', '.join(names)}\r\n\r\nbody\r\n".encode()
    )
    content = post.keeping.content(octets)
    post.pass_time(1)
    places = tuple((name, "INBOX") for name in names)
    letter = Letter(f"d{post.clock()}", places, post.clock())
    now(post.agent.acceptance.store.deliver(letter, content))


def inbox(post: Post, who: str = ANA) -> int:
    account = post.keeping.account(who)
    return now(now(account.mailbox("INBOX")).status()).messages


def test_several_at_once(post: Post) -> None:
    leaves(post)
    leaves(post, BOB)
    arrive(post, "zoe@example.net", ANA, BOB)
    assert {each.envelope.account for each in post.queue.kept.values()} == {ANA, BOB}


def test_a_fault_is_written_down_and_the_mail_is_there(
    post: Post, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    leaves(post)

    async def full(*_: object) -> None:
        raise NoSpace("full")

    monkeypatch.setattr(post.queue, "put", full)
    with caplog.at_level(logging.ERROR):
        arrive(post)
    assert "a vacation response could not be sent" in caplog.text
    assert inbox(post) == 1
    assert post.vacations.busy == 0


def test_a_fault_of_ours_before_it_begins(
    post: Post, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(autoreply, "answerable", lambda _: 1 / 0)
    with caplog.at_level(logging.ERROR):
        arrive(post)
    assert "could not be looked at" in caplog.text
    assert inbox(post) == 1


def test_nobody_is_asked_who_is_known_not_to_be_away(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrive(post)
    asked: list[str] = []
    objects = Objects.objects

    async def watched(self: Objects, kind: str, ids: Any = None) -> Any:
        asked.append(kind)
        return await objects(self, kind, ids)

    monkeypatch.setattr(Objects, "objects", watched)
    for _ in range(5):
        arrive(post)
    assert asked == []
    leaves(post)
    arrive(post)
    assert len(post.queue.kept) == 1
    leaves(post, isEnabled=False)
    arrive(post, "yan@example.net")
    assert len(post.queue.kept) == 1


def test_who_is_remembered_is_bounded(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(away, "KNOWN", 1)
    leaves(post)
    for _ in range(3):
        arrive(post, "zoe@example.net", BOB)
        arrive(post)
    assert list(post.vacations.away.known) == [ANA]
    assert len(post.queue.kept) == 1
    [shard] = post.keeping.store.shelves
    watching = sum(map(len, shard.changes.listeners.values()))
    assert watching == 1


def test_a_flood_of_senders_is_not_answered_without_end(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vacation, "PEOPLE", 3)
    leaves(post)
    for n in range(6):
        arrive(post, f"z{n}@example.net")
    assert len(post.queue.kept) == 3
    post.pass_time(8 * 86400)
    arrive(post, "z9@example.net")
    assert len(post.queue.kept) == 4
    (kept,) = now(post.keeping.account().objects().objects(vacation.ANSWERED))
    assert len(kept.value) == 1


def test_no_more_at_a_time_than_there_may_be(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vacation, "BUSY", 2)
    leaves(post)
    waiting: list[Coroutine[Any, Any, None]] = []
    post.vacations.start = waiting.append
    for n in range(4):
        arrive(post, f"z{n}@example.net")
    assert len(waiting) == 2
    for each in waiting:
        now(each)
    assert len(post.queue.kept) == 2
    arrive(post, "y@example.net")
    assert len(waiting) == 3
    now(waiting[2])


def test_a_change_while_it_is_asked_for(post: Post) -> None:
    """What was read then is not remembered."""
    account = post.keeping.account()
    objects = account.objects()
    read = type(objects).objects

    class Slow:
        async def objects(self, kind: str) -> Any:
            found = await read(objects, kind)
            leaves(post)
            return found

    class Asked:
        name = ANA
        watch = account.watch

        def objects(self) -> Slow:
            return Slow()

    found = now(post.vacations.away.vacation(Asked()))  # type: ignore[arg-type]  # as much as is needed
    assert found is None
    assert ANA not in post.vacations.away.known
    arrive(post)
    assert len(post.queue.kept) == 1

"""Nobody hears of what is somebody else's, not even that it is there (RFC 8620, 8.4)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jmap.isolation import CALLS, KINDS, some_blob
from jmap.office import NO_ACCOUNT, REPERTOIRE, Office
from store.keeping import BOB

from mailnode.jmap.ijson import Object
from mailnode.store.store import Limits

METHODS = sorted(REPERTOIRE.methods.keys() - set(NO_ACCOUNT))
MEANINGLESS = ("invalidArguments", "unknownMethod", "serverFail")
"""What is answered to those who do not ask in earnest."""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Ana and Bob, who both have some mail, and quotas."""
    directory = tmp_path_factory.mktemp("isolation")
    made = Office(directory, quota=Limits(octets=10**6, messages=1000))
    for who, person in ((BOB, made.bob), ("ana@example.org", made.ana)):
        person.one("Mailbox/set", create={"k": {"name": "Other"}})
        made.deliver(f"Subject: secret\n\nsecret of {who}\n", who)
    made.bob.make("Work")
    made.ana.make("Work")
    made.deliver("Subject: secret\n\nsecret\n", BOB, mailbox="Work")
    yield made
    made.close()


def calls(method: str) -> list[tuple[str, Object]]:
    """The calls of a method that there are to make."""
    return [(method, arguments) for arguments in CALLS.get(method, ())]


@pytest.mark.parametrize("method", METHODS)
def test_every_method_is_in_the_matrix(method: str) -> None:
    assert method in CALLS, f"{method} wants a line in tests/jmap/isolation.py"


NO_SUCH = ({"type": "accountNotFound"}, {"type": "fromAccountNotFound"})


@pytest.mark.parametrize("method", METHODS)
def test_no_account_but_ones_own(office: Office, method: str) -> None:
    for arguments in CALLS.get(method, ()) or ({},):
        theirs, *nobodys = (
            office.ana.one(method, **arguments | {"accountId": other})
            for other in ("A2", "A999", "nobody")
        )
        assert theirs in NO_SUCH
        assert nobodys == [theirs, theirs]


def filled(office: Office, arguments: Object, ids: dict[str, str]) -> Object:
    """Arguments with ids put in."""
    mine = {
        "$state": office.ana.one("Email/query")["queryState"],
        "$mine-blob": some_blob(office.ana),
        "$mine": office.ana.found()[0],
    }
    text = json.dumps(arguments)
    for word, id_ in (mine | ids).items():
        text = text.replace(word, id_)
    found: Object = json.loads(text)
    return found


def kinds(arguments: Object) -> list[str]:
    """The words for ids of others that are in some arguments."""
    text = json.dumps(arguments)
    return [word for word in KINDS if word in text]


def answer(office: Office, call: tuple[str, Object], ids: dict[str, str]) -> Any:
    """What is said to a call, with words in place of the ids."""
    method, arguments = call
    told = office.ana.one(method, **filled(office, arguments, ids))
    text = json.dumps(told)
    for word, id_ in ids.items():
        text = text.replace(id_, word)
    return json.loads(text)


MATRIX = [call for method in METHODS for call in calls(method)]


@pytest.mark.parametrize("call", MATRIX, ids=lambda call: f"{call[0]} {call[1]}"[:70])
def test_what_is_somebody_elses_never_was(
    office: Office, call: tuple[str, Object]
) -> None:
    words = kinds(call[1])
    assert words, "there is no id of anybody in it"
    theirs = {word: KINDS[word][0](office.bob) for word in words}
    nobodys = {word: KINDS[word][1] for word in words}
    before = states(office)
    told = answer(office, call, theirs)
    assert told.get("type") not in MEANINGLESS
    assert told == answer(office, call, nobodys)
    assert states(office) == before
    assert "secret of bob" not in json.dumps(told)


def states(office: Office) -> list[str]:
    """The states of all that people have: nothing of it has changed."""
    return [
        person.one(f"{kind}/get", ids=[])["state"]
        for person in (office.ana, office.bob)
        for kind in ("Mailbox", "Thread", "Quota")
    ]


@pytest.mark.parametrize("word", KINDS)
def test_ids_that_are_tried_are_ids_that_somebody_has(
    office: Office, word: str
) -> None:
    find, never = KINDS[word]
    theirs = find(office.bob)
    assert theirs not in ("", never)
    assert theirs[1:3] == "2-" or word == "$blob"
    assert find(office.ana) != theirs

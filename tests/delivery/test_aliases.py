"""Whose mailbox an address means."""

from __future__ import annotations

import pytest
from delivery.people import People
from hypothesis import given
from hypothesis import strategies as st
from smtp.coroutine import finish
from zope.interface.verify import verifyObject

from mailnode.delivery.aliases import Aliases
from mailnode.errors import (
    Looping,
    MailError,
    NotFound,
    NotLocal,
    NotPermitted,
    TooMany,
    Unavailable,
)
from mailnode.interfaces.realm import IDirectory
from mailnode.model.envelope import Address

ANA = ("ana@example.org", "INBOX")
BOB = ("bob@example.org", "INBOX")
ELSEWHERE = "elsewhere"


def resolve(
    text: str,
    people: People | None = None,
    separator: str = "+",
    postmaster: str = "",
    detail_mailboxes: bool = False,
) -> tuple[tuple[str, str], ...]:
    local, _, domain = text.rpartition("@")
    aliases = Aliases(
        people or People(),
        home="mx.example.org",
        separator=separator,
        postmaster=postmaster,
        detail_mailboxes=detail_mailboxes,
    )
    if not local:
        local, domain = domain, ""
    found = finish(aliases.resolve(Address(local, domain)))
    return tuple((each.address.key, each.mailbox or ELSEWHERE) for each in found)


def test_the_directory_of_these_tests_is_one() -> None:
    assert verifyObject(IDirectory, People())


def test_a_person() -> None:
    assert resolve("ANA@example.org") == (ANA,)


def test_nobody() -> None:
    with pytest.raises(NotFound):
        resolve("nobody@example.org")


def test_elsewhere() -> None:
    with pytest.raises(NotLocal):
        resolve("ana@example.net")


def test_an_alias_to_an_alias_to_a_person() -> None:
    people = People(
        aliases={
            "team@example.org": ["Leads@example.com", "ana@example.org"],
            "leads@example.com": ["bob@example.org", "ana@example.org"],
        }
    )
    assert set(resolve("Team@example.org", people)) == {ANA, BOB}


def test_those_who_are_gone_are_passed_over() -> None:
    people = People(
        aliases={"team@example.org": ["gone@example.org", "bob@example.org"]}
    )
    assert resolve("team@example.org", people) == (BOB,)


def test_circles_end() -> None:
    people = People(
        aliases={
            "a@example.org": ["b@example.org", "ana@example.org"],
            "b@example.org": ["a@example.org", "b@example.org"],
        }
    )
    assert resolve("a@example.org", people) == (ANA,)


def test_aliases_may_lead_elsewhere() -> None:
    targets = ["ana@example.org", "Bob@example.net", "carla@example.com"]
    people = People(aliases={"out@example.org": targets})
    away = ("bob@example.net", ELSEWHERE)
    assert resolve("out@example.org", people) == (ANA, away)


def test_an_alias_decides_for_a_person_and_may_lead_to_its_mailbox() -> None:
    away = ("ana@example.net", ELSEWHERE)
    people = People(aliases={"ana@example.org": ["ana@example.net"]})
    assert resolve("ana@example.org", people) == (away,)
    assert resolve("ana+lists@example.org", people) == (away,)
    people.aliases["ana@example.org"] = ["ANA@example.org", "ana@example.net"]
    assert resolve("ana@example.org", people) == (ANA, away)


def test_a_copy_goes_to_the_mailbox_that_was_written_to() -> None:
    people = People(aliases={"ana@example.org": ["ana@example.org", "ana@example.net"]})
    found = resolve("ana+lists@example.org", people, detail_mailboxes=True)
    assert found == (("ana@example.org", "lists"), ("ana@example.net", ELSEWHERE))


def test_no_copy_is_kept_by_a_way_round() -> None:
    """Who has no part in an alias of his own gets nothing, however often he is met."""
    people = People(
        aliases={
            "ana@example.org": ["ana@example.net"],
            "team@example.org": ["ana@example.org", "all@example.org"],
            "all@example.org": ["ana@example.org"],
            "@example.org": ["bob@example.org"],
        }
    )
    assert resolve("team@example.org", people) == (("ana@example.net", ELSEWHERE),)


def test_circles_do_not_end_in_a_catch_all() -> None:
    people = People(
        aliases={
            "a@example.org": ["b@example.org", "ana@example.org"],
            "b@example.org": ["a@example.org"],
            "@example.org": ["bob@example.org"],
        }
    )
    assert resolve("a@example.org", people) == (ANA,)


@pytest.mark.parametrize("target", ["ana", "", "a b@example.org", "|cat", "/tmp/x"])
def test_what_leads_to_no_address_is_refused(target: str) -> None:
    people = People(aliases={"out@example.org": ["ana@example.org", target]})
    with pytest.raises(NotPermitted):
        resolve("out@example.org", people)


def chain(length: int) -> People:
    aliases = {f"a{n}@example.org": [f"a{n + 1}@example.org"] for n in range(length)}
    return People(aliases={**aliases, f"a{length}@example.org": ["ana@example.org"]})


def test_aliases_lead_so_far_and_no_further() -> None:
    assert resolve("a0@example.org", chain(9)) == (ANA,)
    with pytest.raises(Looping):
        resolve("a0@example.org", chain(10))


def test_aliases_lead_to_so_many_and_no_more() -> None:
    names = [f"p{n}@example.org" for n in range(1001)]
    people = People(names, {"all@example.org": names, "most@example.org": names[:1000]})
    assert len(resolve("most@example.org", people)) == 1000
    with pytest.raises(TooMany):
        resolve("all@example.org", people)


def test_a_tree_of_aliases_does_not_explode() -> None:
    aliases = {f"a{n}@example.org": [f"a{n + 1}@example.org"] * 1000 for n in range(9)}
    with pytest.raises((TooMany, NotFound)):
        resolve("a0@example.org", People(aliases=aliases))


@pytest.mark.parametrize(
    ("address", "separator", "found"),
    [
        ("ana+x@example.org", "+", True),
        ("ana+@example.org", "+", True),
        ("ana+x+y@example.org", "+", True),
        ("ANA+X@example.org", "+", True),
        ("ana-x@example.org", "+", False),
        ("ana-x@example.org", "-", True),
        ("ana+x@example.org", "", False),
        ("+ana@example.org", "+", False),
        ("ana x@example.org", "+", False),
    ],
)
def test_subaddresses(address: str, separator: str, found: bool) -> None:
    if found:
        assert resolve(address, separator=separator) == (ANA,)
    else:
        with pytest.raises(NotFound):
            resolve(address, separator=separator)


def test_an_address_with_a_plus_of_its_own_is_itself() -> None:
    people = People(["c+d@example.org", "c@example.org"])
    assert resolve("c+d@example.org", people) == (("c+d@example.org", "INBOX"),)


@pytest.mark.parametrize(
    ("detail", "mailbox"),
    [
        ("Lists", "Lists"),
        ("inbox", "INBOX"),
        ("", "INBOX"),
        ("a//b", "INBOX"),
        ("%", "INBOX"),
        ("\u2028", "INBOX"),
        ("a/b", "a/b"),
    ],
)
def test_a_detail_may_name_a_mailbox(detail: str, mailbox: str) -> None:
    address = f"ana+{detail}@example.org"
    assert resolve(address) == (ANA,)
    found = resolve(address, detail_mailboxes=True)
    assert found == (("ana@example.org", mailbox),)


def test_a_detail_is_no_business_of_those_behind_an_alias() -> None:
    people = People(aliases={"team@example.org": ["ana@example.org"]})
    assert resolve("team+x@example.org", people, detail_mailboxes=True) == (ANA,)


def test_a_catch_all_catches_what_is_left() -> None:
    people = People(
        aliases={
            "@example.com": ["bob@example.org"],
            "info@example.com": ["ana@example.org"],
        }
    )
    assert resolve("info@example.com", people) == (ANA,)
    assert resolve("info+x@example.com", people) == (ANA,)
    assert resolve("else@example.com", people) == (BOB,)
    assert resolve("postmaster@example.com", people) == (BOB,)
    with pytest.raises(NotFound):
        resolve("else@example.org", people)


def test_a_catch_all_that_catches_itself() -> None:
    people = People(aliases={"@example.com": ["lost@example.com"]})
    with pytest.raises(NotFound):
        resolve("else@example.com", people)


@pytest.mark.parametrize(
    ("address", "account"),
    [
        ("postmaster", "postmaster@mx.example.org"),
        ("PostMaster@mx.example.org", "postmaster@mx.example.org"),
        ("Postmaster@example.org", "postmaster@example.org"),
        ("postmaster@example.com", "postmaster@example.com"),
    ],
)
@pytest.mark.parametrize(
    "targets",
    [
        [],
        ["nobody@example.org"],
        ["ana"],
        ["postmaster@example.org", "postmaster@example.com"],
    ],
)
def test_there_is_always_a_postmaster(
    address: str, account: str, targets: list[str]
) -> None:
    people = People(aliases={account: targets})
    assert resolve(address, people)[-1][0].startswith("postmaster@")
    assert resolve(address, people, postmaster="nobody@example.org")


@pytest.mark.parametrize("address", ["postmaster", "postmaster@example.com"])
def test_the_postmaster_who_was_named(address: str) -> None:
    assert resolve(address, postmaster="ana@example.org") == (ANA,)
    people = People(aliases={"postmaster@example.com": ["bob@example.org"]})
    if "@" in address:
        assert resolve(address, people, postmaster="ana@example.org") == (BOB,)


def test_no_postmaster_of_others() -> None:
    with pytest.raises(NotLocal):
        resolve("postmaster@example.net")


@pytest.mark.parametrize(
    "local",
    [
        "victim%example.net",
        "victim@example.net",
        "example.net!victim",
        "@example.net",
        "victim@example.net%mx",
    ],
)
def test_no_address_in_an_address(local: str) -> None:
    with pytest.raises(NotFound):
        resolve(f"{local}@example.org")


def test_a_directory_that_cannot_be_asked() -> None:
    people = People()
    people.gone = True
    with pytest.raises(Unavailable):
        resolve("ana@example.org", people)


NAMES = ["ana", "bob", "a", "b", "c", "postmaster"]
ADDRESSES = st.builds(
    "{}@{}".format,
    st.sampled_from([*NAMES, "a+b", ""]),
    st.sampled_from(["example.org", "example.com", "example.net"]),
)


@given(ADDRESSES, st.dictionaries(ADDRESSES, st.lists(ADDRESSES, max_size=3)))
def test_whatever_leads_where_it_ends_with_people_or_elsewhere(
    address: str, aliases: dict[str, list[str]]
) -> None:
    people = People(aliases=aliases)
    try:
        found = resolve(address, people)
    except MailError:
        assert not address.startswith("postmaster") or address.endswith("net")
        return
    names = [name for name, _ in found]
    assert len(names) == len(set(names))
    for name, mailbox in found:
        if mailbox == ELSEWHERE:
            assert name.endswith("@example.net")
        else:
            assert name in people.names or name.startswith("postmaster@")

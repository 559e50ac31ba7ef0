"""Where the mail for a recipient goes."""

from __future__ import annotations

import pytest
from delivery.people import People
from store.keeping import now

from mailnode.delivery.aliases import Aliases
from mailnode.delivery.directions import Directions
from mailnode.delivery.forward import Rewriting
from mailnode.errors import NotLocal
from mailnode.model.envelope import Address, Recipient
from mailnode.testing import MemoryStore

HOME = "mx.example.org"
"""Our name, in whose domain nobody lives but the postmaster."""
EVE = Address("eve", "example.net")


def directions() -> Directions:
    people = People(aliases={f"postmaster@{HOME}": ["root@example.edu"]})
    rewriting = Rewriting(b"secret", lambda: 0)
    return Directions(Aliases(people, home=HOME), MemoryStore(), rewriting)


@pytest.mark.parametrize("domain", ["", HOME])
def test_what_the_postmaster_sends_on_finds_its_way_back(domain: str) -> None:
    ours = directions()
    (onward,) = now(ours.targets(Recipient(Address("postmaster", domain)), EVE))
    assert onward.address == Address("root", "example.edu")
    assert onward.sender is not None
    assert onward.sender.domain == HOME
    (back,) = now(ours.targets(Recipient(onward.sender), None))
    assert (back.address, back.mailbox) == (EVE, None)


def test_a_way_back_is_open_in_our_own_domains_only() -> None:
    ours = directions()
    (onward,) = now(ours.targets(Recipient(Address("postmaster", HOME)), EVE))
    assert onward.sender is not None
    with pytest.raises(NotLocal):
        now(ours.targets(Recipient(Address(onward.sender.local, "example.edu")), None))

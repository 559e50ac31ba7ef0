"""Which accounts keep objects of a kind, over all shards."""

from __future__ import annotations

from store.keeping import ANA, BOB, Keeping, now

from mailnode.interfaces.mail import IObjectPen


def test_who_keeps_something(keeping: Keeping) -> None:
    store = keeping.store

    def add(pen: IObjectPen) -> int:
        return pen.add("PushSubscription", {"url": "x"}).id

    ana, bob = now(store.account(ANA)), now(store.account(BOB))
    assert now(store.keepers("PushSubscription")) == []
    number = now(ana.objects().write(add))
    now(bob.objects().write(add))
    assert sorted(now(store.keepers("PushSubscription"))) == sorted([ANA, BOB])
    assert now(store.keepers("Identity")) == []
    now(ana.objects().write(lambda pen: pen.remove("PushSubscription", number)))
    assert now(store.keepers("PushSubscription")) == [BOB]

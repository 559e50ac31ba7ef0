"""What an account keeps besides mail: kept, changed, forgotten, and told."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store.keeping import ANA, BOB, Keeping, now
from zope.interface.verify import verifyObject

from mailnode.errors import NotFound, TooLarge, TooMany
from mailnode.interfaces.account import IMailAccount
from mailnode.interfaces.mail import IObjectPen, IObjects
from mailnode.model.change import Change, ObjectChanged
from mailnode.model.mail import Changed, Kept
from mailnode.store import objects as kept
from mailnode.store import purge
from mailnode.store.account import Account
from mailnode.store.check import check
from mailnode.testing import MemoryAccount

IDENTITY = "Identity"
OTHER = "EmailSubmission"


def add(
    ana: IMailAccount, *values: dict[str, object], kind: str = IDENTITY
) -> list[int]:
    """Keep some objects; their ids."""

    def work(pen: IObjectPen) -> list[int]:
        return [pen.add(kind, value).id for value in values]

    return now(ana.objects().write(work))


def remove(ana: IMailAccount, *ids: int) -> None:
    def work(pen: IObjectPen) -> None:
        for each in ids:
            pen.remove(IDENTITY, each)

    now(ana.objects().write(work))


def change(ana: IMailAccount, number: int, value: dict[str, object]) -> None:
    now(ana.objects().write(lambda pen: pen.change(IDENTITY, number, value)))


def state(ana: IMailAccount) -> int:
    return now(ana.objects().state(IDENTITY))


def since(ana: IMailAccount, known: int, most: int = 100) -> Changed:
    return now(ana.objects().changed(IDENTITY, known, most))


@pytest.fixture(params=["memory", "stored"])
def somebody(request: pytest.FixtureRequest, keeping: Keeping) -> IMailAccount:
    """Both of them: what is promised is promised by both."""
    if request.param == "memory":
        return MemoryAccount(ANA)
    return keeping.account()


def test_keeps_its_contracts(somebody: IMailAccount) -> None:
    assert verifyObject(IObjects, somebody.objects())
    now(somebody.objects().write(lambda pen: verifyObject(IObjectPen, pen)))


def test_nothing_is_kept_at_first(somebody: IMailAccount) -> None:
    assert state(somebody) == 0
    assert now(somebody.objects().objects(IDENTITY)) == []
    assert since(somebody, 0) == Changed(0, [], [], [])
    with pytest.raises(NotFound):
        since(somebody, 1)


def test_objects_come_back_as_they_were(somebody: IMailAccount) -> None:
    value: dict[str, object] = {
        "name": "Ana \N{SNOWMAN}\ud800\0",
        "deep": {"list": [1, 2.5, None, True, {"a": ""}]},
    }
    [number] = add(somebody, value)
    assert now(somebody.objects().objects(IDENTITY)) == [Kept(number, value)]
    assert now(somebody.objects().objects(IDENTITY, [number, 999])) == [
        Kept(number, value)
    ]
    assert now(somebody.objects().objects(IDENTITY, [])) == []
    assert now(somebody.objects().objects(OTHER)) == []
    change(somebody, number, {"name": "B"})
    assert now(somebody.objects().objects(IDENTITY)) == [Kept(number, {"name": "B"})]
    remove(somebody, number)
    assert now(somebody.objects().objects(IDENTITY)) == []


def test_ids_are_those_of_the_account(keeping: Keeping, ana: Account) -> None:
    first, second = add(ana, {}, {})
    made = now(ana.create("box"))
    remove(ana, second)
    [third] = add(ana, {})
    assert first < second < made.id < third


def test_a_pen_sees_what_it_wrote(somebody: IMailAccount) -> None:
    def work(pen: IObjectPen) -> None:
        before = pen.state(IDENTITY)
        one = pen.add(IDENTITY, {"n": 1})
        assert pen.objects(IDENTITY) == [one] == [Kept(one.id, {"n": 1})]
        assert pen.state(IDENTITY) > before
        pen.change(IDENTITY, one.id, {"n": 2})
        assert pen.objects(IDENTITY, [one.id]) == [Kept(one.id, {"n": 2})]
        pen.remove(IDENTITY, one.id)
        assert pen.objects(IDENTITY) == []

    now(somebody.objects().write(work))


def test_what_is_not_there_cannot_change(keeping: Keeping, ana: Account) -> None:
    bob = keeping.account(BOB)
    [number] = add(ana, {})
    [gone] = add(ana, {})
    [other] = add(ana, {}, kind=OTHER)
    [his] = add(bob, {}, {}, {})[2:]
    remove(ana, gone)
    before = state(ana)
    for missing in (0, -1, gone, other, his, 999):
        with pytest.raises(NotFound):
            change(ana, missing, {})
        with pytest.raises(NotFound):
            remove(ana, missing)
    assert state(ana) == before
    assert [each.id for each in now(ana.objects().objects(IDENTITY))] == [number]


def test_changes_are_told_once_a_kind(somebody: IMailAccount) -> None:
    heard: list[Change] = []
    somebody.watch(heard.append)

    def work(pen: IObjectPen) -> None:
        pen.add(IDENTITY, {})
        pen.add(OTHER, {})
        pen.add(IDENTITY, {})
        assert heard == []

    now(somebody.objects().write(work))
    assert heard == [
        ObjectChanged(IDENTITY, state(somebody)),
        ObjectChanged(OTHER, now(somebody.objects().state(OTHER))),
    ]
    heard.clear()
    now(somebody.objects().write(lambda pen: pen.objects(IDENTITY)))
    assert heard == []


def test_the_same_again_is_no_change(somebody: IMailAccount) -> None:
    [number] = add(somebody, {"a": 1, "b": 2})
    before = state(somebody)
    heard: list[Change] = []
    somebody.watch(heard.append)
    change(somebody, number, {"b": 2, "a": 1})
    assert (state(somebody), heard) == (before, [])


def test_what_raises_changes_nothing(somebody: IMailAccount) -> None:
    heard: list[Change] = []
    somebody.watch(heard.append)

    def work(pen: IObjectPen) -> None:
        pen.add(IDENTITY, {})
        pen.change(IDENTITY, 999, {})

    with pytest.raises(NotFound):
        now(somebody.objects().write(work))
    assert (state(somebody), heard) == (0, [])


def test_limits(ana: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "OBJECTS", 3)
    monkeypatch.setattr(kept, "OBJECT_SIZE", 20)
    monkeypatch.setattr(kept, "KIND_SIZE", 40)
    [number] = add(ana, {"a": "x" * 12})  # 20 octets
    with pytest.raises(TooLarge):
        add(ana, {"a": "x" * 13})
    with pytest.raises(TooLarge):
        change(ana, number, {"a": "x" * 13})
    add(ana, {"a": "x" * 10})  # 18
    with pytest.raises(TooMany):
        add(ana, {"a": ""})  # 8
    add(ana, {})
    with pytest.raises(TooMany):
        add(ana, {})
    [empty] = [k.id for k in now(ana.objects().objects(IDENTITY)) if not k.value]
    with pytest.raises(TooLarge):
        change(ana, empty, {"a": 1})
    add(ana, {}, kind=OTHER)
    remove(ana, number)
    change(ana, empty, {"a": 1})
    add(ana, {})


def test_changes_since_a_state(somebody: IMailAccount) -> None:
    one, two, three = add(somebody, {}, {}, {})
    then = state(somebody)
    [four] = add(somebody, {})
    change(somebody, one, {"a": 1})
    remove(somebody, two)
    [five] = add(somebody, {})
    remove(somebody, five)
    assert since(somebody, then) == Changed(state(somebody), [four], [one], [two])
    assert since(somebody, 0) == Changed(state(somebody), [one, three, four], [], [])
    assert since(somebody, state(somebody)) == Changed(state(somebody), [], [], [])
    with pytest.raises(NotFound):
        since(somebody, state(somebody) + 1)


def test_what_is_gone_is_forgotten_in_the_end(keeping: Keeping, ana: Account) -> None:
    one, two = add(ana, {}, {})
    then = state(ana)
    remove(ana, one)
    keeping.clock.moment += 10
    later = state(ana)
    remove(ana, two)
    [shard] = keeping.shards
    before = keeping.clock.moment - 1
    while now(shard.write(lambda tx: purge.objects(tx, before))):
        pass
    with pytest.raises(NotFound):
        since(ana, then)
    assert since(ana, later) == Changed(state(ana), [], [], [two])


def test_an_account_that_is_removed_takes_its_objects(keeping: Keeping) -> None:
    ana = keeping.account()
    add(ana, *({} for _ in range(100)))
    now(keeping.store.remove_account(ANA))
    [shard] = keeping.shards
    for table in ("object", "object_kind"):
        query = f"SELECT count(*) FROM {table}"
        assert shard.connection.execute(query).get == 0
    with pytest.raises(NotFound):
        add(ana, {})


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("UPDATE object_kind SET held = 7", "says 7 objects of"),
        ("UPDATE object_kind SET octets = 8", "objects of 8 octets"),
        ("UPDATE object_kind SET modseq = 1", "has an object of change"),
        ("UPDATE object_kind SET floor = 99", "has forgotten change 99"),
        ("UPDATE object_kind SET modseq = 99", "a object_kind has the modseq 99"),
        ("UPDATE object SET modseq = 99", "a object has the modseq 99"),
        ("UPDATE object SET id = 99", "a object has the id 99"),
        ("UPDATE object SET created = 99", "was made by change 99"),
        ("UPDATE object SET gone = 99", "is there and gone"),
        ("UPDATE object SET value = '[]'", "cannot be read"),
        ("UPDATE object SET value = '{'", "cannot be read"),
        ("DELETE FROM object_kind", "of the kind Identity, which there is not"),
        ("UPDATE object_kind SET account = 7", "account 7"),
        ("UPDATE object SET account = 7", "account 7"),
    ],
)
def test_damage_is_found(
    tmp_path_factory: pytest.TempPathFactory, damage: str, sentence: str
) -> None:
    keeping = Keeping(tmp_path_factory.mktemp("store"))
    add(keeping.account(), {"a": 1})
    keeping.sound()
    [shard] = keeping.shards
    shard.connection.execute(damage)
    found = [str(each) for each in now(check(keeping.main, keeping.shards))]
    assert any(sentence in each for each in found), found
    keeping.close()


steps = st.lists(
    st.tuples(st.sampled_from(["add", "change", "remove", "look"]), st.integers(0, 5)),
    max_size=30,
)


@settings(max_examples=40, deadline=None)
@given(steps, st.integers(1, 4))
def test_a_client_that_hears_of_changes_knows_all(
    tmp_path_factory: pytest.TempPathFactory,
    history: list[tuple[str, int]],
    most: int,
) -> None:
    keeping = Keeping(tmp_path_factory.mktemp("store"))
    ana = keeping.account()
    looks: list[tuple[int, set[int]]] = [(0, set())]
    truth: dict[int, dict[str, object]] = {}
    for number, (what, which) in enumerate(history):
        chosen = sorted(truth)[which % len(truth)] if truth else None
        if what == "add":
            [fresh] = add(ana, {"n": number})
            truth[fresh] = {"n": number}
        elif what == "change" and chosen is not None:
            change(ana, chosen, {"n": number})
            truth[chosen] = {"n": number}
        elif what == "remove" and chosen is not None:
            remove(ana, chosen)
            del truth[chosen]
        else:
            looks.append((state(ana), set(truth)))
    for begun, there in looks:
        at, known, more = begun, set(there), True
        while more:
            told = since(ana, at, most)
            count = [*told.created, *told.updated, *told.destroyed]
            assert len(count) == len(set(count)) <= most
            assert not known & set(told.created)
            assert set(told.updated) <= known | set(told.created)
            known = (known | set(told.created)) - set(told.destroyed)
            assert told.state > at or not told.more
            at, more = told.state, told.more
        assert (known, at) == (set(truth), state(ana))
    keeping.sound()
    keeping.close()

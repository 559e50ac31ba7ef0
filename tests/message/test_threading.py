"""What belongs together (RFC 8621, 3)."""

from __future__ import annotations

import pytest

from mailnode.message.threading import IDS, keys, message_ids


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (([], [], []), []),
        (([b" <a@x>"], [], []), [b"a@x"]),
        (([b"<a@x> <b@x>"], [b"<c@x>"], []), [b"a@x", b"c@x"]),
        (([b"<a@x>"], [b"<b@x>"], [b"<c@x>\r\n <b@x>"]), [b"a@x", b"b@x", b"c@x"]),
        (([b"none"], [b"your mail of <monday>"], [b"<>"]), [b"monday"]),
        (([b"<a @x>"], [], [b"<<b@x>>", b"<c@x"]), [b"b@x"]),
    ],
)
def test_message_ids(fields: tuple[list[bytes], ...], expected: list[bytes]) -> None:
    assert message_ids(*fields) == expected


def test_a_long_chain_is_known_by_its_end() -> None:
    chain = b" ".join(b"<%d@x>" % n for n in range(100_000))
    found = message_ids([b"<own@x>"], [b"<99999@x>"], [chain])
    assert found[:3] == [b"own@x", b"99999@x", b"99998@x"]
    assert len(found) == IDS


def test_white_space_in_subjects_is_ignored() -> None:
    assert keys([b"a", b"b"], "one two") == keys([b"a", b"b"], "onetwo")
    assert set(keys([b"a"], "one")).isdisjoint(keys([b"a"], "two"))
    assert set(keys([b"a"], "one")).isdisjoint(keys([b"b"], "one"))
    assert all(-(2**63) <= key < 2**63 for key in keys(map(str.encode, "abcdef"), ""))
    assert keys([b"a"], "\ud800")

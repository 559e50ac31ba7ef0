"""Base subjects (RFC 5256, 2.1)."""

from __future__ import annotations

import pytest

from mailnode.message.subject import SUBJECT_LIMIT, base_subject


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (b"", ""),
        (b"Plan", "Plan"),
        (b"Re: Plan", "Plan"),
        (b"RE: re : Plan", "Plan"),
        (b"Fw: Fwd: FWD: Plan", "Plan"),
        (b"Re: [list] Plan", "Plan"),
        (b"[list] Re: [list] Plan", "Plan"),
        (b"Re[2]: Plan", "Plan"),
        (b"Re [2] : Plan", "Plan"),
        (b"[a] [b] Plan", "Plan"),
        (b"Plan (fwd)", "Plan"),
        (b"Plan (FWD) (fwd)  ", "Plan"),
        (b"Re: Plan (fwd)", "Plan"),
        (b"[fwd: Plan]", "Plan"),
        (b"[Fwd: Re: [list] Plan (fwd)]", "Plan"),
        (b"Re: [fwd: [fwd: Plan]] (fwd)", "Plan"),
        (b"[list]", "[list]"),
        (b"[a][b]", "[b]"),
        (b"Re: [a]", "[a]"),
        (b"Re:", ""),
        (b"Reply", "Reply"),
        (b"Re Plan", "Re Plan"),
        (b"[open Plan", "[open Plan"),
        (b"[a[b]] Plan", "[a[b]] Plan"),
        (b"[fwd: Plan", "[fwd: Plan"),
        (b"[fwd:]", ""),
        (b"[]", "[]"),
        (b"  two \t words ", "two words"),
        (b"=?utf-8?Q?Re=3A_Gr=C3=BC=C3=9Fe?=", "Grüße"),
        (b"=?utf-8?B?UmU6IA==?= Plan", "Plan"),
    ],
)
def test_base_subject(subject: bytes, expected: str) -> None:
    assert base_subject(subject) == expected


@pytest.mark.parametrize(
    "unit", [b"[a]", b"Re:", b"(fwd)", b"[fwd:", b"]", b"[", b"re[a] "]
)
def test_takes_one_look_at_a_bounded_start(unit: bytes) -> None:
    assert len(base_subject(unit * 10**6)) <= SUBJECT_LIMIT

"""Everything clients often ask of a message, from one pass."""

from __future__ import annotations

from mailnode.message.parts import place
from mailnode.message.projection import project
from mailnode.message.scan import Scanner
from mailnode.model.message import Projections


def projected(message: bytes) -> Projections:
    scanner = Scanner()
    scanner.feed(message)
    return project(scanner.close())


def test_projects_a_message() -> None:
    found = projected(
        b"Date: Sun, 1 Nov 2026 10:00:00 +0000\r\nFrom: Bob <bob@example.org>\r\n"
        b"Subject: Re: [list] Plan\r\n\r\nHello Ana,\r\nhow are you?\r\n"
    )
    bob = b'(("Bob" NIL "bob" "example.org"))'
    assert found == Projections(
        envelope=b'("Sun, 1 Nov 2026 10:00:00 +0000" "Re: [list] Plan" '
        + b" ".join([bob] * 3)
        + b" NIL NIL NIL NIL NIL)",
        structure=b'("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 26 2 '
        b"NIL NIL NIL NIL)",
        parts=found.parts,
        header_size=95,
        lines=6,
        base_subject="Plan",
        sent=1793527200000,
        sent_day=20758,
        preview="Hello Ana, how are you?",
    )
    text = place(found.parts, (1,))
    assert text is not None
    assert (text.body, text.end) == (95, 121)


def test_projects_nothing() -> None:
    assert projected(b"") == Projections(
        envelope=b"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)",
        structure=b'("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0 NIL NIL NIL NIL)',
        parts=b"\x01\0\0\0\0",
        header_size=0,
        lines=0,
        base_subject="",
        sent=None,
        sent_day=None,
        preview="",
    )

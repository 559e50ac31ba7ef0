"""Envelopes: what clients write, and what stands in a header (RFC 8621, 7)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailnode.errors import SyntaxFault
from mailnode.jmap.errors import SetError
from mailnode.jmap.extension import Sending
from mailnode.jmap.sending import draft
from mailnode.jmap.sending.envelope import Moment, envelope, path
from mailnode.message.header import Header
from mailnode.model.envelope import (
    Address,
    Deadline,
    Notify,
    OriginalRecipient,
    Return,
)
from mailnode.wire.path import mailbox

NOW = 1_700_000_000_000
MOMENT = Moment(NOW, Sending(hold_seconds=60, recipients=3))
ANA = Address("ana", "example.org")


def said(
    mail: Any = None, rcpt: Any = None, sender: str = "ana@example.org"
) -> dict[str, Any]:
    return {
        "mailFrom": {"email": sender, "parameters": mail},
        "rcptTo": [{"email": "bob@example.net", "parameters": rcpt}],
    }


def test_everything_that_can_be_said() -> None:
    mail = {
        "ret": "full",
        "Envid": "a+b c",
        "HOLDUNTIL": "2023-11-14T22:14:00Z",
        "by": "+30;nT",
        "MT-PRIORITY": "9",
        "REQUIRETLS": None,
        "SMTPUTF8": None,
    }
    rcpt = {"NOTIFY": "delay,FAILURE", "ORCPT": "RFC822;x y@example.net"}
    found = envelope(said(mail, rcpt), MOMENT)
    sender, (recipient,) = found.sender, found.recipients
    assert (sender.ret, sender.envid, sender.priority) == (Return.FULL, "a+b c", 9)
    assert sender.hold_until == NOW + 40_000
    assert sender.deadline == Deadline(NOW + 30_000, False, True)
    assert sender.require_tls
    assert sender.utf8
    assert recipient.notify == frozenset({Notify.DELAY, Notify.FAILURE})
    assert recipient.original == OriginalRecipient("rfc822", "x y@example.net")


@pytest.mark.parametrize(
    "mail",
    [
        *({"RET": "ALL"}, {"RET": None}, {"ENVID": ""}, {"ENVID": "a\nb"}),
        *({"ENVID": "x" * 101}, {"HOLDFOR": "0"}, {"HOLDFOR": "61"}),
        *({"HOLDFOR": "-5"}, {"HOLDFOR": None}, {"HOLDUNTIL": "soon"}),
        *({"HOLDUNTIL": "2023-11-14T22:13:19Z"}, {"BY": "5"}, {"BY": "0;R"}),
        {"HOLDFOR": "5", "HOLDUNTIL": "2023-11-14T22:14:00Z"},
        *({"MT-PRIORITY": "10"}, {"MT-PRIORITY": "+1"}, {"REQUIRETLS": "yes"}),
        *({"SMTPUTF8": ""}, {"SIZE": "x"}, {"BODY": "BINARYMIME"}, {"X": "1"}),
        *({"RET": 5}, [], "x", {"RET": {}}),
    ],
)
def test_parameters_of_mail_that_are_none(mail: Any) -> None:
    with pytest.raises(SetError) as error:
        envelope(said(mail), MOMENT)
    assert error.value.value["type"] == "invalidProperties"
    assert error.value.value["properties"] == ["envelope"]


@pytest.mark.parametrize(
    "rcpt",
    [
        *({"NOTIFY": "NEVER,DELAY"}, {"NOTIFY": ""}, {"NOTIFY": "DELAY,DELAY"}),
        *({"ORCPT": "x"}, {"ORCPT": ";x"}, {"ORCPT": "rfc822;"}),
        *({"ORCPT": "rfc822;a\r\nb"}, {"RET": "FULL"}),
    ],
)
def test_parameters_of_rcpt_that_are_none(rcpt: Any) -> None:
    with pytest.raises(SetError):
        envelope(said(rcpt=rcpt), MOMENT)


@pytest.mark.parametrize(
    "what",
    [
        *(5, [], {}, {"mailFrom": {}, "rcptTo": []}),
        {**said(), "more": 1},
        {"mailFrom": {"email": "ana@example.org", "name": "x"}, "rcptTo": [{}]},
        {"mailFrom": {"email": "ana@example.org"}, "rcptTo": ["bob@example.net"]},
        {"mailFrom": {"email": "x" * 100_000}, "rcptTo": [{"email": "b@x.y"}]},
    ],
)
def test_what_is_no_envelope(what: Any) -> None:
    with pytest.raises(SetError):
        envelope(what, MOMENT)


def test_the_null_path_and_unicode() -> None:
    found = envelope(said(sender=""), MOMENT)
    assert found.sender.address is None
    assert not found.sender.utf8
    assert envelope(said(sender="josé@example.org"), MOMENT).sender.utf8


def test_each_recipient_once() -> None:
    twice = said() | {"rcptTo": [{"email": "a@x.y"}, {"email": "b@x.y"}] * 2}
    with pytest.raises(SetError) as error:
        envelope(twice, MOMENT)
    assert error.value.value == {"type": "tooManyRecipients", "maxRecipients": 3}
    del twice["rcptTo"][-1]
    assert envelope(twice, MOMENT).emails == ("a@x.y", "b@x.y")


def header(*lines: str) -> Header:
    return Header("".join(f"{line}\r\n" for line in lines).encode())


@pytest.mark.parametrize(
    ("lines", "sender"),
    [
        (["From: ana@example.org"], "ana@example.org"),
        (["From: Ana <ANA@Example.org>"], "ANA@example.org"),
        (["From: x@y.z", "Sender: ana@example.org"], "ana@example.org"),
        (["From: x@y.z"], "ana@example.org"),
        ([], "ana@example.org"),
    ],
)
def test_who_sends(lines: list[str], sender: str) -> None:
    """What the identity does not allow is replaced by its own (RFC 8621, 7)."""
    assert mailbox(draft.mail_from(header(*lines), ANA)).decode() == sender


@pytest.mark.parametrize(
    ("lines", "bad"),
    [
        (["From: a@b.c, d@e.f"], "from"),
        (["From: a@b.c", "From: d@e.f"], "from"),
        (["Sender: a@b.c, d@e.f", "From: a@b.c"], "sender"),
        (["Sender: x", "From: a@b.c"], "sender"),
    ],
)
def test_who_sends_cannot_be_told(lines: list[str], bad: str) -> None:
    with pytest.raises(SetError) as error:
        draft.mail_from(header(*lines), ANA)
    assert error.value.value["properties"] == [bad]


def test_what_was_received_is_sent_on() -> None:
    """RFC 8621, 9.6: an exception for exact copies."""
    assert draft.authors(header("From: a@b.c", "Received: from x")).moved
    assert not draft.authors(header("From: a@b.c")).moved


LOCALS = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_categories=["Cc"]),
    min_size=1,
    max_size=20,
)


@given(st.lists(st.builds(Address, LOCALS, st.sampled_from(["x.y", "example.net"]))))
def test_what_is_written_can_be_sent_to(addresses: list[Address]) -> None:
    """Every address that a header can hold comes out as it went in."""
    written = ", ".join(mailbox(each).decode() for each in addresses)
    found = draft.envelope(header(f"To: {written}"), ANA)
    emails = [each["email"] for each in found["rcptTo"]]  # type: ignore[union-attr,index,call-overload]  # as it is made
    keys = [path(str(each)).key for each in emails]
    assert keys == list(dict.fromkeys(each.key for each in addresses))


@given(st.text(max_size=40))
def test_no_text_does_harm(text: str) -> None:
    try:
        found = path(text)
    except SyntaxFault:
        return
    assert path(mailbox(found).decode()) == found

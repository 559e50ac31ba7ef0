"""What COPY and MOVE share: which messages, and where they went (RFC 9051, 6.4.7)."""

from __future__ import annotations

from collections.abc import Sequence

from mailnode.imap.grammar import SequenceSet
from mailnode.imap.response import Refusal
from mailnode.imap.selected import Selected
from mailnode.interfaces.mailbox import IMailbox
from mailnode.model.numbers import NumberSet


def present(selected: Selected, which: SequenceSet, *, by_uid: bool) -> Sequence[int]:
    """The UIDs the client means.

    @raise Refusal: when it names one by a number that somebody else expunged:
        all or nothing (RFC 2180, 4.4).
    """
    chosen = selected.chosen(which, by_uid=by_uid)
    here = [uid for uid in chosen if selected.here(uid)]
    if len(here) < len(chosen) and not by_uid:
        raise Refusal(b"EXPUNGEISSUED", "some are no longer there")
    return here


def copyuid(target: IMailbox, pairs: Sequence[tuple[int, int]]) -> bytes:
    """C{[COPYUID ...]}; nothing when no message was there (RFC 9051, 7.1)."""
    if not pairs:
        return b""
    old, new = zip(*sorted(pairs), strict=True)
    return b"[COPYUID %d %b %b]" % (
        target.uidvalidity,
        NumberSet.of(old).written(),
        in_order(new),
    )


def in_order(uids: Sequence[int]) -> bytes:
    """C{uid-set} in just this order, which the client pairs with another."""
    spans: list[list[int]] = []
    for uid in uids:
        if spans and uid == spans[-1][1] + 1:
            spans[-1][1] = uid
        else:
            spans.append([uid, uid])
    return b",".join(NumberSet(((low, high),)).written() for low, high in spans)

"""QRESYNC: a client that comes back learns at once what it missed (RFC 7162, 3.2)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from mailnode.errors import SyntaxFault
from mailnode.imap.extension import Extension, Implied
from mailnode.imap.fetching import Fetch
from mailnode.imap.grammar import Arguments, SequenceSet
from mailnode.imap.outflow import Outflow
from mailnode.imap.selected import vanished
from mailnode.imap.session import Session
from mailnode.model.numbers import NumberSet

FEW = 1000
"""Changed messages up to which the store is asked what has gone.  With more it
is told roughly: all that could have been there and is not (RFC 7162, 3.2.5.1)."""

extension = Extension(7162, capabilities=(b"QRESYNC",), enables=(b"QRESYNC",))


@extension.select_param(b"QRESYNC")
def qresync(session: Session, arguments: Arguments) -> Implied:
    """C{(uidvalidity SP modseq [SP known-uids] [SP seq-match-data])}.

    What the client says of its message numbers could only make VANISHED
    shorter; it is read, and that is all (RFC 7162, 3.2.5.2).

    @raise SyntaxFault: when it was not enabled before.
    """
    if b"QRESYNC" not in session.enabled:
        raise arguments.fault("this to be enabled first")
    arguments.sp().need(b"(")
    validity = arguments.nz_number()
    since = arguments.sp().mod_sequence()
    known = None
    if arguments.take(b" ") and not arguments.next_is(b"("):
        known = known_uids(arguments)
        arguments.take(b" ")
    if arguments.next_is(b"("):
        numbers = arguments.listed(lambda: known_uids(arguments))
        if len(numbers) != 2:  # noqa: PLR2004 - numbers, and their UIDs
            raise arguments.fault("numbers and their UIDs")
    arguments.need(b")")

    async def catch_up(session: Session) -> None:
        if session.mailbox.view.mailbox.uidvalidity == validity:
            await tell_what_was_missed(session, since, known)

    return catch_up


def known_uids(arguments: Arguments) -> NumberSet:
    """C{known-uids}: a set without a star."""
    at = arguments.at
    found = arguments.sequence_set()
    if found.saved or any(0 in span for span in found.spans):
        raise SyntaxFault("a set without a star", at)
    return found.resolved(0)


async def tell_what_was_missed(
    session: Session, since: int, known: NumberSet | None
) -> None:
    """VANISHED, and FETCH for what has changed; of the UIDs the client knows."""
    selected, recent = session.mailbox, not session.rev2
    uids = selected.uids if known is None else known.among(selected.uids)
    changed = selected.changed(uids, since)
    out = Outflow(session.peer, session.pause)
    gone = await gone_since(session, since, known, len(changed))
    if gone:
        out.say(vanished(gone, earlier=True))
    for uid in changed:
        if selected.view.at(uid) >= 0:
            state = selected.state(uid, recent=recent)
            number = selected.number(uid)
            out.say(b"* %d FETCH (UID %d %b)\r\n" % (number, uid, state))
        await out.flow()
    out.flush()


async def gone_since(
    session: Session, since: int, known: NumberSet | None, changed: int
) -> NumberSet:
    """The UIDs among some that have gone after a modseq.

    @param changed: how many others have changed.
    """
    selected = session.mailbox
    mailbox = selected.view.mailbox
    if selected.view.edges.highest <= since:
        return NumberSet()
    answer = await mailbox.changes(since) if changed <= FEW else None
    if answer is not None:
        gone = [uid for uid in answer[1] if known is None or uid in known]
        return NumberSet.of(uid for uid in gone if selected.view.at(uid) < 0)
    last = (await mailbox.status()).uidnext - 1
    return missing(known or NumberSet(((1, last),)), selected.view.uids, last)


def missing(among: NumberSet, uids: Sequence[int], last: int) -> NumberSet:
    """The numbers of a set, up to the last, that are not among some ascending UIDs."""
    gaps: list[tuple[int, int]] = []
    for low, high in among.spans:
        start, end = low, min(high, last)
        for uid in uids[bisect_left(uids, low) : bisect_right(uids, end)]:
            if uid > start:
                gaps.append((start, uid - 1))
            start = uid + 1
        if start <= end:
            gaps.append((start, end))
    return NumberSet.covering(gaps)


@extension.fetch_modifier(b"VANISHED")
def tell_vanished(fetching: Fetch, arguments: Arguments) -> None:
    """C{UID FETCH 1:* (FLAGS) (CHANGEDSINCE 9 VANISHED)} (RFC 7162, 3.2.6)."""
    session, fault = fetching.session, arguments.fault
    if b"QRESYNC" not in session.enabled or not arguments.by_uid:
        raise fault("this with UID FETCH, and enabled before")

    async def first(which: SequenceSet) -> None:
        if fetching.since is None:
            raise fault("CHANGEDSINCE with VANISHED")
        status = await session.mailbox.view.mailbox.status()
        among = which.resolved(status.uidnext - 1)
        gone = await gone_since(session, fetching.since, among, 0)
        if gone:
            session.peer.write(vanished(gone, earlier=True))

    fetching.first = first

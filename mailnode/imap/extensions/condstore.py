"""CONDSTORE: what has changed since, and changes only of what has not (RFC 7162, 3.1).

A modseq is the number of the change that last touched a message.  They come
with the store; here a client is told of them.
"""

from __future__ import annotations

from mailnode import query
from mailnode.imap import fetching
from mailnode.imap.extension import Extension, Implied
from mailnode.imap.fetching import Fetch, Item
from mailnode.imap.grammar import Arguments
from mailnode.imap.searching import Reading
from mailnode.imap.selected import MODSEQS
from mailnode.imap.session import Session
from mailnode.imap.storing import Storing
from mailnode.imap.view import View
from mailnode.model.mailbox import Status
from mailnode.query import Query

ENTRY_TYPES = (b"SHARED", b"PRIV", b"ALL")

extension = Extension(7162, capabilities=(b"CONDSTORE",), enables=(b"CONDSTORE",))


@extension.implied(
    b"MODSEQ", b"CHANGEDSINCE", b"UNCHANGEDSINCE", b"HIGHESTMODSEQ", b"CONDSTORE"
)
async def aware(session: Session) -> None:
    """Whoever asks for one of these is told modseqs from now on (RFC 7162, 3.1)."""
    if not MODSEQS.isdisjoint(session.enabled):
        return
    session.enabled.add(b"CONDSTORE")
    selected = session.selected
    if selected is not None:
        session.say(b"OK", highest(selected.view))


@extension.select_code
def highest(view: View) -> bytes:
    return b"[HIGHESTMODSEQ %d] the last change" % view.edges.highest


@extension.select_param(b"CONDSTORE")
def condstore(_: Session, __: Arguments) -> Implied:
    """It is implied, and that is all (RFC 7162, 3.1.8)."""
    return aware


@extension.status_att(b"HIGHESTMODSEQ")
def highestmodseq(status: Status) -> int:
    return status.highest_modseq


MODSEQ = Item(fetching.MODSEQ, column=fetching.modseqs)


@extension.fetch_att(b"MODSEQ")
def modseq(_: Arguments) -> Item:
    return MODSEQ


@extension.fetch_modifier(b"CHANGEDSINCE")
def changedsince(fetch: Fetch, arguments: Arguments) -> None:
    fetch.since = arguments.sp().mod_sequence()
    fetch.items.append(MODSEQ)  # RFC 7162, 3.1.4.1: it is always told


@extension.store_modifier(b"UNCHANGEDSINCE")
def unchangedsince(storing: Storing, arguments: Arguments) -> None:
    storing.unchanged_since = arguments.sp().mod_sequence()


@extension.search_key(b"MODSEQ")
def modified(reading: Reading) -> Query:
    """C{MODSEQ [entry-name SP entry-type-req] SP mod-sequence} (RFC 7162, 3.1.5).

    There is one modseq for all that is said of a message, whichever flag the
    client names.
    """
    arguments = reading.arguments.sp()
    if arguments.next_is(b'"'):
        arguments.string()
        arguments.sp().one_of(ENTRY_TYPES, "priv, shared or all")
        arguments.sp()
    reading.tails[b"MODSEQ"] = reading.selected.highest
    return query.Modified(arguments.mod_sequence())

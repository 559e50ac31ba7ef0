"""What became different of threads and emails (RFC 8620, 5.2)."""

from __future__ import annotations

from mailnode.errors import NotFound
from mailnode.interfaces.account import IMailAccount
from mailnode.jmap import state
from mailnode.jmap.standard import CannotCalculate, Changes
from mailnode.model.mail import Kind
from mailnode.wire import ids

LETTERS = {Kind.THREAD: ids.THREAD, Kind.EMAIL: ids.EMAIL}


async def changes(account: IMailAccount, kind: Kind, since: str, most: int) -> Changes:
    """What became different of a kind since a state.

    @raise CannotCalculate: when that is not known.
    """
    try:
        found = await account.mail().changed(kind, state.modseq(since), most)
    except NotFound:
        raise CannotCalculate from None

    def named(number: int) -> str:
        return ids.written(LETTERS[kind], account.id, number)

    return Changes(
        state=state.written(found.state),
        created=list(map(named, found.created)),
        updated=list(map(named, found.updated)),
        destroyed=list(map(named, found.destroyed)),
        more=found.more,
    )

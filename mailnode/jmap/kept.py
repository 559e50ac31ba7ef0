"""What an account keeps besides mail, as the standard methods have it (RFC 8620, 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from mailnode.errors import NotFound
from mailnode.interfaces.account import IMailAccount
from mailnode.jmap import state
from mailnode.jmap.ijson import Object
from mailnode.jmap.standard import CannotCalculate, Changes
from mailnode.model.mail import Changed, Kept
from mailnode.wire import ids


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where the objects of one type are.

    @ivar kind: the type, for the store.
    @ivar letter: with which their ids begin.
    """

    kind: str
    letter: str

    def id(self, account: IMailAccount, number: int) -> str:
        """The id of an object."""
        return ids.written(self.letter, account.id, number)

    def number(self, account: IMailAccount, said: str) -> int:
        """Which object an id means; 0, which there is not, if it is none of these."""
        return ids.number(self.letter, account.id, said)

    async def state(self, account: IMailAccount) -> str:
        """What changes whenever an object does."""
        return state.written(await account.objects().state(self.kind))

    async def find(
        self, account: IMailAccount, said: Sequence[str] | None
    ) -> Sequence[Kept]:
        """Those of some objects that are there, or all."""
        wanted = None
        if said is not None:
            wanted = [self.number(account, each) for each in said]
        return await account.objects().objects(self.kind, wanted)

    async def changed(self, account: IMailAccount, since: str, most: int) -> Changed:
        """What became different since a state.

        @raise CannotCalculate: when that is not known.
        """
        try:
            return await account.objects().changed(self.kind, state.modseq(since), most)
        except NotFound:
            raise CannotCalculate from None

    async def changes(self, account: IMailAccount, since: str, most: int) -> Changes:
        """The same, as C{/changes} has it."""
        found = await self.changed(account, since, most)

        def named(numbers: Sequence[int]) -> list[str]:
            return [self.id(account, each) for each in numbers]

        return Changes(
            state.written(found.state),
            named(found.created),
            named(found.updated),
            named(found.destroyed),
            more=found.more,
        )


def value(kept: Kept) -> Object:
    """What an object is; the store keeps nothing but JSON."""
    return cast("Object", kept.value)

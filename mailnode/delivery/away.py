"""Who is away, remembered so that those who are not cost nothing (RFC 8621, 8)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from mailnode.interfaces.account import IMailAccount
from mailnode.model.change import Change, ObjectChanged
from mailnode.model.vacation import KIND, Vacation, read

KNOWN = 10_000
"""Accounts of which is remembered whether they answer."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an account, until it changes.

    @ivar vacation: C{None}, if it answers nothing.
    @ivar forget: ends the watch for a change.
    """

    vacation: Vacation | None
    forget: Callable[[], None]


class Away:
    """What is known of accounts.

    @ivar known: by name, the one that was asked for last at the end.
    """

    def __init__(self) -> None:
        self.known: OrderedDict[str, Known] = OrderedDict()

    def may_be(self, name: str) -> bool:
        """Whether it is not known that an account answers nothing."""
        known = self.known.get(name)
        return known is None or known.vacation is not None

    async def vacation(self, account: IMailAccount) -> Vacation | None:
        """The answer of an account; C{None}, if it gives none."""
        name = account.name
        known = self.known.get(name)
        if known is None:
            known = await self.asked(account)
        else:
            self.known.move_to_end(name)
        return known.vacation

    async def asked(self, account: IMailAccount) -> Known:
        """Ask an account, and remember it unless it changes meanwhile."""
        changed: list[Change] = []

        def listen(change: Change) -> None:
            if isinstance(change, ObjectChanged) and change.kind == KIND:
                changed.append(change)
                self.forget(account.name, known)

        known = Known(None, account.watch(listen))
        kept = await account.objects().objects(KIND)
        vacation = next((read(each.value) for each in kept), Vacation())
        known = Known(vacation if vacation.enabled else None, known.forget)
        if changed:
            known.forget()
        else:
            self.remember(account.name, known)
        return known

    def remember(self, name: str, known: Known) -> None:
        """Remember what is known of an account, and forget the oldest."""
        if (before := self.known.pop(name, None)) is not None:
            before.forget()
        self.known[name] = known
        if len(self.known) > KNOWN:
            _, oldest = self.known.popitem(last=False)
            oldest.forget()

    def forget(self, name: str, known: Known) -> None:
        """What was known of an account is so no more."""
        if self.known.get(name) is known:
            del self.known[name]
            known.forget()

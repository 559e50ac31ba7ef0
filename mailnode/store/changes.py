"""Who wants to hear of changes, and how they are told after the commit."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from mailnode.model.change import Change

Listener = Callable[[Change], None]

log = logging.getLogger("mailnode.store")


def complain(error: Exception) -> None:
    """Write down a failure that harmed no request."""
    log.error("afterwards: %s", error, exc_info=error)


def nobody_hears(_account: int) -> None:
    """It does not matter."""


class Changes:
    """Listeners, by account.

    @ivar complain: given what a listener raises, which harms nobody else.
    @ivar heard: told of every account of which something changed.
    """

    def __init__(self, complain: Callable[[Exception], None] = complain) -> None:
        self.complain = complain
        self.heard: Callable[[int], None] = nobody_hears
        self.listeners: dict[int, dict[object, Listener]] = {}

    def watch(self, account: int, listener: Listener) -> Callable[[], None]:
        """Tell C{listener} of every change of an account.

        @return: call it to stop; a second time does nothing.
        """
        key = object()
        self.listeners.setdefault(account, {})[key] = listener

        def stop() -> None:
            there = self.listeners.get(account, {})
            if key in there:
                del there[key]
                if not there:
                    del self.listeners[account]

        return stop

    def publish(self, account: int, changes: Sequence[Change]) -> None:
        """Tell everyone, after the commit and never before."""
        if changes:
            self.heard(account)
        there = self.listeners.get(account)
        if not there:
            return
        for change in changes:
            for key, listener in list(there.items()):
                if key not in there:
                    continue  # an earlier one has stopped it
                try:
                    listener(change)
                except Exception as error:  # noqa: BLE001 - theirs alone
                    self.complain(error)

"""Mailboxes below each other, from the levels of their names (RFC 8621, 2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from mailnode.model.mail import Counted
from mailnode.model.mailbox import SEPARATOR


class Tree:
    """All mailboxes of an account.

    IMAP can take a mailbox away and leave those below it: they then stand below
    the next one that is there, by all of their name that is left.

    @ivar boxes: by id, in the order of their names.
    @ivar named: by their whole name.
    """

    def __init__(self, boxes: Iterable[Counted]) -> None:
        self.boxes = {box.id: box for box in boxes}
        self.named = {box.name: box for box in self.boxes.values()}

    def parent(self, box: Counted) -> Counted | None:
        """The next mailbox above; C{None} at the top."""
        above, cut, _ = box.name.rpartition(SEPARATOR)
        while cut:
            if above in self.named:
                return self.named[above]
            above, cut, _ = above.rpartition(SEPARATOR)
        return None

    def above(self, box: Counted) -> Iterator[Counted]:
        """All mailboxes above, the next one first."""
        one = self.parent(box)
        while one is not None:
            yield one
            one = self.parent(one)

    def leaf(self, box: Counted) -> str:
        """What a mailbox is called where it stands."""
        parent = self.parent(box)
        start = 0 if parent is None else len(parent.name + SEPARATOR)
        return box.name[start:]

    def below(self, box: Counted) -> list[Counted]:
        """All mailboxes below one."""
        start = box.name + SEPARATOR
        return [each for each in self.boxes.values() if each.name.startswith(start)]

    def put(self, box: Counted) -> None:
        """Let there be this mailbox, in place of one with its id."""
        self.take(box.id)
        self.boxes[box.id] = self.named[box.name] = box

    def take(self, number: int) -> None:
        """Let there be no such mailbox."""
        before = self.boxes.pop(number, None)
        if before is not None:
            del self.named[before.name]

    def children(self) -> dict[int | None, list[Counted]]:
        """The mailboxes right below each, and below C{None} those at the top."""
        found: dict[int | None, list[Counted]] = {}
        for box in self.boxes.values():
            parent = self.parent(box)
            found.setdefault(None if parent is None else parent.id, []).append(box)
        return found

    def descended(
        self, among: Callable[[Sequence[Counted]], Sequence[Counted]]
    ) -> list[Counted]:
        """All of them, each before those below it (RFC 8621, 2.3, sortAsTree).

        @param among: puts those with the same parent in order.
        """
        children = self.children()
        waiting = list(reversed(among(children.get(None, ()))))
        found: list[Counted] = []
        while waiting:
            found.append(waiting.pop())
            waiting += reversed(among(children.get(found[-1].id, ())))
        return found

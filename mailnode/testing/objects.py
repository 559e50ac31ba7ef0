"""What an account keeps besides mail, in memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from zope.interface import implementer

from mailnode.errors import NotFound, TooLarge, TooMany
from mailnode.interfaces.mail import IObjectPen, IObjects
from mailnode.model.change import Change, ObjectChanged
from mailnode.model.mail import Changed, Kept
from mailnode.testing.mailbox import History

T = TypeVar("T")

OBJECTS = 100
"""Objects of one kind: few, so that a test comes to the limit soon."""
OBJECT_SIZE = 2**16
"""Octets of one in JSON."""


@dataclass(frozen=True, slots=True)
class Row:
    """An object, as it was last written; C{None}, if it is gone."""

    created: int
    modseq: int
    text: str | None


Rows = dict[tuple[str, int], Row]
"""By kind and id."""


@implementer(IObjects)
class MemoryObjects:
    """Objects of an account."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.rows: Rows = {}
        self.ids = 0

    async def state(self, kind: str) -> int:
        return MemoryObjectPen(self).state(kind)

    async def objects(
        self, kind: str, ids: Collection[int] | None = None
    ) -> Sequence[Kept]:
        return MemoryObjectPen(self).objects(kind, ids)

    async def changed(self, kind: str, since: int, most: int) -> Changed:
        latest = await self.state(kind)
        if not 0 <= since <= latest:
            raise NotFound("what changed since then is not known")
        rows = [
            (row.created if row.created > since else row.modseq, id_, row)
            for (each, id_), row in sorted(self.rows.items())
            if each == kind and row.modseq > since
        ]
        told = sorted(rows, key=lambda row: row[0])[:most]
        more = len(told) < len(rows)
        new = {id_ for _, id_, row in told if row.created > since}
        gone = {id_ for _, id_, row in told if row.text is None}
        ids = [id_ for _, id_, _ in told]
        return Changed(
            told[-1][0] if more else latest,
            [id_ for id_ in ids if id_ in new - gone],
            [id_ for id_ in ids if id_ not in new | gone],
            [id_ for id_ in ids if id_ in gone - new],
            more,
        )

    async def write(self, work: Callable[[IObjectPen], T]) -> T:
        before, ids = dict(self.rows), self.ids
        pen = MemoryObjectPen(self)
        try:
            result = work(pen)
        except BaseException:
            self.rows, self.ids = before, ids
            raise
        for change in pen.told.values():
            self.history.tell(change)
        return result


@implementer(IObjectPen)
class MemoryObjectPen:
    """Changes them."""

    def __init__(self, kept: MemoryObjects) -> None:
        self.kept = kept
        self.told: dict[str, Change] = {}

    def state(self, kind: str) -> int:
        rows = self.kept.rows.items()
        return max((row.modseq for (each, _), row in rows if each == kind), default=0)

    def objects(self, kind: str, ids: Collection[int] | None = None) -> Sequence[Kept]:
        return [
            Kept(id_, json.loads(row.text))
            for (each, id_), row in sorted(self.kept.rows.items())
            if each == kind and row.text is not None and (ids is None or id_ in ids)
        ]

    def add(self, kind: str, value: Mapping[str, object]) -> Kept:
        text = written(value)
        if len(self.objects(kind)) >= OBJECTS:
            raise TooMany("there are too many of these")
        self.kept.ids += 1
        self.put(kind, self.kept.ids, text)
        return Kept(self.kept.ids, json.loads(text))

    def change(self, kind: str, id: int, value: Mapping[str, object]) -> None:  # noqa: A002 - the interface's word
        text = written(value)
        if self.found(kind, id) != text:
            self.put(kind, id, text)

    def remove(self, kind: str, id: int) -> None:  # noqa: A002 - the interface's word
        self.found(kind, id)
        self.put(kind, id, None)

    def found(self, kind: str, id: int) -> str:  # noqa: A002 - the interface's word
        row = self.kept.rows.get((kind, id))
        if row is None or row.text is None:
            raise NotFound("there is no such object")
        return row.text

    def put(self, kind: str, id: int, text: str | None) -> None:  # noqa: A002 - the interface's word
        modseq = self.kept.history.changed()
        before = self.kept.rows.get((kind, id))
        created = modseq if before is None else before.created
        self.kept.rows[kind, id] = Row(created, modseq, text)
        self.told[kind] = ObjectChanged(kind, modseq)


def written(value: Mapping[str, object]) -> str:
    text = json.dumps(value, separators=(",", ":"), sort_keys=True, allow_nan=False)
    if len(text) > OBJECT_SIZE:
        raise TooLarge("this is longer than it may be")
    return text

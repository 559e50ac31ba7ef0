"""What an account keeps besides mail: objects of some kinds, as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeVar

import apsw
from zope.interface import implementer

from mailnode.errors import NotFound, TooLarge, TooMany
from mailnode.interfaces.mail import IObjectPen, IObjects
from mailnode.model.change import Change, ObjectChanged
from mailnode.model.mail import Changed, Kept
from mailnode.store import rows
from mailnode.store.shelf import Shelf

T = TypeVar("T")

OBJECTS = 10_000
"""Objects of one kind in an account: as many as a client can still list."""
OBJECT_SIZE = 256 * 2**10
"""Octets of one in JSON: a signature with a picture in it."""
KIND_SIZE = 32 * 2**20
"""Octets of all of a kind: what is read at once when all are asked for."""

EXISTS = "SELECT value FROM object WHERE account = ? AND kind = ? AND id = ?"
CHANGES = (
    # Where it was made after the state that is asked for, a page may end between
    # its making and what became of it later: each is told in its own place.
    "SELECT id, created, value IS NULL,"
    " CASE WHEN created > ?3 THEN created ELSE modseq END AS at FROM object"
    " WHERE account = ?1 AND kind = ?2 AND modseq > ?3 ORDER BY at LIMIT ?4"
)
TOUCH = (
    "INSERT INTO object_kind (account, kind, modseq, floor, held, octets)"
    " VALUES (?, ?, ?, 0, ?, ?) ON CONFLICT (account, kind) DO UPDATE"
    " SET modseq = excluded.modseq, held = held + excluded.held,"
    " octets = octets + excluded.octets"
)


@implementer(IObjects)
class Objects:
    """Rows of C{object} that share an account."""

    def __init__(self, shelf: Shelf, account: int) -> None:
        self.shelf = shelf
        self.account = account

    async def state(self, kind: str) -> int:
        """The modseq of the last change of a kind."""
        return await self.shelf.database.read(lambda tx: state(tx, self.account, kind))

    async def objects(
        self, kind: str, ids: Collection[int] | None = None
    ) -> Sequence[Kept]:
        """Some objects of a kind, or all, by id."""
        return await self.shelf.database.read(
            lambda tx: objects(tx, self.account, kind, ids)
        )

    async def changed(self, kind: str, since: int, most: int) -> Changed:
        """What became different of a kind since a state."""
        return await self.shelf.database.read(
            lambda tx: changed(tx, (self.account, kind), since, most)
        )

    async def write(self, work: Callable[[IObjectPen], T]) -> T:
        """Change something, in one transaction, and then tell who watches."""
        now = self.shelf.clock()

        def change(tx: apsw.Connection) -> tuple[T, Sequence[Change]]:
            pen = ObjectPen(tx, self.account, now)
            result = work(pen)
            return result, pen.news()

        return await self.shelf.change(self.account, change)


@implementer(IObjectPen)
class ObjectPen:
    """Changes objects inside a transaction; every verb is a change of its own.

    @ivar told: the last change of each kind that was changed.
    """

    def __init__(self, tx: apsw.Connection, account: int, moment: int) -> None:
        self.tx = tx
        self.account = account
        self.moment = moment
        self.told: dict[str, int] = {}

    def state(self, kind: str) -> int:
        """The modseq of the last change of a kind."""
        return state(self.tx, self.account, kind)

    def objects(self, kind: str, ids: Collection[int] | None = None) -> Sequence[Kept]:
        """Some objects of a kind, or all, by id."""
        return objects(self.tx, self.account, kind, ids)

    def add(self, kind: str, value: Mapping[str, object]) -> Kept:
        """Keep one more."""
        text = written(value)
        held, octets = self.held(kind)
        if held >= OBJECTS or octets + len(text) > KIND_SIZE:
            raise TooMany(f"an account has at most {OBJECTS} of these")
        modseq, number = self.touch(kind, 1, len(text))
        self.tx.execute(
            "INSERT INTO object (account, kind, id, created, modseq, value, gone)"
            " VALUES (?, ?, ?, ?, ?, ?, NULL)",
            (self.account, kind, number, modseq, modseq, text),
        )
        return Kept(number, json.loads(text))

    def change(self, kind: str, id: int, value: Mapping[str, object]) -> None:  # noqa: A002 - the interface's word
        """Let an object be another; when it is the same, nothing has changed."""
        text = written(value)
        before = self.found(kind, id)
        if text == before:
            return
        longer = len(text) - len(before)
        if self.held(kind)[1] + longer > KIND_SIZE:
            raise TooLarge("this and the others are longer than they may be")
        modseq, _ = self.touch(kind, 0, longer)
        self.put(kind, id, modseq, text)

    def remove(self, kind: str, id: int) -> None:  # noqa: A002 - the interface's word
        """Forget an object, but not yet that it was there."""
        modseq, _ = self.touch(kind, -1, -len(self.found(kind, id)))
        self.put(kind, id, modseq, None)

    def news(self) -> Sequence[Change]:
        """What to tell after the commit: each kind once."""
        return [ObjectChanged(kind, modseq) for kind, modseq in self.told.items()]

    def found(self, kind: str, id: int) -> str:  # noqa: A002 - the interface's word
        """An object as it is written.

        @raise NotFound: when it is not there.
        """
        text = self.tx.execute(EXISTS, (self.account, kind, id)).get
        if text is None:
            raise NotFound("there is no such object")
        return str(text)

    def held(self, kind: str) -> tuple[int, int]:
        """How many of a kind there are, and their octets."""
        row: tuple[int, int] | None = self.tx.execute(
            "SELECT held, octets FROM object_kind WHERE account = ? AND kind = ?",
            (self.account, kind),
        ).get
        return row or (0, 0)

    def touch(self, kind: str, more: int, octets: int) -> tuple[int, int]:
        """Begin a change of a kind; its modseq, and a number if there is one more."""
        modseq, number = rows.change(self.tx, self.account, ids=max(0, more))
        self.tx.execute(TOUCH, (self.account, kind, modseq, more, octets))
        self.told[kind] = modseq
        return modseq, number

    def put(self, kind: str, id: int, modseq: int, text: str | None) -> None:  # noqa: A002
        """Write what has become of an object; C{None}: it is gone."""
        self.tx.execute(
            "UPDATE object SET modseq = ?, value = ?, gone = ?"
            " WHERE account = ? AND kind = ? AND id = ?",
            (
                modseq,
                text,
                self.moment if text is None else None,
                self.account,
                kind,
                id,
            ),
        )


def written(value: Mapping[str, object]) -> str:
    """An object in JSON; all of it ASCII, so that any text comes back as it was.

    @raise TooLarge: when it is longer than an object may be.
    """
    text = json.dumps(value, separators=(",", ":"), sort_keys=True, allow_nan=False)
    if len(text) > OBJECT_SIZE:
        raise TooLarge(f"this may have {OBJECT_SIZE} octets at most")
    return text


def state(tx: apsw.Connection, account: int, kind: str) -> int:
    """The modseq of the last change of a kind; 0, if there never was one."""
    return edges(tx, (account, kind))[0]


def edges(tx: apsw.Connection, kept: tuple[int, str]) -> tuple[int, int]:
    """The last change of a kind, and the one before which not all is known."""
    row: tuple[int, int] | None = tx.execute(
        "SELECT modseq, floor FROM object_kind WHERE account = ? AND kind = ?", kept
    ).get
    return row or (0, 0)


def objects(
    tx: apsw.Connection, account: int, kind: str, ids: Collection[int] | None
) -> list[Kept]:
    """Some objects of a kind, or all, by id."""
    which = ""
    values: tuple[int | str, ...] = ()
    if ids is not None:
        found = rows.listed(sorted(set(ids)), "id")
        which, values = f" AND {found.condition}", found.values
    return [
        Kept(number, json.loads(text))
        for number, text in tx.execute(
            "SELECT id, value FROM object WHERE account = ? AND kind = ?"  # noqa: S608 - our own words
            f" AND value IS NOT NULL{which} ORDER BY id",
            (account, kind, *values),
        )
    ]


def changed(
    tx: apsw.Connection, kept: tuple[int, str], since: int, most: int
) -> Changed:
    """What became different of a kind since a state (RFC 8620, 5.2).

    @param kept: account and kind.
    @raise NotFound: when that is not known any more, or never was.
    """
    latest, floor = edges(tx, kept)
    if not floor <= since <= latest:
        raise NotFound("what changed since then is not known")
    found = list(tx.execute(CHANGES, (*kept, since, most + 1)))
    more = len(found) > most
    told = found[:most]
    return Changed(
        told[-1][3] if more else latest,
        [each for each, created, gone, _ in told if created > since and not gone],
        [each for each, created, gone, _ in told if created <= since and not gone],
        [each for each, created, gone, _ in told if created <= since and gone],
        more,
    )


def forget(tx: apsw.Connection, before: int, most: int) -> bool:
    """Forget objects that went before a moment; whether there may be more.

    Changes since before then are not known any more.
    """
    oldest = list(
        tx.execute(
            "SELECT account, kind, modseq, id FROM object WHERE gone <= ?"
            " ORDER BY gone LIMIT ?",
            (before, most),
        )
    )
    tx.executemany(
        "UPDATE object_kind SET floor = max(floor, ?) WHERE account = ? AND kind = ?",
        [(modseq, account, kind) for account, kind, modseq, _ in oldest],
    )
    tx.executemany(
        "DELETE FROM object WHERE account = ? AND kind = ? AND id = ?",
        [(account, kind, number) for account, kind, _, number in oldest],
    )
    return len(oldest) == most

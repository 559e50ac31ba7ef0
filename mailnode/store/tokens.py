"""Tokens in the main database, of whose secrets only a hash is kept."""

from __future__ import annotations

import os
from base64 import urlsafe_b64encode
from collections.abc import Callable, Collection, Iterable, Sequence

import apsw
from zope.interface import implementer

from mailnode.clock import MINUTE
from mailnode.errors import NotFound, NotPermitted, TooMany
from mailnode.interfaces.tokens import ITokens
from mailnode.model.token import (
    AGENT_LIMIT,
    LABEL_LIMIT,
    SCOPES,
    Issued,
    Purpose,
    Token,
    Visit,
    Wish,
    digest,
)
from mailnode.store.database import Database

SECRET_OCTETS = 32
"""Of what a browser or a program keeps: 256 bits."""
LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
"""Of app passwords, which people type: none that looks like another."""
TYPED = 25
"""Letters of an app password: 125 bits."""
GROUP = 5
MOST = 100
"""Tokens of one purpose that an account may have."""
COARSE = 10 * MINUTE
"""Milliseconds after which it is written down again that a token was used."""
COLUMNS = (
    "id, account, purpose, label, lasts, scope, created, seen, expires, address, agent"
)
Gone = Sequence[tuple[str, int]]
"""Accounts and ids of tokens that are there no longer."""


@implementer(ITokens)
class Tokens:
    """All tokens of all accounts.

    @ivar watchers: by account and id, who is to be told.
    """

    def __init__(
        self,
        main: Database,
        clock: Callable[[], int],
        chance: Callable[[int], bytes] = os.urandom,
    ) -> None:
        """Begin.

        @param main: prepared by L{mailnode.store.migrate.main}.
        @param clock: now, in milliseconds since 1970 in UTC.
        @param chance: gives so many octets that nobody can foretell.
        """
        self.main = main
        self.clock = clock
        self.chance = chance
        self.watchers: dict[tuple[str, int], list[Callable[[], None]]] = {}

    async def issue(self, wish: Wish, visit: Visit) -> Issued:
        """Make a token."""
        if len(wish.label) > LABEL_LIMIT or not wish.scope <= set(SCOPES):
            raise NotPermitted("the label is too long, or a scope is none")
        typed = wish.purpose is Purpose.PASSWORD
        octets = self.chance(TYPED if typed else SECRET_OCTETS)
        secret = letters(octets) if typed else opaque(octets)
        kept, moment = digest(secret), self.clock()

        def insert(tx: apsw.Connection) -> tuple[Token, Gone]:
            gone = made_room(tx, wish)
            return put(tx, kept, wish, visit, moment), gone

        token, _ = await self.main.write(insert, lambda done: self.tell(done[1]))
        return Issued(grouped(secret) if typed else secret, token)

    async def find(self, secret: str, purpose: Purpose) -> Token | None:
        """The token of this secret."""
        said = canonical(secret) if purpose is Purpose.PASSWORD else secret
        kept, moment = digest(said), self.clock()

        def select(tx: apsw.Connection) -> Token | None:
            row = tx.execute(
                f"SELECT {COLUMNS} FROM token WHERE hash = ? AND purpose = ?",  # noqa: S608
                (kept, purpose.value),
            ).get
            return None if row is None else token_of(*row)

        found = await self.main.read(select)
        if found is None or (found.expires is not None and found.expires <= moment):
            return None
        return found

    async def used(self, token: Token, visit: Visit) -> None:
        """Note that a token was used."""
        moment = self.clock()
        if moment - token.seen < COARSE:
            return
        until = moment + token.wish.lasts if token.wish.lasts else None
        row = (moment, until, visit.address, shown(visit.agent), token.id)

        def update(tx: apsw.Connection) -> None:
            tx.execute(
                "UPDATE token SET seen = ?, expires = ?, address = ?, agent = ?"
                " WHERE id = ?",
                row,
            )

        await self.main.write(update, light=True)

    async def belonging(self, account: str) -> Sequence[Token]:
        """All tokens of an account that are good."""
        moment = self.clock()

        def select(tx: apsw.Connection) -> Sequence[Token]:
            rows = tx.execute(
                f"SELECT {COLUMNS} FROM token WHERE account = ?"  # noqa: S608
                " AND (expires IS NULL OR expires > ?) ORDER BY id",
                (account, moment),
            )
            return [token_of(*row) for row in rows]

        return await self.main.read(select)

    async def revoke(self, account: str, id: int) -> None:  # noqa: A002
        """Take a token back."""

        def delete(tx: apsw.Connection) -> Gone:
            tx.execute("DELETE FROM token WHERE account = ? AND id = ?", (account, id))
            if not tx.changes():
                raise NotFound("there is no such session or password")
            return [(account, id), (account, 0)]

        await self.main.write(delete, self.tell)

    async def revoke_all(
        self, account: str, purposes: Collection[Purpose], keep: int = 0
    ) -> None:
        """Take back all of these purposes but one."""

        def delete(tx: apsw.Connection) -> Gone:
            gone = [(account, 0)]
            for purpose in purposes:
                rows = tx.execute(
                    "DELETE FROM token WHERE account = ? AND purpose = ?"
                    " AND id != ? RETURNING id",
                    (account, purpose.value, keep),
                )
                gone += [(account, id_) for (id_,) in rows]
            return gone

        await self.main.write(delete, self.tell)

    async def sweep(self) -> None:
        """Forget what has expired."""
        moment = self.clock()
        due = "expires IS NOT NULL AND expires <= ?"

        def any_due(tx: apsw.Connection) -> bool:
            select = f"SELECT 1 FROM token WHERE {due} LIMIT 1"  # noqa: S608
            return tx.execute(select, (moment,)).get is not None

        def delete(tx: apsw.Connection) -> Gone:
            remove = f"DELETE FROM token WHERE {due} RETURNING account, id"  # noqa: S608
            return list(tx.execute(remove, (moment,)))

        if await self.main.read(any_due):
            await self.main.write(delete, self.tell, light=True)

    def watch(
        self,
        account: str,
        id: int,  # noqa: A002
        revoked: Callable[[], None],
    ) -> Callable[[], None]:
        """Tell somebody when a token is there no longer."""
        told = self.watchers.setdefault((account, id), [])
        told.append(revoked)

        def stop() -> None:
            if revoked in told:
                told.remove(revoked)
            if not told and self.watchers.get((account, id)) is told:
                del self.watchers[account, id]

        return stop

    def tell(self, gone: Gone) -> None:
        """Tell all who watch these."""
        for each in gone:
            for revoked in list(self.watchers.pop(each, ())):
                revoked()


def put(
    tx: apsw.Connection, kept: bytes, wish: Wish, visit: Visit, moment: int
) -> Token:
    """Keep a new token."""
    number = tx.execute(
        "UPDATE counter SET value = value + 1 WHERE name = 'token' RETURNING value"
    ).get
    until = moment + wish.lasts if wish.lasts else None
    visit = Visit(visit.address, shown(visit.agent))
    scope = " ".join(sorted(wish.scope))
    tx.execute(
        f"INSERT INTO token ({COLUMNS}, hash)"  # noqa: S608
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(number, wish.account, wish.purpose.value, wish.label, wish.lasts, scope),
            *(moment, moment, until, visit.address, visit.agent, kept),
        ),
    )
    return Token(number, wish, moment, moment, until, visit)


def made_room(tx: apsw.Connection, wish: Wish) -> Gone:
    """Make room for one more; what had to go for it.

    @raise TooMany: when nothing may go.
    """
    rows: Iterable[tuple[int]] = tx.execute(
        "SELECT id FROM token WHERE account = ? AND purpose = ?"
        " ORDER BY seen DESC, id DESC LIMIT -1 OFFSET ?",
        (wish.account, wish.purpose.value, MOST - 1),
    )
    old = [id_ for (id_,) in rows]
    if old and wish.purpose is not Purpose.SESSION:
        raise TooMany(f"there are {MOST} already: take one back first")
    tx.executemany("DELETE FROM token WHERE id = ?", [(each,) for each in old])
    return [(wish.account, each) for each in old]


def token_of(*row: apsw.SQLiteValue) -> Token:
    """A row as a value."""
    number, account, purpose, label, lasts, scope, *rest = row
    created, seen, expires, address, agent = rest
    scopes = frozenset(str(scope).split())
    wish = Wish(str(account), Purpose(purpose), str(label), whole(lasts), scopes)
    until = None if expires is None else whole(expires)
    last = Visit(str(address), str(agent))
    return Token(whole(number), wish, whole(created), whole(seen), until, last)


def whole(value: apsw.SQLiteValue) -> int:
    """A value of a column of whole numbers."""
    assert isinstance(value, int)
    return value


def shown(agent: str) -> str:
    """What a client calls itself, so that it can be shown in one line."""
    return "".join(each if each.isprintable() else " " for each in agent)[:AGENT_LIMIT]


def opaque(octets: bytes) -> str:
    """A secret for machines."""
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def letters(octets: bytes) -> str:
    """A secret for people: a letter for five bits of each octet."""
    return "".join(LETTERS[each % len(LETTERS)] for each in octets)


def grouped(secret: str) -> str:
    """A secret as people like to read it."""
    starts = range(0, len(secret), GROUP)
    return "-".join(secret[start : start + GROUP] for start in starts)


def canonical(secret: str) -> str:
    """An app password without what people put in between."""
    return secret.replace("-", "").replace(" ", "").lower()

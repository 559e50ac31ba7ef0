"""An index of the words in a shard's mail, made when somebody first searches.

It is in a file of its own and lags behind the mail: nobody who brings a message
waits for it, and what is not in it yet is read when it is searched.  An index of
trigrams says which messages may contain a text; their words are kept beside it,
decoded, to see which do.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import apsw

from mailnode.errors import MailError, NotFound
from mailnode.message.finding import Facts, judge
from mailnode.message.texts import FIELD, Words, words
from mailnode.query import Query, fold
from mailnode.store.asking import NOT_NARROWED, Narrowed
from mailnode.store.content import Octets
from mailnode.store.database import Database
from mailnode.store.within import Standing, at_once

BATCH = 50
"""Emails that are indexed together: some 20 ms of the writer's time."""
SECONDS = 0.02
"""How long words are read or compared before others have their turn."""
TURN = 16
"""Messages compared between two looks at the time."""
GRAM = 3
"""Characters of a trigram; a shorter text is looked for in the words."""
GRAMS = 16
"""Trigrams of a text that the index is asked for; more hardly narrow it down."""
SHIFT = 40
"""Bits of an id below the account."""
SWEEP = 3_600_000
"""Milliseconds from one look for emails that have gone to the next."""
GONE = 500
"""Emails that are removed in one transaction."""

REMOVE = (
    "DELETE FROM trigram WHERE rowid IN (SELECT value FROM json_each(?))",
    "DELETE FROM words WHERE id IN (SELECT value FROM json_each(?))",
)
Extract = tuple[int, Words | None]
"""An email and its words; C{None}, if they are too many or cannot be read."""


@dataclass
class Weighed:
    """What became of some messages whose words are kept.

    @ivar found: those that answer yes.
    @ivar wordless: those whose words are not kept after all.
    @ivar done: how many were looked at.
    """

    found: list[int] = field(default_factory=list)
    wordless: list[tuple[Facts, int]] = field(default_factory=list)
    done: int = 0


class Catalogue:
    """The index of one shard.

    @ivar database: prepared by L{mailnode.store.migrate.search}.
    @ivar hurry: called when somebody has searched what is not indexed yet.
    @ivar discard: removes the file, which is made anew at the next start.
    """

    def __init__(
        self,
        database: Database,
        shard: Database,
        clock: Callable[[], int],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.database = database
        self.shard = shard
        self.clock = clock
        self.monotonic = monotonic
        self.hurry: Callable[[], None] = nobody_hurries
        self.discard: Callable[[], None] = nobody_hurries

    async def narrow(self, account: int, texts: Iterable[Query]) -> Narrowed:
        """What the index knows of some texts; nothing, if it cannot be used."""
        try:
            narrowed = await self.database.scan(
                lambda tx: narrowed_in(tx, account, texts)
            )
            if narrowed is None:
                await self.database.write(lambda tx: begin(tx, account), light=True)
        except MailError as error:
            self.doubt(error)
            return NOT_NARROWED
        return NOT_NARROWED if narrowed is None else narrowed

    async def weigh(
        self, account: int, asked: Query, left: Sequence[tuple[Facts, int]]
    ) -> Weighed:
        """Ask some messages by their words, until the time is up."""
        verdict = judge(asked)

        def compare(tx: apsw.Connection) -> Weighed:
            weighed = Weighed()
            until = self.monotonic() + SECONDS
            while weighed.done < len(left) and (
                not weighed.done or self.monotonic() < until
            ):
                batch = left[weighed.done : weighed.done + TURN]
                for facts, email in batch:
                    facts.words = words_of(tx, account, email)
                    if facts.words is None:
                        weighed.wordless.append((facts, email))
                    elif verdict(facts):
                        weighed.found.append(facts.uid)
                    facts.words = None
                weighed.done += len(batch)
            return weighed

        try:
            return await self.database.scan(compare)
        except MailError as error:
            self.doubt(error)
            return Weighed([], list(left), len(left))

    def doubt(self, error: MailError) -> None:
        """The index does not answer; a file that is damaged has no future."""
        if isinstance(error.__cause__, apsw.CorruptError | apsw.NotADBError):
            self.discard()

    async def catch_up(self, going: Callable[[], bool] = lambda: True) -> None:
        """Index all that those who search have and that is not indexed yet.

        @param going: whether to go on.
        """
        for account, upto, swept_at in await self.database.scan(accounts):
            if self.clock() - swept_at >= SWEEP:
                await self.sweep(account)
            last: int | None = upto
            while last is not None and going():
                last = await self.step(account, last)

    async def step(self, account: int, upto: int) -> int | None:
        """Index some emails; the last of them, or C{None} if there were none."""
        found = await self.shard.scan(
            lambda tx: extracted(tx, account, upto, self.monotonic)
        )
        if not found:
            return None
        await self.database.write(lambda tx: insert(tx, account, found), light=True)
        return found[-1][0]

    async def sweep(self, account: int) -> None:
        """Remove emails that have gone.

        If the shard is older than the index, as when it was brought back from a
        copy, numbers may come again: then everything goes, to be made anew.
        """
        first, now = account << SHIFT, self.clock()
        there, next_id = await self.shard.scan(lambda tx: emails(tx, account))
        kept = await self.database.scan(lambda tx: indexed(tx, account))
        stale = next_id is None or (bool(kept) and kept[-1] - first >= next_id)
        gone = [one for one in kept if stale or one - first not in there]

        def finish(tx: apsw.Connection) -> None:
            if stale:
                tx.execute("DELETE FROM progress WHERE account = ?", (account,))
            tx.execute(
                "UPDATE progress SET swept_at = ? WHERE account = ?", (now, account)
            )

        for start in range(0, len(gone), GONE):
            some = json.dumps(gone[start : start + GONE])
            await self.database.write(Removal(some), light=True)
        await self.database.write(finish, light=True)


class Removal:
    """A transaction that takes emails out of the index."""

    def __init__(self, numbers: str) -> None:
        self.numbers = numbers

    def __call__(self, tx: apsw.Connection) -> None:
        for statement in REMOVE:
            tx.execute(statement, (self.numbers,))


def nobody_hurries() -> None:
    """It will be done sooner or later."""


def begin(tx: apsw.Connection, account: int) -> None:
    """From now on the mail of an account is indexed."""
    tx.execute(
        "INSERT INTO progress (account, upto, swept_at) VALUES (?, 0, 0)"
        " ON CONFLICT (account) DO NOTHING",
        (account,),
    )


def accounts(tx: apsw.Connection) -> list[tuple[int, int, int]]:
    """Whose mail is indexed, up to which email, and when it was swept."""
    return list(
        tx.execute("SELECT account, upto, swept_at FROM progress ORDER BY account")
    )


def narrowed_in(
    tx: apsw.Connection, account: int, texts: Iterable[Query]
) -> Narrowed | None:
    """What the index knows of some texts; C{None}, if not even the account."""
    upto = tx.execute("SELECT upto FROM progress WHERE account = ?", (account,)).get
    if upto is None:
        return None
    first = account << SHIFT
    within = (first, first | upto)
    missing = [
        number - first
        for (number,) in tx.execute(
            "SELECT id FROM words WHERE header IS NULL AND id BETWEEN ? AND ?", within
        )
    ]
    candidates: dict[Query, str] = {}
    for text in texts:
        match = grams(fold(getattr(text, "text", "")))
        if match:
            found = [
                number - first
                for (number,) in tx.execute(
                    "SELECT rowid FROM trigram WHERE trigram MATCH ?"
                    " AND rowid BETWEEN ? AND ?",
                    (match, *within),
                )
            ]
            candidates[text] = json.dumps(found + missing)
    return Narrowed(upto, candidates)


def grams(needle: str) -> str:
    """Some trigrams of a text, as the index is asked for them; none, if it cannot be."""
    if FIELD in needle or "\0" in needle:
        return ""
    all_ = list(
        dict.fromkeys(needle[at : at + GRAM] for at in range(len(needle) - GRAM + 1))
    )
    some = all_[:: -(-len(all_) // GRAMS)] if all_ else []
    return " AND ".join('"' + gram.replace('"', '""') + '"' for gram in some)


def words_of(tx: apsw.Connection, account: int, email: int) -> Words | None:
    """The words of an email, if they are kept."""
    row = tx.execute(
        "SELECT header, body, more FROM words WHERE id = ?",
        (account << SHIFT | email,),
    ).get
    return None if row is None or row[0] is None else Words(*row)


def extracted(
    tx: apsw.Connection, account: int, upto: int, monotonic: Callable[[], float]
) -> list[Extract]:
    """The words of the next few emails, in the shard, until the time is up."""
    found: list[Extract] = []
    until = monotonic() + SECONDS
    for email, content, size, header_size, parts in tx.execute(
        "SELECT id, content, size, header_size, parts FROM email"
        " WHERE account = ? AND id > ? ORDER BY id LIMIT ?",
        (account, upto, BATCH),
    ):
        octets = Octets(Standing(tx), (account, content), (size, header_size), None)
        try:
            found.append((email, at_once(words(octets, parts))))
        except NotFound:
            found.append((email, None))
        if monotonic() > until:
            break
    return found


def insert(tx: apsw.Connection, account: int, found: Sequence[Extract]) -> None:
    """Index some emails."""
    for email, kept in found:
        number = account << SHIFT | email
        if kept is None:
            tx.execute("INSERT OR REPLACE INTO words (id) VALUES (?)", (number,))
            continue
        tx.execute(
            "INSERT OR REPLACE INTO words (id, header, body, more) VALUES (?, ?, ?, ?)",
            (number, kept.header, kept.body, kept.more),
        )
        tx.execute(
            "INSERT INTO trigram (rowid, text) VALUES (?, ?)",
            (number, kept.header + kept.body + kept.more),
        )
    tx.execute(
        "UPDATE progress SET upto = ? WHERE account = ?", (found[-1][0], account)
    )


def emails(tx: apsw.Connection, account: int) -> tuple[frozenset[int], int | None]:
    """All emails of an account, in the shard, and the next number it will give."""
    next_id = tx.execute("SELECT next_id FROM account WHERE id = ?", (account,)).get
    rows = tx.execute("SELECT id FROM email WHERE account = ?", (account,))
    return frozenset(email for (email,) in rows), next_id


def indexed(tx: apsw.Connection, account: int) -> list[int]:
    """All that the index has of an account, ascending."""
    first = account << SHIFT
    return [
        number
        for (number,) in tx.execute(
            "SELECT id FROM words WHERE id >= ? AND id < ? ORDER BY id",
            (first, account + 1 << SHIFT),
        )
    ]

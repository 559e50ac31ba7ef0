"""Verifies a store: every counter, every hash, every reference.

It reads in the scanning thread, one account at a time, and keeps one chunk and
the counters of one account in memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import apsw

from mailnode.model.mailbox import INBOX
from mailnode.model.message import CHUNK
from mailnode.store import fields
from mailnode.store.database import Database
from mailnode.store.flags import DELETED_BIT, SEEN_BIT, SYSTEM
from mailnode.store.keepsakes import rule_objects, rule_uploads
from mailnode.store.removal import TABLES
from mailnode.store.soundness import QUEUE_RULES, queue_findings
from mailnode.store.wholeness import rule_whole

MOST = 100
"""Findings of one kind in one account: whoever reads them has understood by then."""

Rule = Callable[[apsw.Connection, int], Iterator[str]]


MAIN_RULES = (
    (
        """SELECT address FROM person WHERE NOT EXISTS
        (SELECT 1 FROM domain WHERE domain.name = person.domain)""",
        "{} lives in a domain that is not ours",
    ),
    (
        """SELECT DISTINCT address FROM alias WHERE NOT EXISTS
        (SELECT 1 FROM domain WHERE domain.name = alias.domain)""",
        "the alias {} is in a domain that is not ours",
    ),
    (
        """SELECT address FROM scram WHERE NOT EXISTS
        (SELECT 1 FROM person WHERE person.address = scram.address)""",
        "there are keys for {}, whom we do not know",
    ),
    (
        """SELECT name FROM account WHERE id >
        (SELECT value FROM counter WHERE name = 'account')""",
        "the account {} has a number that was never given",
    ),
    (
        """SELECT DISTINCT incoming FROM incoming_chunk WHERE NOT EXISTS
        (SELECT 1 FROM incoming WHERE incoming.id = incoming_chunk.incoming)""",
        "there are octets of the letter {}, which is not in the journal",
    ),
    *QUEUE_RULES,
)
"""Questions whose answers should be empty, and what is said of each row."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be.

    @ivar where: the database, and the account if it is in one.
    @ivar sentence: what is wrong, for people.
    """

    where: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.where}: {self.sentence}"


async def check(main: Database, shards: Sequence[Database]) -> list[Finding]:
    """Look at everything; no findings mean that all is well."""
    findings = [
        Finding("main", sentence)
        for sentence in await main.scan(lambda tx: in_main(tx, len(shards)))
    ]
    for number, shard in enumerate(shards):
        where = f"shard {number}"
        findings.extend(
            Finding(where, sentence) for sentence in await shard.scan(file_findings)
        )
        owners = (await main.scan(owned)).get(number, set())
        for account in await shard.scan(accounts):
            named = f"{where}, account {account}"
            if account not in owners:
                findings.append(Finding(named, "nobody in the main database has it"))
            findings.extend(
                Finding(named, sentence) for sentence in await shard.scan(Look(account))
            )
    return findings


class Look:
    """A transaction that applies all rules to an account."""

    def __init__(self, account: int) -> None:
        self.account = account

    def __call__(self, tx: apsw.Connection) -> list[str]:
        found: list[str] = []
        for rule in RULES:
            found.extend(islice(rule(tx, self.account), MOST))
        return found


def file_findings(tx: apsw.Connection) -> list[str]:
    """What SQLite itself has to say about the file."""
    rows = list(tx.execute(f"PRAGMA integrity_check({MOST})"))
    return [str(text) for (text,) in rows if text != "ok"]


def in_main(tx: apsw.Connection, shards: int) -> list[str]:
    """What is wrong in the main database."""
    found = file_findings(tx)
    for query, sentence in MAIN_RULES:
        found.extend(
            sentence.format(*row) for row in tx.execute(f"{query} LIMIT {MOST}")
        )
    found.extend(islice(queue_findings(tx), MOST))
    found.extend(
        f"the account {name} is on shard {shard}, which there is not"
        for name, shard in tx.execute(
            "SELECT name, shard FROM account WHERE shard < 0 OR shard >= ?", (shards,)
        )
    )
    return found


def owned(tx: apsw.Connection) -> dict[int, set[int]]:
    """By shard: its accounts, and those that are being removed from it."""
    found: dict[int, set[int]] = {}
    for shard, account in tx.execute(
        "SELECT shard, id FROM account UNION ALL SELECT shard, account FROM removal"
    ):
        found.setdefault(shard, set()).add(account)
    return found


def accounts(tx: apsw.Connection) -> list[int]:
    """All accounts of which a shard has anything."""
    union = " UNION ".join(f"SELECT account FROM {table}" for table, *_ in TABLES)  # noqa: S608
    return [
        account
        for (account,) in tx.execute(
            f"SELECT id AS account FROM account UNION {union} ORDER BY account"  # noqa: S608
        )
    ]


def rule_account(tx: apsw.Connection, account: int) -> Iterator[str]:
    """The account's totals, its change and its numbers."""
    row = tx.execute(
        "SELECT modseq, next_id, floor_modseq, octets, messages, uidvalidity"
        " FROM account WHERE id = ?",
        (account,),
    ).get
    if row is None:
        yield "it is not in the table of accounts, and still has something"
        return
    modseq, next_id, floor, octets, messages, uidvalidity = row
    held, sizes = tx.execute(
        "SELECT count(*), coalesce(sum(message.size), 0) FROM message JOIN mailbox"
        " ON mailbox.account = message.account AND mailbox.id = message.mailbox"
        " WHERE message.account = ? AND mailbox.name IS NOT NULL",
        (account,),
    ).get
    if (octets, messages) != (sizes, held):
        yield (
            f"it says that it has {messages} messages of {octets} octets, "
            f"and has {held} of {sizes}"
        )
    if floor > modseq:
        yield f"it has forgotten change {floor}, which is yet to come after {modseq}"
    yield from too_high(
        tx, account, {"modseq": modseq, "uidvalidity": uidvalidity, "id": next_id - 1}
    )
    if not tx.execute(
        "SELECT 1 FROM mailbox WHERE account = ? AND name = ?", (account, INBOX)
    ).get:
        yield "it has no INBOX"


def too_high(tx: apsw.Connection, account: int, given: dict[str, int]) -> Iterator[str]:
    """Numbers that the account has not given yet."""
    for table, column, kind in (
        ("message", "modseq", "modseq"),
        ("vanished", "modseq", "modseq"),
        ("mailbox", "highest_modseq", "modseq"),
        ("mailbox", "uidvalidity", "uidvalidity"),
        ("mailbox", "id", "id"),
        ("email", "id", "id"),
        ("content", "id", "id"),
        ("object", "modseq", "modseq"),
        ("object", "id", "id"),
        ("object_kind", "modseq", "modseq"),
    ):
        found = tx.execute(
            f"SELECT max({column}) FROM {table} WHERE account = ?",  # noqa: S608
            (account,),
        ).get
        if found is not None and found > given[kind]:
            yield (
                f"a {table} has the {column} {found}, "
                f"but {given[kind]} was the last one given"
            )


def rule_mailboxes(tx: apsw.Connection, account: int) -> Iterator[str]:
    """The counters of every mailbox that has a name."""
    counted = {
        row[0]: row[1:]
        for row in tx.execute(
            "SELECT mailbox, count(*), sum(flags & ? = 0), sum(flags & ? <> 0),"
            " sum(size), max(uid), max(modseq) FROM message WHERE account = ?"
            " GROUP BY mailbox",
            (SEEN_BIT, DELETED_BIT, account),
        )
    }
    for row in tx.execute(
        "SELECT id, name, uidnext, highest_modseq, messages, unseen, deleted, size"
        " FROM mailbox WHERE account = ? AND name IS NOT NULL",
        (account,),
    ):
        mailbox, name, uidnext, highest, *says = row
        *has, last_uid, last_modseq = counted.get(mailbox, (0, 0, 0, 0, 0, 0))
        words = ("messages", "unseen", "deleted", "octets")
        for word, said, found in zip(words, says, has, strict=True):
            if said != found:
                yield f"{name} says {said} {word}, and has {found}"
        if last_uid >= uidnext:
            yield f"{name} has the UID {last_uid}, and would give {uidnext} next"
        if last_modseq > highest:
            yield f"{name} has a message of change {last_modseq}, after {highest}"


def rule_messages(tx: apsw.Connection, account: int) -> Iterator[str]:
    """What every message refers to, and its keywords."""
    for mailbox, uid in tx.execute(
        "SELECT mailbox, uid FROM message WHERE account = ? AND NOT EXISTS"
        " (SELECT 1 FROM mailbox WHERE mailbox.account = message.account"
        " AND mailbox.id = message.mailbox)",
        (account,),
    ):
        yield f"message {uid} is in mailbox {mailbox}, which there is not"
    for mailbox, uid in tx.execute(
        "SELECT mailbox, uid FROM message WHERE account = ? AND NOT EXISTS"
        " (SELECT 1 FROM email WHERE email.account = message.account"
        " AND email.id = message.email AND email.size = message.size)",
        (account,),
    ):
        yield f"message {uid} in mailbox {mailbox} has no email of its size"
    for mailbox, uid in tx.execute(
        "SELECT mailbox, uid FROM vanished WHERE account = ? AND EXISTS"
        " (SELECT 1 FROM message WHERE message.account = vanished.account"
        " AND message.mailbox = vanished.mailbox AND message.uid = vanished.uid)",
        (account,),
    ):
        yield f"message {uid} in mailbox {mailbox} has vanished, and is there"
    keywords: dict[int, int] = {}
    for mailbox, bit in tx.execute(
        "SELECT mailbox, bit FROM keyword WHERE account = ?", (account,)
    ):
        keywords[mailbox] = keywords.get(mailbox, (1 << SYSTEM) - 1) | 1 << bit
    for mailbox, bits in tx.execute(
        "SELECT DISTINCT mailbox, flags FROM message WHERE account = ?", (account,)
    ):
        if bits & ~keywords.get(mailbox, (1 << SYSTEM) - 1):
            yield f"mailbox {mailbox} has messages with a keyword without a name"


def rule_emails(tx: apsw.Connection, account: int) -> Iterator[str]:
    """What every email refers to, and whether anything refers to it."""
    for (email,) in tx.execute(
        "SELECT id FROM email WHERE account = ? AND NOT EXISTS"
        " (SELECT 1 FROM message WHERE message.account = email.account"
        " AND message.email = email.id)",
        (account,),
    ):
        yield f"email {email} is in no mailbox"
    for (email,) in tx.execute(
        "SELECT id FROM email WHERE account = ? AND NOT EXISTS"
        " (SELECT 1 FROM content WHERE content.account = email.account"
        " AND content.id = email.content AND content.size = email.size"
        " AND content.hash IS NOT NULL)",
        (account,),
    ):
        yield f"email {email} has no content of its size"
    for content, says, has, freed_at in tx.execute(
        "SELECT content.id, refs, count(email.id), freed_at FROM content"
        " LEFT JOIN email ON email.account = content.account"
        " AND email.content = content.id WHERE content.account = ?"
        " GROUP BY content.id, refs, freed_at",
        (account,),
    ):
        if says != has:
            yield f"content {content} says {says} emails, and {has} have it"
        if (says == 0) != (freed_at is not None):
            yield f"content {content} has {says} emails, freed at {freed_at}"


def rule_octets(tx: apsw.Connection, account: int) -> Iterator[str]:
    """Every chunk in its place, and every content true to its hash."""
    for (content,) in tx.execute(
        "SELECT DISTINCT content FROM chunk WHERE account = ? AND NOT EXISTS"
        " (SELECT 1 FROM content WHERE content.account = chunk.account"
        " AND content.id = chunk.content)",
        (account,),
    ):
        yield f"there are chunks of content {content}, which there is not"
    for content, digest, size in tx.execute(
        "SELECT id, hash, size FROM content WHERE account = ? AND hash IS NOT NULL",
        (account,),
    ):
        yield from content_findings(tx, (account, content), digest, size)


def content_findings(
    tx: apsw.Connection, place: tuple[int, int], digest: bytes, size: int
) -> Iterator[str]:
    """Read a content from beginning to end."""
    found = hashlib.sha256()
    octets = 0
    for expected, (n, data) in enumerate(
        tx.execute(
            "SELECT n, data FROM chunk WHERE account = ? AND content = ? ORDER BY n",
            place,
        )
    ):
        if n != expected or len(data) != min(CHUNK, size - n * CHUNK):
            yield f"content {place[1]} has a chunk {n} that does not fit"
            return
        found.update(data)
        octets += len(data)
    if octets != size:
        yield f"content {place[1]} has {octets} octets of {size}"
    elif found.digest() != digest:
        yield f"content {place[1]} has other octets than its hash says"


def rule_fields(tx: apsw.Connection, account: int) -> Iterator[str]:
    """Header fields that are kept are what the mail has."""
    for (number,) in tx.execute(
        "SELECT DISTINCT fields FROM field_block WHERE account = ? AND NOT EXISTS"
        " (SELECT 1 FROM field_set WHERE field_set.account = field_block.account"
        " AND field_set.id = field_block.fields)",
        (account,),
    ):
        yield f"there are header fields of the set {number}, which there is not"
    for number, mailbox, names, uidnext in list(
        tx.execute(
            "SELECT field_set.id, mailbox, names, uidnext FROM field_set"
            " LEFT JOIN mailbox ON mailbox.account = field_set.account"
            " AND mailbox.id = field_set.mailbox WHERE field_set.account = ?",
            (account,),
        )
    ):
        if uidnext is None:
            yield f"there are header fields of mailbox {mailbox}, which there is not"
            continue
        for block, data in tx.execute(
            "SELECT block, data FROM field_block WHERE account = ? AND fields = ?",
            (account, number),
        ):
            first, last = block * fields.BLOCK, fields.last(block)
            if last >= uidnext or data != fields.again(
                tx, (account, mailbox), names, block
            ):
                yield (
                    f"mailbox {mailbox} has other header fields of the messages "
                    f"{first} to {last} than the mail"
                )


RULES: tuple[Rule, ...] = (
    rule_account,
    rule_mailboxes,
    rule_messages,
    rule_emails,
    rule_octets,
    rule_fields,
    rule_objects,
    rule_uploads,
    rule_whole,
)
"""All that must be true of an account."""

"""Octets that are uploaded: found by their hash, shared with emails, gone in the end."""

from __future__ import annotations

from hashlib import sha256

import pytest
from store.keeping import ANA, BOB, START, Keeping, mail, now, whole

from mailnode.clock import DAY, HOUR
from mailnode.errors import NoSpace, NotFound, OverQuota, Unavailable
from mailnode.interfaces.content import IOctets
from mailnode.model.message import CHUNK
from mailnode.store import content as contents
from mailnode.store import purge, uploads
from mailnode.store.account import Account
from mailnode.store.check import check
from mailnode.store.janitor import CONTENT_AGE
from mailnode.store.store import Limits

LARGE = b"0123456789abcdef" * 2**16 + b"and a rest"
"""Four chunks and some octets, so that it is written ahead."""


def upload(keeping: Keeping, ana: Account, octets: bytes) -> bytes:
    """Upload octets; their hash."""
    now(ana.mail().upload(keeping.content(octets)))
    return sha256(octets).digest()


def blob(ana: Account, digest: bytes) -> IOctets:
    octets: IOctets = now(ana.mail().blob(digest))
    return octets


def there(ana: Account, digest: bytes) -> bool:
    try:
        blob(ana, digest)
    except NotFound:
        return False
    return True


def tidy(keeping: Keeping) -> None:
    """What the janitor does with contents."""
    before = keeping.clock() - CONTENT_AGE
    for shard in keeping.shards:
        while now(shard.write(lambda tx: purge.contents(tx, before))):
            pass
    keeping.sound()


def kept(keeping: Keeping) -> int:
    """How many contents there are."""
    query = "SELECT count(*) FROM content"
    return sum(int(shard.connection.execute(query).get) for shard in keeping.shards)


@pytest.mark.parametrize("octets", [b"", b"a", b"\0\xff" * 9, bytes(CHUNK), LARGE])
def test_octets_come_back(keeping: Keeping, ana: Account, octets: bytes) -> None:
    found = blob(ana, upload(keeping, ana, octets))
    assert (found.size, found.header_size) == (len(octets), 0)
    assert whole(found) == octets


def test_nobody_else_has_them(keeping: Keeping, ana: Account) -> None:
    digest = upload(keeping, ana, b"mine")
    bob = keeping.account(BOB)
    for account, wanted in ((bob, digest), (ana, b""), (ana, bytes(32))):
        with pytest.raises(NotFound):
            blob(account, wanted)


@pytest.mark.parametrize("octets", [b"small", LARGE])
def test_they_stay_for_a_day(keeping: Keeping, ana: Account, octets: bytes) -> None:
    digest = upload(keeping, ana, octets)
    keeping.clock.moment += DAY
    tidy(keeping)
    assert whole(blob(ana, digest)) == octets
    keeping.clock.moment += CONTENT_AGE
    tidy(keeping)
    assert not there(ana, digest)
    assert kept(keeping) == 0


@pytest.mark.parametrize("octets", [b"small", LARGE])
def test_the_same_again_stays_longer(
    keeping: Keeping, ana: Account, octets: bytes
) -> None:
    digest = upload(keeping, ana, octets)
    keeping.clock.moment += DAY - 1
    assert upload(keeping, ana, octets) == digest
    assert kept(keeping) == 1
    keeping.clock.moment += DAY
    tidy(keeping)
    assert there(ana, digest)


@pytest.mark.parametrize("octets", [mail("small"), mail("large", len(LARGE))])
def test_an_email_takes_them(keeping: Keeping, ana: Account, octets: bytes) -> None:
    digest = upload(keeping, ana, octets)
    inbox = now(ana.mailbox("INBOX"))
    now(inbox.append(keeping.content(octets)))
    assert kept(keeping) == 1
    keeping.clock.moment += 3 * DAY
    tidy(keeping)
    assert whole(blob(ana, digest)) == octets
    now(inbox.expunge([1]))
    assert there(ana, digest)
    keeping.clock.moment += CONTENT_AGE
    tidy(keeping)
    assert not there(ana, digest)


def test_they_outlive_an_email_that_went_early(keeping: Keeping, ana: Account) -> None:
    octets = mail("draft")
    digest = upload(keeping, ana, octets)
    inbox = now(ana.mailbox("INBOX"))
    now(inbox.append(keeping.content(octets)))
    now(inbox.expunge([1]))
    keeping.clock.moment += DAY
    tidy(keeping)
    assert there(ana, digest)
    keeping.clock.moment += CONTENT_AGE
    tidy(keeping)
    assert not there(ana, digest)


@pytest.mark.parametrize("octets", [mail("small"), mail("large", len(LARGE))])
def test_what_an_email_has_is_not_written_again(
    keeping: Keeping, ana: Account, octets: bytes
) -> None:
    inbox = now(ana.mailbox("INBOX"))
    now(inbox.append(keeping.content(octets)))
    digest = upload(keeping, ana, octets)
    assert kept(keeping) == 1
    now(inbox.expunge([1]))
    keeping.clock.moment += DAY
    tidy(keeping)
    assert there(ana, digest)


def test_staging_does_not_shorten_their_life(keeping: Keeping, ana: Account) -> None:
    digest = upload(keeping, ana, LARGE)
    content = keeping.content(LARGE)
    shelf = ana.shelf
    now(contents.stage(shelf.database, ana.id, content, keeping.clock()))
    keeping.clock.moment += DAY
    tidy(keeping)
    assert there(ana, digest)


def test_the_header_is_as_long_as_that_of_an_email(
    keeping: Keeping, ana: Account
) -> None:
    octets = mail("one")
    digest = upload(keeping, ana, octets)
    assert blob(ana, digest).header_size == 0
    keeping.deliver(octets)
    assert blob(ana, digest).header_size == octets.index(b"\r\n\r\n") + 4


def test_the_oldest_make_room(
    keeping: Keeping, ana: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 8620, 6: unreferenced blobs go in date order, oldest first."""
    monkeypatch.setattr(uploads, "ROOM", 1000)
    now(now(ana.mailbox("INBOX")).append(keeping.content(mail("kept"))))
    digests = []
    for n in range(4):
        keeping.clock.moment += 1
        digests.append(upload(keeping, ana, bytes([n]) * 250))
    upload(keeping, ana, mail("kept"))
    tidy(keeping)
    assert [there(ana, digest) for digest in digests] == [True] * 4
    keeping.clock.moment += 1
    upload(keeping, ana, bytes([0]) * 250)  # the first is now the youngest
    upload(keeping, ana, bytes(300))
    tidy(keeping)
    assert [there(ana, digest) for digest in digests] == [True, False, False, True]
    with pytest.raises(OverQuota):
        upload(keeping, ana, bytes(1001))
    bob = keeping.account(BOB)
    upload(keeping, bob, bytes(1000))
    assert there(ana, digests[0])


def test_there_are_only_so_many(
    keeping: Keeping, ana: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "NUMBER", 3)
    digests = []
    for n in range(5):
        keeping.clock.moment += 1
        digests.append(upload(keeping, ana, bytes([n])))
    tidy(keeping)
    assert [there(ana, digest) for digest in digests] == [
        False,
        False,
        True,
        True,
        True,
    ]


def test_one_that_had_to_go_may_come_again(
    keeping: Keeping, ana: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "NUMBER", 1)
    first = upload(keeping, ana, LARGE)
    upload(keeping, ana, b"second")
    upload(keeping, ana, LARGE)
    tidy(keeping)
    assert there(ana, first)


def test_the_quota_of_mail_is_another(opening: object, tmp_path: object) -> None:
    keeping: Keeping = opening(quota=Limits(10, 1))  # type: ignore[operator]  # a fixture
    ana = keeping.account()
    assert there(ana, upload(keeping, ana, LARGE))
    assert now(ana.quota()).octets == 0


def test_a_full_disk(keeping: Keeping, ana: Account) -> None:
    content = keeping.content(b"one")
    keeping.store.reserve.least = 2**62
    keeping.clock.moment += 10_000
    with pytest.raises(NoSpace):
        now(ana.mail().upload(content))


def test_an_upload_that_the_janitor_overtook(
    keeping: Keeping, ana: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = uploads.finish

    def late(*values: object) -> None:
        [shard] = keeping.shards
        shard.connection.execute("DELETE FROM chunk")
        shard.connection.execute("DELETE FROM content")
        finish(*values)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(uploads, "finish", late)
    with pytest.raises(Unavailable):
        upload(keeping, ana, LARGE)


def test_an_account_that_is_gone(keeping: Keeping, ana: Account) -> None:
    now(keeping.store.remove_account(ANA))
    for octets in (b"small", LARGE):
        with pytest.raises(NotFound):
            upload(keeping, ana, octets)


def test_a_short_life_is_found(keeping: Keeping, ana: Account) -> None:
    upload(keeping, ana, b"one")
    [shard] = keeping.shards
    shard.connection.execute("UPDATE content SET freed_at = ?", (START + HOUR,))
    [finding] = now(check(keeping.main, keeping.shards))
    assert "to stay longer" in str(finding)
    shard.connection.execute("UPDATE content SET freed_at = kept_until")

"""Octets over HTTP, beyond what the dialogues show: slow, much, many, hostile."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure
from web.browser import ANA, Browser, Heard, Server, basic
from web.mailbag import Account, Store, gate

from mailnode.errors import NoSpace, OverQuota, Unavailable
from mailnode.jmap.extension import Limits, Repertoire
from mailnode.testing import MemoryGate
from mailnode.testing.content import MemorySpool
from mailnode.web.tree import tree

BOB = basic("bob", "secret")
UP = "/jmap/upload/A1/"


class Place:
    """A server, ana's account, and the spools that were begun."""

    def __init__(self, **limits: Any) -> None:
        self.gate = gate()
        server = Server(self.gate)
        repertoire = Repertoire(limits=Limits(**limits))
        root = tree(self.gate, server.clock, repertoire)
        self.server = Server(self.gate, root=root, clock=server.clock)
        store = self.gate.store
        assert isinstance(store, Store)
        self.ana: Account = store.of("ana@example.org")
        self.bob: Account = store.of("bob@example.org")
        self.spools: list[Noted] = []
        self.ana.spool = self.spool  # type: ignore[method-assign]  # to look on

    def spool(self) -> MemorySpool:
        self.spools.append(Noted())
        return self.spools[-1]

    def client(self) -> Browser:
        return self.server.connect()

    def begin(self, length: int, who: dict[str, str] = ANA) -> Browser:
        """A client that has announced some content."""
        client = self.client()
        client.send(UP, who | {"Content-Length": str(length)}, method="POST")
        return client


class Noted(MemorySpool):
    """A spool that says what became of it."""

    def __init__(self) -> None:
        super().__init__()
        self.gone = False

    def discard(self) -> None:
        super().discard()
        self.gone = True


def up(client: Browser, content: bytes, **fields: str) -> Heard:
    said = {name.replace("_", "-"): value for name, value in fields.items()}
    return client.ask(UP, ANA | said, content)


def down(place: Place, content: bytes) -> str:
    """Where octets can be had that were sent up."""
    told = up(place.client(), content).value
    return f"/jmap/download/A1/{told['blobId']}/x.bin?accept=application/x-y"


def test_what_goes_up_comes_down() -> None:
    place = Place()
    client = place.client()
    content = bytes(range(256)) * 3000
    heard = up(client, content, Content_Type="Image/PNG")
    assert heard.status == 201
    digest = hashlib.sha256(content).hexdigest()
    assert heard.value == {
        "accountId": "A1",
        "blobId": f"G{digest}",
        "type": "image/png",
        "size": len(content),
    }
    found = client.ask(f"/jmap/download/A1/G{digest}/x.png?accept=image/png", ANA)
    assert (found.status, found.content) == (200, content)
    assert found.fields["Content-Disposition"] == 'inline; filename="x.png"'
    assert found.fields["Content-Security-Policy"].startswith("sandbox; default-src")
    assert found.fields["X-Content-Type-Options"] == "nosniff"
    assert found.fields["Cache-Control"].startswith("private, immutable")


def test_octets_are_taken_as_they_come() -> None:
    place = Place()
    client = place.begin(10)
    (spool,) = place.spools
    client.say(b"01234")
    assert bytes(spool.data) == b"01234"
    client.say(b"56789")
    assert client.heard().value["size"] == 10
    assert place.ana.bag.contents


def test_nothing_is_taken_from_strangers() -> None:
    place = Place()
    client = place.begin(1000, basic("ana", "wrong"))
    heard = client.heard()
    assert (heard.status, heard.fields["Connection"]) == (401, "close")
    client.say(b"x" * 500)
    assert not place.spools


def test_nor_for_others() -> None:
    place = Place()
    assert place.begin(1000, BOB).heard().status == 404
    assert place.client().ask(UP + "more", ANA, b"x").status == 404


class Hesitant(MemoryGate):
    """Takes its time to know people."""

    waiting: Deferred[None]

    async def password(self, *them: Any, **more: Any) -> Any:
        self.waiting = Deferred()
        await self.waiting
        return await super().password(*them, **more)


def hesitant() -> tuple[Place, Hesitant]:
    place = Place()
    slow = Hesitant(place.gate.store, place.gate.passwords)
    root = tree(slow, place.server.clock)
    place.server = Server(slow, root=root, clock=place.server.clock)
    return place, slow


def test_while_it_is_not_known_who_it_is_nothing_more_is_read() -> None:
    place, slow = hesitant()
    client = place.begin(10)
    client.say(b"01234")
    assert client.wire.producerState == "paused"
    assert not place.spools
    slow.waiting.callback(None)
    assert client.wire.producerState == "producing"
    assert bytes(place.spools[0].data) == b"01234"
    client.say(b"56789")
    assert client.heard().status == 201


def test_all_may_be_there_before_it_is_known_who_it_is() -> None:
    place, slow = hesitant()
    client = place.client()
    client.send(UP, ANA, b"0123456789")
    client.send("/healthz")
    assert client.said == b""
    slow.waiting.callback(None)
    assert client.said.count(b"HTTP/1.1 20") == 2
    client = place.client()
    client.send(UP, basic("ana", "wrong"), b"0123456789")
    slow.waiting.callback(None)
    heard = client.heard()
    assert heard.status == 401
    assert "Connection" not in heard.fields, "there is nothing more to come"


def test_whoever_waits_to_be_told_is_told_when_he_is_known() -> None:
    place, slow = hesitant()
    client = place.client()
    fields = ANA | {"Content-Length": "3", "Expect": "100-continue"}
    client.send(UP, fields, method="POST")
    assert client.said == b""
    slow.waiting.callback(None)
    assert client.said == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.say(b"abc")
    assert b"HTTP/1.1 201" in client.said


def test_too_much_has_a_name() -> None:
    place = Place(size_upload=100)
    heard = place.begin(101).heard()
    assert (heard.status, heard.value["limit"]) == (413, "maxSizeUpload")
    assert heard.value["type"] == "urn:ietf:params:jmap:error:limit"
    client = place.client()
    client.send(UP, ANA | {"Transfer-Encoding": "chunked"}, method="POST")
    client.say(b"64\r\n" + b"x" * 100 + b"\r\n1\r\nx\r\n")
    assert client.heard().value["limit"] == "maxSizeUpload"
    client.protocol.connectionLost()
    assert place.spools[-1].gone


def test_so_many_at_a_time_and_no_more() -> None:
    place = Place(concurrent_uploads=2)
    one, two = place.begin(5), place.begin(5)
    heard = place.begin(5).heard()
    assert (heard.status, heard.value["limit"]) == (429, "maxConcurrentUpload")
    assert "Retry-After" in heard.fields
    one.protocol.connectionLost(Failure(ConnectionLost()))
    assert place.spools[0].gone
    three = place.begin(5)
    for each in (two, three):
        each.say(b"abcde")
        assert each.heard().status == 201
    assert place.begin(5).said == b""


def test_a_slow_upload_has_as_long_as_its_octets_are_worth() -> None:
    place = Place()
    client = place.begin(10_000_000)
    for _ in range(40):
        place.server.clock.pump([1.0])
        client.say(b"x" * 8192)
    assert client.said == b""
    place.server.clock.pump([1.0] * 200)
    assert client.heard().status == 408
    client.protocol.connectionLost()
    assert place.spools[0].gone


@pytest.mark.parametrize(
    ("fault", "status"), [(OverQuota("full"), 507), (NoSpace("full"), 503)]
)
def test_what_cannot_be_kept(fault: Any, status: int) -> None:
    place = Place()
    place.ana.bag.fault = fault
    assert up(place.client(), b"x").status == status
    assert place.spools[0].gone is False, "it was sealed"
    place.ana.bag.fault = None
    assert up(place.client(), b"x").status == 201


def test_a_spool_that_is_full_ends_it_at_once() -> None:
    place = Place()
    client = place.begin(100)

    def full(data: bytes) -> None:
        raise NoSpace("the disk is full")

    place.spools[0].write = full  # type: ignore[method-assign]  # for a fault
    client.say(b"x")
    assert client.heard().status == 503


def test_a_length_that_lies_ends_where_it_says() -> None:
    place = Place()
    client = place.client()
    client.send(UP, ANA | {"Content-Length": "3"}, method="POST")
    client.say(b"abcGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
    assert client.said.count(b"HTTP/1.1 20") == 2


def test_empty_octets() -> None:
    place = Place()
    at = down(place, b"")
    heard = place.client().ask(at, ANA)
    assert (heard.status, heard.content) == (200, b"")
    assert heard.fields["Content-Length"] == "0"


@pytest.mark.parametrize(
    ("asked", "status", "content"),
    [
        ("bytes=0-3", 206, b"0123"),
        ("bytes=8-", 206, b"89"),
        ("bytes=-3", 206, b"789"),
        ("bytes=-30", 206, b"0123456789"),
        ("Bytes=4-400", 206, b"456789"),
        ("bytes=10-", 416, None),
        ("bytes=-0", 416, None),
        ("bytes=3-2", 200, b"0123456789"),
        ("bytes=0-1,3-4", 200, b"0123456789"),
        ("bytes=-", 200, b"0123456789"),
        ("lines=0-1", 200, b"0123456789"),
    ],
)
def test_a_part(asked: str, status: int, content: bytes | None) -> None:
    place = Place()
    at = down(place, b"0123456789")
    heard = place.client().ask(at, ANA | {"Range": asked})
    assert heard.status == status
    if content is not None:
        assert heard.content == content
    if status == 206:
        assert heard.fields["Content-Length"] == str(len(content or b""))
        assert heard.fields["Content-Range"].endswith("/10")
    if status == 416:
        assert heard.fields["Content-Range"] == "bytes */10"


def test_what_is_known_need_not_come_again() -> None:
    place = Place()
    at = down(place, b"0123456789")
    client = place.client()
    tag = client.ask(at, ANA).fields["ETag"]
    heard = client.ask(at, ANA | {"If-None-Match": f'"a", W/{tag}'})
    assert (heard.status, heard.content) == (304, b"")
    assert "Content-Length" not in heard.fields
    other = ANA | {"Range": "bytes=0-1", "If-Range": '"other"'}
    assert client.ask(at, other).status == 200
    assert client.ask(at, other | {"If-Range": tag}).status == 206
    heard = client.ask(at, ANA, method="HEAD")
    assert (heard.fields["Content-Length"], heard.content) == ("10", b"")


def test_a_stretch_is_decoded() -> None:
    place = Place()
    told = up(place.client(), b"xx aGVsbG8gd29ybGQ= xx").value["blobId"]
    client = place.client()
    heard = client.ask(f"/jmap/download/A1/{told}-3-16-b/a.txt?accept=text/plain", ANA)
    assert heard.fields["Transfer-Encoding"] == "chunked"
    assert heard.content == b"b\r\nhello world\r\n0\r\n\r\n"
    at = f"/jmap/download/A1/{told}-3-4-0/a.txt"
    assert client.ask(at, ANA | {"Range": "bytes=1-2"}).content == b"GV"
    assert client.ask(f"/jmap/download/A1/{told}-3-400-0/a", ANA).status == 404


@pytest.mark.parametrize(
    "path",
    [
        "A1",
        "A1/",
        "A1/nothing",
        "A1/nothing/a",
        f"A1/G{'0' * 64}/a",
        f"A1/G{'0' * 64}/a/b",
        "A1/%ff%00/%ff",
        "A2/x/y",
        "",
    ],
)
def test_what_is_not_there(path: str) -> None:
    place = Place()
    assert place.client().ask(f"/jmap/download/{path}", ANA).status == 404


def test_what_another_has_is_not_there() -> None:
    place = Place()
    at = down(place, b"secret")
    client = place.client()
    assert client.ask(at, BOB).status == 404
    assert client.ask(at.replace("A1", "A2"), BOB).status == 404
    assert client.ask(at).status == 401


def test_who_does_not_read_is_not_written_to_and_then_cut_off() -> None:
    place = Place()
    content = b"x" * 2_000_000
    at = down(place, content)
    client = place.client()
    channel: Any = client.protocol
    client.wire.write = pausing(client, channel)  # type: ignore[method-assign]  # a full socket
    client.send(at, ANA)
    some = len(client.said)
    assert some < 1_000_000
    channel.resumeProducing()
    assert some < len(client.said) < len(content)
    place.server.clock.pump([1.0] * 59)
    assert not client.wire.disconnected
    place.server.clock.pump([1.0] * 3)
    assert client.wire.disconnected
    client.protocol.connectionLost(Failure(ConnectionLost()))


def pausing(client: Browser, channel: Any) -> Any:
    """A socket that takes one piece and is full."""
    write: Any = client.wire.write

    def full(data: bytes) -> None:
        write(data)
        if len(data) > 1000:
            channel.pauseProducing()

    return full


def test_octets_that_break_off_end_the_connection() -> None:
    place = Place()
    at = down(place, b"x" * 1_000_000)
    (kept,) = place.ana.bag.contents.values()

    async def gone(start: int = 0) -> bytes:
        if start:
            raise Unavailable("the disk is gone")
        return b"x" * 1000

    kept.read = gone  # type: ignore[method-assign]  # for a fault
    client = place.client()
    client.send(at, ANA)
    assert client.wire.disconnected
    client.protocol.connectionLost(Failure(ConnectionLost()))

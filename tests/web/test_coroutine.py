"""Resources that are coroutines: answers, refusals, faults, and clients that go."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ConnectionDone
from twisted.logger import capturedLogs
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from web.browser import Server

from mailnode.errors import MailError, NotFound, Throttled, Unavailable
from mailnode.web.answer import JSON, Answer, Refused
from mailnode.web.coroutine import AsyncResource, Folder
from mailnode.web.request import Request


class Place(AsyncResource):
    """Does what it was told to do."""

    content_limit = 1000

    def __init__(self, work: Callable[[], object]) -> None:
        super().__init__()
        self.work = work
        self.ended: list[str] = []

    async def get(self, request: Request) -> Answer:
        try:
            done = self.work()
            found = await done if isinstance(done, Deferred) else done
        except CancelledError:
            self.ended.append("cancelled")
            raise
        assert isinstance(found, bytes)
        return Answer(content=found, kind=JSON)

    async def put(self, request: Request) -> Answer:
        return Answer(content=request.content.read(), kind="text/plain")


def raising(error: Exception) -> Callable[[], object]:
    def work() -> object:
        raise error

    return work


def server(work: Callable[[], object]) -> tuple[Server, Place]:
    place = Place(work)
    return Server(root=Folder({b"place": place})), place


def test_an_answer_may_take_its_time() -> None:
    answer: Deferred[bytes] = Deferred()
    client = server(lambda: answer)[0].connect()
    client.send("/place")
    assert client.said == b""
    answer.callback(b"[]")
    assert client.heard().content == b"[]"


def test_whoever_goes_is_no_longer_worked_for() -> None:
    answer: Deferred[bytes] = Deferred()
    at, place = server(lambda: answer)
    client = at.connect()
    client.send("/place")
    with capturedLogs() as logged:
        client.protocol.connectionLost(Failure(ConnectionDone()))
    assert place.ended == ["cancelled"]
    assert not [each for each in logged if "log_failure" in each]
    assert not at.factory.rounds.members


def test_the_next_request_waits_for_the_answer() -> None:
    answer: Deferred[bytes] = Deferred()
    client = server(lambda: answer)[0].connect()
    client.send("/place")
    client.send("/none")
    answer.callback(b"[]")
    said = client.said
    assert said.count(b"HTTP/1.1 200") == said.count(b"HTTP/1.1 404") == 1
    assert said.index(b"200 OK") < said.index(b"404 Not Found")


@pytest.mark.parametrize(
    ("error", "status", "retry"),
    [
        (NotFound("no such thing"), 404, None),
        (Unavailable("not now"), 503, "60"),
        (Throttled("wait", 17), 429, "17"),
        (Throttled("wait"), 429, "60"),
        (Refused(418, "a teapot"), 418, None),
    ],
)
def test_errors_are_problem_reports(
    error: MailError | Refused, status: int, retry: str | None
) -> None:
    heard = server(raising(error))[0].connect().ask("/place")
    assert heard.status == heard.value["status"] == status
    assert heard.value["detail"] == str(error)
    assert heard.fields["Content-Type"] == "application/problem+json"
    assert heard.fields.get("Retry-After") == retry


def test_a_fault_of_ours_tells_nothing_and_is_logged_without_secrets() -> None:
    client = server(raising(ZeroDivisionError("s3cret".upper())))[0].connect()
    with capturedLogs() as logged:
        heard = client.ask("/place?word=hidden")
    assert (heard.status, heard.value["title"]) == (500, "Internal Server Error")
    (line,) = [each for each in logged if "failed" in each["log_format"]]
    told = str(line)
    assert "ZeroDivisionError" in told
    assert "/place" in told
    assert "S3CRET" not in told
    assert "hidden" not in told
    assert client.ask("/none").status == 404, "the connection goes on"


def test_an_answer_that_cannot_be_sent_ends_the_connection() -> None:
    def work() -> object:
        return b"\0"

    at, place = server(work)
    client = at.connect()

    async def wrong(request: Request) -> Answer:
        return Answer(kind="a\r\nb", content="text")  # type: ignore[arg-type]  # that is what is wrong

    place.get = wrong  # type: ignore[method-assign]  # for a fault
    with capturedLogs() as logged:
        client.send("/place")
    assert [each for each in logged if "broke off" in (each["log_format"] or "")]
    assert client.wire.disconnected
    client.protocol.connectionLost(Failure(ConnectionDone()))


def test_content_comes_in() -> None:
    client = server(lambda: b"")[0].connect()
    heard = client.ask("/place", content=b"x" * 1000, method="PUT")
    assert heard.content == b"x" * 1000
    assert heard.fields["Content-Type"] == "text/plain"


@pytest.mark.parametrize(
    ("accepted", "compressed"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip; q=0.0", False),
        ("br", False),
        (None, False),
    ],
)
def test_json_is_compressed_for_those_who_want_it(
    accepted: str | None, compressed: bool
) -> None:
    content = b'["' + b"x" * 2000 + b'"]'
    client = server(lambda: content)[0].connect()
    fields = {} if accepted is None else {"Accept-Encoding": accepted}
    heard = client.ask("/place", fields)
    assert heard.fields["Vary"] == "Accept-Encoding"
    assert heard.fields["Content-Length"] == str(len(heard.content))
    assert (heard.fields.get("Content-Encoding") == "gzip") is compressed
    assert (gzip.decompress(heard.content) if compressed else heard.content) == content


@pytest.mark.parametrize("length", [1000, 2**20 + 1])
def test_what_is_short_or_endless_is_not_compressed(length: int) -> None:
    client = server(lambda: b"1" * length)[0].connect()
    assert len(client.ask("/place", {"Accept-Encoding": "gzip"}).content) == length


def test_many_at_once_let_others_have_their_turn() -> None:
    at, _ = server(lambda: b"[]")
    client = at.connect()
    client.protocol.dataReceived(b"GET /place HTTP/1.1\r\nHost: a\r\n\r\n" * 100)
    assert client.said.count(b"200 OK") == 31
    at.clock.pump([0] * 5)
    assert client.said.count(b"200 OK") == 100


class Page(Resource):
    """A resource as Twisted's own are."""

    def __init__(self) -> None:
        Resource.__init__(self)

    def render_GET(self, request: Request) -> bytes:
        request.setHeader(b"content-type", b"text/plain")  # type: ignore[no-untyped-call]  # Twisted's
        return b"words"


def test_resources_of_twisted_have_their_place() -> None:
    root = Resource()
    root.putChild(b"page", Page())
    client = Server(root=root).connect()
    heard = client.ask("/page")
    assert (heard.status, heard.content) == (200, b"words")
    assert heard.fields["X-Content-Type-Options"] == "nosniff"
    assert "Server" not in heard.fields

"""One request of twisted.web, with content that is bounded, and our manners (RFC 9110)."""

from __future__ import annotations

from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, TypeVar
from urllib.parse import unquote_to_bytes

from twisted.logger import Logger
from twisted.python.components import Componentized
from twisted.web.http import Request as PlainRequest
from twisted.web.http import datetimeToString, parse_qs
from twisted.web.http_headers import Headers
from twisted.web.resource import Resource, getChildForRequest
from twisted.web.server import Request as TwistedRequest

from mailnode.web.admission import Admission, StreamedResource
from mailnode.web.answer import Answer, phrase, problem
from mailnode.web.coroutine import AsyncResource

if TYPE_CHECKING:
    from mailnode.web.channel import Channel

T = TypeVar("T")
IN_MEMORY = 64 * 2**10
"""Octets of content; what is more goes to a nameless file until all is there."""
MANNERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Fields of every response, unless a resource says otherwise: nobody keeps it, and a
browser makes nothing of it but what it is."""


class Request(TwistedRequest):
    """A request; its resource is found when its header has come.

    @ivar visitor: the connection, also when it has gone.
    @ivar found: the resource.
    @ivar taken: octets of content that have come.
    @ivar admission: how content comes in that is not gathered here.
    """

    __slots__ = ("admission", "found", "taken", "visitor")  # beside Twisted's thirty

    log = Logger()
    defaultContentType = None
    content: IO[bytes]
    found: Resource

    def __init__(self, channel: Channel, *_: object) -> None:
        PlainRequest.__init__(self, channel)
        Componentized.__init__(self)
        self.visitor = channel
        self.taken = 0
        self.admission: Admission | None = None

    @property
    def gone(self) -> bool:
        """The client is no longer there to be answered."""
        return bool(self._disconnected)

    def find(self, method: bytes, target: bytes) -> None:
        """Find the resource of a target."""
        self.method = method
        path = target.partition(b"?")[0]
        self.prepath = []
        self.postpath = list(map(unquote_to_bytes, path[1:].split(b"/")))
        self.found = getChildForRequest(self.visitor.site.root, self)

    @property
    def below(self) -> list[bytes]:
        """What stands in the path behind the resource."""
        return self.postpath or []

    @property
    def most(self) -> int:
        """Octets of content that may come."""
        return int(getattr(self.found, "content_limit", 0))

    @property
    def takes_any(self) -> bool:
        """Content of any type may come with a cookie."""
        return bool(getattr(self.found, "takes_any", False))

    def refusal(self, method: bytes, length: int | None) -> Answer | None:
        """What is wrong with content of this length; C{None} when it may come.

        @param length: C{None} when it is not known.
        """
        if isinstance(self.found, AsyncResource):
            refusal = self.found.refusal(method)
            if refusal is not None:
                return refusal
        if length is not None and length > self.most:
            return self.too_large()
        return None

    def too_large(self) -> Answer:
        """There is more content than may come."""
        if isinstance(self.found, AsyncResource):
            return self.found.too_large()
        return problem(413, f"at most {self.most} octets")

    def gotLength(self, length: int | None) -> None:
        """The header is whole: make room for the content."""
        if isinstance(self.found, StreamedResource) and self.found.streams(self):
            self.content = BytesIO()
            self.admission = Admission(self, self.found)
            self.admission.begin()
            return
        if length == 0:
            self.content = BytesIO()
            return
        self.content = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed with the request

    def handleContentChunk(self, data: bytes) -> None:
        """Some content has come; one octet too many is refused at once."""
        self.taken += len(data)
        if self.taken > self.most:
            self.visitor.refuse(self.too_large())
            return
        self.visitor.took(len(data))
        if self.admission is None:
            self.content.write(data)
        else:
            self.admission.take(data)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """The request is whole; forms are nothing to us."""
        self.content.seek(0)
        put_request_line(self, command, path, version)
        if self.admission is None:
            self.process()
        else:
            self.admission.complete()

    def process(self) -> None:
        """Have it answered."""
        self.greet()
        TwistedRequest.render(self, self.found)

    def greet(self) -> None:
        """Put into the header of the response what stands in all of them."""
        for name, value in MANNERS.items():
            self.say(name, value)
        self.say("Date", datetimeToString().decode())

    def gathered(self, kind: type[T]) -> T:
        """What has taken the content, if that was not gathered here."""
        intake = None if self.admission is None else self.admission.intake
        if not isinstance(intake, kind):
            raise TypeError("its content went elsewhere")
        return intake

    def asked(self, name: str) -> str:
        """A field of the request, whatever octets it has; empty if it is not there."""
        values = self.requestHeaders.getRawHeaders(name.encode(), [])
        return b", ".join(values).decode("latin-1")

    def say(self, name: str, value: str) -> None:
        """Put a field into the header of the response."""
        self.responseHeaders.setRawHeaders(name, [value])

    def write(self, data: bytes) -> None:
        """Send some of the response; its header says if it is the last."""
        if not self.startedWriting:
            channel = self.visitor
            channel.persistent = channel.persistent and not channel.site.rounds.stopping
            if not channel.persistent:
                self.say("Connection", "close")
        TwistedRequest.write(self, data)

    def lighten(self) -> None:
        """Forget both headers, of an answer that has begun and goes on for long."""
        self.requestHeaders = Headers()
        self.responseHeaders = Headers()

    def finish(self) -> None:
        """The response is whole."""
        self.log.debug(
            "{address} {method} {path}: {status}",
            address=self.visitor.address,
            method=self.method.decode(),
            path=self.path.decode("ascii", "replace"),
            status=self.code,
        )
        TwistedRequest.finish(self)


def put_request_line(
    request: Request, method: bytes, target: bytes, version: bytes
) -> None:
    """Put method, target and version where resources of Twisted look for them."""
    path, _, query = target.partition(b"?")
    request.method, request.uri, request.clientproto = method, target, version
    request.path, request.args = path, parse_qs(query, True)


def told(answer: Answer) -> bytes:
    """An answer as octets, for when there is no request to send it; it is the last."""
    fields = {
        **MANNERS,
        "Date": datetimeToString().decode(),
        "Connection": "close",
        "Content-Type": answer.kind,
        "Content-Length": str(len(answer.content)),
        **answer.headers,
    }
    lines = [f"HTTP/1.1 {answer.status} {phrase(answer.status)}"]
    lines += [f"{name}: {value}" for name, value in fields.items()]
    return "\r\n".join([*lines, "", ""]).encode() + answer.content

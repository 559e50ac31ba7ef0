"""The page itself: files that come with the server, read once, each known by its hash."""

from __future__ import annotations

import gzip
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING

from mailnode.web.answer import Answer, Refused
from mailnode.web.coroutine import AsyncResource, accepts_gzip

if TYPE_CHECKING:
    from mailnode.web.request import Request

SHIPPED = files("mailnode.web") / "static"
INDEX = "index.html"
HTML = "text/html; charset=utf-8"
KINDS = {
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "webp": "image/webp",
    "woff2": "font/woff2",
    "webmanifest": "application/manifest+json",
}
"""Media types by what a name ends with; other files are nobody's business."""
PACKED = ("text/", "image/svg", "application/manifest")
"""What becomes smaller by compression."""
DIGITS = 16
"""Of a hash, in a path or a tag."""
IMPORT_MAP = re.compile(rb'<script type="importmap">(.*?)</script>', re.DOTALL)
OWN = re.compile(rb'(?<=")/static/')
"""Where the page names a file of its own."""
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
"""For what stands under its version (RFC 8246)."""
ASK_AGAIN = {"Cache-Control": "no-cache"}
POLICY = (
    "default-src 'none'; script-src 'self'{hashes}; style-src 'self'; "
    "connect-src 'self'; img-src 'self' data: blob:; frame-src 'self'; "
    "font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'"
)
"""What the page may do (CSP 3): its own modules, and no text that becomes one."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file.

    @ivar packed: its content in gzip; empty if that is not worth it.
    """

    content: bytes
    kind: str
    tag: str
    packed: bytes = b""

    @classmethod
    def of(cls, content: bytes, kind: str) -> Asset:
        """A file with this content."""
        tag = sha256(content).hexdigest()[:DIGITS]
        packed = b""
        if kind.startswith(PACKED):
            packed = gzip.compress(content, 9, mtime=0)
            packed = packed if len(packed) < len(content) else b""
        return cls(content, kind, tag, packed)

    def answer(self, request: Request, headers: Mapping[str, str]) -> Answer:
        """The file, or that it is as it was (RFC 9110, 13.1.2)."""
        takes = bool(self.packed) and accepts_gzip(request)
        tag = f'"{self.tag}-gzip"' if takes else f'"{self.tag}"'
        said = {**headers, "ETag": tag}
        if self.packed:
            said["Vary"] = "Accept-Encoding"
        known = request.asked("If-None-Match").replace("W/", "").split(",")
        if tag in {each.strip() for each in known}:
            return Answer(304, headers=said)
        if takes:
            said["Content-Encoding"] = "gzip"
        return Answer(200, self.packed if takes else self.content, self.kind, said)


@dataclass(frozen=True, slots=True)
class Page:
    """All files of a page.

    @ivar files: by path.
    @ivar version: another one for other files.
    @ivar index: what is loaded first; C{None} when there is no page.
    @ivar policy: what it may do.
    """

    files: Mapping[str, Asset] = field(default_factory=dict)
    version: str = ""
    index: Asset | None = None
    policy: str = ""


class Index(AsyncResource):
    """C{/}: what is loaded first."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page

    async def get(self, request: Request) -> Answer:
        """The page, which the browser asks for each time."""
        if self.page.index is None:
            raise Refused(404, "there is nothing here")
        headers = {
            **ASK_AGAIN,
            "Content-Security-Policy": self.page.policy,
            "Cross-Origin-Opener-Policy": "same-origin",
            "X-Frame-Options": "DENY",
        }
        return self.page.index.answer(request, headers)


class Files(AsyncResource):
    """C{/static/}: its files, for ever if the path has the version."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page

    async def get(self, request: Request) -> Answer:
        """A file: one that was read at the start, under exactly this name."""
        path = b"/".join(request.postpath or ()).decode("ascii", "replace")
        version, _, rest = path.partition("/")
        if version == self.page.version and rest in self.page.files:
            return self.page.files[rest].answer(request, FOR_EVER)
        if path in self.page.files:
            return self.page.files[path].answer(request, ASK_AGAIN)
        raise Refused(404, "there is nothing here")


@cache
def shipped() -> Page:
    """The page that comes with this server."""
    return page(SHIPPED)


def page(folder: Traversable) -> Page:
    """The page in a folder."""
    found = dict(walked(folder))
    index = found.pop(INDEX, None)
    assets = {
        path: Asset.of(content, KINDS[ending])
        for path, content in found.items()
        if (ending := path.rpartition(".")[2]) in KINDS
    }
    if index is None:
        return Page(assets)
    told = "".join(f"{path} {assets[path].tag}\n" for path in sorted(assets)).encode()
    version = sha256(told + index).hexdigest()[:DIGITS]
    written = versioned(index, version)
    hashes = "".join(f" '{inline(each)}'" for each in IMPORT_MAP.findall(written))
    policy = POLICY.format(hashes=hashes)
    return Page(assets, version, Asset.of(written, HTML), policy)


def walked(folder: Traversable, before: str = "") -> Iterator[tuple[str, bytes]]:
    """The files below a folder, by their paths."""
    if not folder.is_dir():
        return
    for each in folder.iterdir():
        if each.is_dir():
            yield from walked(each, f"{before}{each.name}/")
        else:
            yield before + each.name, each.read_bytes()


def versioned(index: bytes, version: str) -> bytes:
    """The page, so that it names its files by their version, and its own too."""
    index = OWN.sub(f"/static/{version}/".encode(), index)
    return index.replace(b"<html ", f'<html data-version="{version}" '.encode(), 1)


def inline(script: bytes) -> str:
    """A script that stands in the page, as a policy calls it (CSP 3, 8.3)."""
    return f"sha256-{b64encode(sha256(script).digest()).decode()}"

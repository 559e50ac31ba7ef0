"""The page: its files under their version, compressed, and nothing else."""

from __future__ import annotations

import gzip
import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from twisted.internet.task import Clock
from web.browser import PASSWORDS, Browser, Server

from mailnode.store import migrate
from mailnode.store.database import InlineDatabase
from mailnode.store.tokens import Tokens
from mailnode.testing import MemoryGate, MemoryStore
from mailnode.web.assets import SHIPPED, page
from mailnode.web.tree import Webmail, tree

MAP = b'{"imports": {"lib": "/static/vendor/lib.js"}}'
INDEX = (
    b'<!doctype html><html lang="en"><script type="importmap">'
    + MAP
    + b'</script><script type="module" src="/static/app.js"></script></html>'
)
APP = b"import 'lib';\n" * 100


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A page."""
    inside = tmp_path / "static"
    (inside / "vendor").mkdir(parents=True)
    (inside / "index.html").write_bytes(INDEX)
    (inside / "app.js").write_bytes(APP)
    (inside / "icon.svg").write_bytes(b"<svg/>")
    (inside / "vendor" / "lib.js").write_bytes(b"export {};")
    (inside / "vendor" / "vendor.lock").write_bytes(b"lock")
    (tmp_path / "secret.js").write_bytes(b"secret")
    return inside


@pytest.fixture
def client(folder: Path) -> Browser:
    gate, clock = MemoryGate(MemoryStore(), PASSWORDS), Clock()
    tokens = Tokens(InlineDatabase(prepare=migrate.main), lambda: 0)
    root = tree(gate, clock, tokens=tokens, webmail=Webmail(page(folder)))
    return Server(gate, root=root, clock=clock).connect()


def version(client: Browser) -> str:
    """What the page says it is."""
    found = re.search(rb'data-version="([0-9a-f]{16})"', client.ask("/").content)
    assert found is not None
    return found[1].decode()


def test_what_is_loaded_first(client: Browser) -> None:
    heard = client.ask("/")
    assert heard.status == 200
    assert heard.fields["Content-Type"] == "text/html; charset=utf-8"
    assert heard.fields["Cache-Control"] == "no-cache"
    now = version(client)
    written = MAP.replace(b"/static/", f"/static/{now}/".encode())
    assert written in heard.content
    assert f'src="/static/{now}/app.js"'.encode() in heard.content
    digest = b64encode(sha256(written).digest()).decode()
    assert heard.fields["Content-Security-Policy"] == (
        f"default-src 'none'; script-src 'self' 'sha256-{digest}'; style-src 'self'; "
        "connect-src 'self'; img-src 'self' data: blob:; frame-src 'self'; "
        "font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'"
    )
    assert heard.fields["X-Content-Type-Options"] == "nosniff"


def test_it_is_asked_for_each_time_and_sent_once(client: Browser) -> None:
    tag = client.ask("/").fields["ETag"]
    for known in (tag, f'"x", W/{tag}'):
        heard = client.ask("/", {"If-None-Match": known})
        assert (heard.status, heard.content) == (304, b"")
        assert heard.fields["ETag"] == tag
        assert "Content-Length" not in heard.fields
    assert client.ask("/", {"If-None-Match": '"x"'}).status == 200


def test_under_its_version_a_file_stays(client: Browser) -> None:
    heard = client.ask(f"/static/{version(client)}/app.js")
    assert (heard.status, heard.content) == (200, APP)
    assert heard.fields["Content-Type"] == "text/javascript; charset=utf-8"
    assert heard.fields["Cache-Control"] == "public, max-age=31536000, immutable"
    heard = client.ask("/static/vendor/lib.js")
    assert (heard.status, heard.fields["Cache-Control"]) == (200, "no-cache")
    assert client.ask("/static/0123456789abcdef/app.js").status == 404


def test_compressed_for_those_who_take_that(client: Browser) -> None:
    path = f"/static/{version(client)}/app.js"
    plain, packed = client.ask(path), client.ask(path, {"Accept-Encoding": "gzip, br"})
    assert packed.fields["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == APP
    assert len(packed.content) < len(APP)
    assert plain.fields["ETag"] != packed.fields["ETag"]
    assert plain.fields["Vary"] == packed.fields["Vary"] == "Accept-Encoding"
    assert "Vary" not in client.ask("/static/icon.svg").fields, "too small"


def test_head_tells_how_long_it_is(client: Browser) -> None:
    heard = client.ask("/static/app.js", method="HEAD")
    assert heard.fields["Content-Length"] == str(len(APP))
    assert heard.content == b""


@pytest.mark.parametrize(
    "path",
    [
        "/static/",
        "/static",
        "/static/index.html",
        "/static/vendor",
        "/static/vendor/",
        "/static/vendor/vendor.lock",
        "/static/../secret.js",
        "/static/%2e%2e/secret.js",
        "/static/..%2fsecret.js",
        "/static/vendor/../../secret.js",
        "/static//app.js",
        "/static/app.js/",
        "/static/app.js%00",
        "/static/app.js%00.css",
        "/static/%ff.js",
        "/static//etc/passwd",
        "/static/./app.js",
        "/secret.js",
        "/index.html",
    ],
)
def test_nothing_else_is_there(client: Browser, path: str) -> None:
    assert client.ask(path).status == 404


def test_other_files_are_another_version(folder: Path) -> None:
    before = page(folder).version
    assert page(folder).version == before
    (folder / "app.js").write_bytes(APP + b"\n")
    assert page(folder).version != before


def test_without_a_page_there_is_none(tmp_path: Path) -> None:
    found = page(tmp_path / "static")
    assert (found.index, found.version, dict(found.files)) == (None, "", {})


@pytest.mark.skipif(not SHIPPED.is_dir(), reason="the page is made elsewhere")
def test_the_page_that_comes_with_us() -> None:
    found = page(SHIPPED)
    assert found.index is not None
    named = re.findall(rb'"/static/[0-9a-f]{16}/([^"]+)"', found.index.content)
    assert named
    assert {each.decode() for each in named} <= set(found.files)
    assert b'"/static/' in found.index.content
    assert "sha256-" in found.policy

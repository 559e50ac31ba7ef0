"""A body in a frame that can do nothing, with its images, and none from elsewhere."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import cast
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from store.keeping import ANA as NAME
from store.keeping import BOB, Keeping, now
from twisted.internet.task import Clock
from web.browser import ANA, Browser, Heard, Server, basic
from web.hostile import PIECES

from mailnode.clock import DAY
from mailnode.errors import NotPermitted
from mailnode.message.sanitise import Image
from mailnode.model.mail import Question
from mailnode.store.tokens import Tokens
from mailnode.testing import MemoryGate
from mailnode.web.assets import Page
from mailnode.web.letter import Body, Means
from mailnode.web.outgoing import Asked, Outgoing, Told
from mailnode.web.pictures import AT_ONCE, BURST, Signatures
from mailnode.web.site import HTTPOptions
from mailnode.web.tree import Webmail, by, tree
from mailnode.wire import ids

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
POLICY = (
    "default-src 'none'; img-src data: http://mail.example.org/webmail/part/; "
    "style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox allow-same-origin allow-popups "
    "allow-popups-to-escape-sandbox"
)
HOST = "http://mail.example.org"


class Elsewhere:
    """Servers elsewhere.

    @ivar asked: all that they were asked.
    """

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answer: Told | Exception = Told(200, {}, PNG)

    async def ask(self, asked: Asked) -> Told:
        self.asked.append(asked)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Place:
    """A server with the real store, and ana's mail."""

    def __init__(
        self, directory: Path, clean: Callable[[str, Image], str] | None
    ) -> None:
        self.keeping = Keeping(directory)
        self.elsewhere = Elsewhere()
        gate = MemoryGate(self.keeping.store, {NAME: "faminta", BOB: "secret"})
        clock = Clock()
        tokens = Tokens(self.keeping.main, self.keeping.clock)
        webmail = Webmail(
            Page(),
            b"k" * 32,
            cast("Outgoing", self.elsewhere),
            clock=self.keeping.clock,
        )
        root = tree(gate, clock, tokens=tokens, webmail=webmail)
        if clean is not None:
            signatures = Signatures(b"k" * 32, self.keeping.clock)
            means = Means(by(gate, clock, tokens), signatures, clean=clean)
            root.children[b"webmail"].putChild(b"body", Body(means))
        options = HTTPOptions("mail.example.org")
        self.server = Server(gate, root=root, options=options, clock=clock)
        self.client: Browser = self.server.connect()

    def mail(self, *lines: str, who: str = NAME) -> str:
        """Somebody gets an email; its id."""
        self.keeping.deliver("\r\n".join(lines).encode(), who)
        account = self.keeping.account(who)
        found = now(account.mail().find(Question()))
        numbers = now(found.window(0, 100))
        return ids.written(ids.EMAIL, account.id, max(numbers))

    def html(self, html: str) -> str:
        """The same, of HTML."""
        return self.mail("Content-Type: text/html; charset=utf-8", "", html)

    def body(self, said: str, query: str = "", who: dict[str, str] = ANA) -> Heard:
        return self.client.ask(f"/webmail/body/{said}{query}", who)

    def shown(self, said: str, query: str = "") -> str:
        heard = self.body(said, query)
        assert heard.status == 200
        return heard.content.decode()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path, None)
    yield made
    made.keeping.close()


def related(*parts: Sequence[str]) -> list[str]:
    """A message of several parts, the first of which is shown."""
    lines = ['Content-Type: multipart/related; boundary="b"', ""]
    for each in parts:
        lines += ["--b", *each]
    return [*lines, "--b--", ""]


def inline(cid: str, octets: bytes = PNG, kind: str = "image/png") -> list[str]:
    return [
        f"Content-Type: {kind}",
        "Content-Transfer-Encoding: base64",
        f"Content-ID: <{cid}>",
        "",
        b64encode(octets).decode(),
    ]


# The frame.


def test_its_policy_to_the_letter(place: Place) -> None:
    heard = place.body(place.html("<p>x</p>"))
    assert heard.fields["Content-Security-Policy"] == POLICY
    assert heard.fields["Content-Type"] == "text/html; charset=utf-8"
    fields = {name.lower(): value for name, value in heard.fields.items()}
    for name, value in {
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-DNS-Prefetch-Control": "off",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private",
    }.items():
        assert fields[name.lower()] == value
    assert "allow-scripts" not in heard.fields["Content-Security-Policy"]


def test_with_images_there_is_one_more_path(place: Place) -> None:
    heard = place.body(place.html("<p>x</p>"), "?images=1")
    part = f"{HOST}/webmail/part/"
    assert heard.fields["Content-Security-Policy"] == POLICY.replace(
        part, f"{part} {HOST}/webmail/image"
    )


def test_it_holds_without_the_sanitiser(tmp_path: Path) -> None:
    """Whatever is in it comes under the same policy."""
    place = Place(tmp_path, lambda html, _: html)
    everything = "\n".join(piece for _, piece in PIECES if "\0" not in piece)
    heard = place.body(place.html(everything))
    assert "<script>ran()</script>" in heard.content.decode()
    assert heard.fields["Content-Security-Policy"] == POLICY
    place.keeping.close()


@pytest.mark.parametrize("host", ["a;script-src *", "a'b", "a,b", "a b", "*"])
def test_no_host_writes_the_policy(place: Place, host: str) -> None:
    said = place.html("<p>x</p>")
    assert place.body(said, who=ANA | {"Host": host}).status == 400


def test_the_whole_corpus_at_once(place: Place) -> None:
    said = place.shown(place.html("\n".join(piece for _, piece in PIECES)))
    assert "<script" not in said
    assert not re.search(r"<[^>]*\son\w+=", said)
    assert not re.search(r"<img[^>]*remote\.test", said)


# What is in it.


def test_plain_text(place: Place) -> None:
    said = place.shown(
        place.mail(
            "Content-Type: text/plain; charset=utf-8",
            "",
            "<b>not bold</b> & see https://example.org/a?b=1&c=2.",
            "> ana@example.org wrote:",
            "> > deeper",
            "> less",
            "end",
        )
    )
    assert "&lt;b&gt;not bold&lt;/b&gt; &amp; see" in said
    link = 'href="https://example.org/a?b=1&amp;c=2" target="_blank" rel="noopener'
    assert link in said
    assert 'href="mailto:ana@example.org"' in said
    assert said.count("<details>") == said.count("</details>") == 2
    assert said.index("deeper") < said.index("less") < said.index("end")
    assert '<body data-blocked="0">' in said


def test_flowed_text(place: Place) -> None:
    said = place.shown(
        place.mail(
            "Content-Type: text/plain; format=flowed",
            "",
            "one ",
            "two",
            "> three ",
            "> four",
            "-- ",
            " > five",
        )
    )
    assert "one two" in said
    assert "three four" in said
    assert "-- \n&gt; five" in said


def test_deep_quotes_end_somewhere(place: Place) -> None:
    said = place.shown(place.mail("", ">" * 900 + " x", "y", "> " * 400 + "z"))
    assert said.count("<details>") == said.count("</details>") <= 100


def test_html_is_liked_best(place: Place) -> None:
    said = place.shown(
        place.mail(
            'Content-Type: multipart/alternative; boundary="b"',
            "",
            "--b",
            "",
            "dull",
            "--b",
            "Content-Type: text/html",
            "",
            "<p>rich</p>",
            "--b--",
        )
    )
    assert "<p>rich</p>" in said
    assert "dull" not in said


def test_an_image_that_came_with_it(place: Place) -> None:
    html = ["Content-Type: text/html", "", '<img src="cid:a@b"><img src="cid:c@d">']
    parts = (html, inline("a@b"), inline("c@d", b"<svg/>", "image/svg+xml"))
    said = place.shown(place.mail(*related(*parts)))
    found = re.findall(r'src="(/webmail/part/[^"]+)"', said)
    assert len(found) == 1
    heard = place.client.ask(found[0], ANA)
    assert (heard.status, heard.fields["Content-Type"]) == (200, "image/png")
    assert PNG in unchunked(heard)
    assert heard.fields["X-Content-Type-Options"] == "nosniff"
    assert heard.fields["Content-Security-Policy"].startswith("sandbox;")
    assert place.client.ask(found[0], basic("bob", "secret")).status == 404
    assert place.client.ask(found[0]).status == 401


def unchunked(heard: Heard) -> bytes:
    """Its content, whole."""
    if "Transfer-Encoding" not in heard.fields:
        return heard.content
    left, pieces = heard.content, []
    while left:
        size, _, left = left.partition(b"\r\n")
        pieces.append(left[: int(size, 16)])
        left = left[int(size, 16) + 2 :]
    return b"".join(pieces)


@pytest.mark.parametrize(
    "octets", [b"", b"<svg onload=x>", b"<html>", b"GIF8", b"RIFFxxxxWAVE"]
)
def test_what_is_no_picture_is_not_shown(place: Place, octets: bytes) -> None:
    """Whatever it says it is."""
    html = ["Content-Type: text/html", "", '<img src="cid:a">']
    said = place.shown(place.mail(*related(html, inline("a", octets))))
    (path,) = re.findall(r'src="(/webmail/part/[^"]+)"', said)
    assert place.client.ask(path, ANA).status == 415


def test_colours_of_its_own_want_a_light_ground(place: Place) -> None:
    plain, own = place.html("<p>x</p>"), place.html('<p style="color:#000">x</p>')
    assert "color-scheme:dark" in place.shown(plain, "?dark=1")
    assert "color-scheme:dark" not in place.shown(plain, "?dark=0")
    said = place.shown(own, "?dark=1")
    assert said.startswith("<!doctype html><html data-light>")
    assert "color-scheme:dark" not in said


def test_nobody_sees_somebody_elses(place: Place) -> None:
    said = place.html("<p>secret</p>")
    for path in ("body", "quote"):
        ask = f"/webmail/{path}/{said}"
        assert place.client.ask(ask).status == 401
        assert place.client.ask(ask, basic("bob", "secret")).status == 404
    for nonsense in ("", "x", "M1-999", "../x", said + "/x", quote("\0"), "M1-1%0d%0a"):
        assert place.body(nonsense).status == 404


def test_for_a_reply(place: Place) -> None:
    parts = (
        ["Content-Type: text/html", "", '<p onclick="x">Hi</p><img src="http://a/b">'],
        inline("a"),
    )
    heard = place.client.ask(f"/webmail/quote/{place.mail(*related(*parts))}", ANA)
    assert heard.value == {"html": "<div><p>Hi</p><img></div>", "text": "Hi"}
    assert heard.fields["Content-Type"] == "application/json"


def test_heavy_mail_is_shown_soon(place: Place) -> None:
    assert "<pre>" in place.shown(place.html("<div>" * 200_000 + "x"))
    large = ["", "x" * 900_000]
    parts = related(large, large, large, ["", "small"])
    parts[0] = 'Content-Type: multipart/mixed; boundary="b"'
    assert place.shown(place.mail(*parts)).count('class="text"') == 2
    many = related(*(["", "x"] for _ in range(2000)))
    many[0] = 'Content-Type: multipart/mixed; boundary="b"'
    assert place.shown(place.mail(*many)).count('class="text"') == 20


# Images from elsewhere.

REMOTE = "http://example.net/a.png?b=1&c=2"


def proxied(place: Place) -> str:
    """Our path to an image."""
    said = place.shown(place.html(f'<img src="{REMOTE}">'), "?images=1")
    assert "example.net/a" not in said
    (path,) = re.findall(r'src="(/webmail/image[^"]+)"', said)
    return str(path).replace("&amp;", "&")


def test_images_are_left_out_until_somebody_says_so(place: Place) -> None:
    said = place.html(
        '<img src="http://a/1"><img src="http://a/1"><img src="https://a/2">'
    )
    shown = place.shown(said)
    assert '<body data-blocked="2">' in shown
    assert "://a/" not in shown
    assert '<body data-blocked="0">' in place.shown(said, "?images=1")
    assert place.elsewhere.asked == []


def test_then_we_fetch_them(place: Place) -> None:
    heard = place.client.ask(proxied(place), ANA)
    assert (heard.status, heard.content) == (200, PNG)
    assert heard.fields["Content-Type"] == "image/png"
    assert heard.fields["Content-Security-Policy"].startswith("sandbox;")
    (asked,) = place.elsewhere.asked
    assert (asked.url, asked.most) == (REMOTE, 5 * 2**20)
    assert "Cookie" not in asked.headers


def test_the_path_is_the_same_for_a_day(place: Place) -> None:
    said = place.html(f'<img src="{REMOTE}">')
    assert place.shown(said, "?images=1") == place.shown(said, "?images=1")


def test_nobody_has_us_fetch_something_else(place: Place) -> None:
    path = proxied(place)
    query = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
    for change in (
        {"u": "http://example.net/b.png"},
        {"u": "http://169.254.169.254/"},
        {"m": "M1-2"},
        {"e": str(int(query["e"]) + 1)},
        {"s": ""},
        {"s": "\u00e9"},
        {"s": query["s"][:-1] + "g"},
        {"e": ""},
    ):
        words = "&".join(f"{k}={quote(v, '')}" for k, v in (query | change).items())
        assert place.client.ask(f"/webmail/image?{words}", ANA).status == 403
    assert place.client.ask(path, basic("bob", "secret")).status == 403
    assert place.client.ask(path).status == 401
    assert place.client.ask("/webmail/image", ANA).status == 403
    place.keeping.clock.moment += 2 * DAY
    assert place.client.ask(path, ANA).status == 403
    assert place.elsewhere.asked == []


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (Told(200, {}, b"<svg onload=ran()>"), 502),
        (Told(200, {"content-type": "image/png"}, b"<html>"), 502),
        (Told(404, {}, PNG), 502),
        (NotPermitted("this address is not public"), 403),
    ],
)
def test_what_is_not_passed_on(
    place: Place, answer: Told | Exception, status: int
) -> None:
    path = proxied(place)
    place.elsewhere.answer = answer
    heard = place.client.ask(path, ANA)
    assert heard.status == status
    assert b"svg" not in heard.content


def test_only_so_many(place: Place) -> None:
    path = proxied(place)
    statuses = [place.client.ask(path, ANA).status for _ in range(BURST + 1)]
    assert statuses == [200] * BURST + [429]
    place.keeping.clock.moment += 60_000
    assert place.client.ask(path, ANA).status == 200
    assert AT_ONCE > 1

"""HTML of strangers: of the whole corpus nothing acts and nothing is fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from web.hostile import PIECES

from mailnode.message.sanitise import (
    ATTRIBUTES,
    EMPTIED,
    TAGS,
    sanitised,
    style,
    words,
)

HELD = {"target": "_blank", "rel": "noopener noreferrer"}
LINK = re.compile(r"(?:https?://|mailto:|tel:)\S*", re.IGNORECASE)
OURS = re.compile(
    r"/webmail/part/G\w+|data:image/(?:png|jpeg|gif|webp);base64,[\w+/=]*"
)
FUNCTION = re.compile(r"(\w+)\s*\(")
PICTURE = "/webmail/part/G1"


class Found(HTMLParser):
    """Every tag that a parser finds in what came out."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.odd: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_comment(self, data: str) -> None:
        self.odd.append(data)

    def handle_decl(self, decl: str) -> None:
        self.odd.append(decl)

    def handle_pi(self, data: str) -> None:
        self.odd.append(data)


def faults(html: str) -> Iterator[str]:
    """What is there and must not be."""
    found = Found(html)
    yield from found.odd
    for tag, attributes in found.tags:
        if tag not in TAGS:
            yield tag
        for name, value in attributes.items():
            if name in HELD and tag == "a":
                if value != HELD[name]:
                    yield f"{name}={value}"
            elif name not in ATTRIBUTES["*"] | ATTRIBUTES.get(tag, frozenset()):
                yield f"{tag} {name}"
            elif not harmless(name, value):
                yield f"{tag} {name}={value}"
        if tag == "a" and not HELD.items() <= attributes.items():
            yield "a link that leads out of its frame"


def harmless(name: str, value: str) -> bool:
    """Whether a value of an attribute neither acts nor fetches."""
    if name == "href":
        return LINK.fullmatch(value) is not None
    if name == "src":
        return OURS.fullmatch(value) is not None
    if name == "style":
        calls = {each.lower() for each in FUNCTION.findall(value)}
        return calls <= {"rgb", "rgba", "hsl", "hsla"} and not set(value) & set("\\@<{")
    return True


def image(said: str) -> str | None:
    """Only what came with the message."""
    return PICTURE if said == "cid:known" else None


@pytest.mark.parametrize("kind", sorted({kind for kind, _ in PIECES}))
def test_nothing_is_left_of_the_corpus(kind: str) -> None:
    for each, piece in PIECES:
        if each != kind:
            continue
        for html in (piece, f"<div><p>{piece}</p></div>", f"<table><tr><td>{piece}"):
            clean = sanitised(html, image)
            assert list(faults(clean)) == [], piece
            assert sanitised(clean, image).count("<") <= clean.count("<"), piece


def test_the_corpus_is_large() -> None:
    assert len({piece for _, piece in PIECES}) > 900


def test_the_rule_sees_what_it_should() -> None:
    for html in (
        "<script>x</script>",
        "<p onclick=x>",
        "<a href='javascript:x'>",
        '<a href="http://a/">',
        "<img src=http://a/>",
        "<p style='background:url(x)'>",
        "<!-- x -->",
    ):
        assert list(faults(html)), html


def test_one_that_the_sanitiser_lets_pass_alone_does_not_together() -> None:
    """Two pieces may finish each other."""
    everything = "".join(piece for _, piece in PIECES)
    assert list(faults(sanitised(everything, image))) == []
    for (_, one), (_, other) in zip(PIECES, PIECES[7:], strict=False):
        assert list(faults(sanitised(one + other, image))) == []


SHREDS = st.sampled_from(
    [
        *"<>\"'=/ \t\n\x00&;:()",
        *("script", "img", "svg", "math", "style", "table", "a ", "p ", "!--", "-->"),
        *("src=", "href=", "style=", "onerror=", "javascript:", "http://remote.test/"),
        *("url(", "]]>", "<![CDATA[", "mtext", "mglyph", "template", "select", "title"),
    ]
)


@given(st.lists(SHREDS, max_size=40).map("".join))
def test_shreds(html: str) -> None:
    assert list(faults(sanitised(html, image))) == []


def test_what_mail_is_made_of_stays() -> None:
    html = (
        '<table width="600" cellpadding="0" bgcolor="#ffffff"><tr><td align="center" '
        'style="padding: 10px 0; color:#333333; font-family:Arial, sans-serif">'
        '<h1>Hello</h1><p>It is <b>time</b>.</p><img src="cid:known" alt="A" width="9">'
        '<a href="https://example.org/?a=1&amp;b=2">more</a></td></tr></table>'
    )
    clean = sanitised(html, image)
    for each in (
        'width="600"',
        'bgcolor="#ffffff"',
        "padding:10px 0;color:#333333;font-family:Arial",
        "<h1>Hello</h1>",
        f'<img src="{PICTURE}" alt="A" width="9">',
        'href="https://example.org/?a=1&amp;b=2"',
    ):
        assert each in clean, clean


def test_images_are_asked_about() -> None:
    asked: list[str] = []

    def noted(said: str) -> str | None:
        asked.append(said)
        return None

    html = (
        '<img src="http://a/1"><img src="https://a/2"><img src="cid:3"><img src="//a/4">'
        '<img src="data:image/png;base64,AAAA"><img src="data:image/svg+xml;base64,AAAA">'
        '<img src="javascript:5"><img src="/6">'
    )
    clean = sanitised(html, noted)
    assert clean.count("src=") == 1
    assert {"http://a/1", "https://a/2", "cid:3"} <= set(asked)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("color: red", "color:red"),
        ("COLOR: RGB(1, 2, 3)", "color:RGB(1, 2, 3)"),
        ("color: rgb(1, 2, 3)", "color:rgb(1, 2, 3)"),
        ("color:red; background:url(x)", "color:red"),
        ("background:#fff", "background:#fff"),
        ("font:12px/1.5 'Open Sans'", "font:12px/1.5 'Open Sans'"),
        ("font:12px/* */", None),
        ("width:calc(1px)", None),
        ("position:fixed", None),
        ("margin:-9px !important", "margin:-9px !important"),
        ("", None),
        (";;:;", None),
    ],
)
def test_styles(said: str, kept: str | None) -> None:
    assert style(said) == kept


def test_what_is_too_heavy_is_shown_as_its_words() -> None:
    clean = sanitised("<div>" * 100_000 + "a &amp; <b>b</b>&lt;i&gt;", image)
    assert clean == "<pre>a &amp; b&lt;i&gt;</pre>"


def test_the_words_of_html() -> None:
    html = "<style>p{}</style><p>One&nbsp;two</p><br><p>three<script>no()</script></p>"
    assert words(html) == "One\xa0two\n\nthree"


def test_the_lists_do_not_contradict_each_other() -> None:
    assert not TAGS & EMPTIED
    assert set(ATTRIBUTES) - {"*"} <= TAGS

"""HTML that would take a parser minutes is known before it is parsed."""

from __future__ import annotations

import time
from itertools import count

import nh3
import pytest

from mailnode.message.weight import is_too_heavy

MEGABYTE = 2**20


def numbered(tag: str) -> str:
    return "".join(f"<{tag} a={n}>" for n in range(20_000))


HEAVY = {
    "one tag that never ends": "<a ",
    "nested": "<div>",
    "formatting": "<b>",
    "fonts": numbered("font"),
    "fonts again and again": numbered("font")[:60_000] + "<p>x" * 200_000,
    "crossed": "<b><i></b>",
    "tables": "<table>",
    "cells in cells": "<table><td>",
    "closed where nobody hears it": "<div><select></div></select>",
    "closed in a table": "<div><table></div></table>",
    "closed in an attribute": '<div><p a="</div>">',
    "closed in an open tag": "<div><p a=' </div> '>",
    "closed in a comment": "<div><!-- </div> -->",
    "closed in a style": "<div><style></div></style>",
    "closed in a title": "<div><title></div></title>",
    "closed in a script": "<div><script>'</div>'</script>",
    "closed in a text area": "<div><textarea></div></textarea>",
    "closed in svg": "<svg><g><style></g></style>",
    "closed in a section": "<svg><g><![CDATA[</g>]]>",
    "closed in noscript": "<div><noscript></div></noscript>",
    "closed in a template": "<div><template></div></template>",
    "a style that is none": "<select><style></select>" + "<div>" * 100_000 + "</style>",
    "a quote that is none": '<p "><div><div>',
    "a comment that is short": "<!--><div><div>",
    "a comment that ends early": "<!-- --!><div><div>",
    "attributes": "<p " + "".join(f" a{n}=1" for n in range(100_000)) + ">",
    "attributes without spaces": "<p " + "".join(f'a{n}=""' for n in range(100_000)),
    "attributes behind a quote": '<p a=">" ' + "".join(f"b{n} " for n in range(90_000)),
    "attributes with slashes": "<p" + "".join(f"/a{n}" for n in range(100_000)) + ">",
    "attributes that never end": "<p a='" + "".join(f" a{n}=''" for n in range(90_000)),
}


@pytest.mark.parametrize("kind", HEAVY)
def test_heavy(kind: str) -> None:
    piece = HEAVY[kind]
    html = (piece * (MEGABYTE // len(piece) + 1))[:MEGABYTE]
    began = time.process_time()
    assert is_too_heavy(html)
    assert time.process_time() - began < 2


LIGHT = {
    "text": "x",
    "open brackets": "<",
    "closers": "</",
    "ampersands": "&amp",
    "comments": "<!--",
    "paragraphs": "<p>x",
    "items": "<li>x",
    "rows": "<tr><td>x",
    "breaks": "<br>",
    "images": "<img src=cid:x>",
    "elements": "<div><b>x</b></div>",
    "self-closing": "<br/><hr />",
    "styles": "<style>p{color:red}</style>",
    "case": "<DIV>x</div>",
    "space": "<div\n a=b >x</div\t>",
    "a picture": '<img src="data:image/png;base64,' + "A/b+" * 200_000 + '">',
}


@pytest.mark.parametrize("kind", LIGHT)
def test_light(kind: str) -> None:
    """What is let pass is soon parsed, however long it is."""
    piece = LIGHT[kind]
    html = (piece * (MEGABYTE // len(piece) + 1))[:MEGABYTE]
    began = time.process_time()
    assert not is_too_heavy(html)
    nh3.clean(html)
    assert time.process_time() - began < 5


def test_a_newsletter_is_light() -> None:
    row = '<tr><td style="a"><p>Text <b>bold</b> and <a href="x">link</a><br></td></tr>'
    html = "<table><tr><td><table>" * 8 + row * 1000 + "</table></td></tr></table>" * 8
    assert not is_too_heavy(f"<html><body>{html}</body></html>")


def test_what_is_open_grows_no_further_than_it_may() -> None:
    for depth in count(1000, 1000):
        if is_too_heavy("<div>" * depth):
            break
    assert 3000 < depth < 5000

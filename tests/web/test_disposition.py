"""File names and types in headers, from whoever sends them."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailnode.web.disposition import NAME, disposition, media_type


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("a.png", "image/png", 'inline; filename="a.png"'),
        ("a.txt", "text/plain; charset=utf-8", 'inline; filename="a.txt"'),
        ("a.svg", "image/svg+xml", 'attachment; filename="a.svg"'),
        ("a.htm", "text/html", 'attachment; filename="a.htm"'),
        ("a b.zip", "application/zip", 'attachment; filename="a b.zip"'),
        (
            "día.pdf",
            "application/pdf",
            "inline; filename=\"d_a.pdf\"; filename*=UTF-8''d%C3%ADa.pdf",
        ),
        (
            'a"; x="b',
            "text/html",
            "attachment; filename=\"a_; x=_b\"; filename*=UTF-8''a%22%3B%20x%3D%22b",
        ),
        ("../../etc/passwd", "a/b", 'attachment; filename="passwd"'),
        ("C:\\x\\y.exe", "a/b", 'attachment; filename="y.exe"'),
        ("a\r\nSet-Cookie: b=c", "a/b", None),
        ("\u202etxt.exe", "a/b", 'attachment; filename="txt.exe"'),
        ("50%41.txt", "a/b", None),
        ("..", "a/b", "attachment"),
        ("", "image/gif", "inline"),
    ],
)
def test_names(name: str, kind: str, said: str | None) -> None:
    told = disposition(name, kind)
    assert said is None or told == said
    assert "\r" not in told
    assert "\n" not in told


@given(st.text(max_size=300))
def test_any_name_makes_a_field_that_holds_it(name: str) -> None:
    told = disposition(name, "a/b")
    assert told.isascii()
    assert told.isprintable()
    assert told.count('"') in (0, 2)
    if "filename*=" in told:
        coded = told.partition("UTF-8''")[2]
        kept = unquote(coded, errors="strict")
        assert "/" not in kept
        assert "\\" not in kept
        assert len(kept) <= NAME


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Image/PNG", "image/png"),
        ("text/plain; charset=UTF-8", "text/plain; charset=UTF-8"),
        ('text/plain;charset="utf-8"', "text/plain; charset=utf-8"),
        ("application/vnd.oasis+xml", "application/vnd.oasis+xml"),
        ("text/html\r\nX: y", "application/octet-stream"),
        ("text", "application/octet-stream"),
        ("*/*", "application/octet-stream"),
        ("", "application/octet-stream"),
        ("a/b; c=d", "application/octet-stream"),
        ("é/b", "application/octet-stream"),
        ("a/" + "b" * 200, "application/octet-stream"),
    ],
)
def test_types(said: str, meant: str) -> None:
    assert media_type(said) == meant

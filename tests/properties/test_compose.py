"""A message that is composed is read as the parts that it was made of (RFC 2045, RFC 2046)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import count

from hypothesis import given
from hypothesis import strategies as st
from smtp.coroutine import finish

from mailnode.message.compose import Frame, Leaf, Octets, Part, compose
from mailnode.message.display import display
from mailnode.message.outline import OutlinedPart, outline
from mailnode.message.transfer import decoded
from mailnode.message.values import value
from mailnode.testing.content import MemorySpool

KINDS = ("text/plain", "text/html", "image/png", "application/x")
texts = st.text("ab \t.\r\n-_=é", max_size=60) | st.just("--=_0\r\n--=_1--\r\n")
contents = texts.map(str.encode) | st.binary(max_size=60)


def octets(whole: bytes) -> Octets:
    async def again() -> AsyncIterator[bytes]:
        yield whole[:7]
        yield whole[7:]

    return again


def leaf(kind: str, whole: bytes) -> tuple[Part, object]:
    """A leaf, and what is to be found of it."""
    field = f"Content-Type: {kind}; charset=utf-8\r\n".encode()
    return Leaf(kind.partition("/")[0], field, octets(whole)), (kind, whole)


def frame(subtype: str, inner: list[tuple[Part, object]]) -> tuple[Part, object]:
    """A multipart, and what is to be found of it."""
    parts = tuple(part for part, _ in inner)
    found = [each for _, each in inner]
    return Frame(subtype, parts), (f"multipart/{subtype}", found)


trees = st.recursive(
    st.builds(leaf, st.sampled_from(KINDS), contents),
    lambda inner: st.builds(
        frame,
        st.sampled_from(["mixed", "alternative", "related"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=8,
)


def seen(part: OutlinedPart, message: bytes) -> object:
    """What there is to be found of a part."""
    if part.multipart:
        return part.type, [seen(each, message) for each in part.parts]
    body = message[part.node.body : part.node.end]
    return part.type, decoded(body, part.node.encoding)


@given(trees)
def test_the_tree_is_the_same(tree: tuple[Part, object]) -> None:
    root, expected = tree
    spool = MemorySpool()
    numbers = count()

    def boundary() -> str:
        return f"=_{next(numbers)}x"

    finish(compose(spool, [b"Subject: a\r\n"], root, boundary))
    content = spool.seal()
    found = finish(outline(content, content.projections.parts))
    assert seen(found, content.data) == expected
    assert max(map(len, content.data.split(b"\r\n"))) <= 998
    assert b"\0" not in content.data
    shown = display(found)
    everything = [part for part in found.walk() if not part.multipart]
    told = {id(p) for p in (*shown.text, *shown.html, *shown.attachments)}
    assert {id(part) for part in everything} == told  # Nothing is lost
    for part in shown.text:
        if part.text:
            read = finish(value(content, part, 1000))
            assert read.problem or "\r\n" not in read.text


@given(st.text("<a>=\"'!- é", max_size=40), st.integers(0, 50))
def test_what_is_cut_is_a_beginning(text: str, most: int) -> None:
    whole = text.replace("\r\n", "\n")
    root, _ = leaf("text/html", text.encode())
    spool = MemorySpool()
    finish(compose(spool, [], root, lambda: "x"))
    content = spool.seal()
    part = finish(outline(content, content.projections.parts))
    read = finish(value(content, part, most))
    assert whole.startswith(read.text)
    assert len(read.text.encode()) <= most or not read.truncated
    assert read.truncated == (read.text != whole)
    assert not read.problem

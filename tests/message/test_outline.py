"""Parts and what they say of themselves (RFC 8621, 4.1.4)."""

from __future__ import annotations

import time

from smtp.coroutine import finish

from mailnode.message.display import display
from mailnode.message.outline import OutlinedPart, outline
from mailnode.testing.content import MemoryContent


def outlined(text: str) -> OutlinedPart:
    content = MemoryContent(text.replace("\n", "\r\n").encode())
    return finish(outline(content, content.projections.parts))


LIST = """\
Content-Type: multipart/mixed; boundary=1

--1
Content-Disposition: inline
Content-ID: A

--1
Content-Type: multipart/mixed; boundary=2

--2
Content-Type: multipart/alternative; boundary=3

--3
Content-Type: multipart/mixed; boundary=4

--4
Content-Disposition: inline
Content-ID: B

--4
Content-Type: image/jpeg
Content-Disposition: inline
Content-ID: C

--4
Content-Disposition: inline
Content-ID: D

--4--
--3
Content-Type: multipart/related; boundary=5

--5
Content-Type: text/html
Content-ID: E

--5
Content-Type: image/jpeg
Content-ID: F

--5--
--3--
--2
Content-Type: image/jpeg
Content-Disposition: attachment
Content-ID: G

--2
Content-Type: application/x-excel
Content-ID: H

--2
Content-Type: message/rfc822
Content-ID: J

Subject: inner

--2--
--1
Content-Disposition: inline
Content-ID: K

--1--
"""


def ids(parts: list[OutlinedPart]) -> str:
    return " ".join(str(each.cid) for each in parts)


def test_the_example_of_the_rfc() -> None:
    shown = display(outlined(LIST))
    assert ids(shown.text) == "A B C D K"
    assert ids(shown.html) == "A E K"
    assert ids(shown.attachments) == "C F G H J"
    assert shown.attached


def test_one_kind_alone_is_for_everybody() -> None:
    root = outlined(
        "Content-Type: multipart/alternative; boundary=a\n\n"
        "--a\nContent-Type: text/html\n\nx\n--a--\n"
    )
    shown = display(root)
    assert shown.text == shown.html == [root.parts[0]]
    assert not shown.attached


def test_no_part_is_lost() -> None:
    """Text and HTML one after the other, as an alternative to nothing."""
    root = outlined(
        "Content-Type: multipart/alternative; boundary=a\n\n--a\n"
        "Content-Type: multipart/mixed; boundary=b\n\n"
        "--b\nContent-Type: text/plain\n\nx\n--b\nContent-Type: text/html\n\ny\n"
        "--b--\n--a--\n"
    )
    shown = display(root)
    one, two = root.parts[0].parts
    assert (shown.text, shown.html, shown.attachments) == ([one], [one], [two])


def test_a_text_with_a_name_behind_the_first_is_a_file() -> None:
    part = "\n--a\nContent-Type: text/plain; name=x\n\nx"
    root = outlined(f"Content-Type: multipart/mixed; boundary=a\n{part}{part}\n--a--\n")
    shown = display(root)
    assert shown.text == [root.parts[0]]
    assert shown.attachments == [root.parts[1]]


def test_what_a_part_says() -> None:
    part = outlined(
        "Content-Type: TEXT/Html (x); charset=UTF-8; name=old\n"
        "Content-Disposition: Attachment; filename*=utf-8''f%C3%A9\n"
        "Content-ID: (c) <a@b>\nContent-Language: pt, en\n"
        "Content-Location: http://a/\n b\n\n"
    )
    assert part.number == "1"
    assert (part.type, part.charset, part.name) == ("text/html", "UTF-8", "fé")
    assert (part.disposition, part.cid) == ("attachment", "a@b")
    assert (part.language, part.location) == (["pt", "en"], "http://a/b")


def test_what_a_part_does_not_say() -> None:
    part = outlined("Content-Type: image/png\n\n")
    assert (part.charset, part.name, part.disposition) == (None, None, None)
    assert (part.cid, part.language, part.location) == (None, None, None)
    assert outlined("\n").charset == "us-ascii"
    assert outlined("Content-Type: text/x\n\n").charset == "us-ascii"


def test_a_digest_has_messages() -> None:
    root = outlined(
        "Content-Type: multipart/digest; boundary=a\n\n--a\n\nA: b\n--a--\n"
    )
    assert [each.type for each in root.parts] == ["message/rfc822"]
    assert [each.number for each in root.walk()] == ["", "1"]


def test_a_multipart_that_cannot_be_one() -> None:
    for text in ("multipart/mixed", "multipart/mixed; boundary=none"):
        part = outlined(f"Content-Type: {text}\n\nhello\n")
        assert (part.type, part.number, part.multipart) == ("text/plain", "1", False)


def test_hostile_structures() -> None:
    began = time.process_time()
    many = outlined(
        "Content-Type: multipart/mixed; boundary=x\n\n" + "--x\nX: y\n\n\n" * 12_000
    )
    assert len(many.parts) == 9_999
    deep = outlined(
        "".join(
            f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n"
            for n in range(300)
        )
    )
    assert len(list(deep.walk())) <= 102
    display(many)
    display(deep)
    assert time.process_time() - began < 5


def test_headers_are_kept_within_bounds() -> None:
    long = "X: " + "y" * 60_000
    part = f"--x\n{long}\nContent-Type: image/png\n\n\n"
    root = outlined("Content-Type: multipart/mixed; boundary=x\n\n" + part * 200)
    kept = sum(len(each.header.octets) for each in root.walk())
    assert kept < 6_000_000
    assert [root.parts[0].type, root.parts[-1].type] == ["image/png", "text/plain"]

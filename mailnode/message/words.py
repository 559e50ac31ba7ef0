"""Text of headers beyond ASCII: encoded words (RFC 2047) and extended parameters (RFC 2231)."""

from __future__ import annotations

import re
from binascii import a2b_qp
from itertools import islice
from unicodedata import combining, normalize

from mailnode.message import charset, mime
from mailnode.message.transfer import from_base64

ENCODED_WORD = re.compile(rb"=\?([^?\s]{1,75})\?([BbQq])\?([^?]*+)\?=")
"""C{"=?" charset "?" encoding "?" encoded-text "?="}; the text may hold spaces,
and be longer than 75 octets, as some senders have it."""
PLACED = re.compile(
    rb"(?<![^ \t])=\?([^?\s]{1,75})\?([BbQq])\?([!->@-~]*+)\?=(?![^ \t])"
)
"""The same where it may stand: between white space, and with none in it (RFC 2047, 2
and 5)."""
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]+")
WORDS_LIMIT = 10_000
"""Encoded words of one field that are decoded; those behind are left as they are."""
UNPAIRED = re.compile("[\ud800-\udfff]")
COMPOSED = 2**16
"""Characters of a text that are composed."""
MARKS = 30
"""Marks on one character; to sort many takes quadratic time (UAX 15, 13)."""


def decoded(value: bytes) -> str:
    """Unstructured text of a header as people read it, on one line.

    White space between encoded words is dropped (RFC 2047, 6.2), and words of
    one charset are put together first: senders cut characters in two.

    @param value: unfolded.
    """
    if b"=?" not in value:
        return charset.presentable(charset.text(value, b"utf-8"))
    texts: list[str] = []
    run: list[bytes] = []
    run_charset = b""
    at = 0
    for word in ENCODED_WORD.finditer(value):
        gap = value[at : word.start()]
        named = word[1].partition(b"*")[0].lower()  # RFC 2231, 5: a language
        if run and (gap.strip() or named != run_charset):
            texts.append(charset.text(b"".join(run), run_charset))
            run.clear()
        if gap.strip() or not at:
            texts.append(charset.text(gap, b"utf-8"))
        run.append(_encoded_text(word[2], word[3]))
        run_charset = named
        at = word.end()
    texts.append(charset.text(b"".join(run), run_charset))
    texts.append(charset.text(value[at:], b"utf-8"))
    return charset.presentable("".join(texts))


def strictly(value: bytes) -> str:
    """Unstructured text in the form that JMAP calls Text (RFC 8621, 4.1.2.2).

    What looks like an encoded word where none may stand, or has an unknown charset,
    is left as it is.

    @param value: unfolded.
    """
    value = value.replace(b"\0", b"")
    texts: list[str] = []
    run: list[bytes] = []
    run_charset = b""
    at = 0
    words = PLACED.finditer(value) if b"=?" in value else iter(())
    for word in islice(words, WORDS_LIMIT):
        named = word[1].partition(b"*")[0].lower()  # RFC 2231, 5: a language
        if not charset.known(named):
            continue
        gap = value[at : word.start()]
        follows = bool(run) and not gap.strip(b" \t")  # RFC 2047, 6.2
        if not follows or named != run_charset:
            texts.append(_said(run, run_charset))
            run.clear()
        if not follows:
            texts.append(charset.text(gap, b"utf-8"))
        run.append(_encoded_text(word[2], word[3]))
        run_charset = named
        at = word.end()
    texts.append(_said(run, run_charset))
    texts.append(charset.text(value[at:], b"utf-8"))
    return composed("".join(texts))


def composed(text: str) -> str:
    """Text in Normalization Form C, if that can be had in linear time.

    A character that bears more marks than any language has is left as it is.
    """
    if text.isascii() or len(text) > COMPOSED:
        return text
    marks = 0
    for each in map(combining, text):
        marks = marks + 1 if each else 0
        if marks > MARKS:
            return text
    return normalize("NFC", text)


def _said(run: list[bytes], named: bytes) -> str:
    """Encoded words of one charset, without controls (RFC 8621, 4.1.2.2)."""
    if not run:
        return ""
    return whole(CONTROLS.sub("", charset.text(b"".join(run), named)))


def whole(text: str) -> str:
    """Text that can be written as UTF-8: UTF-7 and others may bring half characters."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return UNPAIRED.sub("\ufffd", text)
    return text


def parameter(parameters: mime.Parameters, name: bytes) -> str | None:
    """A parameter as people read it, such as the name of a file.

    @param name: in lower case.
    @return: C{None} if there is no such parameter.
    """
    extended = mime.extended(parameters, name)
    if extended is not None:
        named, octets = extended
        return charset.presentable(charset.text(octets, named))
    plain = mime.parameter(parameters, name)
    return None if plain is None else decoded(plain)


def _encoded_text(encoding: bytes, text: bytes) -> bytes:
    """The octets of one encoded word (RFC 2047, 4)."""
    if encoding in b"Bb":
        return from_base64(text)
    return a2b_qp(text, header=True)

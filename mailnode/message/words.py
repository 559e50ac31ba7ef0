"""Text of headers beyond ASCII: encoded words (RFC 2047) and extended parameters (RFC 2231)."""

from __future__ import annotations

import re
from binascii import a2b_qp

from mailnode.message import charset, mime
from mailnode.message.transfer import from_base64

ENCODED_WORD = re.compile(rb"=\?([^?\s]{1,75})\?([BbQq])\?([^?]*+)\?=")
"""C{"=?" charset "?" encoding "?" encoded-text "?="}; the text may hold spaces,
and be longer than 75 octets, as some senders have it."""


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

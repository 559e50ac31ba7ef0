"""Answers that nobody writes: what may be answered, and the answer (RFC 3834)."""

from __future__ import annotations

import re
from base64 import b64encode
from binascii import b2a_qp
from dataclasses import dataclass

from mailnode.errors import SyntaxFault
from mailnode.message import words
from mailnode.message.charset import presentable
from mailnode.message.header import FIELDS_LIMIT, Header
from mailnode.message.report import part, text_part
from mailnode.model.envelope import Address
from mailnode.model.vacation import Vacation
from mailnode.wire import path
from mailnode.wire.dates import write_mail_date
from mailnode.wire.path import PathCursor

MACHINES = re.compile(
    r"""
      mailer-daemon | owner-.+ | .+-(?: owner | request | errors? | bounces? ) (?: [-+=].* )?
    | bounces? (?: [-+=].* )? | list-?serv | listproc | majordomo | mdaemon
    | (?: .+[-._] )? (?: no-?_?reply | do-?_?not-?_?reply ) (?: [-+=].* )?
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Local parts behind which nobody reads (RFC 3834, 2)."""
BULK = (b"bulk", b"junk", b"list")
"""Values of Precedence with which programs and lists write."""
SUPPRESSED = re.compile(
    rb"(?:\A|[,\s])(?:all|oof|autoreply)(?:[,\s]|\Z)", re.IGNORECASE
)
"""What Exchange and its friends say who want no answer (X-Auto-Response-Suppress)."""
LIST_FIELD = b"list-"
"""With this the names of the fields of lists begin (RFC 2369, RFC 2919)."""
TO = (b"to", b"cc", b"bcc", b"resent-to", b"resent-cc", b"resent-bcc")
"""Where the address of whoever answers must stand (RFC 3834, 2)."""

SUBJECT_LIMIT = 200
"""Characters of a subject that are repeated."""
REFERENCES_LIMIT = 800
"""Octets of References that are repeated: all of it must go on one line, at most."""
WORD_OCTETS = 42
"""Octets of UTF-8 in one encoded word, which has 75 characters (RFC 2047, 2)."""
MESSAGE_ID = re.compile(rb"<[!-;=?-~]{1,250}>")
PLAIN = re.compile(r"(?!.*=\?)[A-Za-z0-9!#$%&'*+/=?^_`{|}~ :-]{0,60}", re.DOTALL)
"""What may stand in a header as it is, and is not long."""
ATOMS = re.compile(r"(?!.*=\?)[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]{1,60}", re.DOTALL)
"""The same in a phrase (RFC 5322, 3.2.5)."""
DEFAULT_SUBJECT = "Auto: away from my mail"
DEFAULT_TEXT = "I am away, and will read your message when I am back."


def answerable(header: Header) -> Address | None:
    """To whom a message may be answered by a program; C{None}: to nobody."""
    sender = reverse_path(header)
    if sender is None or MACHINES.fullmatch(sender.local):
        return None
    submitted = header.first(b"auto-submitted") or b"no"
    if re.split(rb"[\s;(]", submitted.strip().lower())[0] != b"no":  # RFC 3834, 5
        return None
    if (header.first(b"precedence") or b"").lower() in BULK:
        return None
    if SUPPRESSED.search(header.first(b"x-auto-response-suppress") or b""):
        return None
    return None if listed(header) else sender


def listed(header: Header) -> bool:
    """Whether a message came by a list."""
    return any(
        each.name.lower().startswith(LIST_FIELD)
        for _, each in zip(range(FIELDS_LIMIT), header.fields(), strict=False)
    )


def reverse_path(header: Header) -> Address | None:
    """What stands in the Return-Path, which was put there at the end of the way."""
    try:
        cursor = PathCursor(header.first(b"return-path") or b"<>")
        return cursor.reverse_path()
    except SyntaxFault:
        return None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a message.

    @ivar message_id: its own, with brackets.
    @ivar author: whose answer it is; C{name} is his name, or empty.
    @ivar moment: milliseconds since 1970 in UTC.
    @ivar to: the header of what is answered.
    """

    message_id: str
    author: Address
    name: str
    recipient: Address
    moment: int
    to: Header


def written(answer: Answer, vacation: Vacation) -> bytes:
    """An answer as a message (RFC 3834, 3)."""
    subject = vacation.subject or answered_subject(answer.to)
    author = path.written(answer.author)
    if answer.name:
        author = encoded(answer.name, ATOMS) + b" " + author
    lines = [
        b"From: " + author,
        b"To: " + path.written(answer.recipient),
        b"Subject: " + encoded(subject),
        b"Date: " + write_mail_date(answer.moment),
        b"Message-ID: " + answer.message_id.encode(),
        *threaded(answer.to),
        b"Auto-Submitted: auto-replied",  # RFC 3834, 5
        b"MIME-Version: 1.0",
    ]
    return b"\r\n".join(lines) + b"\r\n" + body(answer, vacation)


def answered_subject(header: Header) -> str:
    """The subject of an answer (RFC 3834, 3.1.5)."""
    subject = presentable(words.decoded(header.first(b"subject") or b"")).strip()
    return f"Auto: {subject[:SUBJECT_LIMIT]}" if subject else DEFAULT_SUBJECT


def threaded(header: Header) -> list[bytes]:
    """In-Reply-To and References (RFC 3834, 3.1.6; RFC 5322, 3.6.4)."""
    found = MESSAGE_ID.search(header.first(b"message-id") or b"")
    if found is None:
        return []
    said = header.first(b"references") or header.first(b"in-reply-to") or b""
    before: list[bytes] = []
    room = REFERENCES_LIMIT
    for each in reversed(MESSAGE_ID.findall(said[-4 * REFERENCES_LIMIT :])):
        room -= len(each) + 1
        if room < 0:
            break
        before.insert(0, each)
    references = b"\r\n ".join([*before, found[0]])
    return [b"In-Reply-To: " + found[0], b"References: " + references]


def body(answer: Answer, vacation: Vacation) -> bytes:
    """The rest of the header, and what is said: as text, as HTML, or as both."""
    text, html = vacation.text, vacation.html
    if html is None:
        return text_part(ended(DEFAULT_TEXT if text is None else text))
    if text is None:  # RFC 8621, 8: that MAY be all
        return html_part(html)
    boundary = f"auto-{answer.message_id[1:].partition('@')[0]}".encode()
    parts = [
        b"--%b\r\n%b" % (boundary, each)
        for each in (text_part(ended(text)), html_part(html))
    ]
    kind = b'Content-Type: multipart/alternative;\r\n\tboundary="%b"\r\n' % boundary
    return b"%b\r\n%b\r\n--%b--\r\n" % (kind, b"\r\n".join(parts), boundary)


def html_part(html: str) -> bytes:
    """What is said, as HTML."""
    octets = ended(html).replace("\n", "\r\n").encode("utf-8", "replace")
    encoding = "quoted-printable"
    return part("text/html; charset=utf-8", encoding, b2a_qp(octets, istext=True))


def ended(text: str) -> str:
    """A text in lines that all end with LF."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if text.endswith("\n") else text + "\n"


def encoded(text: str, plain: re.Pattern[str] = PLAIN) -> bytes:
    """A text in a header, in encoded words unless it is plain (RFC 2047)."""
    text = presentable(text)
    if plain.fullmatch(text):
        return text.encode("ascii")
    pieces: list[bytes] = [b""]
    for character in text:
        octets = character.encode("utf-8", "replace")
        if len(pieces[-1]) + len(octets) > WORD_OCTETS:
            pieces.append(b"")
        pieces[-1] += octets
    return b"\r\n ".join(b"=?utf-8?B?%b?=" % b64encode(each) for each in pieces)

"""Mail as a mailbox has it after some years: no two alike, with headers as relays leave them."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from functools import cache

PEOPLE = 200
"""Correspondents, each with an address of their own."""
RARE = b"zanzibar"
"""A word in the body of one message in a thousand, and nowhere else."""
RARITY = 1000
WORDS = 6000
"""Words in the language of these people."""

_SEED = 2025
_FIRST = datetime(2021, 3, 1, 8, tzinfo=UTC)
_APART = timedelta(minutes=17, seconds=3)
_PROSE = 400_000
"""Octets of prose of which each message takes a stretch of its own."""

_HEADER = """\
Return-Path: <{sender}>
Received: from mx.example.org by imap.example.org with LMTP id {number:08x}
 for <{recipient}>; {date}
Received: from relay.example.net (relay.example.net [192.0.2.{host}])
 by mx.example.org with ESMTPS id 4{number:09x} for <{recipient}>;
 {date}
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.net;
 s=2021; t={number}; h=from:to:subject:date:message-id;
 bh={signature:.44};
 b={signature:.72}
 {signature:.72}
Authentication-Results: mx.example.org; dkim=pass header.d=example.net
From: {name} <{sender}>
To: Ana Example <{recipient}>
{cc}Subject: {subject}
Date: {date}
Message-ID: <{number:012d}.{host}@example.net>
{thread}X-Priority: 3
User-Agent: letters
MIME-Version: 1.0
"""
_SIMPLE = """\
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 7bit

"""
_PARTS = """\
Content-Type: multipart/alternative; boundary="next-{number:012d}"

--next-{number:012d}
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

"""
_BETWEEN = """\
--next-{number:012d}
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: quoted-printable

<html><body><p>
"""
_END = "</p></body></html>\n--next-{number:012d}--\n"


@cache
def _language() -> tuple[list[str], str, str]:
    """Words, prose in lines, and what passes for a signature."""
    chance = random.Random(_SEED)
    words = [
        "".join(chance.choices("etaoinshrdlucmfw", k=chance.randint(2, 10)))
        for _ in range(WORDS)
    ]
    weights = [1 / rank for rank in range(1, WORDS + 1)]
    lines, total = [], 0
    while total < _PROSE:
        line = " ".join(chance.choices(words, weights, k=11))[:74]
        lines.append(line)
        total += len(line) + 1
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return words, "\n".join(lines) + "\n", "".join(chance.choices(letters, k=_PROSE))


def letter(number: int, size: int) -> bytes:
    """One message of nearly so many octets, in two parts if there is room for them."""
    words, prose, noise = _language()
    chance = random.Random(number)
    person = chance.randrange(PEOPLE)
    at = chance.randrange(_PROSE - size - 200)
    when = _FIRST + _APART * number
    values = {
        "number": number,
        "name": f"{words[person].title()} {words[person + PEOPLE].title()}",
        "sender": f"{words[person]}.{person}@example.net",
        "recipient": "ana@example.org",
        "cc": "Cc: Bob Example <bob@example.org>\n" if chance.random() < 0.3 else "",
        "subject": " ".join(chance.choices(words, k=5)),
        "date": when.strftime("%a, %d %b %Y %H:%M:%S +0000"),
        "host": 1 + number % 250,
        "signature": noise[at : at + 72],
        "thread": _thread(number, chance),
    }
    start = prose.index("\n", at) + 1
    if number % RARITY == 0:
        prose = f"{prose[:start]}{RARE.decode()} {prose[start:]}"
    simple = size < 5000
    text = (_HEADER + (_SIMPLE if simple else _PARTS)).format(**values)
    room = size - len(text) - text.count("\n")
    if simple:
        text += prose[start : start + room]
    else:
        half = (room - 300) // 2
        text += prose[start : start + half] + "\n" + _BETWEEN.format(**values)
        text += prose[start + half : start + 2 * half] + "\n" + _END.format(**values)
    return text.encode().replace(b"\n", b"\r\n")


def _thread(number: int, chance: random.Random) -> str:
    """What a message answers, if it does."""
    if number < 20 or chance.random() < 0.5:
        return ""
    before = [
        f"<{number - n:012d}.{1 + (number - n) % 250}@example.net>" for n in (9, 3)
    ]
    return f"References: {before[0]}\n {before[1]}\nIn-Reply-To: {before[1]}\n"

"""The messages that are sent: 10 KB, in two parts, no two alike (RFC 2046, 5.1.4)."""

from __future__ import annotations

import random

SIZE = 10_000
"""Octets of a message, near enough: what people's mail without attachments weighs."""

DOMAIN = "example.org"
ACCOUNTS = 100
"""Recipients are taken in turn from this many accounts."""

MARK = b"X-Letter: "
"""The first line of every letter, so that what servers put before it can be told."""

_SEED = 2024
_HEADER = b"""\
From: Bob Example <bob@example.net>
To: Ana Example <ana@example.org>
Subject: The minutes of last week, and a few questions
Date: Fri, 29 Nov 2024 10:20:30 +0000
MIME-Version: 1.0
User-Agent: letters
References: <first@example.net> <second@example.org>
In-Reply-To: <second@example.org>
List-Id: Neighbours <neighbours.example.net>
Content-Type: multipart/alternative; boundary="next-part"

--next-part
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

"""
_BETWEEN = b"""\
--next-part
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: quoted-printable

<html><body>
"""
_END = b"""\
</body></html>
--next-part--
"""


def _prose(octets: int, chance: random.Random) -> bytes:
    words = [
        "".join(chance.choices("etaoinshrdlu", k=chance.randint(2, 11)))
        for _ in range(400)
    ]
    lines, total = [], 0
    while total < octets:
        line = " ".join(chance.choices(words, k=10))[:74]
        lines.append(line)
        total += len(line) + 2
    # A line that begins with a dot, so that dot-stuffing is part of the test.
    lines.insert(len(lines) // 2, "..and this line began with one dot")
    return "\n".join(lines).encode() + b"\n"


def _body() -> bytes:
    chance = random.Random(_SEED)
    room = SIZE - len(_HEADER) - len(_BETWEEN) - len(_END) - 120
    third = room // 3
    text = _prose(third, chance)
    html = _prose(room - third, chance)
    return (_HEADER + text + _BETWEEN + html + _END).replace(b"\n", b"\r\n")


BODY = _body()


def letter(number: int) -> bytes:
    """A letter as it looks on the wire: dots stuffed, without the final dot."""
    return b"%s%012d\r\nMessage-ID: <%012d@example.net>\r\n%s" % (
        MARK,
        number,
        number,
        BODY,
    )


def account(number: int) -> str:
    """The address whose turn it is."""
    return f"user{number % ACCOUNTS:03d}@{DOMAIN}"


def domain(number: int) -> str:
    """A domain of others."""
    return f"d{number:02d}.example.net"


def elsewhere(number: int, domains: int) -> str:
    """The address whose turn it is, in one of so many domains of others."""
    return f"user{number % ACCOUNTS:03d}@{domain(number % domains)}"


def octets(wire: bytes) -> bytes:
    """What a letter is once the stuffing is taken out (RFC 5321, 4.5.2)."""
    return wire.replace(b"\r\n..", b"\r\n.")

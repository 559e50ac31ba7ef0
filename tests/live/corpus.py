"""Messages that are awkward to take apart, for all who must agree on their parts.

They are written with LF and handed out with CRLF, as APPEND wants them.
"""

from __future__ import annotations

import os
import re
from base64 import b64encode
from pathlib import Path

from live.multiparts import BOUNDARIES, HTML, MULTIPARTS

TOP = b"From: Ana <ana@example.org>\nTo: bob@example.org\nDate: Fri, 29 Nov 2024 10:20:30 +0100\nMIME-Version: 1.0\n"
MIXED = TOP + b'Content-Type: multipart/mixed; boundary="b"\n'

ADDRESSES = {
    "plain": b"ana@example.org",
    "named": b"Ana Maria <ana@example.org>",
    "quoted": b'"Maria, Ana" <ana@example.org>',
    "escaped": b'"Ana \\"Mimi\\" Maria" <ana@example.org>',
    "quoted-local": b'"ana maria"@example.org, "a\\"b"@example.org',
    "comment": b"ana@example.org (Ana Maria)",
    "comments": b"(one) Ana (two) <ana(three)@(four)example.org> (five)",
    "nested-comment": b"ana@example.org (Ana (the first) Maria)",
    "group": b"Friends: ana@example.org, Bob <bob@example.org>;",
    "empty-group": b"undisclosed-recipients:;",
    "groups": b"one: a@example.org; , two:; , c@example.org",
    "quoted-group": b'"The team": ana@example.org;',
    "open-group": b"Friends: ana@example.org, bob@example.org",
    "route": b"<@relay.example.net,@second.example.net:ana@example.org>",
    "literal": b"ana@[192.0.2.1], bob@[IPv6:2001:db8::1]",
    "empty": b"",
    "blank": b"   ",
    "commas": b",, ana@example.org,, ,bob@example.org,",
    "angles": b"<>",
    "named-angles": b"Mailer <>",
    "no-host": b"ana, bob",
    "named-no-host": b"Ana <ana>",
    "no-local": b"@example.org",
    "words": b"Ana Maria",
    "open-angle": b"Ana <ana@example.org",
    "open-quote": b'"Ana <ana@example.org>',
    "open-comment": b"ana@example.org (Ana",
    "dots": b"a.b.c@example.org, .ana@example.org, ana.@example.org, a..b@example.org",
    "spaced": b"ana . maria @ example . org",
    "dotted-name": b"J. R. Ana <ana@example.org>",
    "encoded": b"=?utf-8?q?Andr=C3=A9?= <andre@example.org>",
    "encoded-quoted": b'"=?utf-8?q?Andr=C3=A9?=" <andre@example.org>',
    "eight-bits": "André <andre@example.org>".encode(),
    "folded": b"Ana\n  Maria <ana@example.org>,\n\tBob\n <bob@example.org>",
    "semicolons": b"ana@example.org; bob@example.org",
    "two-angles": b"<ana@example.org> <bob@example.org>",
    "two-at": b"ana@maria@example.org",
    "apart": b"Ana <ana@example.org> and more",
    "tabs": b"Ana\tMaria\t<ana@example.org>",
}
"""Bodies of a To field."""

SUBJECTS = {
    "encoded": b"=?utf-8?q?caf=C3=A9?= and =?iso-8859-1?q?cr=E8me?=",
    "encoded-twice": b"=?utf-8?b?Y2Fm?=\n =?utf-8?b?w6k=?=",
    "cut-character": b"=?utf-8?b?Y2Fmww==?= =?utf-8?b?qQ==?= au lait",
    "koi8": b"=?koi8-r?b?8NLJx8XU?=",
    "unknown-charset": b"=?x-none?q?plum?= pudding",
    "broken-word": b"=?utf-8?q?caf=C3 =?utf-8?b?!!!?= ?=",
    "eight-bits": "naïve façade".encode(),
    "latin": "naïve".encode("latin-1"),
    "folded": b"one\n two\n\tthree\n    four",
    "folded-blank": b"one\n \n two",
    "spaces": b"   wide    spaces\tand tabs   ",
    "quotes": b'"quoted" and back\\slash',
    "empty": b"",
    "long": b"long " * 400,
    "braces": b"{5} NIL ( ) [x] <y> %d",
}
"""Bodies of a Subject field."""

TYPES = {
    "none-said": b"text/plain",
    "upper": b"TEXT/PLAIN; CHARSET=UTF-8",
    "comment": b"text/plain (plain text); charset=utf-8 (of course)",
    "spaces": b"text / plain ; charset = utf-8",
    "no-subtype": b"text",
    "no-type": b"/plain",
    "empty": b"",
    "semicolons": b"text/plain;; charset=utf-8;",
    "no-value": b"text/plain; charset=; name",
    "quoted": b'text/plain; name="a \\"b\\" c; d"; charset="utf-8"',
    "open-quote": b'text/plain; charset="utf-8',
    "spaced-value": b"text/plain; name=some file.txt; charset=utf-8",
    "slashes": b"text/plain; name=a/b.txt",
    "twice": b"text/plain; charset=utf-8; charset=us-ascii",
    "pieces": b"text/plain; name*0=one; name*1=two; name*2=three",
    "pieces-mixed": b"text/plain; name*1=two; charset=utf-8; name*0=one",
    "extended": b"text/plain; name*=utf-8''caf%C3%A9.txt",
    "extended-pieces": b"text/plain;\n name*0*=utf-8'fr'caf%C3%A9%20;\n name*1=au%20lait;\n name*2*=%2Etxt",
    "gap": b"text/plain; name*0=one; name*2=three",
    "encoded-name": b'image/png; name="=?utf-8?q?caf=C3=A9.png?="',
    "eight-bits": b'image/png; name="' + "café.png".encode() + b'"',
    "other": b"application/x-none; a=b",
    "video": b"video/mp4",
    "message-other": b"message/delivery-status",
    "message-partial": b"message/partial; id=x; number=1; total=2",
    "multipart-no-boundary": b"multipart/mixed",
    "multipart-empty-boundary": b'multipart/mixed; boundary=""',
    "no-charset": b"text/plain; format=flowed",
    "folded": b"text/plain;\n\tcharset=utf-8;\n format=flowed",
}
"""Bodies of a Content-Type field."""

FIELDS = {
    "disposition": b"Content-Disposition: attachment; filename=a.txt",
    "disposition-upper": b"Content-Disposition: INLINE",
    "disposition-extended": b"Content-Disposition: attachment;\n filename*0*=utf-8''caf%C3;\n filename*1*=%A9.txt",
    "disposition-empty": b"Content-Disposition:",
    "disposition-bare": b"Content-Disposition: ; filename=a.txt",
    "disposition-quoted": b'Content-Disposition: attachment; filename="a b.txt"; size=12',
    "id": b"Content-ID: <part@example.org>",
    "id-comment": b"Content-ID: (one) <part@example.org>",
    "description": b"Content-Description: =?utf-8?q?caf=C3=A9?= and\n more",
    "md5": b"Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==",
    "language": b"Content-Language: en",
    "languages": b"Content-Language: en, pt-PT (Portugal), de",
    "language-empty": b"Content-Language:",
    "location": b"Content-Location: http://example.org/a.html",
    "location-folded": b"Content-Location: http://example.org/\n a.html",
    "encoding-upper": b"Content-Transfer-Encoding: QUOTED-PRINTABLE",
    "encoding-comment": b"Content-Transfer-Encoding: (none) 8bit (really)",
    "encoding-unknown": b"Content-Transfer-Encoding: x-none",
    "encoding-empty": b"Content-Transfer-Encoding:",
    "encoding-words": b"Content-Transfer-Encoding: 7 bit",
    "twice": b"Content-Type: text/html\nContent-Type: text/plain",
    "space-before-colon": b"Content-Type : text/html",
    "other-case": b"CONTENT-type: text/html",
    "references": b"References: "
    + b"\n ".join(b"<%d@example.org>" % n for n in range(300)),
    "message-ids": b"Message-ID: <a@example.org> (x)\nIn-Reply-To: <b@example.org> <c@example.org>",
    "message-ids-twice": b"Message-ID: <a@example.org>\nMessage-ID: <b@example.org>",
    "message-id-bare": b"Message-ID: a@example.org\nIn-Reply-To: Your note of Monday",
    "message-id-folded": b"Message-ID:\n <a@example.org>\nIn-Reply-To:\n\t<b@example.org>",
    "empty-values": b"Message-ID:\nIn-Reply-To: \nBcc:\nReply-To:\nSender:",
    "sender": b"Sender: Sender <sender@example.org>\nReply-To: List <list@example.org>",
    "two-to": b"To: second@example.org\nTo: Third <third@example.org>",
    "two-from": b"From: second@example.org",
    "two-subjects": b"Subject: first\nSubject: second",
    "two-dates": b"Date: Sun, 1 Dec 2024 00:00:00 +0000",
    "no-field": b"this line is no field\nX-After: it",
    "empty-name": b": nothing\nX-After: it",
    "x-fields": b"X-Empty:\nX-Blank:   \nX-Eight: \xe9\nx-eIGHT: again",
    "mbox-line": b"X-One: 1\n>From ana@example.org Fri Nov 29 10:20:30 2024\nX-Two: 2",
    "trailing-space": b"X-Trail: value   \t\nSubject: spaces behind \t ",
}
"""Fields beside the usual ones, before a body of text."""

DATES = {
    "zone-name": b"Fri, 29 Nov 2024 23:50:30 EST",
    "old-year": b"Fri, 29 Nov 24 10:20:30 GMT",
    "no-weekday": b"29 Nov 2024 10:20 +0000",
    "comment": b"Fri, 29 Nov 2024 10:20:30 -0800 (PST)",
    "late-zone": b"Sat, 30 Nov 2024 23:59:59 -1200",
    "early-zone": b"Sat, 30 Nov 2024 00:00:01 +1200",
    "no-zone": b"Sat, 30 Nov 2024 00:00:01",
    "broken": b"some day last week",
    "ctime": b"Fri Nov 29 10:20:30 2024",
    "impossible": b"Fri, 31 Feb 2024 10:20:30 +0000",
    "empty": b"",
    "folded": b"Fri,\n 29 Nov 2024\n 10:20:30 +0000",
    "before-epoch": b"Mon, 29 Dec 1969 10:20:30 +0000",
    "far": b"Fri, 29 Nov 2124 10:20:30 +0000",
}
"""Bodies of a Date field."""

WORDS = "Hallo Welt, crème brûlée = 3 €.\n".encode()

BODIES = {
    "none": (b"", b""),
    "empty-line": (b"", b"\n"),
    "no-last-line-end": (b"", b"one\ntwo"),
    "dots": (b"", b".\n..\n.one\n"),
    "spaces": (b"", b" \n\t\n  two  \n"),
    "from-lines": (b"", b"From ana\n>From bob\n"),
    "eight-bits": (
        b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n",
        WORDS,
    ),
    "eight-bits-unsaid": (b"", WORDS),
    "latin": (
        b"Content-Type: text/plain; charset=iso-8859-1\n",
        "crème".encode("latin-1") + b"\n",
    ),
    "unknown-charset": (
        b"Content-Type: text/plain; charset=x-none\n",
        b"peaches and plums\n",
    ),
    "base64": (HTML + b"Content-Transfer-Encoding: base64\n", b64encode(WORDS) + b"\n"),
    "base64-lines": (
        HTML + b"Content-Transfer-Encoding: base64\n",
        b"SGFs\nbG8g\nV2VsdA==\n",
    ),
    "base64-dirty": (
        HTML + b"Content-Transfer-Encoding: base64\n",
        b"SGFs *bG8g\n-V2VsdA==\n",
    ),
    "base64-cut": (HTML + b"Content-Transfer-Encoding: base64\n", b"SGFsbG8gV2Vs\ndA"),
    "base64-single": (HTML + b"Content-Transfer-Encoding: base64\n", b"SGFsb\n"),
    "base64-two": (
        HTML + b"Content-Transfer-Encoding: base64\n",
        b"SGFsbG8=\nV2VsdA==\n",
    ),
    "base64-text-behind": (
        HTML + b"Content-Transfer-Encoding: base64\n",
        b"SGFsbG8=\n\n-- \nlist\n",
    ),
    "base64-blank-lines": (
        HTML + b"Content-Transfer-Encoding: base64\n",
        b"\n SGFs \n\nbG8=\n\n",
    ),
    "base64-empty": (HTML + b"Content-Transfer-Encoding: base64\n", b""),
    "qp": (
        HTML + b"Content-Transfer-Encoding: quoted-printable\n",
        b"cr=C3=A8me br=C3=BBl=\n=C3=A9e\n",
    ),
    "qp-lower": (
        HTML + b"Content-Transfer-Encoding: quoted-printable\n",
        b"cr=c3=a8me\n",
    ),
    "qp-broken": (
        HTML + b"Content-Transfer-Encoding: quoted-printable\n",
        b"a=b =ZZ =\n= 3D\nend=3",
    ),
    "qp-spaces": (
        HTML + b"Content-Transfer-Encoding: quoted-printable\n",
        b"one  \ntwo=20\nthree= \t\nfour\n",
    ),
    "qp-soft-end": (HTML + b"Content-Transfer-Encoding: quoted-printable\n", b"end="),
    "long-lines": (b"", b"x" * 5000 + b"\n" + b"y" * 998 + b"\n"),
    "utf-7": (b"Content-Type: text/plain; charset=utf-7\n", b"Caf+AOk-\n"),
    "html": (
        HTML,
        b'<p>Some <b>bold</b> text &amp; <a href="http://example.org/link">more</a></p>\n',
    ),
}
"""Fields and body of messages in one part."""

WHOLE = {
    "no-mime-version": b"From: ana@example.org\nContent-ID: <a@b>\n\ntext\n",
    "no-header": b"\nonly a body\n",
    "no-header-at-all": b"this is no header\nnor is this\n\ntext\n",
    "no-blank-line": b"Subject: no end\nTo: ana@example.org\n",
    "no-line-end": b"Subject: no end",
    "line-end": b"\n",
    "folded-first": b" Subject: folded\nTo: ana@example.org\n\ntext\n",
    "mbox-first": b"From ana@example.org Fri Nov 29 10:20:30 2024\nSubject: mbox\n\ntext\n",
    "field-after-space": b"Subject: one\n \nTo: ana@example.org\n\ntext\n",
    "odd-line": b"Subject: one\nodd line\n folded\nTo: ana@example.org\n\ntext\n",
    "eight-bits": "Subject: Grüße\nX-Ünknown: é\nFrom: Ö <ö@example.org>\n\nÄ\n".encode(),
    "header-eight-bits": "From: Grüße <ana@example.org>\nSubject: ü\n\n".encode(
        "latin-1"
    ),
    "carriage-return": b"Subject: a\rb\n\none\rtwo\n",
}
"""Messages as a whole."""


def crlf(text: bytes) -> bytes:
    """With the line ends of mail; a lone CR stays."""
    return re.sub(rb"\r?\n", b"\r\n", text)


def generated() -> dict[str, bytes]:
    """All of the above as messages, by name."""
    made = {f"whole {name}": text for name, text in WHOLE.items()}
    for name, value in ADDRESSES.items():
        made[f"address {name}"] = b"From: ana@example.org\nTo: %b\n\ntext\n" % value
    for name, value in SUBJECTS.items():
        made[f"subject {name}"] = TOP + b"Subject: %b\n\ntext\n" % value
    for name, value in TYPES.items():
        made[f"type {name}"] = TOP + b"Content-Type: %b\n\ntext\n" % value
    for name, value in FIELDS.items():
        made[f"field {name}"] = TOP + value + b"\n\ntext\n"
    for name, value in DATES.items():
        made[f"date {name}"] = b"From: ana@example.org\nDate: %b\n\ntext\n" % value
    for name, (fields, body) in BODIES.items():
        made[f"body {name}"] = TOP + fields + b"\n" + body
    for name, body in MULTIPARTS.items():
        made[f"multipart {name}"] = MIXED + b"\n" + body
    for name, (type_, body) in BOUNDARIES.items():
        made[f"boundary {name}"] = TOP + b"Content-Type: %b\n\n" % type_ + body
    return {name: crlf(text) for name, text in made.items()}


def of_python() -> dict[str, bytes]:
    """The mails that Python's own tests read; none if they are not installed."""
    data = Path(os.__file__).parent / "test" / "test_email" / "data"
    return {
        f"python {path.stem}": crlf(path.read_bytes())
        for path in sorted(data.glob("msg_*.txt"))
    }

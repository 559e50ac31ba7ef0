"""Messages in several parts, and what stands between their delimiters (RFC 2046, 5.1)."""

from __future__ import annotations

HTML = b"Content-Type: text/html; charset=utf-8\n"
INNER = b"From: Inner <inner@example.net>\nSubject: inside\nDate: Sat, 30 Nov 2024 01:02:03 -0500\n"

MULTIPARTS = {
    "usual": b"--b\n\none\n--b\n\ntwo\n--b--\n",
    "preamble": b"before\n--b\n\none\n--b--\nafter\nthe end\n",
    "no-last": b"--b\n\none\n--b\n\ntwo\n",
    "no-last-line-end": b"--b\n\none\n--b\n\ntwo\n--b--",
    "never-begun": b"there is nothing here\n",
    "nothing": b"",
    "closed-at-once": b"--b--\n",
    "closed-then-part": b"--b--\n\n--b\n\nlate\n--b--\n",
    "after-close": b"--b\n\none\n--b--\n--b\n\ntwo\n--b--\n",
    "empty-parts": b"--b\n--b\n\n--b\n\n\n--b--\n",
    "header-only-part": b"--b\nContent-Type: text/html\n--b\nX-One: 1\n\n--b--\n",
    "no-blank-line": b"--b\nthis is no header\n\nthis is text\n--b--\n",
    "blank-lines": b"--b\n\n\n\none\n\n\n--b--\n",
    "trailing-space": b"--b  \t\n\none\n--b \n\ntwo\n--b--  \nafter\n",
    "longer-delimiter": b"--b\n\none\n--bb\n\nstill one\n--b--\n",
    "text-behind": b"--b\n\none\n--b and more\n\nstill?\n--b--\n",
    "dashes": b"--b\n\n-- \n--\n--c\n---b\n--b--\n",
    "dash-in-line": b"--b\n\none --b\n --b\n--b--\n",
    "digest": b"--b\nContent-Type: multipart/digest; boundary=c\n\n--c\n\n"
    + INNER
    + b"\none\n--c\nContent-Type: text/plain\n\ntwo\n--c--\n--b--\n",
    "nested": b"--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\none\n--c\n"
    + HTML
    + b"\n<b>two</b>\n--c--\n\n--b\n\nthree\n--b--\n",
    "nested-prefix": b"--b\nContent-Type: multipart/alternative; boundary=bb\n\n--bb\n\none\n--bb\n\ntwo\n--bb--\n--b\n\nthree\n--b--\n",
    "nested-open": b"--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\none\n--b\n\ntwo\n--b--\n",
    "nested-alike": b"--b\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\none\n--b--\n--b\n\ntwo\n--b--\n",
    "nested-empty": b"--b\nContent-Type: multipart/alternative; boundary=c\n\n--b\n\ntwo\n--b--\n",
    "nested-deep": b"".join(
        b"--b%s\nContent-Type: multipart/mixed; boundary=b%s\n\n"
        % (b"x" * n, b"x" * (n + 1))
        for n in range(9)
    )
    + b"--bxxxxxxxxx\n\ndeep\n",
    "message": b"--b\nContent-Type: message/rfc822\n\n" + INNER + b"\nhello\n--b--\n",
    "message-multipart": b"--b\n\none\n--b\nContent-Type: message/rfc822\nContent-Description: a letter\n\n"
    + INNER
    + b"Content-Type: multipart/mixed; boundary=c\n\npre\n--c\n\ninner one\n--c\n"
    + HTML
    + b"Content-Transfer-Encoding: base64\n\nSGFsbG8=\n--c--\npost\n--b--\n",
    "message-message": b"--b\nContent-Type: message/rfc822\n\n"
    + INNER
    + b"Content-Type: message/rfc822\n\nSubject: innermost\n\ndeep\n--b--\n",
    "message-empty": b"--b\nContent-Type: message/rfc822\n\n--b--\n",
    "message-header-only": b"--b\nContent-Type: message/rfc822\n\nSubject: inside\n--b--\n",
    "message-no-header": b"--b\nContent-Type: message/rfc822\n\n\nonly text\n--b--\n",
    "message-encoded": b"--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogeAoKeQo=\n--b--\n",
    "message-global": b"--b\nContent-Type: message/global\n\nSubject: inside\n\nglobal\n--b--\n",
    "message-eight-bits": b"--b\nContent-Type: message/rfc822\n\nSubject: "
    + "é".encode()
    + b"\n\nbody\n--b--\n",
    "attachment": b"--b\n\nread this\n--b\nContent-Type: application/pdf; name=a.pdf\nContent-Disposition: attachment; filename=a.pdf\nContent-Transfer-Encoding: base64\n\nJVBERi0xLjQK\n--b--\n",
    "report": b"--b\n\nit failed\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mail.example.org\n\nFinal-Recipient: rfc822; ana@example.org\nAction: failed\n\n--b\nContent-Type: text/rfc822-headers\n\nSubject: lost\n\n--b--\n",
    "encoded-multipart": b"--b\nContent-Type: multipart/mixed; boundary=c\nContent-Transfer-Encoding: base64\n\n--c\n\none\n--c--\n--b--\n",
    "upper-delimiter": b"--B\n\nnot a part\n--b\n\none\n--b--\n",
}
"""Bodies between delimiters of C{b}."""

BOUNDARIES = {
    "spaces": (b'multipart/mixed; boundary="a b"', b"--a b\n\none\n--a b--\n"),
    "space-at-end": (b'multipart/mixed; boundary="ab "', b"--ab\n\none\n--ab--\n"),
    "punctuation": (
        b'multipart/mixed; boundary="\'()+_,-./:=?"',
        b"--'()+_,-./:=?\n\none\n--'()+_,-./:=?--\n",
    ),
    "dashes": (b'multipart/mixed; boundary="--"', b"----\n\none\n------\n"),
    "ends-in-dashes": (b"multipart/mixed; boundary=x--", b"--x--\n\none\n--x----\n"),
    "quoted-pair": (b'multipart/mixed; boundary="a\\"b"', b'--a"b\n\none\n--a"b--\n'),
    "unquoted": (b"multipart/mixed; boundary=a=b:c", b"--a=b:c\n\none\n--a=b:c--\n"),
    "long": (
        b"multipart/mixed; boundary=" + b"l" * 70,
        b"--" + b"l" * 70 + b"\n\none\n--" + b"l" * 70 + b"--\n",
    ),
    "too-long": (
        b"multipart/mixed; boundary=" + b"l" * 100,
        b"--" + b"l" * 100 + b"\n\none\n--" + b"l" * 100 + b"--\n",
    ),
    "pieces": (
        b"multipart/mixed; boundary*0=one; boundary*1=two",
        b"--onetwo\n\none\n--onetwo--\n",
    ),
    "other-subtype": (b"multipart/x-none; boundary=b", b"--b\n\none\n--b--\n"),
    "digest": (
        b"multipart/digest; boundary=b",
        b"--b\n\nSubject: one\n\nfirst\n--b\n\n" + INNER + b"\nsecond\n--b--\n",
    ),
    "digest-described": (
        b"multipart/digest; boundary=b",
        b"--b\nContent-Description: x\n\nSubject: one\n\nfirst\n--b--\n",
    ),
    "related": (
        b'multipart/related; boundary=b; type="text/html"; start="<a@b>"',
        b"--b\nContent-ID: <a@b>\n" + HTML + b"\n<img>\n--b--\n",
    ),
    "message": (b"message/rfc822", INNER + b"\nthe whole is a letter\n"),
    "message-multipart": (
        b"message/rfc822",
        INNER
        + b"Content-Type: multipart/mixed; boundary=c\n\n--c\n\none\n--c\n\ntwo\n--c--\n",
    ),
    "message-nothing": (b"message/rfc822", b""),
}
"""Content-Type and body of messages whose type is what matters."""

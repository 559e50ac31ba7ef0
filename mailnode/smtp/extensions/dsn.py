"""DSN: what a sender wants to hear of his message (RFC 3461; RFC 6533 for UTF-8)."""

from __future__ import annotations

import re
from dataclasses import replace

from mailnode.errors import SyntaxFault
from mailnode.model.envelope import (
    Notify,
    OriginalRecipient,
    Recipient,
    Return,
    Sender,
)
from mailnode.smtp.extension import Extension
from mailnode.smtp.session import Session
from mailnode.wire import xtext

ENVID_LIMIT = 100
"""Characters of an envelope identifier in xtext (RFC 3461, 4.4)."""
ORCPT_LIMIT = 500
"""Characters of an original recipient in xtext (RFC 3461, 4.2)."""
ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+")
"""C{addr-type} is an C{atom} (RFC 3461, 4.2)."""
UTF8_ADDRESS = re.compile(r"(?:[!-*,-<>-\[\]-~\x80-\U0010ffff]|\\x\{[0-9A-F]{2,6}\})+")
"""C{utf-8-addr-xtext / utf-8-addr-unitext} (RFC 6533, 3)."""
EMBEDDED = re.compile(r"\\x\{([0-9A-F]{2,6})\}")
UNICODE_LIMIT = 0x10FFFF
UTF8 = "utf-8"

extension = Extension(3461)
extension.offers("DSN")


@extension.mail_parameter("RET")
def ret(_session: Session, sender: Sender, value: str | None) -> Sender:
    """How much of the message a report brings back (RFC 3461, 4.3)."""
    try:
        return replace(sender, ret=Return((value or "").upper()))
    except ValueError:
        raise SyntaxFault("RET=FULL or RET=HDRS") from None


@extension.mail_parameter("ENVID")
def envid(_session: Session, sender: Sender, value: str | None) -> Sender:
    """The sender's own name for this transmission (RFC 3461, 4.4)."""
    if not value or len(value) > ENVID_LIMIT:
        raise SyntaxFault(f"ENVID=xtext of at most {ENVID_LIMIT} characters")
    return replace(sender, envid=printable(value))


@extension.rcpt_parameter("NOTIFY")
def notify(_session: Session, recipient: Recipient, value: str | None) -> Recipient:
    """When there shall be a report (RFC 3461, 4.1)."""
    words = (value or "").upper().split(",")
    try:
        wishes = frozenset(map(Notify, words))
    except ValueError:
        wishes = frozenset()
    alone = Notify.NEVER not in wishes or len(words) == 1
    if not alone or len(wishes) < len(words):
        raise SyntaxFault("NOTIFY=NEVER, or some of SUCCESS, FAILURE and DELAY")
    return replace(recipient, notify=wishes)


@extension.rcpt_parameter("ORCPT")
def orcpt(_session: Session, recipient: Recipient, value: str | None) -> Recipient:
    """Whom the sender wrote to at first (RFC 3461, 4.2)."""
    kind, semicolon, address = (value or "").partition(";")
    known = semicolon and ATOM.fullmatch(kind) and address
    if not known or len(address) > ORCPT_LIMIT:
        raise SyntaxFault("ORCPT=addr-type;xtext")
    kind = kind.lower()
    read = international if kind == UTF8 else printable
    return replace(recipient, original=OriginalRecipient(kind, read(address)))


def printable(value: str) -> str:
    """An xtext of graphic characters and spaces.

    It will stand in a report, where a line end would begin another field.
    """
    octets = xtext.read(value.encode())
    if not octets.isascii() or not (text := octets.decode("ascii")).isprintable():
        raise SyntaxFault("xtext of printable characters")
    return text


def international(value: str) -> str:
    """An address in UTF-8, or with C{\\x{HEX}} in its place (RFC 6533, 3)."""
    points = [int(each, 16) for each in EMBEDDED.findall(value)]
    if not UTF8_ADDRESS.fullmatch(value) or max(points, default=0) > UNICODE_LIMIT:
        raise SyntaxFault("utf-8-addr-xtext")
    text = EMBEDDED.sub(lambda found: chr(int(found[1], 16)), value)
    if not text.isprintable():
        raise SyntaxFault("utf-8-addr-xtext of printable characters")
    return text

"""What a session does when others do not do as they should."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from itertools import pairwise
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smtp.coroutine import finish

from mailnode.errors import (
    MailError,
    NoSpace,
    PeerGone,
    Stopping,
    Throttled,
    TimedOut,
    Unavailable,
)
from mailnode.interfaces.delivery import ITransaction
from mailnode.interfaces.gate import Avatar
from mailnode.interfaces.peer import IPeer
from mailnode.model.envelope import Address, Origin, Recipient, Sender
from mailnode.smtp.extension import Dialect, Repertoire
from mailnode.smtp.options import SMTPOptions
from mailnode.smtp.session import Session
from mailnode.testing import FakePeer, MemoryGate, MemoryStore

REPERTOIRES = {dialect: Repertoire(dialect) for dialect in Dialect}
OPTIONS = SMTPOptions(hostname="mx", message_size=1000)
HELLO = b"EHLO x\r\n"
ENVELOPE = b"MAIL FROM:<>\r\nRCPT TO:<ana@example.org>\r\n"


class Taker:
    """A delivery and its transaction that fail on demand.

    @ivar fault: raised by C{content}, after so many pieces.
    """

    name = "a1"

    def __init__(self, fault: Exception | None = None, after: int = 0) -> None:
        self.fault = fault
        self.after = after
        self.abandoned = 0
        self.origins: list[Origin] = []
        self.octets = b""
        self.count = 0

    async def sender(
        self, sender: Sender, origin: Origin, *, together: bool = True
    ) -> ITransaction:
        self.origins.append(origin)
        self.count = 0
        return cast("ITransaction", self)

    async def verify(self, address: Address) -> bool:
        return False

    async def recipient(self, recipient: Recipient) -> None:
        self.count += 1

    async def content(self, octets: AsyncIterator[bytes]) -> Sequence[MailError | None]:
        pieces = 0
        while True:
            if self.fault is not None and pieces == self.after:
                raise self.fault
            try:
                self.octets += await anext(octets)
            except StopAsyncIteration:
                return [None] * self.count
            pieces += 1

    async def abandon(self) -> None:
        self.abandoned += 1


class Gate(MemoryGate):
    """Lets everyone in to a L{Taker}, or nobody."""

    def __init__(self, taker: Taker, fault: MailError | None = None) -> None:
        super().__init__(MemoryStore(), {})
        self.taker = taker
        self.fault = fault

    async def stranger(self, peer: IPeer, interface: type[Avatar]) -> Avatar:
        if self.fault is not None:
            raise self.fault
        return cast("Avatar", self.taker)


def session(
    peer: FakePeer,
    taker: Taker | None = None,
    dialect: Dialect = Dialect.SMTP,
    fault: MailError | None = None,
) -> Session:
    gate = Gate(taker or Taker(), fault)
    return Session(peer, gate, REPERTOIRES[dialect], OPTIONS)


def answers(peer: FakePeer) -> list[bytes]:
    """The last lines of replies."""
    return re.findall(rb"^([0-9]{3}(?: [0-9.]{5})?) .*\r\n", peer.heard, re.MULTILINE)


def test_a_delivery_that_fails_early_has_the_rest_read_all_the_same() -> None:
    sent = HELLO + ENVELOPE + b"DATA\r\nQUIT\r\n\r\n.\r\nNOOP\r\n"
    peer = FakePeer(sent)
    finish(session(peer, Taker(NoSpace("full"))).run())
    assert answers(peer)[-2:] == [b"452 4.3.1", b"250 2.0.0"]


def test_a_delivery_that_fails_early_has_the_chunk_read_all_the_same() -> None:
    sent = HELLO + ENVELOPE + b"BDAT 6\r\nQUIT\r\nBDAT 6 LAST\r\nQUIT\r\nNOOP\r\n"
    peer = FakePeer(sent)
    finish(session(peer, Taker(NoSpace("full"))).run())
    assert answers(peer)[-3:] == [b"452 4.3.1", b"503 5.5.1", b"250 2.0.0"]


def test_a_delivery_that_fails_between_chunks() -> None:
    sent = HELLO + ENVELOPE + b"BDAT 2\r\n\r\nBDAT 6\r\nQUIT\r\nNOOP\r\n"
    peer = FakePeer(sent)
    finish(session(peer, Taker(NoSpace("full"), after=1)).run())
    assert answers(peer)[-3:] == [b"452 4.3.1", b"503 5.5.1", b"250 2.0.0"]


def test_a_fault_of_ours_is_said_and_passed_on() -> None:
    peer = FakePeer(HELLO + ENVELOPE + b"DATA\r\n.\r\n")
    with pytest.raises(ZeroDivisionError):
        finish(session(peer, Taker(ZeroDivisionError())).run())
    assert answers(peer)[-1] == b"421 4.3.0"
    assert peer.hung_up


def test_a_chunk_is_octets_and_nothing_else() -> None:
    taker = Taker()
    sent = b"BDAT 6\r\na\r\n.\r\nBDAT 3 LAST\r\n.\r\n"
    finish(session(FakePeer(HELLO + ENVELOPE + sent), taker).run())
    assert taker.octets == b"a\r\n.\r\n.\r\n"


@pytest.mark.parametrize(
    ("said", "times"),
    [
        (b"RSET\r\n", 1),
        (b"QUIT\r\n", 1),
        (b"EHLO x\r\n", 1),
        (b"", 1),
        (b"DATA\r\n.\r\n", 0),
        (b"DATA\r\n", 0),
        (b"BDAT 1\r\nxRSET\r\n", 0),
    ],
)
def test_a_transaction_is_abandoned_once_unless_it_was_taken(
    said: bytes, times: int
) -> None:
    taker = Taker()
    finish(session(FakePeer(HELLO + ENVELOPE + said), taker).run())
    assert taker.abandoned == times


def test_a_gate_that_lets_nobody_in() -> None:
    peer = FakePeer(HELLO + ENVELOPE)
    finish(session(peer, fault=Throttled("slower")).run())
    assert answers(peer)[-2:] == [b"454 4.7.0", b"503 5.5.1"]
    peer = FakePeer(HELLO + ENVELOPE)
    finish(session(peer, fault=Unavailable("later")).run())
    assert answers(peer)[-2:] == [b"451 4.3.0", b"503 5.5.1"]


class Ending(FakePeer):
    """A peer that ends in some way."""

    def __init__(self, sent: bytes, end: Exception) -> None:
        super().__init__(sent)
        self.end = end

    async def line(self, limit: int) -> bytes:
        if not self.sent:
            raise self.end
        return await super().line(limit)


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (PeerGone(), b"220"),
        (TimedOut(), b"421 4.4.2"),
        (Stopping(), b"421 4.3.2"),
    ],
)
def test_every_conversation_ends(end: Exception, said: bytes) -> None:
    peer = Ending(b"", end)
    finish(session(peer).run())
    assert answers(peer)[-1] == said
    assert peer.hung_up


@pytest.mark.parametrize(
    ("hello", "utf8", "secure", "protocol"),
    [
        (b"HELO x", b"", False, "SMTP"),
        (b"HELO x", b"", True, "SMTP"),
        (b"EHLO x", b"", False, "ESMTP"),
        (b"EHLO x", b"", True, "ESMTPS"),
        (b"EHLO x", b" SMTPUTF8", False, "UTF8SMTP"),
        (b"EHLO x", b" SMTPUTF8", True, "UTF8SMTPS"),
        (b"LHLO x", b"", False, "LMTP"),
        (b"LHLO x", b"", True, "LMTPS"),
        (b"LHLO x", b" SMTPUTF8", False, "UTF8LMTP"),
        (b"LHLO x", b" SMTPUTF8", True, "UTF8LMTPS"),
    ],
)
def test_the_registered_words_for_how_mail_comes(
    hello: bytes, utf8: bytes, secure: bool, protocol: str
) -> None:
    taker = Taker()
    peer = FakePeer(hello + b"\r\nMAIL FROM:<>" + utf8 + b"\r\n")
    peer.secure = secure
    dialect = Dialect.LMTP if hello.startswith(b"L") else Dialect.SMTP
    finish(session(peer, taker, dialect).run())
    assert [origin.protocol for origin in taker.origins] == [protocol]
    assert taker.origins[0].helo == "x"
    assert taker.origins[0].address == "192.0.2.1"


WORDS = st.sampled_from(
    [
        HELLO,
        b"LHLO x\r\n",
        b"HELO x\r\n",
        b"MAIL FROM:<>\r\n",
        b"MAIL FROM:<> BODY=BINARYMIME\r\n",
        b"RCPT TO:<ana@example.org>\r\n",
        b"DATA\r\n",
        b".\r\n",
        b"BDAT 4\r\n",
        b"BDAT 6 LAST\r\n",
        b"BDAT x\r\n",
        b"RSET\r\n",
        b"NOOP\r\n",
        b"VRFY x\r\n",
        b"HELP\r\n",
        b"STARTTLS\r\n",
        b"XCLIENT ADDR=1.2.3.4\r\n",
        b"GET / HTTP/1.1\r\n",
        b"\r",
        b"\n",
        b"\r\n",
        b"\0",
        b"\xff",
        b"x" * 3000,
    ]
)
REPLY = re.compile(rb"(?:[2-5][0-9]{2}-[ -~]*\r\n)*[2-5][0-9]{2} [ -~]*\r\n")


@given(st.lists(WORDS | st.binary(max_size=9)), st.sampled_from(list(Dialect)))
def test_whatever_is_said_there_are_only_replies(
    words: list[bytes], dialect: Dialect
) -> None:
    peer = FakePeer(b"".join(words))
    peer.tls_offered = True
    finish(session(peer, dialect=dialect).run())
    assert re.fullmatch(rb"(?:%b)+" % REPLY.pattern, peer.heard)
    assert peer.hung_up


@given(st.binary(max_size=60), st.lists(st.integers(0, 60), max_size=5))
def test_chunks_are_put_together_as_they_were_cut(
    octets: bytes, cuts: list[int]
) -> None:
    taker = Taker()
    edges = [0, *sorted(min(cut, len(octets)) for cut in cuts), len(octets)]
    chunks = [octets[a:b] for a, b in pairwise(edges)]
    said = b"".join(b"BDAT %d\r\n%b" % (len(each), each) for each in chunks)
    binary = HELLO + ENVELOPE.replace(b"<>", b"<> BODY=BINARYMIME")
    peer = FakePeer(binary + said + b"BDAT 0 LAST\r\nQUIT\r\n")
    finish(session(peer, taker).run())
    assert taker.octets == octets
    assert answers(peer)[-2:] == [b"250 2.0.0", b"221 2.0.0"]


@given(
    st.lists(st.sampled_from([b"\r\n", b"\r", b"\n", b"a"]), max_size=8).map(b"".join),
    st.lists(st.integers(0, 16), max_size=4),
)
def test_text_in_chunks_has_whole_line_ends_wherever_it_is_cut(
    octets: bytes, cuts: list[int]
) -> None:
    taker = Taker()
    edges = [0, *sorted(min(cut, len(octets)) for cut in cuts), len(octets)]
    chunks = [octets[a:b] for a, b in pairwise(edges)]
    said = b"".join(b"BDAT %d\r\n%b" % (len(each), each) for each in chunks)
    peer = FakePeer(HELLO + ENVELOPE + said + b"BDAT 0 LAST\r\nQUIT\r\n")
    finish(session(peer, taker).run())
    if re.search(rb"(?<!\r)\n|\r(?!\n)", octets):
        assert b"550 5.6.0" in answers(peer)
    else:
        assert taker.octets == octets
        assert b"550 5.6.0" not in answers(peer)
    assert answers(peer)[-1] == b"221 2.0.0"

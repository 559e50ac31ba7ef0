"""Whatever a server says, a message has an outcome, and is relayed only when it was taken."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from smtp.client.server import FakeServer
from smtp.coroutine import finish

from mailnode.model.envelope import Address, Body, Recipient, Sender, Target
from mailnode.model.queue import Result
from mailnode.smtp.client.capabilities import Capabilities
from mailnode.smtp.client.client import Client
from mailnode.smtp.client.mail import Mail
from mailnode.smtp.client.survey import survey
from mailnode.smtp.client.transaction import send
from mailnode.testing import MemoryContent

ANA = Address("ana", "example.org")
LOCALS = st.sampled_from(["bob", "carla", "josé", "odd name", "a\r\nRSET", '"', ""])
KEYWORDS = [
    "PIPELINING",
    "CHUNKING",
    "8BITMIME",
    "BINARYMIME",
    "SMTPUTF8",
    "SIZE",
    "DSN",
    "REQUIRETLS",
    "LIMITS",
]
ANSWERS = st.sampled_from(
    [
        b"250 ok\r\n",
        b"250 ok\r\n",
        b"250 ok\r\n",
        b"354 go on\r\n",
        b"354 go on\r\n",
        b"450 4.2.0 later\r\n",
        b"550 5.1.1 no\r\n",
        b"552 too many\r\n",
        b"421 bye\r\n",
        b"250-one\r\n250 two\r\n",
        b"garbage\r\n",
        b"250 half",
        b"\r\n",
    ]
)
MESSAGES = st.sampled_from(
    [
        b"Subject: one\r\n\r\n.\r\nbody",
        b"Subject: one\r\n\r\nol\xc3\xa1\r\n",
        b"Subject: ol\xc3\xa1\r\n\r\n\r\n",
        b"Subject: one\r\n\r\na\nb\0\r",
        b"",
    ]
)
COMMANDS = (b"MAIL FROM:<", b"RCPT TO:<", b"DATA", b"BDAT ", b"RSET", b".")


@given(
    st.lists(LOCALS, min_size=1, max_size=4),
    st.sets(st.sampled_from(KEYWORDS)),
    st.lists(ANSWERS, max_size=12),
    MESSAGES,
    st.booleans(),
)
def test_every_message_has_an_outcome(
    locals_: list[str],
    keywords: set[str],
    answers: list[bytes],
    message: bytes,
    utf8: bool,
) -> None:
    server = FakeServer(b"".join(answers))
    client = Client(server, "mx.example.net", "mail.example.org", lambda: 0)
    words = {name: () for name in keywords if name != "LIMITS"}
    offered: dict[str, tuple[str, ...]] = dict(words)
    if "LIMITS" in keywords:
        offered["LIMITS"] = ("RCPTMAX=2",)
    client.capabilities = Capabilities(offered)
    targets = tuple(
        Target(Recipient(there), there, None, ANA)
        for there in (Address(local, "example.net") for local in locals_)
    )
    content = MemoryContent(message)
    sender = Sender(ANA, body=Body.EIGHT_BIT, utf8=utf8)
    found = finish(survey(content, utf8=utf8))
    sent = finish(send(client, Mail(sender, targets, content, found), 0))
    assert len(sent.outcomes) == len(targets)
    assert all(sent.outcomes) or sent.trouble is not None
    relayed = [each for each in sent.outcomes if each and each.result is Result.RELAYED]
    ended = b".\r\n" in server.heard or b" LAST\r\n" in server.heard
    assert not relayed or (ended and all(each.text[0] == "2" for each in relayed))
    assert b"RSET" not in server.heard.replace(b"\r\nRSET\r\n", b"")
    if "CHUNKING" not in keywords and b"DATA\r\n" not in server.heard:
        for line in server.heard.split(b"\r\n")[:-1]:
            assert line.startswith(COMMANDS)
            assert b"\n" not in line
            assert b"\r" not in line

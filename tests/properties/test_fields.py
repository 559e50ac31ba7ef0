"""Header fields that a mailbox has learnt are what the mail has, whatever happens to it."""

from __future__ import annotations

import struct
import tempfile
from pathlib import Path
from unittest.mock import patch

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from store.keeping import Keeping, mail, now

from mailnode.message.fields import chosen
from mailnode.model.message import HeaderFields
from mailnode.store import fields

NAMES = st.sampled_from(["INBOX", "Archive"])
EARLY = st.integers(1, 12)
"""UIDs of messages that are there soon, and learnt with others."""
WANTED = [
    HeaderFields(frozenset(names), others=others)
    for names, others in (
        ({b"subject"}, False),
        ({b"to", b"from"}, False),
        ({b"subject"}, True),
    )
]


class Learning(RuleBasedStateMachine):
    """Two mailboxes that learn in blocks of four UIDs, and what is in them."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = patch.multiple(fields, BLOCK=4, SIZES=struct.Struct("<4I"))
        self.blocks.start()
        self.directory = tempfile.TemporaryDirectory()
        self.keeping = Keeping(Path(self.directory.name))
        self.account = self.keeping.account()
        self.there: dict[str, dict[int, bytes]] = {"INBOX": {}, "Archive": {}}
        self.count = 0

    def teardown(self) -> None:
        self.keeping.sound()
        self.keeping.close()
        self.directory.cleanup()
        self.blocks.stop()

    @rule(name=NAMES, number=st.integers(1, 6))
    def arrive(self, name: str, number: int) -> None:
        box = now(self.account.mailbox(name))
        for _ in range(number):
            self.count += 1
            message = mail(f"letter {self.count}")
            kept = now(box.append(self.keeping.content(message)))
            self.there[name][kept.uid] = message

    @rule(name=NAMES, uids=st.sets(EARLY, max_size=3))
    def expunge(self, name: str, uids: set[int]) -> None:
        now(now(self.account.mailbox(name)).expunge(uids))
        for uid in uids:
            self.there[name].pop(uid, None)

    @rule(uids=st.sets(EARLY, max_size=3), moves=st.booleans())
    def take(self, uids: set[int], moves: bool) -> None:
        inbox, archive = (now(self.account.mailbox(name)) for name in self.there)
        pairs = now((inbox.move if moves else inbox.copy)(uids, archive))
        for before, after in pairs:
            self.there["Archive"][after] = self.there["INBOX"][before]
            if moves:
                del self.there["INBOX"][before]

    @rule(
        name=NAMES,
        start=st.integers(1, 5),
        length=st.integers(1, 30),
        wanted=st.sampled_from(WANTED),
    )
    def ask(self, name: str, start: int, length: int, wanted: HeaderFields) -> None:
        box, there = now(self.account.mailbox(name)), self.there[name]
        asked = sorted(uid for uid in there if start <= uid < start + length)
        found: dict[int, object] = {}
        while asked:
            columns = now(box.columns(asked, ["size", wanted]))
            found |= dict(zip(columns.uids, columns.values[1], strict=True))
            asked = [uid for uid in asked if uid > columns.upto]
        assert found == {
            uid: chosen(message[: message.index(b"\r\n\r\n") + 4], wanted)
            for uid, message in there.items()
            if start <= uid < start + length
        }


TestLearning = Learning.TestCase
TestLearning.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)

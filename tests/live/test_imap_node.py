"""imapflow, the IMAP client for Node: it idles, and hears of a delivery at once."""

from __future__ import annotations

import base64
import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from live import letters, program, talk
from live.asynchronous import live
from live.letters import after_trace
from live.owner import Owner
from live.server import PASSWORD, pause
from twisted.internet import reactor

FOLDER = Path(__file__).parent / "node"
INSTALL = "npm ci --prefix tests/live/node"
BOUND = 20.0
"""Seconds for all of it."""
HEARD = 1.0
"""Seconds from the 250 of SMTP to what the client makes of the EXISTS.  It takes
a few milliseconds; this is for machines that are busy with other things."""


class Idling:
    """The client while it runs: what it has said, as JSON, line by line."""

    def __init__(self, owner: Owner, wanted: int) -> None:
        node = program.needed("node", "Node 20 or later from https://nodejs.org")
        if not (FOLDER / "node_modules" / "imapflow").is_dir():
            pytest.skip(f"needs imapflow: {INSTALL}")
        port = str(owner.server.imap)
        words = (FOLDER / "idle.mjs", port, owner.address, PASSWORD, str(wanted))
        self.program = program.Running([node, *words])
        self.taken = 0

    def start(self) -> None:
        self.program.start(os.environ)
        self.killing = reactor.callLater(BOUND, self.program.signal, signal.SIGKILL)

    async def end(self) -> program.Outcome:
        """Wait until it has ended."""
        outcome = await self.program.ended
        if self.killing.active():
            self.killing.cancel()
        return outcome

    async def says(self, what: str) -> dict[str, object]:
        """The next value, which must be about this."""
        while self.program.output.count(b"\n") <= self.taken:
            assert self.program.alive, bytes(self.program.output)
            await pause(0.002)
        line = self.program.output.split(b"\n")[self.taken]
        self.taken += 1
        value = json.loads(line)
        assert what in value, value
        return dict(value)


async def delivered(client: talk.Talk, owner: Owner, letter: bytes) -> float:
    """Bring a message in; the moment of the 250, in milliseconds."""
    await client.smtp(b"MAIL FROM:<%s>" % letters.SENDER.encode())
    await client.smtp(b"RCPT TO:<%s>" % owner.address.encode())
    await client.smtp(b"DATA", b"354")
    client.say(letters.stuffed(letter))
    reply = await client.reply()
    moment = time.time() * 1000
    assert reply.startswith(b"250"), reply
    return moment


@live
async def test_imapflow_idles(
    owner: Owner, record_property: Callable[[str, object], None]
) -> None:
    client = Idling(owner, len(letters.ALL))
    client.start()
    assert (await client.says("ready"))["ready"] == 0
    smtp = await talk.connect(owner.server.smtp)
    await smtp.reply()
    await smtp.smtp(b"EHLO client.example.net")
    delays = []
    for number, letter in enumerate(letters.ALL, 1):
        moment = await delivered(smtp, owner, letter)
        heard = await client.says("exists")
        assert heard["exists"] == number
        delays.append(float(str(heard["at"])) - moment)
    smtp.close()
    found = (await client.says("found"))["found"]
    assert isinstance(found, list)
    sources = [base64.b64decode(each["source"]) for each in found]
    assert [after_trace(source) for source in sources] == list(letters.ALL)
    assert (await client.end()).code == 0, bytes(client.program.output)
    told = [round(delay, 1) for delay in delays]
    record_property("milliseconds from 250 to EXISTS", told)
    print("milliseconds from 250 to EXISTS:", told)  # noqa: T201  # Shown by -rP.
    assert max(delays) < HEARD * 1000, told

"""A world of three mail servers on loopback, each with its domain, and their DNS.

All listen on one port of addresses of their own, as the servers of the world
do: 127.0.1.1 is mail.example.org, 127.0.1.2 mail.example.net, and 127.0.1.3
mail.example.com, which need not be one of ours.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from live.server import Server, free_port
from live.zone import Record, a, mx

ADDRESSES = {
    "example.org": "127.0.1.1",
    "example.net": "127.0.1.2",
    "example.com": "127.0.1.3",
}
DEAD = "dead.example"
"""A domain whose server is never there."""
OUTSIDE = """
[[listen]]
protocol = "smtp"
endpoint = "tcp:{port}:interface={address}"

[[listen]]
protocol = "submission"
endpoint = "tcp:{submission}:interface=127.0.0.1"

[dns]
servers = ["{dns}"]

[relay]
port = {port}

[submission]
messages_per_hour = 0
messages_per_day = 0
recipients_per_hour = 0
recipients_per_day = 0
"""


def zone() -> dict[str, Sequence[Record]]:
    """What the DNS knows of this world."""
    records: dict[str, Sequence[Record]] = {}
    for domain, address in ADDRESSES.items():
        records[domain] = [mx(f"mail.{domain}")]
        records[f"mail.{domain}"] = [a(address)]
    return records | {DEAD: [mx(f"mail.{DEAD}")], f"mail.{DEAD}": [a("127.0.1.9")]}


class Node(Server):
    """A mailnode that the others can reach.

    @ivar port: where all of this world listen.
    @ivar dns: who knows where they are.
    @ivar submission: where its people hand in their mail.
    """

    def __init__(self, home: Path, domain: str, port: int, dns: str) -> None:
        super().__init__(home, domain=domain)
        self.port = port
        self.dns = dns
        self.submission = free_port()
        home.mkdir(exist_ok=True)

    def write_settings(self, text: str) -> None:
        """Write the configuration, and how to reach the world in it."""
        ours = text.replace("mail.example.org", f"mail.{self.domain}")
        outside = OUTSIDE.format(
            port=self.port,
            address=ADDRESSES[self.domain],
            submission=self.submission,
            dns=self.dns,
        )
        super().write_settings(ours + outside)

    async def trail(self, asked: str) -> list[dict[str, object]]:
        """What mailnodectl tells of a message or an address."""
        outcome = await self.ctl("trail", asked, "--json")
        steps: list[dict[str, object]] = json.loads(outcome.output)["steps"]
        return steps

    async def queued(self) -> list[dict[str, object]]:
        """What waits to leave."""
        outcome = await self.ctl("queue", "list", "--json")
        messages: list[dict[str, object]] = json.loads(outcome.output)["messages"]
        return messages

"""JMAP for dialogues without HTTP: a client says calls, a line each, and hears responses.

The mail is ana's, always in the real store.  C{With: option octets 1000} and C{With:
option messages 10} say what she may hold.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from dialogue import octets
from smtp.coroutine import finish
from store.keeping import ANA, Keeping
from twisted.internet.protocol import Protocol
from world import MOMENT, World

from mailnode.jmap.call import Visit
from mailnode.jmap.extension import Repertoire
from mailnode.jmap.ijson import written
from mailnode.jmap.request import parse, respond
from mailnode.store.store import Limits


class Calls(Protocol):
    """A client of a world, with a store of his own if the world has none."""

    def __init__(self, keeping: Keeping) -> None:
        self.keeping = keeping
        self.waiting = b""
        self.created: dict[str, str] = {}
        self.visit = Visit(keeping.account(ANA), Repertoire())

    def dataReceived(self, data: bytes) -> None:
        *lines, self.waiting = (self.waiting + data).split(b"\r\n")
        assert self.transport is not None
        for line in lines:
            for each in self.answered(line):
                self.transport.write(written(each) + b"\r\n")

    def answered(self, line: bytes) -> Iterable[Any]:
        """The responses to a line with one call."""
        if line.startswith(b"upload "):
            content = self.keeping.content(octets(line[7:].decode()))
            finish(self.visit.account.mail().upload(content))
            return [[f"G{content.hash.hex()}"]]
        asked = {
            "using": [*self.visit.repertoire.extensions],
            "methodCalls": [json.loads(line)],
            "createdIds": self.created,
        }
        request = parse(json.dumps(asked).encode(), self.visit.repertoire)
        told: Any = finish(respond(request, self.visit, "state"))
        self.created = told["createdIds"]
        responses: list[Any] = told["methodResponses"]
        return responses


def connect(world: World) -> Protocol:
    """Serve a client."""
    if world.keeping is not None:
        return Calls(world.keeping)
    limit = {name: int(said) for name, said in world.options.items()}
    keeping = Keeping(Path(gettempdir()), quota=Limits(**limit))
    keeping.clock.moment = MOMENT
    for word, rest in world.script.settings:
        who, _, message = rest.partition(" ")
        if word == "mail":
            keeping.deliver(octets(message), f"{who}@example.org")
    return Calls(keeping)

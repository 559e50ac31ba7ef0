r"""Plays what people do with mail that leaves, written as a dialogue of method calls.

A file as those that L{dialogue} plays: its first paragraph says what it shows and
cites the section; then come the steps.

    C: Identity/get {"ids": null}       a method call of ana's; accountId is put in
    Cbob: Identity/get {}               the same of bob
    C| ...                              the call goes on: also another call of the
                                        same request, as it begins with a name
    S: Identity/get {"state": "<s>", ...}
                                        a response; {"...": 0} is a member that
                                        stands for whatever else there is, "..." for
                                        any value, "<name>" is remembered, and must
                                        agree later; in a call it is what was
                                        remembered
    S| ...                              the response goes on
    D: draft                            what follows by D| is an email of ana's from
    D| Subject: one                     now on, whose id is <draft>
    M: bob@example.net -> ana@example.org
    M| Subject: two                     mail that comes, by SMTP, from him for her
    T: 20                               seconds pass
    Q: <> -> bob@example.net            the next message in the queue: its reverse-path
                                        and for whom it is
    Q: (nothing)                        there are no more
    B: Subject: Auto: two               a line of that message, after the one before
    B: (no) Bcc:                        there is none that begins so
    R: 250 2.0.0 ok                     everything that is due is tried, and this is
                                        what everybody answers

Settings: C{With: alias team@example.org ana@example.org}, C{With: check_from yes},
C{With: recipients 2}, C{With: size 100}, C{With: hold 60}, C{With: messages 1}.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from delivery.people import People
from dialogue import Disagreement
from jmap.post import Post
from store.keeping import now

from mailnode.jmap.extension import Sending
from mailnode.model.envelope import Origin, Recipient, Sender
from mailnode.model.queue import Outcome, Result, Settlement
from mailnode.wire.address import address

STEP = re.compile(r"([CSDMTQBR])(\w*)([:|])(?: (.*))?")
CALL = re.compile(r"^(\w+/\w+|error) (?=\{)", re.MULTILINE)
HOLE = re.compile(r"<\w+>")
REST = "..."
RESULTS = {"2": Result.RELAYED, "4": Result.DEFERRED, "5": Result.FAILED}
LEASE = 60_000
LATER = 900_000


@dataclass(frozen=True)
class Step:
    """One step, with the lines that go on."""

    number: int
    kind: str
    who: str
    said: str


def steps(text: str) -> Iterator[Step]:
    """The steps of a script."""
    found: Step | None = None
    for number, line in enumerate(text.split("\n"), 1):
        step = STEP.fullmatch(line)
        if step is None:
            if line and not line.startswith(("#", "With: ")):
                raise Disagreement(f"{number}: what is {line!r}?")
            continue
        kind, who, how, said = step[1], step[2], step[3], step[4] or ""
        if how == "|" and found is not None and found.kind == kind:
            found = Step(found.number, kind, found.who, f"{found.said}\n{said}")
            continue
        if found is not None:
            yield found
        found = Step(number, kind, who, said)
    if found is not None:
        yield found


def calls(said: str) -> list[tuple[str, Any]]:
    """Names and arguments."""
    names = list(CALL.finditer(said))
    ends = [each.start() for each in names[1:]] + [len(said)]
    return [
        (each[1], json.loads(said[each.end() : end]))
        for each, end in zip(names, ends, strict=True)
    ]


class Stage:
    """A dialogue that is being played.

    @ivar known: what C{<names>} stand for.
    @ivar responses: those that nobody has heard.
    @ivar read: messages of the queue that have been looked at.
    @ivar lines: those of the last of them that nobody has read.
    """

    def __init__(self, script: str, directory: Path) -> None:
        settings = re.findall(r"^With: (\w+) (.*)$", script, re.MULTILINE)
        said = dict(settings)
        people = People()
        for word, rest in settings:
            if word == "alias":
                first, *others = rest.split()
                people.aliases[first] = others
        people.domains.discard("example.com")
        sending = Sending(
            message_size=int(said.get("size", 50 * 2**20)),
            recipients=int(said.get("recipients", 1000)),
            hold_seconds=int(said.get("hold", 30 * 86400)),
        )
        self.post = Post(
            directory,
            people=people,
            sending=sending,
            messages=int(said.get("messages", 1000)),
            check_from="check_from" in said,
        )
        self.known: dict[str, Any] = {}
        self.responses: list[Any] = []
        self.read: list[str] = []
        self.lines: list[str] = []

    def step(self, step: Step) -> None:
        """Do one step."""
        acts = {
            "C": self.call,
            "S": self.hear,
            "D": self.draft,
            "M": self.mail,
            "T": lambda each: self.post.pass_time(float(each.said)),
            "Q": self.leaves,
            "B": self.reads,
            "R": self.tried,
        }
        if step.kind != "S":
            self.end()
        acts[step.kind](step)

    def call(self, step: Step) -> None:
        """A request."""
        who = f"{step.who or 'ana'}@example.org"
        self.responses = self.post.ask(
            *((name, self.filled(given)) for name, given in calls(step.said)), who=who
        )

    def filled(self, value: Any) -> Any:
        """A value with what is remembered put in."""
        if isinstance(value, str):
            return HOLE.sub(
                lambda found: str(self.known.get(found[0], found[0])), value
            )
        if isinstance(value, list):
            return [self.filled(each) for each in value]
        if isinstance(value, dict):
            return {self.filled(k): self.filled(v) for k, v in value.items()}
        return value

    def hear(self, step: Step) -> None:
        """A response, or several."""
        for name, wanted in calls(step.said):
            if not self.responses:
                raise Disagreement("nothing more was said")
            said, told, _ = self.responses.pop(0)
            if isinstance(told, dict) and isinstance(wanted, dict):
                told.pop("accountId", None)
            if said != name:
                raise Disagreement(f"it was {said} {json.dumps(told)}")
            self.agree(wanted, told, name)

    def agree(self, wanted: Any, told: Any, where: str) -> None:
        """See that a value is what it should be."""
        if wanted == REST:
            return
        if isinstance(wanted, str) and HOLE.fullmatch(wanted):
            if self.known.setdefault(wanted, told) != told:
                raise Disagreement(f"{where}: {told!r} was {self.known[wanted]!r}")
        elif isinstance(wanted, dict) and isinstance(told, dict):
            self.agree_in_members(wanted, told, where)
        elif isinstance(wanted, list) and isinstance(told, list):
            if len(wanted) != len(told):
                raise Disagreement(f"{where}: {json.dumps(told)}")
            for number, (one, other) in enumerate(zip(wanted, told, strict=True)):
                self.agree(one, other, f"{where}/{number}")
        elif wanted != told or type(wanted) is not type(told):
            raise Disagreement(f"{where}: {json.dumps(told)}")

    def agree_in_members(
        self, wanted: dict[str, Any], told: dict[str, Any], where: str
    ) -> None:
        """The same for the members of an object."""
        names = {self.filled(each): each for each in wanted}
        for name, written in names.items():
            if name != REST:
                self.agree(wanted[written], told.get(name, "(not there)"), name)
        if REST not in names and (more := told.keys() - names.keys()):
            raise Disagreement(f"{where}: there is also {sorted(more)}")

    def draft(self, step: Step) -> None:
        """An email that is there."""
        name, _, message = step.said.partition("\n")
        octets = message.replace("\n", "\r\n").encode() + b"\r\n"
        self.known[f"<{name}>"] = self.post.draft(octets)

    def mail(self, step: Step) -> None:
        """A message comes."""
        first, _, message = step.said.partition("\n")
        sender, _, to = first.partition(" -> ")
        by = None if sender == "<>" else address(sender)
        octets = message.replace("\n", "\r\n").encode() + b"\r\n"
        origin = Origin("ESMTP", "mx.example.net", "192.0.2.9")

        async def pieces() -> Any:
            yield octets

        async def deliver() -> None:
            self.post.pass_time(1)
            taken = await self.post.inbound.sender(Sender(by), origin)
            for each in to.split():
                await taken.recipient(Recipient(address(each)))
            await taken.content(pieces())

        now(deliver())

    def leaves(self, step: Step) -> None:
        """A message in the queue."""
        new = [name for name in self.post.queue.kept if name not in self.read]
        if step.said == "(nothing)":
            if new:
                raise Disagreement(f"there is {len(new)} more")
            return
        if not new:
            raise Disagreement("there is no more")
        self.read.append(new[0])
        kept = self.post.queue.kept[new[0]]
        sender = kept.envelope.sender.address
        by = "<>" if sender is None else sender.key
        to = [each.recipient.address.key for each in kept.envelope.targets]
        if f"{by} -> {' '.join(to)}" != step.said:
            raise Disagreement(f"{by} -> {' '.join(to)}")
        self.lines = b"".join(kept.content.chunks()).decode().split("\r\n")

    def reads(self, step: Step) -> None:
        """A line of it."""
        if step.said.startswith("(no) "):
            if any(each.startswith(step.said[5:]) for each in self.lines):
                raise Disagreement("there is one")
            return
        pattern = ".*".join(map(re.escape, step.said.split(REST)))
        for number, line in enumerate(self.lines):
            if re.fullmatch(pattern, line):
                del self.lines[: number + 1]
                return
        raise Disagreement("there is no such line in\n" + "\n".join(self.lines))

    def tried(self, step: Step) -> None:
        """What is due is tried."""
        reply = step.said
        status = (re.findall(r"\d\.\d+\.\d+", reply) or [f"{reply[0]}.0.0"])[0]
        host = "mx.example.net [192.0.2.25]"
        outcome = Outcome(RESULTS[reply[0]], status, reply, host, "TLSv1.3 X")
        queue = self.post.queue
        for claim in now(queue.claim(100, lease=LEASE)):
            again = self.post.clock() + LATER
            due = again if outcome.result is Result.DEFERRED else None
            now(queue.settle(claim, [Settlement(outcome, due)] * len(claim.waiting)))
            self.post.noted(claim, outcome, due)

    def end(self) -> None:
        """Everything has been heard."""
        if self.responses:
            raise Disagreement(f"unheard: {json.dumps(self.responses)}")


def play(path: Path, directory: Path) -> None:
    """Play a script."""
    script = path.read_text("utf-8")
    opening, _, rest = script.partition("\n\n")
    stage = Stage(rest, directory)
    skipped = opening.count("\n") + 2
    for step in steps(rest):
        try:
            stage.step(step)
        except (Disagreement, ValueError, KeyError) as trouble:
            where = f"{path.name}:{step.number + skipped}"
            raise Disagreement(f"{where}: {step.kind}: {trouble!r}") from trouble
    stage.end()
    stage.post.close()

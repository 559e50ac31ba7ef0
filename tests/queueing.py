r"""Plays what happens in a queue, written as a dialogue.

A file as those that L{dialogue} plays: its first paragraph says what it shows and
cites the section; then come the steps, one a line.

    M: m1 ana@example.org -> bob@example.net carla@example.net  RET=HDRS NOTIFY=NEVER
                            a message comes into the queue: its id, its reverse-path
                            (or <>), its recipients, and what MAIL and RCPT said:
                            RET, ENVID, NOTIFY, ORCPT, HOLD and BY with a time,
                            PRIORITY, BODY, UTF8
    R: example.net 451 4.3.0 try later
                            from now on, this is what an address, a domain or
                            (C{*}) everybody answers
    R: example.net (no answer)
                            likewise (raises), (hangs), or (full) for a mailbox here
    T: 4 hours              time passes
    T: (stop)               one of: stop, crash (the process ends and begins again),
                            trouble (nothing can be written down), relief
    Q: m1 deferred bob@example.net 451 4.3.0 try later; again ...
                            a step of the trail; C{...} is anything, reports are
                            called report1, report2…
    Q: (12 times) m1 ...    twelve such steps
    Q: (several) m1 ...     one such step or more, as many as there are
    Q: (nothing)            no more of them
    B: Status: 4.4.7        a line of the last report, after the one before
    B: (2)                  so many reports have been made

At the end no step may be left unheard, and nothing may have gone wrong behind the
scenes but for what C{With: faults} says to expect.
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

from dialogue import Disagreement, note_fault, pattern
from office import NO_ANSWER, Office, envelope, target
from store.keeping import Keeping
from twisted.internet.defer import Deferred
from twisted.logger import ILogObserver, LogEvent, globalLogPublisher
from zope.interface import implementer

from mailnode.errors import Unavailable
from mailnode.model.envelope import (
    Body,
    Deadline,
    Envelope,
    Notify,
    OriginalRecipient,
    Recipient,
    Return,
)
from mailnode.model.queue import Outcome, Result
from mailnode.settings import SECONDS, measured
from mailnode.wire.address import address

STEP = re.compile(r"([MRTQB]): (?:\((several|\d+ times)\) )?(.*)")
REPLY = re.compile(r"([245])(\d\d) (?:([245]\.\d+\.\d+) )?(.*)")
RESULTS = {"2": Result.RELAYED, "4": Result.DEFERRED, "5": Result.FAILED}
REPORT_ID = re.compile(r"\b0{8,}([1-9]\d*)\b")


class Stage:
    """A dialogue that is being played.

    @ivar heard: how many steps of the trail have been heard.
    @ivar read: how many lines of the last report have been read.
    """

    def __init__(self, keeping: Keeping | None = None) -> None:
        self.office = Office(keeping=keeping)
        self.heard = 0
        self.report: tuple[int, int] = (0, 0)
        self.office.start()

    def step(self, line: str) -> None:
        """Do one step."""
        found = STEP.fullmatch(line)
        if found is None:
            raise Disagreement("what is that?")
        kind, times, said = found.groups()
        if kind == "M":
            self.office.put(self.message(said))
        elif kind == "R":
            self.answer(*said.split(" ", 1))
        elif kind == "T":
            self.pass_time(said)
        elif kind == "B":
            self.reads(said)
        else:
            several = times == "several"
            for _ in range(int(times.split()[0]) if times and not several else 1):
                self.hears(said)
            while several and self.next_is(said):
                self.heard += 1
        self.office.pass_time(0)

    def message(self, said: str) -> Envelope:
        """What an M line says."""
        name, sender, _, *words = said.split()
        to = [word for word in words if "@" in word and "=" not in word]
        options = dict(w.split("=", 1) for w in words if "=" in w)
        mail: dict[str, object] = {}
        now = self.office.now()
        if "RET" in options:
            mail["ret"] = Return(options["RET"])
        if "ENVID" in options:
            mail["envid"] = options["ENVID"]
        if "BODY" in options:
            mail["body"] = Body(options["BODY"])
        if "HOLD" in options:
            mail["hold_until"] = now + ms(options["HOLD"])
        if "PRIORITY" in options:
            mail["priority"] = int(options["PRIORITY"])
        if "BY" in options:
            time, _, mode = options["BY"].partition(";")
            mail["deadline"] = Deadline(now + ms(time), "R" in mode, "T" in mode)
        if "UTF8" in words:
            mail["utf8"] = True
        reverse = "" if sender == "<>" else sender
        made = envelope(name, *to, sender=reverse, received=now, **mail)
        notify = options.get("NOTIFY")
        asked = None if notify is None else frozenset(map(Notify, notify.split(",")))
        kind, _, original = options.get("ORCPT", "").partition(";")
        orcpt = OriginalRecipient(kind, original) if original else None
        targets = tuple(
            target(each, made.sender.address, Recipient(address(each), asked, orcpt))
            for each in to
        )
        return Envelope(made.id, made.sender, targets, made.received)

    def answer(self, who: str, said: str) -> None:
        """Let somebody answer so from now on."""
        office = self.office
        if said == "(full)":
            office.store.of(who).octets_limit = 1
        elif said == "(empty)":
            office.store.of(who).octets_limit = None
        elif said == "(no answer)":
            office.remote.answers[who] = NO_ANSWER
        elif said == "(raises)":
            office.remote.answers[who] = RuntimeError("a fault of the carrier")
        elif said == "(hangs)":
            office.remote.answers[who] = Deferred()
        elif (reply := REPLY.fullmatch(said)) is not None:
            result, _, status, text = reply.groups()
            dsn = text.startswith("DSN ")
            office.remote.answers[who] = Outcome(
                RESULTS[result],
                status or f"{result}.0.0",
                said.replace(" DSN ", " "),
                "mx.example.net [192.0.2.1]",
                dsn=dsn,
            )
        else:
            raise Disagreement(f"nobody can answer {said!r}")

    def pass_time(self, said: str) -> None:
        """Let time pass, or something happen."""
        office = self.office
        if said == "(stop)":
            _ = office.runner.stopService()
        elif said == "(crash)":
            office.crash()
        elif said == "(trouble)":
            office.watch.trouble = Unavailable("the database is locked")
        elif said == "(relief)":
            office.watch.trouble = None
        else:
            office.pass_time(ms(said) / 1000)

    def hears(self, said: str) -> None:
        """Hear one step of the trail, or that there is none."""
        steps = self.office.trail.steps[self.heard :]
        if said == "(nothing)":
            if steps:
                raise Disagreement(f"got {len(steps)} steps, first {shown(steps[0])!r}")
            return
        if not self.next_is(said):
            raise Disagreement(f"got {shown(steps[0])!r}" if steps else "got nothing")
        self.heard += 1

    def next_is(self, said: str) -> bool:
        """Whether the next step of the trail is like this."""
        steps = self.office.trail.steps[self.heard :]
        return bool(steps and pattern(said, {}).fullmatch(shown(steps[0]).encode()))

    def reads(self, said: str) -> None:
        """Read on in the last report until a line says this."""
        reports = self.office.watch.reports
        if re.fullmatch(r"\(\d+\)", said):
            if len(reports) != int(said[1:-1]):
                raise Disagreement(f"there were {len(reports)} reports")
            return
        number, read = self.report
        lines = reports[-1][1].decode().split("\r\n")
        start = read if number == len(reports) else 0
        for at, line in enumerate(lines[start:], start + 1):
            if pattern(said, {}).fullmatch(REPORT_ID.sub(r"report\1", line).encode()):
                self.report = len(reports), at
                return
        raise Disagreement("no such line from here:\n" + "\n".join(lines[start:]))


def shown(step: object) -> str:
    """A step of the trail, as dialogues write it."""
    parts = [getattr(step, name) for name in ("id", "event", "recipient", "text")]
    parts[1] = parts[1].value
    return REPORT_ID.sub(r"report\1", " ".join(filter(None, parts)))


def ms(said: str) -> int:
    """A time, in milliseconds."""
    seconds = measured(said, SECONDS)
    if seconds is None:
        raise Disagreement(f"how long is {said!r}?")
    return round(seconds * 1000)


def play(path: Path, keeping: Keeping | None = None) -> Office:
    """Hold the dialogue; complain of the first step that differs."""
    faults: list[LogEvent] = []
    observer: ILogObserver = implementer(ILogObserver)(partial(note_fault, faults))
    globalLogPublisher.addObserver(observer)
    lines = path.read_text("utf-8").split("\n")
    stage = Stage(keeping)
    try:
        for number, line in enumerate(lines[lines.index("") :], lines.index("") + 1):
            where = f"{path.name}:{number}: at {line!r}"
            if line and not line.startswith(("#", "With: ")):
                stage.step(line)
        where = f"{path.name}: at the end"
        stage.hears("(nothing)")
    except Disagreement as complaint:
        raise Disagreement(f"{where}: {complaint}") from None
    finally:
        globalLogPublisher.removeObserver(observer)
    if bool(faults) != ("With: faults" in lines):
        seen = [each["log_failure"].getErrorMessage() for each in faults[:3]]
        raise Disagreement(f"{path.name}: {len(faults)} things went wrong: {seen}")
    return stage.office

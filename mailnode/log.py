"""What the server tells of itself: lines for people, or JSON for machines."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TextIO

from twisted.logger import (
    ILogObserver,
    LogEvent,
    Logger,
    LogLevel,
    formatEvent,
)
from twisted.python.failure import Failure
from zope.interface import implementer

from mailnode.config import Log

CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""What could forge a line, move a cursor or fail to be written."""
LINE_LIMIT = 8192
"""Characters of one message; a peer must not fill the disk with one word."""
PRIORITIES = {
    LogLevel.debug: 7,
    LogLevel.info: 6,
    LogLevel.warn: 4,
    LogLevel.error: 3,
    LogLevel.critical: 2,
}
"""What the journal calls our levels (sd-daemon(3))."""
FOREIGN = ("twisted", "log_legacy", "stdout", "stderr")
LEVELS = {
    logging.DEBUG: LogLevel.debug,
    logging.INFO: LogLevel.info,
    logging.WARNING: LogLevel.warn,
    logging.ERROR: LogLevel.error,
    logging.CRITICAL: LogLevel.critical,
}
"""Those of C{logging}."""


def escaped(text: str) -> str:
    """One line without anything a terminal or a log reader would obey."""
    line = CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
    return line if len(line) <= LINE_LIMIT else line[:LINE_LIMIT] + "…"


def plain_line(event: LogEvent) -> str:
    """An event for people, with time and level."""
    level = _level(event).name
    return f"{_moment(event)} {level:<8} {_source(event)}: {_message(event)}\n"


def journal_line(event: LogEvent) -> str:
    """An event for the journal, which writes the time itself."""
    priority = PRIORITIES.get(_level(event), 6)
    return f"<{priority}>{_source(event)}: {_message(event)}\n"


def json_line(event: LogEvent) -> str:
    """An event as one JSON object.

    The keys C{time}, C{level}, C{source} and C{message} are always there; the
    values of the event follow, if they are numbers, strings or truth values.
    """
    values = {
        key: escaped(value) if isinstance(value, str) else value
        for key, value in event.items()
        if not key.startswith("log_")
        and key not in {"time", "level", "source", "message", "system", "format"}
        and isinstance(value, str | int | float)
    }
    head = {
        "time": _moment(event),
        "level": _level(event).name,
        "source": _source(event),
        "message": _message(event),
    }
    return json.dumps(head | values) + "\n"


@implementer(ILogObserver)
class Teller:
    """Writes events of some level and above.

    @param out: opens what is written to, at the first event: by then twistd
        has become a daemon, if it should.
    """

    def __init__(
        self, out: Callable[[], TextIO], environment: Mapping[str, str]
    ) -> None:
        self.open = out
        self.journal = "JOURNAL_STREAM" in environment
        self.out: TextIO | None = None
        self.configure(Log())

    def configure(self, config: Log) -> None:
        """Tell as this says from now on."""
        self.lowest = LogLevel.levelWithName(config.level)
        people = journal_line if self.journal else plain_line
        self.line = json_line if config.format == "json" else people

    def __call__(self, event: LogEvent) -> None:
        """Write an event."""
        if _level(event) < self.lowest:
            return
        if self.out is None:
            self.out = self.open()
        self.out.write(self.line(event))
        self.out.flush()


class FromLogging(logging.Handler):
    """Brings what is said by C{logging} to our own log.

    @param observer: where to, if not to all of Twisted's.
    """

    def __init__(self, observer: ILogObserver | None = None) -> None:
        super().__init__()
        self.observer = observer

    def emit(self, record: logging.LogRecord) -> None:
        """Say it again."""
        level = LEVELS.get(record.levelno, LogLevel.error)
        told = Logger(namespace=record.name, observer=self.observer)
        trouble = record.exc_info[1] if record.exc_info else None
        if trouble is None:
            told.emit(level, "{message}", message=record.getMessage())
        else:
            told.failure("{message}", Failure(trouble), message=record.getMessage())


def _level(event: LogEvent) -> LogLevel:
    """How much an event matters; what Twisted tells of itself matters little."""
    level: LogLevel = event.get("log_level", LogLevel.info)
    foreign = str(event.get("log_namespace", "")).startswith(FOREIGN)
    return LogLevel.debug if foreign and level is LogLevel.info else level


def _moment(event: LogEvent) -> str:
    moment = datetime.fromtimestamp(event.get("log_time", 0.0), UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _source(event: LogEvent) -> str:
    """The room an event comes from."""
    return escaped(str(event.get("log_namespace", "-"))).removeprefix("mailnode.")


def _message(event: LogEvent) -> str:
    failure = event.get("log_failure")
    if not isinstance(failure, Failure):
        return escaped(formatEvent(event))
    # Failure.getTraceback would print no locals, but neither do we need lines.
    text = formatEvent(event) or "unexpected"
    kind = type(failure.value).__name__
    return escaped(f"{text}: {kind}: {failure.value} {_where(failure)}")


def _where(failure: Failure) -> str:
    """The path through the code, without any values."""
    steps = [
        f"{file.rpartition('/')[2]}:{line}" for _, file, line, *_ in failure.frames
    ]
    return f"({' '.join(steps)})"

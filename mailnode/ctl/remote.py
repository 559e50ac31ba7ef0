"""Asking the server that runs beside us."""

from __future__ import annotations

import json
import socket
from pathlib import Path

from mailnode.control import NAME

PATIENCE = 3600.0
"""Seconds an answer may take: C{check} reads every message there is."""


class Broken(Exception):
    """The server went away before it had answered."""


def ask(data: Path, question: object) -> dict[str, object] | None:
    """Put a question to the server of a store.

    @return: its answer, or C{None} when no server runs.
    @raise PermissionError: when the socket is not ours to use.
    @raise Broken: when there is no answer.
    """
    with socket.socket(socket.AF_UNIX) as channel:
        channel.settimeout(PATIENCE)
        try:
            channel.connect(str(data / NAME))
        except (FileNotFoundError, ConnectionRefusedError):
            return None
        channel.sendall(json.dumps(question).encode() + b"\n")
        with channel.makefile("rb") as lines:
            line = lines.readline()
    if not line.endswith(b"\n"):
        raise Broken("the server went away before it had answered")
    answer: dict[str, object] = json.loads(line)
    return answer

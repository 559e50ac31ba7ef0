"""JMAP for dialogues: HTTP, with all that comes with it."""

from servers.http import connect

__all__ = ["connect"]

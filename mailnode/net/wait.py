"""What a conversation may be waiting for."""

from __future__ import annotations

from enum import Enum


class Wait(Enum):
    """What a conversation is waiting for."""

    NOTHING = 0
    LINE = 1
    PIECE = 2
    ROOM = 3
    TURN = 4
    HANDSHAKE = 5
    END = 6


FOR_INPUT = (Wait.LINE, Wait.PIECE)
"""Waits for what the peer says."""
FOR_PEER = (*FOR_INPUT, Wait.ROOM, Wait.HANDSHAKE)
"""Waits that end when the peer goes."""

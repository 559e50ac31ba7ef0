"""How long a client waits for a server, in seconds (RFC 5321, 4.5.3.2)."""

from __future__ import annotations

GREETING = "greeting"
HELLO = "EHLO"
MAIL = "MAIL"
RCPT = "RCPT"
DATA = "DATA"
BLOCK = "the content"
END = "the end of the content"
STARTTLS = "STARTTLS"
AUTH = "AUTH"
RSET = "RSET"
QUIT = "QUIT"

PATIENCE: dict[str, float] = {
    GREETING: 300.0,  # 4.5.3.2.1
    HELLO: 300.0,  # as for MAIL; the RFC has no word of its own on it
    MAIL: 300.0,  # 4.5.3.2.2
    RCPT: 300.0,  # 4.5.3.2.3
    DATA: 120.0,  # 4.5.3.2.4
    BLOCK: 180.0,  # 4.5.3.2.5
    END: 600.0,  # 4.5.3.2.6
    STARTTLS: 300.0,  # as for MAIL, and so are the next two
    AUTH: 300.0,
    RSET: 300.0,
    QUIT: 10.0,  # Everything has been said: who waits here waits for courtesy
}
"""Seconds by what is waited for."""

"""PIPELINING: commands may come before the replies to earlier ones (RFC 2920).

Replies keep the order of commands, and nothing received is ever thrown away
but at STARTTLS (RFC 2920, 3.2), so there is nothing else to do.
"""

from __future__ import annotations

from mailnode.smtp.extension import Extension

extension = Extension(2920)
extension.offers("PIPELINING")

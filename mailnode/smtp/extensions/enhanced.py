"""ENHANCEDSTATUSCODES: replies bear a second, finer code (RFC 2034; RFC 3463).

L{mailnode.smtp.reply} writes them, also for clients that said only HELO: they
are part of the words then.
"""

from __future__ import annotations

from mailnode.smtp.extension import Extension

extension = Extension(2034)
extension.offers("ENHANCEDSTATUSCODES")

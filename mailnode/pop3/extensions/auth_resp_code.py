"""AUTH-RESP-CODE: [AUTH] and [SYS/...] tell why a login failed (RFC 3206)."""

from __future__ import annotations

from mailnode.pop3.extension import Extension

extension = Extension(3206)
extension.announces(b"AUTH-RESP-CODE")

"""Thread/get and /changes (RFC 8621, 3)."""

from __future__ import annotations

from mailnode.jmap.mail.threads import Threads
from mailnode.jmap.methods.mail import extension
from mailnode.jmap.standard import changes, get

THREADS = Threads()

extension.methods |= {"Thread/get": get(THREADS), "Thread/changes": changes(THREADS)}

"""Stand-ins for tests, of this server and of what others build upon it.

A peer that follows a script, and mail that lives in memory: accounts, a way
in, a delivery, a queue and its trail.  They keep the promises of the interfaces
as far as a session of a protocol can tell, except that nothing survives the
process.
"""

from mailnode.testing.account import MemoryAccount, MemoryStore
from mailnode.testing.content import MemoryContent, MemorySpool
from mailnode.testing.gate import MemoryDelivery, MemoryGate, MemoryTransaction
from mailnode.testing.mailbox import MemoryMailbox
from mailnode.testing.peer import FakePeer
from mailnode.testing.queue import MemoryQueue
from mailnode.testing.trail import MemoryTrail

__all__ = [
    "FakePeer",
    "MemoryAccount",
    "MemoryContent",
    "MemoryDelivery",
    "MemoryGate",
    "MemoryMailbox",
    "MemoryQueue",
    "MemorySpool",
    "MemoryStore",
    "MemoryTrail",
    "MemoryTransaction",
]

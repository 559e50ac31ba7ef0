"""What can go wrong with mail, said once; each protocol translates it once.

Three families.  L{MailError} is a request that was understood and cannot be
met; every protocol has one table that puts its leaves into that protocol's own
words.  L{SyntaxFault} is a peer whose octets do not follow the grammar.
L{Parting} is the end of a conversation, for reasons outside the mail.
"""

from __future__ import annotations


class MailError(Exception):
    """A request that was understood and cannot be met.

    The text is for the peer: it names no file, no table and no configuration.
    """


class NotFound(MailError):
    """There is no such mailbox, message or account here."""


class AlreadyExists(MailError):
    """The name is taken."""


class NotLocal(MailError):
    """The address belongs to a domain that is not ours: we do not relay."""


class NotPermitted(MailError):
    """The rules of this server forbid it."""


class ReadOnly(MailError):
    """The mailbox may be read but not changed."""


class OverQuota(MailError):
    """The account has no room for this."""


class TooLarge(MailError):
    """The message, line or command is longer than we accept."""


class TooMany(MailError):
    """More recipients, connections or commands than we accept at a time."""


class Malformed(MailError):
    """The content breaks a rule of its transport, such as a bare CR or LF."""


class Looping(MailError):
    """The message has passed through here too often (RFC 5321, 6.3)."""


class NoSpace(MailError):
    """The disk is full: nothing was kept, and it may be tried again later."""


class Unavailable(MailError):
    """Something we need does not answer now; it may be tried again later."""


class Damaged(Unavailable):
    """What was kept is not what it was: whoever runs the server must look."""


class BadCredentials(MailError):
    """The name, the password or the proof is wrong; we never say which."""


class Throttled(MailError):
    """Too many wrong guesses, or logins too soon after each other: wait.

    @ivar seconds: for how long, if that is known; 0 if not.
    """

    def __init__(self, words: str, seconds: int = 0) -> None:
        super().__init__(words)
        self.seconds = seconds


class TooOften(MailError):
    """The account or the address has sent as much as it may for now: wait."""


class PrivacyRequired(MailError):
    """This may only be said under TLS (RFC 3207, RFC 2595, RFC 8314)."""


NOWHERE = (NotFound, NotLocal, NotPermitted, Looping, TooMany)
"""Why an address leads nowhere, now and later."""


class SyntaxFault(Exception):
    """The peer's octets do not follow the grammar.

    @ivar wanted: the rule that was expected, as its RFC names it.
    @ivar at: the octet of the line where it was expected, from 0.
    """

    def __init__(self, wanted: str, at: int = 0) -> None:
        super().__init__(f"expected {wanted} at octet {at}")
        self.wanted = wanted
        self.at = at


class Cancelled(SyntaxFault):
    """The client took back an authentication exchange with C{*} (RFC 4954, 4)."""

    def __init__(self) -> None:
        super().__init__("no cancellation")


class Parting(Exception):
    """The conversation is over."""


class PeerGone(Parting):
    """The peer closed or lost the connection: there is nobody to answer."""


class TimedOut(Parting):
    """The peer kept us waiting too long; it may still be told so."""


class Stopping(Parting):
    """The server is being stopped; the peer may still be told so."""

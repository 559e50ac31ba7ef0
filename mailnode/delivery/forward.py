"""The Sender Rewriting Scheme: mail that is sent on comes from us, and finds its way back.

A server that checks SPF (RFC 7208, D.3) would refuse mail that we send on under a
reverse-path of somebody else.  So that becomes an address of ours, C{SRS0=hash=day=
domain=local}, from which only we can tell the other again.  What had been rewritten
by somebody else already becomes C{SRS1=hash=domain==…}, which leads back to them,
however many there were between.
"""

from __future__ import annotations

import hmac
import re
from base64 import b32encode
from collections.abc import Callable
from hashlib import sha256

from mailnode.clock import DAY
from mailnode.errors import NotFound, SyntaxFault
from mailnode.model.envelope import Address
from mailnode.wire.domain import canonical
from mailnode.wire.path import PATH_LIMIT

DAYS = 21
"""For how long mail finds its way back: bounces come within a week."""
WHEEL = 1024
"""After so many days the count begins anew: two characters of base32."""
HASH_OCTETS = 5
"""Octets of the hash, eight characters: guesses go by RCPT, which is throttled."""
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
"""RFC 4648, 6: letters mean the same in both cases, as some servers change them."""
FLAGS = re.ASCII | re.IGNORECASE | re.DOTALL
"""ASCII: otherwise a Kelvin sign is a K in another case."""
FIRST = re.compile(r"SRS0[=+-]([A-Z2-7]{8})=([A-Z2-7]{2})=([^=]+)=(.+)", FLAGS)
AGAIN = re.compile(r"SRS1[=+-]([A-Z2-7]{8})=([^=]+)=([=+-].*)", FLAGS)
REWRITTEN = re.compile(r"SRS0([=+-].*)", FLAGS)
"""By anybody, whose separator may be any of three; the rest is theirs alone."""
REWRITTEN_AGAIN = re.compile(r"SRS1[=+-][^=]*=([^=]+)=([=+-].*)", FLAGS)


class Rewriting:
    """Rewrites reverse-paths, and finds out what they were.

    @ivar secret: what nobody else knows.
    @ivar clock: milliseconds since 1970 in UTC.
    """

    def __init__(self, secret: bytes, clock: Callable[[], int]) -> None:
        self.secret = secret
        self.clock = clock

    def forth(self, sender: Address, domain: str) -> Address:
        """The reverse-path of mail that an address of a domain of ours sends on.

        A sender who would not fit into a path any more stays as he is.
        """
        local = self.local(sender)
        fits = len(local.encode("utf-8", "surrogateescape")) <= PATH_LIMIT
        return Address(local, domain) if fits else sender

    def local(self, sender: Address) -> str:
        """A sender in a local part."""
        if found := REWRITTEN.fullmatch(sender.local):
            return self.once_more(sender.domain, found[1])
        if found := REWRITTEN_AGAIN.fullmatch(sender.local):
            return self.once_more(found[1], found[2])
        day = written(self.clock() // DAY)
        proof = self.proof("SRS0", day, sender.domain, sender.local)
        return f"SRS0={proof}={day}={sender.domain}={sender.local}"

    def once_more(self, first: str, rest: str) -> str:
        """The same for a reverse-path that has been rewritten already."""
        return f"SRS1={self.proof('SRS1', first, rest)}={first}={rest}"

    def back(self, address: Address) -> Address | None:
        """Who is behind an address of ours; C{None}, if it was not made here.

        @raise NotFound: when it looks like it, and was not, or too long ago.
        """
        if found := FIRST.fullmatch(address.local):
            proof, day, host, local = found.groups()
            self.see_to(proof, "SRS0", day, host, local)
            if (self.clock() // DAY - read(day)) % WHEEL > DAYS:
                raise NotFound("this way back is closed")
            return behind(local, host)
        if found := AGAIN.fullmatch(address.local):
            proof, host, rest = found.groups()
            self.see_to(proof, "SRS1", host, rest)
            return behind(f"SRS0{rest}", host)
        return None

    def see_to(self, proof: str, *what: str) -> None:
        """See that this was made here.

        @raise NotFound: when it was not.
        """
        if not hmac.compare_digest(proof.upper(), self.proof(*what)):
            raise NotFound("this way back is not one of ours")

    def proof(self, *what: str) -> str:
        """What only we can say of some words, whatever the case of their letters.

        The form comes first: whoever has mail sent on from here chooses what is
        proven in the second, and must not get a proof of the first by it.
        """
        text = "=".join(what).encode("utf-8", "surrogateescape").lower()
        digest = hmac.digest(self.secret, text, sha256)
        return b32encode(digest[:HASH_OCTETS]).decode("ascii")


def behind(local: str, host: str) -> Address:
    """An address that was written into another.

    @raise NotFound: when it is none.
    """
    try:
        return Address(local, canonical(host))
    except SyntaxFault:
        raise NotFound("this way back leads nowhere") from None


def written(day: int) -> str:
    """A day in two characters."""
    return DIGITS[day % WHEEL >> 5] + DIGITS[day % 32]


def read(day: str) -> int:
    """The number of a day, of which the higher digits are lost."""
    return DIGITS.index(day[0].upper()) << 5 | DIGITS.index(day[1].upper())

"""What mailnode brings to Twisted: a service, a checker and a realm."""

from twisted.application.service import ServiceMaker

from mailnode.auth.checkers import RealmCheckerFactory
from mailnode.auth.realms import HouseRealmFactory

service = ServiceMaker(
    "mailnode",
    "mailnode.service",
    "A mail server: ESMTP, LMTP, POP3 and IMAP over one mailbox.",
    "mailnode",
)
checker = RealmCheckerFactory()
realm = HouseRealmFactory()

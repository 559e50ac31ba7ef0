"""What mailnode brings to Twisted: a service, a checker and a realm."""

from twisted.application.service import ServiceMaker

from mailnode.auth.checkers import RealmCheckerFactory
from mailnode.auth.realms import HouseRealmFactory

service = ServiceMaker(
    "mailnode",
    "mailnode.service",
    "A mail server: SMTP, POP3, IMAP, JMAP and webmail over one mailbox.",
    "mailnode",
)
checker = RealmCheckerFactory()
realm = HouseRealmFactory()

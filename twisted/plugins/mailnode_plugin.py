"""What mailnode brings to Twisted: C{twistd mailnode}."""

from twisted.application.service import ServiceMaker

mailnode = ServiceMaker(
    "mailnode",
    "mailnode.service",
    "A mail server: ESMTP, LMTP and POP3 over one mailbox.",
    "mailnode",
)

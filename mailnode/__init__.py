"""The mail server you can program: ESMTP, LMTP and POP3 over one mailbox."""

__version__ = "0.1.0"

"""The mail server you can program: ESMTP, LMTP, POP3 and IMAP over one mailbox."""

__version__ = "0.1.0"

"""The mail server you can program: SMTP, POP3, IMAP, JMAP and webmail over one mailbox."""

__version__ = "0.1.0"

"""What stands behind each port: factories, certificates and limits."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.base import ReactorBase
from twisted.internet.interfaces import IProtocolFactory
from twisted.logger import Logger

from mailnode.certificate import pair, self_signed
from mailnode.config import Config, Listen
from mailnode.factories import ESMTPFactory, LMTPFactory, POP3Factory
from mailnode.house import House
from mailnode.net.limits import Bounds, Limits
from mailnode.net.rounds import Rounds
from mailnode.net.tls import BadCertificate, Certificates
from mailnode.net.transcript import Transcript
from mailnode.pop3.options import POP3Options
from mailnode.settings import BadConfiguration
from mailnode.smtp.options import SMTPOptions

BURST = 10
"""How many seconds' worth of connections may come at once."""

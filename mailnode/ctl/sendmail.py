"""C{mailnode-sendmail}: programs of this machine hand in mail (mailnode-sendmail(1))."""

from __future__ import annotations

import getopt
import os
import pwd
import re
import smtplib
import socket
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mailnode.config import SYSTEM_FILE, Config, configured
from mailnode.errors import SyntaxFault
from mailnode.message.addresses import Listed, address_list
from mailnode.message.header import Header
from mailnode.message.submitted import has
from mailnode.model.envelope import Address
from mailnode.settings import BadConfiguration
from mailnode.wire import xtext
from mailnode.wire.address import address
from mailnode.wire.domain import canonical
from mailnode.wire.path import INVISIBLE, mailbox

OPTIONS = "b:B:f:F:GimnN:o:O:r:R:tUvV:"
"""Those of sendmail that programs use; what says how to queue is ours to decide."""
PATIENCE = 300.0
"""Seconds that one reply of the server may take (RFC 5321, 4.5.3.2)."""
SOCKET = re.compile(r"unix:(?:address=)?((?:[^:\\]|\\.)+)")
RECIPIENTS = ((b"resent-to", b"resent-cc", b"resent-bcc"), (b"to", b"cc", b"bcc"))
"""Who a message is for; the former alone, if there are any (RFC 5322, 3.6.6)."""
PERMANENT = 5
WELCOME, DONE = 235, 250


class Failed(Exception):
    """It is not sent.

    @ivar status: as C{sysexits.h} has it.
    """

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, slots=True)
class Order:
    """What the command line says.

    @ivar read: recipients stand in the header, too (-t).
    @ivar dots: a line with a dot and nothing else ends the message (no -i).
    @ivar parameters: what MAIL is told besides.
    @ivar notify: what RCPT is told besides.
    """

    sender: str = ""
    name: str = ""
    read: bool = False
    dots: bool = True
    parameters: tuple[str, ...] = ()
    notify: str = ""
    recipients: tuple[str, ...] = ()


def main(argv: Sequence[str] | None = None) -> int:
    """Send what stands on standard input; the exit status of C{sysexits.h}."""
    try:
        order = understood(sys.argv[1:] if argv is None else argv)
        config = read_configuration()
        message = whole(sys.stdin.buffer.read(), dots=order.dots)
        send(config, order, message)
    except Failed as failed:
        print(f"mailnode-sendmail: {failed}", file=sys.stderr)
        return failed.status
    return os.EX_OK


def understood(argv: Sequence[str]) -> Order:
    """The command line.

    @raise Failed: when it makes no sense.
    """
    try:
        options, recipients = getopt.getopt(list(argv), OPTIONS)
    except getopt.GetoptError as error:
        raise Failed(os.EX_USAGE, str(error)) from None
    for each in argv:  # It would begin another field, or another command
        if INVISIBLE.search(each):
            raise Failed(os.EX_USAGE, f"{each!r}: this is not one line of text")
    said = dict(options)
    if said.get("-b", "m") != "m":
        raise Failed(os.EX_USAGE, f"-b{said['-b']}: only -bm is done here")
    if not recipients and "-t" not in said:
        raise Failed(os.EX_USAGE, "name recipients, or say -t")
    return Order(
        sender=said.get("-f", said.get("-r", "")),
        name=said.get("-F", ""),
        read="-t" in said,
        dots="-i" not in said and ("-o", "i") not in options,
        parameters=tuple(parameters(said)),
        notify=f" NOTIFY={said['-N']}" if "-N" in said else "",
        recipients=tuple(each for word in recipients for each in word.split(",")),
    )


def parameters(said: dict[str, str]) -> Iterator[str]:
    """What MAIL is told besides the sender."""
    if "-B" in said:
        yield f"BODY={said['-B'].upper()}"
    if "-R" in said:
        yield f"RET={said['-R'].upper()}"
    if "-V" in said:
        yield f"ENVID={xtext.written(said['-V'].encode()).decode()}"


def read_configuration() -> Config:
    """The configuration of the server, which tells where to go and who we are.

    Never one that happens to lie where a program runs: it could tell any place.
    """
    try:
        return configured(os.environ.get("MAILNODE_CONFIG") or str(SYSTEM_FILE))
    except BadConfiguration as bad:
        raise Failed(os.EX_CONFIG, "; ".join(bad.complaints)) from None


def whole(octets: bytes, *, dots: bool) -> bytes:
    """The message with its lines ended as mail's are, be they LF or CRLF.

    @param dots: a line with a dot ends it.
    """
    lines = octets.replace(b"\r\n", b"\n").split(b"\n")
    if dots and b"." in lines:
        lines[lines.index(b".") :] = [b""]
    if lines[-1]:
        lines.append(b"")
    return b"\r\n".join(lines)


def send(config: Config, order: Order, message: bytes) -> None:
    """Hand the message to the server, for all recipients or for none.

    @raise Failed: when it is not taken.
    """
    user = pwd.getpwuid(os.geteuid()).pw_name
    account = config.auth.local_users.get(user)
    if account is None:
        raise Failed(os.EX_NOPERM, f"{user} is not in [auth] local_users")
    header = Header((b"\r\n" + message).partition(b"\r\n\r\n")[0][2:] + b"\r\n")
    written = [*order.recipients, *(addressees(header) if order.read else ())]
    recipients = list(dict.fromkeys(path(config, each) for each in written))
    if not recipients:
        raise Failed(os.EX_USAGE, "there is no recipient")
    sender = account if not order.sender else order.sender
    sender = "" if sender == "<>" else path(config, sender)
    if order.name and not has(header.octets, "From"):
        name = re.sub(r'(["\\])', r"\\\1", order.name)
        message = f'From: "{name}" <{sender or account}>\r\n'.encode() + message
    try:
        deliver(place(config), order, sender, recipients, message)
    except (OSError, smtplib.SMTPException) as error:
        raise Failed(os.EX_TEMPFAIL, f"the server does not answer: {error}") from None


def addressees(header: Header) -> Sequence[str]:
    """Everybody that a header names as recipient."""
    for names in RECIPIENTS:
        found = [each for name in names for each in header.every(name)]
        if found:
            return [
                addr_spec(each)
                for value in found
                for each in address_list(value)
                if each.host is not None
            ]
    return []


def addr_spec(listed: Listed) -> str:
    """An address of a header as a path has it, or a name without a domain."""
    local, host = (
        (octets or b"").decode("utf-8", "replace")
        for octets in (listed.mailbox, listed.host)
    )
    try:
        return mailbox(Address(local, canonical(host))).decode() if host else local
    except SyntaxFault:
        return f"{local}@{host}"  # It will be complained of in its turn


def path(config: Config, written: str) -> str:
    """An address, with our own domain if it has none.

    @raise Failed: when it is none.
    """
    name = written.strip().removeprefix("<").removesuffix(">")
    if "@" not in name:
        name = f"{name}@{config.auth.default_domain or config.hostname}"
    try:
        return mailbox(address(name)).decode()
    except SyntaxFault:
        raise Failed(os.EX_NOUSER, f"{written}: this is no address") from None


def place(config: Config) -> str:
    """The local socket where mail is handed in.

    @raise Failed: when the configuration has none.
    """
    for listen in config.listen:
        found = SOCKET.match(listen.endpoint)
        if listen.protocol == "submission" and found is not None:
            return re.sub(r"\\(.)", r"\1", found[1])
    raise Failed(os.EX_CONFIG, "submission listens on no unix: endpoint")


class Channel(smtplib.SMTP):
    """SMTP over a local socket."""

    def connect(
        self, host: str = "localhost", port: int = 0, source_address: object = None
    ) -> tuple[int, bytes]:
        """Connect to a path in place of a host."""
        del port, source_address
        channel = socket.socket(socket.AF_UNIX)
        try:
            channel.settimeout(PATIENCE)
            channel.connect(host)
        except OSError:
            channel.close()
            raise
        self.sock, self.file = channel, None
        return self.getreply()


def deliver(
    where: str, order: Order, sender: str, recipients: Sequence[str], message: bytes
) -> None:
    """Say all that SMTP wants said (RFC 6409; RFC 4422, appendix A for who we are).

    @raise Failed: when the server says no.
    """
    more = list(order.parameters)
    if not all(map(str.isascii, (sender, *recipients))):
        more.append("SMTPUTF8")
    if not message.isascii() and not any(each.startswith("BODY=") for each in more):
        more.append("BODY=8BITMIME")
    with Channel(where) as channel:
        channel.command_encoding = "utf-8"
        channel.ehlo("localhost")
        said(channel.docmd("AUTH", "EXTERNAL ="), WELCOME, os.EX_NOPERM)
        mail = f"FROM:<{sender}> {' '.join(more)}".rstrip()
        said(channel.docmd("MAIL", mail), DONE, os.EX_NOPERM)
        for each in recipients:
            reply = channel.docmd("RCPT", f"TO:<{each}>{order.notify}")
            said(reply, DONE, os.EX_NOUSER)
        said(channel.data(message), DONE, os.EX_UNAVAILABLE)


def said(reply: tuple[int, bytes], wanted: int, status: int) -> None:
    """See that the server agrees.

    @param status: what it is called when it does not, and not only for now.
    @raise Failed: when it does not.
    """
    code, words = reply
    if code == wanted:
        return
    later = code // 100 != PERMANENT
    text = words.decode("utf-8", "replace").replace("\n", " ")
    raise Failed(os.EX_TEMPFAIL if later else status, f"{code} {text}")


if __name__ == "__main__":
    sys.exit(main())

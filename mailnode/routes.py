"""The routes of a configuration, as the queue wants them."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from mailnode.config import Config
from mailnode.leaving import Relay, Route
from mailnode.queue.route import Login, Privacy, Rule
from mailnode.queue.route import Route as Way
from mailnode.settings import BadConfiguration
from mailnode.wire.network import host_and_port, plain

IMPLICIT = "implicit"
IPV4 = 4
DISCARD = 9
"""A port where nobody minds being asked."""


def rules(config: Config) -> list[Rule]:
    """The operator's routes in order; the last is for all the rest.

    @raise BadConfiguration: when a password cannot be read.
    """
    complaints: list[str] = []
    found = [
        replace(
            rule(f"route[{number}]", each, each.host, config.relay.port, complaints),
            to=each.recipients,
            senders=each.senders,
        )
        for number, each in enumerate(config.route, 1)
    ]
    relay = config.relay
    found.append(rule("relay", relay, relay.smarthost, relay.port, complaints))
    if complaints:
        raise BadConfiguration(tuple(complaints))
    return found


def rule(
    key: str, said: Relay | Route, host: str, port: int, complaints: list[str]
) -> Rule:
    """A rule for all mail; what is wrong with it is added to complaints.

    @param port: where other servers listen, unless the host is written with one.
    """
    host, port = host_and_port(host, port) if host else ("", port)
    login = None
    if said.user:
        login = Login(said.user, password(key, said, complaints))
    tls = said.tls or ("verified" if login is not None else "opportunistic")
    implicit = tls == IMPLICIT
    way = Way(
        hosts=(),
        port=port,
        privacy=Privacy.VERIFIED if implicit else Privacy(tls),
        implicit=implicit,
        login=login,
        source4=first(said.source, 4),
        source6=first(said.source, 6),
    )
    return Rule(host=host, way=way)


def password(key: str, said: Relay | Route, complaints: list[str]) -> str:
    """The password, from the configuration or from the file that it names."""
    if said.password_file is None:
        return said.password
    try:
        return Path(said.password_file).read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        complaints.append(f"{key}.password_file: cannot be read: {error}")
        return ""


def first(addresses: Iterable[str], version: int) -> str:
    """The first address of an IP version; empty, if there is none."""
    known = ((each, plain(each)) for each in addresses)
    return next(
        (each for each, ip in known if ip is not None and ip.version == version), ""
    )


def listening(
    places: Callable[[], Sequence[tuple[str, int]]],
) -> Callable[[str, int], bool]:
    """Tells whether we ourselves listen at an address and a port.

    @param places: interfaces and ports where we take mail, of which C{0.0.0.0}
        and C{::} are all there are.
    """

    def is_us(address: str, port: int) -> bool:
        ip = plain(address)
        if ip is None:
            return False
        for interface, here in places():
            where = plain(interface or "0.0.0.0")  # noqa: S104 - it is asked about
            if here != port or where is None:
                continue
            if where == ip or (where.is_unspecified and is_local(str(ip))):
                return True
        return False

    return is_us


def is_local(address: str) -> bool:
    """Whether an address is one of this machine: what it would call itself from.

    Whether it could be bound says nothing: systems may be told to allow that for
    addresses that are elsewhere now (C{ip_nonlocal_bind}).
    """
    ip = plain(address)
    if ip is None or ip.is_loopback:
        return ip is not None
    family = socket.AF_INET if ip.version == IPV4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((str(ip), DISCARD))  # Nothing is sent by this
        except OSError:
            return False
        return plain(str(probe.getsockname()[0])) == ip

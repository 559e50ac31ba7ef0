"""How mail leaves, as the configuration has it: C{[queue]}, C{[relay]}, C{[[route]]}."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mailnode.queue.schedule import Schedule
from mailnode.settings import (
    Place,
    Wrong,
    boolean,
    choice,
    domain,
    duration,
    ip_address,
    many,
    path,
    secret,
    server,
    setting,
    text,
    unsaid_or,
    whole,
)

PORT = whole(1, 65535)
UNSAFE = ("none", "opportunistic")
"""Under these the next server may not offer TLS at all."""
PRIVACY = choice("", "none", "opportunistic", "encrypted", "verified", "implicit")


def domains(value: object, place: Place) -> str:
    """A domain, or C{*.domain} for all below it."""
    said = text(value, place)
    star = "*." if said.startswith("*.") else ""
    try:
        return star + domain(said.removeprefix(star), place)
    except Wrong:
        raise Wrong('write a domain such as "example.net" or "*.example.net"') from None


def a_second_or_more(value: object, place: Place) -> float:
    """Seconds, one at least."""
    seconds = duration(value, place)
    if seconds < 1:
        raise Wrong("write a time of at least 1 second")
    return seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """C{[relay]}: how mail for others leaves."""

    smarthost: str = setting(unsaid_or(server), "")
    port: int = setting(PORT, 25)
    tls: str = setting(PRIVACY, "")
    user: str = setting(text, "")
    password: str = setting(secret, "", repr=False)
    password_file: Path | None = setting(path, None)
    source: tuple[str, ...] = setting(many(ip_address), ())
    srs: bool = setting(boolean, True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """C{[[route]]}: how some of it leaves; the first that fits is taken."""

    recipients: tuple[str, ...] = setting(many(domains), ())
    senders: tuple[str, ...] = setting(many(domains), ())
    host: str = setting(unsaid_or(server), "")
    tls: str = setting(PRIVACY, "")
    user: str = setting(text, "")
    password: str = setting(secret, "", repr=False)
    password_file: Path | None = setting(path, None)
    source: tuple[str, ...] = setting(many(ip_address), ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """C{[queue]}: how patiently mail is sent; times in seconds.

    @ivar connections: deliveries to other servers at a time.
    """

    lifetime: float = setting(a_second_or_more, 5 * 86400.0)  # RFC 5321, 4.5.4.1
    report_lifetime: float = setting(a_second_or_more, 2 * 86400.0)
    delay_warning: float = setting(a_second_or_more, 4 * 3600.0)
    first_retry: float = setting(a_second_or_more, 300.0)
    last_retry: float = setting(a_second_or_more, 2 * 3600.0)
    connections: int = setting(whole(1, 10_000), 100)
    connections_per_destination: int = setting(whole(1, 1000), 20)

    @property
    def schedule(self) -> Schedule:
        """When it is tried again, and when it is given up."""
        return Schedule(
            first=round(self.first_retry * 1000),
            last=round(self.last_retry * 1000),
            lifetime=round(self.lifetime * 1000),
            report_lifetime=round(self.report_lifetime * 1000),
            warning=round(self.delay_warning * 1000),
        )


def version(address: str) -> int:
    """Which version of the Internet protocol an address is of."""
    return 6 if ":" in address else 4


def odd(key: str, said: Relay | Route) -> list[str]:
    """What is wrong between the keys of one route."""
    found = []
    host = said.host if isinstance(said, Route) else said.smarthost
    if said.password and said.password_file is not None:
        found.append(f"{key}: write password or password_file, not both")
    if said.user and not host:
        found.append(f"{key}.user: a login is for one host: name it")
    if (said.password or said.password_file is not None) and not said.user:
        found.append(f"{key}.user: write whose password that is")
    if said.user and said.tls in UNSAFE:
        found.append(
            f"{key}.tls: a password goes under TLS only; write encrypted or more"
        )
    if said.tls == "implicit" and not host:
        found.append(f"{key}.tls: implicit TLS is for one host: name it")
    versions = [version(each) for each in said.source]
    if len(versions) > len(set(versions)):
        found.append(f"{key}.source: write one IPv4 and one IPv6 address at most")
    if isinstance(said, Route) and not (said.recipients or said.senders):
        found.append(f"{key}: write recipients or senders; for all mail there is relay")
    return found

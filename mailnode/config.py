"""The configuration: one TOML file as frozen values (mailnode.toml(5))."""

from __future__ import annotations

import os
import pwd
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from mailnode.browsing import Http
from mailnode.leaving import Queue, Relay, Route, odd
from mailnode.settings import (
    BadConfiguration,
    Network,
    Place,
    Reader,
    Wrong,
    address,
    boolean,
    choice,
    domain,
    duration,
    many,
    network,
    path,
    required,
    server,
    setting,
    shown,
    size,
    table,
    tables_by,
    text,
    unsaid_or,
    whole,
)

SPOKEN = ("smtp", "submission", "lmtp", "pop3", "imap", "http")
"""The protocols this version speaks."""
FORESEEN = ("managesieve",)
"""Those that the configuration has words for and this version does not speak."""
SYSTEM_FILE = Path("/etc/mailnode/mailnode.toml")
LOCAL_FILE = Path("mailnode.toml")
RATE = whole(0, 1_000_000)
ENDPOINT = re.compile(r"[a-z][a-z0-9]*:\S")
RELATIVE_SOCKET = re.compile(r"(?:^|^haproxy:)unix:(?:address=)?(?=[^/\s])")
DATA_LIMIT = 90
"""Octets of the path of the store, so that of a socket in it fits (unix(7))."""


def protocol(value: object, _place: Place) -> str:
    """The name of a protocol we speak."""
    if value in SPOKEN:
        return str(value)
    if value in FORESEEN:
        raise Wrong(f"not spoken by this version, which speaks {', '.join(SPOKEN)}")
    raise Wrong(f"write one of {', '.join(SPOKEN)}")


def endpoint(value: object, place: Place) -> str:
    """A Twisted server endpoint; the path of a socket starts from the file."""
    said = text(value, place)
    if not ENDPOINT.match(said):
        raise Wrong('write an endpoint such as "tcp:25" or "unix:/run/lmtp.sock"')
    base = f"{place.base}/".replace("\\", "\\\\").replace(":", "\\:")
    return RELATIVE_SOCKET.sub(lambda found: found[0] + base, said)


def account_id(value: object, place: Place) -> str:
    """A user of this machine."""
    try:
        pwd.getpwnam(text(value, place))
    except KeyError:
        raise Wrong("no such user on this machine; make it with useradd") from None
    return str(value)


def unlimited(read: Reader[int]) -> Reader[int | None]:
    """The same, where 0 stands for no limit."""

    def read_limit(value: object, place: Place) -> int | None:
        return read(value, place) or None

    return read_limit


def expiry(value: object, place: Place) -> int | None:
    """Days a message is kept at least (RFC 2449, 6.7); C{None} for ever."""
    return None if value == "never" else int(duration(value, place) // 86400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """C{[[listen]]}: one port and what is spoken there."""

    protocol: str = required(protocol)
    endpoint: str = required(endpoint)
    tls: str = setting(choice("none", "starttls", "implicit"), "starttls")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """C{[tls]}: the certificate; without one a self-signed pair is made."""

    certificate: Path | None = setting(path, None)
    key: Path | None = setting(path, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainAuth:
    """C{[auth.domains."…"]}: who may come in from one domain, and to what."""

    checkers: tuple[str, ...] = setting(many(text), ("mailnode",))
    realm: str = setting(text, "mailnode")


@dataclass(frozen=True, slots=True, kw_only=True)
class Auth:
    """C{[auth]}: who may come in, and what they find."""

    checkers: tuple[str, ...] = setting(many(text), ("mailnode",))
    realm: str = setting(text, "mailnode")
    plaintext: str = setting(choice("never", "loopback", "always"), "loopback")
    default_domain: str = setting(unsaid_or(domain), "")
    local_users: Mapping[str, str] = field(
        default_factory=dict, metadata={"read": tables_by(text, address)}
    )
    domains: Mapping[str, DomainAuth] = field(
        default_factory=dict, metadata={"read": tables_by(domain, table(DomainAuth))}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Dns:
    """C{[dns]}: whom to ask; nobody named means C{/etc/resolv.conf}."""

    servers: tuple[str, ...] = setting(many(server), ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """C{[limits]}: what one client may take; sizes in octets, times in seconds."""

    message_size: int = setting(size, 50 * 10**6)
    recipients: int = setting(whole(100, 100_000), 1000)  # RFC 5321, 4.5.3.1.8
    connections: int = setting(whole(1, 1_000_000), 20_000)
    connections_per_address: int = setting(whole(1, 1_000_000), 100)
    connection_rate: int = setting(whole(1, 1_000_000), 10)
    command_time: float = setting(duration, 300.0)  # RFC 5321, 4.5.3.2.7
    message_time: float = setting(duration, 7200.0)
    drain: float = setting(duration, 20.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """C{[store]}: where and how much mail is kept; sizes in octets."""

    shards: int = setting(whole(1, 64), 1)
    min_free: int = setting(size, 200 * 10**6)
    quota: int | None = setting(unlimited(size), None)
    quota_messages: int | None = setting(unlimited(whole(0, 10**9)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Smtp:
    """C{[smtp]}: how mail comes in."""

    vrfy: bool = setting(boolean, False)
    strict_helo: bool = setting(boolean, False)
    subaddress_separator: str = setting(text, "+")
    subaddress_mailboxes: bool = setting(boolean, False)
    postmaster: str = setting(unsaid_or(address), "")
    xclient: tuple[Network, ...] = setting(many(network), ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """C{[submission]}: what those who log in may send; 0 is no limit.

    @ivar max_hold: seconds (RFC 4865).
    """

    senders: str = setting(choice("own", "domain", "any"), "own")
    any_sender: tuple[str, ...] = setting(many(address), ())
    check_from: bool = setting(boolean, False)
    address_literals: bool = setting(boolean, False)
    hide_client: bool = setting(boolean, False)
    max_hold: float = setting(duration, 30 * 86400.0)
    max_priority: int = setting(whole(0, 9), 4)
    messages_per_hour: int = setting(RATE, 200)
    messages_per_day: int = setting(RATE, 2000)
    recipients_per_hour: int = setting(RATE, 2000)
    recipients_per_day: int = setting(RATE, 5000)
    network_messages_per_hour: int = setting(RATE, 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pop3:
    """C{[pop3]}: what POP3 clients are told (RFC 2449).

    @ivar expire: days, or C{None} for ever.
    @ivar login_delay: seconds between two logins of one account.
    """

    expire: int | None = setting(expiry, None)
    login_delay: float = setting(duration, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """C{[trail]}: for how many seconds it is kept what became of messages."""

    keep: float = setting(duration, 30 * 86400.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """C{[log]}: what is told, and how."""

    format: str = setting(choice("text", "json"), "text")
    level: str = setting(choice("debug", "info", "warn", "error"), "info")


DEFAULT_LISTEN = (
    Listen(protocol="smtp", endpoint="tcp:2525:interface=127.0.0.1"),
    Listen(protocol="submission", endpoint="tcp:2587:interface=127.0.0.1"),
    Listen(protocol="pop3", endpoint="tcp:2110:interface=127.0.0.1"),
    Listen(protocol="imap", endpoint="tcp:2143:interface=127.0.0.1"),
    Listen(protocol="http", endpoint="tcp:2480:interface=127.0.0.1", tls="none"),
)
"""Without any listener named: ports that need no privileges and face nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The whole file.

    @ivar file: where it was read from; C{None} when nothing was.
    """

    file: Path | None = None
    hostname: str = setting(domain, "localhost")
    data: Path = setting(path, Path("mailnode-data"))
    user: str = setting(unsaid_or(account_id), "")
    group: str = setting(text, "")
    listen: tuple[Listen, ...] = setting(many(table(Listen)), DEFAULT_LISTEN)
    tls: Tls = setting(table(Tls), Tls())
    auth: Auth = setting(table(Auth), Auth())
    dns: Dns = setting(table(Dns), Dns())
    relay: Relay = setting(table(Relay), Relay())
    route: tuple[Route, ...] = setting(many(table(Route)), ())
    queue: Queue = setting(table(Queue), Queue())
    limits: Limits = setting(table(Limits), Limits())
    store: Store = setting(table(Store), Store())
    smtp: Smtp = setting(table(Smtp), Smtp())
    submission: Submission = setting(table(Submission), Submission())
    pop3: Pop3 = setting(table(Pop3), Pop3())
    http: Http = setting(table(Http), Http())
    trail: Trail = setting(table(Trail), Trail())
    log: Log = setting(table(Log), Log())


def find(given: str | None, environment: Mapping[str, str]) -> Path | None:
    """The file to read: the one given, else the first of the usual places.

    @raise BadConfiguration: when the file that was asked for is not there.
    """
    asked = given or environment.get("MAILNODE_CONFIG")
    if asked:
        found = Path(asked).expanduser()
        if not found.is_file():
            raise BadConfiguration(
                (f"{found}: there is no such file; mailnodectl init writes one",)
            )
        return found
    return next((each for each in (LOCAL_FILE, SYSTEM_FILE) if each.is_file()), None)


def load(file: Path | None) -> Config:
    """Read a configuration; without a file, the one that is all defaults.

    @raise BadConfiguration: with every complaint there is.
    """
    if file is None:
        here = Config()
        return replace(here, data=Path.cwd() / here.data)
    try:
        said = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfiguration((f"{file}: cannot be read: {error}",)) from error
    except tomllib.TOMLDecodeError as error:
        raise BadConfiguration((f"{file}: not TOML: {error}",)) from error
    return replace(read(said, file.resolve().parent), file=file.resolve())


def read(said: Mapping[str, object], base: Path) -> Config:
    """A configuration out of parsed TOML.

    @param base: the directory that relative paths start from.
    @raise BadConfiguration: with every complaint there is.
    """
    complaints: list[str] = []
    top = Place("", base, complaints)
    config = table(Config)({"data": "mailnode-data"} | dict(said), top)
    if not complaints:
        complaints.extend(contradictions(config))
    if complaints:
        raise BadConfiguration(tuple(complaints))
    return config


def contradictions(config: Config) -> list[str]:
    """What is wrong between keys that are right each by itself."""
    found = []
    if (config.tls.certificate is None) != (config.tls.key is None):
        found.append("tls: write both certificate and key, or neither")
    if len(config.smtp.subaddress_separator) > 1:
        said = shown(config.smtp.subaddress_separator)
        found.append(
            f'smtp.subaddress_separator: {said}: write one character, or "" for none'
        )
    if len(os.fsencode(config.data)) > DATA_LIMIT:
        found.append(f"data: a path of at most {DATA_LIMIT} octets: sockets live there")
    if config.queue.first_retry > config.queue.last_retry:
        found.append("queue.first_retry: write a time not longer than last_retry")
    if config.group and not config.user:
        found.append("group: write user as well")
    found += odd("relay", config.relay)
    for number, route in enumerate(config.route, 1):
        found += odd(f"route[{number}]", route)
    seen: dict[str, int] = {}
    for number, each in enumerate(config.listen, 1):
        first = seen.setdefault(each.endpoint, number)
        if first != number:
            said = shown(each.endpoint)
            found.append(f"listen[{number}].endpoint: {said}: listen[{first}] has it")
        if (each.protocol, each.tls) == ("http", "starttls"):
            found.append(f'listen[{number}].tls: for http, write "none" or "implicit"')
    return found


def overridden(
    config: Config,
    listen: tuple[Listen, ...] = (),
    checkers: tuple[str, ...] = (),
    realm: str | None = None,
    data: str | None = None,
) -> Config:
    """The configuration with what the command line says instead.

    Listeners given here take the place of all of their protocol; without a
    file they are the only ones.
    """
    protocols = {each.protocol for each in listen}
    kept = tuple(
        each
        for each in config.listen
        if each.protocol not in protocols and not (listen and config.file is None)
    )
    auth = replace(
        config.auth,
        checkers=checkers or config.auth.checkers,
        realm=realm or config.auth.realm,
    )
    return replace(
        config,
        listen=kept + listen,
        auth=auth,
        data=Path(data).absolute() if data else config.data,
    )


def configured(
    given: str | None, environment: Mapping[str, str] = os.environ
) -> Config:
    """Find the configuration and read it.

    @raise BadConfiguration: with every complaint there is.
    """
    return load(find(given, environment))

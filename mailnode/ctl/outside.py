"""What C{mailnodectl check} sees from outside: certificate and DNS."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from mailnode.certificate import pair
from mailnode.config import Config
from mailnode.ctl.check import DOUBTFUL, FINE, WRONG, Finding, finding
from mailnode.net.tls import BadCertificate, chain, context, names

SOON = timedelta(days=14)
"""How long before its end a certificate should have been renewed."""
RENEW = "Renew it, then: systemctl reload mailnode"

Found = Mapping[str, Sequence[str] | None]
"""By domain: the hosts that its MX records name, best first; C{None} if nobody
could be asked."""
Resolve = Callable[[Config, Sequence[str]], Found]


def certificate(config: Config, now: datetime | None = None) -> Iterator[Finding]:
    """Whether the certificate is there, fits its key, is valid and names us."""
    moment = now or datetime.now(UTC)
    where = pair(config)
    own = config.tls.certificate is None
    if own and not where.certificate.exists():
        yield finding(
            DOUBTFUL, "certificate", "none named; a self-signed one will be made"
        )
        return
    try:
        _ = context(where)
        ours = chain(where.certificate)[0]
    except BadCertificate as bad:
        yield finding(WRONG, "certificate", str(bad), "See [tls] in mailnode.toml(5).")
        return
    until = ours.not_valid_after_utc
    if until <= moment or ours.not_valid_before_utc > moment:
        yield finding(WRONG, "certificate", f"valid until {until:%Y-%m-%d}", RENEW)
    elif until - moment < SOON:
        yield finding(DOUBTFUL, "certificate", f"ends {until:%Y-%m-%d}", RENEW)
    else:
        yield finding(FINE, "certificate", f"valid until {until:%Y-%m-%d}")
    known = names(ours)
    parent = config.hostname.partition(".")[2]
    if not known & {config.hostname, f"*.{parent}"}:
        told = ", ".join(sorted(known)) or "nobody"
        yield finding(
            WRONG,
            "certificate",
            f"it names {told} and not {config.hostname}",
            "Have one made for the hostname of the configuration.",
        )
    if own:
        yield finding(
            DOUBTFUL,
            "certificate",
            "self-signed: clients must be told to trust it",
            "Name a certificate in [tls] when there is one.",
        )


def dns(config: Config, found: Found) -> Iterator[Finding]:
    """Whether mail for our domains is sent here."""
    if is_trial(config):
        yield finding(
            DOUBTFUL,
            "hostname",
            f"{config.hostname} is for trying things: the DNS was not asked",
            "Write the name of this machine in the configuration.",
        )
        return
    for domain, hosts in found.items():
        about = f"DNS of {domain}"
        if hosts is None:
            yield finding(DOUBTFUL, about, "nobody could be asked from here")
        elif config.hostname in hosts:
            yield finding(FINE, about, f"mail comes to {config.hostname}")
        elif hosts:
            yield finding(
                DOUBTFUL,
                about,
                f"mail goes to {', '.join(hosts)}",
                f"If it should come here: {domain}. MX 10 {config.hostname}.",
            )
        else:
            yield finding(
                WRONG,
                about,
                "nobody knows where its mail should go",
                f"Add a record: {domain}. MX 10 {config.hostname}.",
            )


def is_trial(config: Config) -> bool:
    """Whether nobody else could send mail here (RFC 6761, 6.3)."""
    return config.hostname == "localhost" or config.hostname.endswith(".localhost")

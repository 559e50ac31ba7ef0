"""What the doors make of a configuration."""

from __future__ import annotations

import pytest

from mailnode.browsing import Http
from mailnode.config import Config, Listen
from mailnode.doors import by_jmap

PLAIN = Listen(protocol="http", endpoint="tcp:80", tls="none")
SECURE = Listen(protocol="http", endpoint="tcp:443", tls="implicit")
MAIL = Listen(protocol="imap", endpoint="tcp:143", tls="starttls")
HERE = "https://mail.example.org/.well-known/jmap"
THERE = "https://jmap.example.org/.well-known/jmap"


@pytest.mark.parametrize(
    ("listen", "url", "wanted"),
    [
        ((MAIL, SECURE), "", HERE),
        ((MAIL, PLAIN), "", ""),
        ((MAIL, PLAIN), "https://jmap.example.org", THERE),
        ((MAIL,), "https://jmap.example.org", ""),
        ((MAIL, SECURE), "https://jmap.example.org", THERE),
    ],
)
def test_where_imap_says_that_jmap_is(
    listen: tuple[Listen, ...], url: str, wanted: str
) -> None:
    config = Config(hostname="mail.example.org", listen=listen, http=Http(url=url))
    assert by_jmap(config) == wanted

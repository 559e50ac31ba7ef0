"""The cookie of the webmail, and requests that nobody else's page makes (RFC 6265; Fetch Metadata)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mailnode.web.answer import JSON, Refused

if TYPE_CHECKING:
    from mailnode.web.request import Request

HOST_COOKIE = "__Host-mailnode"
"""A browser takes it by TLS alone, for this host alone (RFC 6265bis, 4.1.3.2)."""
LOCAL_COOKIE = "mailnode"
"""The same where there is no TLS: on this host, for trying things."""
ATTRIBUTES = "Path=/; HttpOnly; SameSite=Strict"
SAFE = (b"GET", b"HEAD", b"OPTIONS")
"""Methods that change nothing (RFC 9110, 9.2.1)."""


def is_private(request: Request) -> bool:
    """Whether a browser has come by TLS, be it to a proxy before us."""
    visitor = request.visitor
    return visitor.secure or visitor.site.options.url.startswith("https:")


def cookie_name(request: Request) -> str | None:
    """What the cookie of a client is called; C{None} where there can be none."""
    if is_private(request):
        return HOST_COOKIE
    return LOCAL_COOKIE if request.visitor.local else None


def said(request: Request) -> str:
    """The secret in the cookie of a request; empty if there is none."""
    name = cookie_name(request)
    if name is None:
        return ""
    for each in request.asked("Cookie").split(";"):
        key, _, value = each.strip().partition("=")
        if key == name:
            return value
    return ""


def given(request: Request, secret: str, seconds: int | None) -> str:
    """The field that gives a cookie to a browser.

    @param seconds: how long it is kept; C{None}: until the browser is closed.
    @raise Refused: when others could read it on its way.
    """
    name = cookie_name(request)
    if name is None:
        raise Refused(403, "signing in is for TLS: come by https")
    secure = "; Secure" if name == HOST_COOKIE else ""
    age = "" if seconds is None else f"; Max-Age={seconds}"
    return f"{name}={secret}; {ATTRIBUTES}{secure}{age}"


def is_from_browser(request: Request) -> bool:
    """Whether a page asks, so that the browser would ask people for a password."""
    return bool(request.asked("Sec-Fetch-Mode") or request.asked("Sec-Fetch-Site"))


def same_origin(request: Request, *, free: bool = False) -> None:
    """See that nobody else's page has a browser make this request.

    A browser says whose page it is in C{Sec-Fetch-Site}, an older one in C{Origin};
    what changes something must say so.  And it must be JSON, which another's page
    cannot send without asking first (Fetch, 3.2.2).

    @param free: the content may be of any type.
    @raise Refused: when it may be another's.
    """
    safe = request.method in SAFE
    site, origin = request.asked("Sec-Fetch-Site"), request.asked("Origin")
    if site:
        ours = site == "same-origin" or (safe and site == "none")
    else:
        ours = bool(origin) or safe
    if not ours or (origin and not is_ours(request, origin)):
        raise Refused(403, "this page may not ask that")
    if request.method in SAFE or request.method == b"DELETE" or free:
        return
    kind = request.asked("Content-Type").partition(";")[0].strip().lower()
    if kind != JSON:
        raise Refused(415, f"the content must be {JSON}")


def is_ours(request: Request, origin: str) -> bool:
    """Whether an origin is that of our own pages."""
    if origin == request.visitor.site.options.url:
        return True
    host = request.asked("Host").lower()
    return bool(host) and urlsplit(origin).netloc.lower() == host

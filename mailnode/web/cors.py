"""Whose pages may call us from a browser: nobody's, unless the operator says so (CORS)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailnode.web.answer import Answer

if TYPE_CHECKING:
    from mailnode.web.coroutine import AsyncResource
    from mailnode.web.request import Request

FIELDS = "Authorization, Content-Type"
"""What such a page may say besides what any page may."""
AGE = 3600
"""Seconds for which a browser need not ask again."""


def allowed(resource: AsyncResource, request: Request) -> dict[str, str]:
    """The fields that let a page of another origin read an answer.

    Never with credentials that a browser adds by itself: such a page must know
    the password.
    """
    origins = request.visitor.site.options.origins
    if not resource.shared or not origins:
        return {}
    origin = request.asked("Origin")
    if "*" in origins:
        return {"Access-Control-Allow-Origin": "*"} if origin else {}
    if origin not in origins:
        return {"Vary": "Origin"}
    return {"Vary": "Origin", "Access-Control-Allow-Origin": origin}


def preflight(resource: AsyncResource, request: Request) -> Answer | None:
    """The answer to a browser that asks before a page may; C{None} if none does."""
    if not request.asked("Access-Control-Request-Method"):
        return None
    if "Access-Control-Allow-Origin" not in allowed(resource, request):
        return None
    return Answer(
        204,
        headers={
            "Access-Control-Allow-Methods": resource.allow,
            "Access-Control-Allow-Headers": FIELDS,
            "Access-Control-Max-Age": str(AGE),
        },
    )

"""What somebody prefers in the webmail, kept with his mail so that it follows him."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from mailnode.interfaces.mail import IObjectPen
from mailnode.jmap import state
from mailnode.jmap.ijson import NotJSON, Object, read, written
from mailnode.web.answer import JSON, Answer, Refused
from mailnode.web.authentication import Authenticator
from mailnode.web.coroutine import AsyncResource

if TYPE_CHECKING:
    from mailnode.web.request import Request

KIND = "Preferences"
"""Of the one object in which they are."""
CONTENT_LIMIT = 64 * 2**10
"""Octets of them: some thousand trusted senders, and no place to store files."""


class Preferences(AsyncResource):
    """C{/webmail/preferences}: one JSON object that the page understands, not we.

    Its entity tag lets two pages change it without undoing what the other did
    (RFC 9110, 13.1.1).
    """

    content_limit = CONTENT_LIMIT

    def __init__(self, authenticator: Authenticator) -> None:
        super().__init__()
        self.authenticator = authenticator

    async def get(self, request: Request) -> Answer:
        """All of them; none, if nothing was ever preferred."""
        account = await self.authenticator.account(request)
        only_here(request)
        objects = account.objects()
        # In this order, what changes in between has an older tag, never a newer one.
        tag = entity_tag(await objects.state(KIND))
        found = await objects.objects(KIND)
        value = cast("Object", found[0].value) if found else {}
        return Answer(200, written(value), JSON, {"ETag": tag})

    async def put(self, request: Request) -> Answer:
        """Prefer these from now on.

        @raise Refused: when it is no object, or they became others in between.
        """
        account = await self.authenticator.account(request)
        only_here(request)
        value, expected = preferred(request), request.asked("If-Match")

        def keep(pen: IObjectPen) -> str | None:
            if not matches(expected, entity_tag(pen.state(KIND))):
                return None
            found = pen.objects(KIND)
            if not found:
                _ = pen.add(KIND, value)
            elif found[0].value != value:
                pen.change(KIND, found[0].id, value)
            return entity_tag(pen.state(KIND))

        tag = await account.objects().write(keep)
        if tag is None:
            raise Refused(412, "they have become others")  # RFC 9110, 15.5.13.
        return Answer(204, headers={"ETag": tag})


def only_here(request: Request) -> None:
    """See that nothing below is meant.

    @raise Refused: when it is.
    """
    if any(request.below):
        raise Refused(404, "there is nothing here")


def preferred(request: Request) -> Object:
    """The object that is in a request.

    @raise Refused: when there is none.
    """
    try:
        said = read(request.content.read())
    except NotJSON as error:
        raise Refused(400, str(error)) from None
    if not isinstance(said, dict):
        raise Refused(422, "say it in an object")
    return said


def entity_tag(modseq: int) -> str:
    """What changes whenever they do (RFC 9110, 8.8.3)."""
    return f'"{state.written(modseq)}"'


def matches(expected: str, tag: str) -> bool:
    """Whether a condition holds (RFC 9110, 13.1.1); without one, it does."""
    wanted = [each.strip() for each in expected.split(",")]
    return not expected or "*" in wanted or tag in wanted

"""C{/healthz}: whether the server is there, for whoever watches it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailnode.web.answer import JSON, Answer
from mailnode.web.coroutine import AsyncResource

if TYPE_CHECKING:
    from mailnode.web.request import Request


class Health(AsyncResource):
    """It answers, so it is."""

    async def get(self, _request: Request) -> Answer:
        """That is all there is to say to strangers."""
        return Answer(content=b'{"status":"ok"}', kind=JSON)

"""Threads: which emails belong together (RFC 8621, 3)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from mailnode.interfaces.account import IMailAccount
from mailnode.jmap import state
from mailnode.jmap.arguments import Arguments
from mailnode.jmap.errors import MethodError
from mailnode.jmap.ijson import JSON, Object
from mailnode.jmap.mail.changes import changes
from mailnode.jmap.standard import Changes
from mailnode.model.mail import Kind
from mailnode.wire import ids as wire


class Threads:
    """The type."""

    properties = ("id", "emailIds")
    usual = properties

    async def state(self, account: IMailAccount) -> str:
        """The last time that an email joined or left a thread."""
        return state.written(await account.mail().state(Kind.THREAD))

    async def read(
        self,
        account: IMailAccount,
        ids: Sequence[str] | None,
        properties: Collection[str],
        arguments: Arguments,  # noqa: ARG002 - there are no others
    ) -> Sequence[Object]:
        """Some threads, their emails oldest first."""
        if ids is None:  # No account has so few that all may be asked for
            raise MethodError("requestTooLarge", "name the threads")
        numbers = [wire.number(wire.THREAD, account.id, each) for each in ids]
        found = []
        for thread in await account.mail().threads(numbers):
            emails = [wire.written(wire.EMAIL, account.id, e) for e in thread.emails]
            whole: Object = {
                "id": wire.written(wire.THREAD, account.id, thread.id),
                "emailIds": list[JSON](emails),
            }
            found.append({n: whole[n] for n in self.properties if n in properties})
        return found

    async def changes(self, account: IMailAccount, since: str, most: int) -> Changes:
        """Which threads became different."""
        return await changes(account, Kind.THREAD, since, most)

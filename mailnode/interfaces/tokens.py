"""What opens an account in place of its password, and who is told when it does no longer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from zope.interface import Interface

from mailnode.model.token import Issued, Purpose, Token, Visit, Wish


class ITokens(Interface):
    """Gives tokens out, knows them again, and takes them back."""

    async def issue(wish: Wish, visit: Visit) -> Issued:
        """Make a token.  Of too many sessions, that which was seen longest ago ends.

        @raise TooMany: when the account has as many others as it may.
        @raise NotPermitted: when the label is too long, or a scope is none.
        """

    async def find(secret: str, purpose: Purpose) -> Token | None:
        """The token of this secret; C{None} when there is none, or none any more."""

    async def used(token: Token, visit: Visit) -> None:
        """Note that a token was used, and let it last from now; not to the minute."""

    async def belonging(account: str) -> Sequence[Token]:
        """All tokens of an account, oldest first."""

    async def revoke(account: str, id: int) -> None:  # noqa: A002 - what it is
        """Take a token back.

        @raise NotFound: when the account has none of this id.
        """

    async def revoke_all(
        account: str, purposes: Collection[Purpose], keep: int = 0
    ) -> None:
        """Take back all of these purposes but one, as when the password is another.

        Whoever came by the password itself is told too.
        """

    async def sweep() -> None:
        """Forget what has expired."""

    def watch(account: str, id: int, revoked: Callable[[], None]) -> Callable[[], None]:  # noqa: A002
        """Call C{revoked} once, when a token is taken back or has expired.

        @param id: 0 for whoever came by a password: of those any that is taken
            back may have been it.
        @return: call it to stop.
        """

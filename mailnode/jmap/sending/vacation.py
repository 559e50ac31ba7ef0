"""The vacation response of an account, of which there is one (RFC 8621, 8)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from mailnode.errors import NotFound, SyntaxFault
from mailnode.interfaces.account import IMailAccount
from mailnode.interfaces.mail import IObjectPen
from mailnode.jmap import state
from mailnode.jmap.arguments import Arguments
from mailnode.jmap.dates import utc_date
from mailnode.jmap.errors import SetError
from mailnode.jmap.ijson import JSON, Object
from mailnode.jmap.patch import patched
from mailnode.jmap.setting import Batch
from mailnode.model.vacation import KIND, Vacation, read
from mailnode.wire.dates import write_timestamp

SINGLETON = "singleton"
"""The id of the one there is (RFC 8621, 8.1)."""
LIMITS: Mapping[str, int] = {
    "subject": 255,
    "textBody": 64 * 1024,
    "htmlBody": 128 * 1024,
}
"""Characters of what is said; pictures that are written into it included."""
DATES = ("fromDate", "toDate")
DEFAULTS: Object = {"isEnabled": False, **dict.fromkeys((*DATES, *LIMITS))}
PROPERTIES = ("id", *DEFAULTS)


def told(vacation: Vacation) -> Object:
    """A response with all its properties."""
    return {
        "id": SINGLETON,
        "isEnabled": vacation.enabled,
        "fromDate": date(vacation.since),
        "toDate": date(vacation.until),
        "subject": vacation.subject,
        "textBody": vacation.text,
        "htmlBody": vacation.html,
    }


def date(moment: int | None) -> str | None:
    """A moment, if there is one, as a UTCDate."""
    return None if moment is None else write_timestamp(moment)


def understood(said: Object) -> Vacation:
    """A response that a client has written.

    @raise SetError: when it is none, with all that is wrong.
    """
    bad = [name for name, most in LIMITS.items() if not fits(said[name], most)]
    if not isinstance(said["isEnabled"], bool):
        bad.append("isEnabled")
    moments = {name: moment(said[name]) for name in DATES}
    bad += [name for name in DATES if said[name] is not None and moments[name] is None]
    if bad:
        raise SetError("invalidProperties", properties=bad)
    words = {name: None if said[name] is None else str(said[name]) for name in LIMITS}
    return Vacation(
        said["isEnabled"] is True,
        moments["fromDate"],
        moments["toDate"],
        words["subject"],
        words["textBody"],
        words["htmlBody"],
    )


def fits(said: JSON, most: int) -> bool:
    """Whether something is C{String|null}, of so many characters at most."""
    return said is None or (isinstance(said, str) and len(said) <= most)


def moment(said: JSON) -> int | None:
    """The moment of a UTCDate; C{None} for everything else."""
    try:
        return utc_date(said)
    except SyntaxFault:
        return None


class Responses:
    """The type."""

    properties = PROPERTIES
    usual = PROPERTIES
    references: Collection[str] = ()

    async def state(self, account: IMailAccount) -> str:
        """What changes whenever the response does."""
        return state.written(await account.objects().state(KIND))

    async def read(
        self,
        account: IMailAccount,
        ids: Sequence[str] | None,
        properties: Collection[str],
        arguments: Arguments,  # noqa: ARG002 - there are no others
    ) -> Sequence[Object]:
        """The response, if it is asked for."""
        if ids is not None and SINGLETON not in ids:
            return []
        kept = await account.objects().objects(KIND)
        whole = told(read(kept[0].value) if kept else Vacation())
        return [{name: whole[name] for name in PROPERTIES if name in properties}]

    async def write(self, account: IMailAccount, batch: Batch) -> None:
        """Change it."""

        def work(pen: IObjectPen) -> None:
            batch.begin(state.written(pen.state(KIND)))
            batch.run(create, lambda said, patch: update(pen, said, patch), destroy)
            batch.end(state.written(pen.state(KIND)))

        await account.objects().write(work)


def create(_wanted: Object) -> Object:
    """There is one already (RFC 8620, 5.3)."""
    raise SetError(SINGLETON)


def destroy(said: str) -> None:
    """There is always one (RFC 8620, 5.3)."""
    if said != SINGLETON:
        raise NotFound("there is no such response")
    raise SetError(SINGLETON)


def update(pen: IObjectPen, said: str, patch: Object) -> None:
    """Change it, and make it at the first time."""
    if said != SINGLETON:
        raise NotFound("there is no such response")
    kept = pen.objects(KIND)
    before = told(read(kept[0].value) if kept else Vacation())
    after = patched(before, patch, DEFAULTS)
    unknown = after.keys() - set(PROPERTIES)
    if unknown or after["id"] != SINGLETON:
        bad = sorted(unknown) or ["id"]
        raise SetError("invalidProperties", properties=bad)
    vacation = understood(after)
    if kept:
        pen.change(KIND, kept[0].id, vacation.written())
    else:
        pen.add(KIND, vacation.written())

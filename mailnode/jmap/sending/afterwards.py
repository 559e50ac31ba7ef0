"""What becomes of the emails when they are sent: one implicit Email/set (RFC 8621, 7.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mailnode.errors import MailError
from mailnode.jmap.arguments import Arguments, is_id, wrong
from mailnode.jmap.call import Call, account_id
from mailnode.jmap.errors import MethodError, of_call
from mailnode.jmap.ijson import JSON, Object


@dataclass(frozen=True, slots=True)
class Afterwards:
    """What a client wants to be done with the emails, by the ids of submissions."""

    update: Mapping[str, Object]
    destroy: Sequence[str]


def read(arguments: Arguments) -> Afterwards:
    """The two arguments that only this method has."""
    update = arguments.objects("onSuccessUpdateEmail")
    destroy = arguments.strings("onSuccessDestroyEmail") or []
    if not all(is_id(each.removeprefix("#")) for each in update):
        raise wrong("onSuccessUpdateEmail", "a map by ids")
    if not all(is_id(each.removeprefix("#")) for each in destroy):
        raise wrong("onSuccessDestroyEmail", "a list of ids")
    return Afterwards(update, destroy)


def asked(
    after: Afterwards, emails: Mapping[str, str], created: JSON
) -> tuple[dict[str, JSON], list[JSON]]:
    """The update and the destroy of an Email/set.

    @param emails: the email of each submission that was created, updated or
        destroyed: nothing happens to those of others.
    @param created: what the response says of those that were made.
    """
    update = dict[str, JSON]()
    for name, patch in after.update.items():
        if (email := emails.get(meant(name, created))) is not None:
            before = update.get(email)
            update[email] = {**before, **patch} if isinstance(before, dict) else patch
    doomed = (emails.get(meant(name, created)) for name in after.destroy)
    return update, list(dict.fromkeys(filter(None, doomed)))


def meant(name: str, created: JSON) -> str:
    """The submission that an id means, or a creation id behind C{#}."""
    if name[:1] != "#":
        return name
    made = created.get(name[1:]) if isinstance(created, dict) else None
    return str(made["id"]) if isinstance(made, dict) else ""


async def done(
    call: Call, after: Afterwards, emails: Mapping[str, str], created: JSON
) -> None:
    """Do it; the response stands behind that of the call itself."""
    update, destroy = asked(after, emails, created)
    if not update and not destroy:
        return
    name = "Email/set"
    known = call.visit.repertoire.methods.get(name)
    if known is None:
        call.also("error", MethodError("unknownMethod").arguments)
        return
    extension, method = known
    try:
        given: Object = {"accountId": account_id(call.visit.account)}
        given |= {"update": update, "destroy": destroy}
        told = await method(replace(call, extension=extension), Arguments(given))
    except MethodError as error:
        call.also("error", error.arguments)
    except MailError as error:
        call.also("error", of_call(error).arguments)
    else:
        call.also(name, told)

"""Emails: read, made, filed, parsed, imported (RFC 8621, 4.1, 4.2 and 4.6 to 4.9)."""

from __future__ import annotations

from mailnode.jmap.arguments import Arguments
from mailnode.jmap.call import Call, account_id
from mailnode.jmap.errors import InvalidArguments, MethodError
from mailnode.jmap.ijson import JSON, Object
from mailnode.jmap.mail import parsing
from mailnode.jmap.mail.arrivals import Arrival
from mailnode.jmap.mail.bodies import Bodies, Sizes, wish
from mailnode.jmap.mail.drafts import Means
from mailnode.jmap.mail.emails import Emails
from mailnode.jmap.mail.emailset import EmailSet, carry_out
from mailnode.jmap.mail.importing import imported
from mailnode.jmap.methods.mail import extension
from mailnode.jmap.setting import Batch, errors_of, set_
from mailnode.jmap.standard import chosen, get

SIZES = Sizes()
EMAILS = Emails(SIZES)


@extension.method("Email/get")
async def get_emails(call: Call, arguments: Arguments) -> Object:
    """Emails (RFC 8621, 4.2); others have their turn between them."""
    return await get(Emails(SIZES, call.visit.turn))(call, arguments)


extension.methods["Email/set"] = set_(EmailSet(Means()))


@extension.method("Email/parse")
async def parse(call: Call, arguments: Arguments) -> Object:
    """Blobs as messages (RFC 8621, 4.9)."""
    account = call.account(arguments)
    said = arguments.strings("blobIds")
    if said is None:
        raise InvalidArguments("blobIds must be a list of ids")
    asked = arguments.strings("properties")
    properties = parsing.USUAL if asked is None else chosen(EMAILS, asked)
    if asked is not None and "id" not in asked:
        properties = set(properties) - {"id"}
    bodies = Bodies(wish(arguments), SIZES, call.visit.turn)
    arguments.end()
    named = parsing.named(said, call.created)
    found = await parsing.parsed(account, named, properties, bodies)
    return {
        "accountId": account_id(account),
        "parsed": dict[str, JSON](found.emails) or None,
        "notParsable": list[JSON](found.unparsable) or None,
        "notFound": list[JSON](found.missing) or None,
    }


@extension.method("Email/import")
async def import_(call: Call, arguments: Arguments) -> Object:
    """Blobs become emails (RFC 8621, 4.8)."""
    account = call.account(arguments)
    if arguments.left.get("emails") is None:
        raise InvalidArguments("emails must be a map of objects")
    emails = dict[str, JSON](arguments.objects("emails"))
    if len(emails) > call.visit.repertoire.limits.objects_in_set:
        raise MethodError("requestTooLarge")
    given = Arguments({"ifInState": arguments.take("ifInState"), "create": emails})
    arguments.end()
    batch = Batch(given, EmailSet.references, call.created)

    async def make(wanted: Object) -> Arrival:
        return await imported(account, wanted, call.created)

    await carry_out(account, batch, make)
    done = batch.done
    for name, made in done.created.items():
        call.created[name] = str(made["id"])
    return {
        "accountId": account_id(account),
        "oldState": done.old_state,
        "newState": done.new_state,
        "created": dict[str, JSON](done.created) or None,
        "notCreated": errors_of(done, "create"),
    }


@extension.method("Email/copy")
async def copy(call: Call, arguments: Arguments) -> Object:
    """Emails of another account: a person has one, and from that to itself nothing is
    copied (RFC 8620, 5.4; RFC 8621, 4.7)."""
    account = call.account(arguments)
    if arguments.id("fromAccountId") == account_id(account):
        raise InvalidArguments("fromAccountId must be another account")
    raise MethodError("fromAccountNotFound")

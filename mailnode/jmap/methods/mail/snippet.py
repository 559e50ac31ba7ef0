"""SearchSnippet/get (RFC 8621, 5.1)."""

from __future__ import annotations

from mailnode.jmap.arguments import Arguments
from mailnode.jmap.call import Call, account_id
from mailnode.jmap.errors import InvalidArguments, MethodError
from mailnode.jmap.ijson import JSON, Object
from mailnode.jmap.mail.filter import asked
from mailnode.jmap.mail.snippets import Snippets, sought
from mailnode.jmap.methods.mail import extension
from mailnode.jmap.querying import filter_of
from mailnode.wire import ids


@extension.method("SearchSnippet/get")
async def get(call: Call, arguments: Arguments) -> Object:
    """What was found in each of some emails, and where."""
    account = call.account(arguments)
    said = arguments.left.get("filter")
    question = asked(filter_of(arguments), account.id)
    named = arguments.ids("emailIds")
    arguments.end()
    if named is None:
        raise InvalidArguments("emailIds must be a list of ids")
    emails = list(dict.fromkeys(named))
    most = call.visit.repertoire.limits.objects_in_get
    if len(emails) > most:
        raise MethodError("requestTooLarge", f"at most {most} emails at a time")
    numbers = {each: ids.number(ids.EMAIL, account.id, each) for each in emails}
    there = [number for number in numbers.values() if number]
    found = await Snippets(account, sought(question), call.visit.turn).read(there)
    lost = [each for each in emails if numbers[each] not in found]
    return {
        "accountId": account_id(account),
        "filter": said,
        "list": [found[number] for number in numbers.values() if number in found],
        "notFound": list[JSON](lost) or None,
    }

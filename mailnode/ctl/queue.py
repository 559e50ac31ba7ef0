"""C{mailnodectl queue}: what waits to leave, and why it has not left yet."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

from mailnode.ctl.spoken import columns, lasting, local, octets, presentable, stamp
from mailnode.ctl.verb import Answer, Argument, Family, Refused, Said, one
from mailnode.house import House
from mailnode.model.envelope import Address
from mailnode.model.queue import Entry, Waiting
from mailnode.model.trail import Event, Step

family = Family("queue", "mail that waits to leave")
ID = Argument("id", "a message, as queue list calls it", "ID")
LISTED = 1000
"""Messages in one answer."""


def written(address: Address | None) -> str:
    """An address; nothing for the null one."""
    return f"{address.local}@{address.domain}" if address else ""


def message(entry: Entry, now: int) -> Answer:
    """What is told of a message; one that cannot be read has no recipients."""
    envelope = entry.envelope
    readable = bool(entry.waiting)
    return {
        "id": envelope.id,
        "readable": readable,
        "received": stamp(envelope.received) if readable else None,
        "age": max(0, now - envelope.received) // 1000 if readable else None,
        "size": entry.size,
        "sender": written(envelope.sender.address),
        "account": envelope.account,
        "priority": envelope.sender.priority,
        "recipients": [recipient(each, now) for each in entry.waiting],
    }


def recipient(waiting: Waiting, now: int) -> Answer:
    """What is told of one of its recipients."""
    target, last = waiting.target, waiting.last
    pending = waiting.pending
    return {
        "recipient": written(target.recipient.address),
        "address": written(target.address),
        "mailbox": target.mailbox,
        "stage": waiting.stage.value,
        "next": stamp(waiting.due) if pending else None,
        "in": max(0, waiting.due - now) // 1000 if pending else None,
        "attempts": waiting.attempts,
        "warned": waiting.warned,
        "last": last
        and {
            "result": last.result.value,
            "status": last.status,
            "text": last.text,
            "host": last.host,
            "tls": last.tls,
        },
    }


def objects(answer: object, key: str) -> list[Answer]:
    """A list in an answer."""
    assert isinstance(answer, dict)
    found: list[Answer] = answer[key]
    return found


def said_last(each: Answer) -> str:
    """The last reply, and who gave it."""
    last = each["last"]
    if not isinstance(last, dict):
        return ""
    return presentable(
        f"{last['host']}: {last['text']}" if last["host"] else last["text"]
    )


def listed(answer: Answer) -> Iterator[str]:
    """A line for each message, and one for each of its recipients below it."""
    messages = objects(answer, "messages")
    if not messages:
        yield "The queue is empty."
        return
    recipients = 0
    for each, head in zip(
        messages, columns([headed(m) for m in messages]), strict=True
    ):
        yield head
        rows = [waits(person) for person in objects(each, "recipients")]
        recipients += len(rows)
        yield from (f"    {line}" for line in columns(rows))
    yield f"Messages: {len(messages)}, recipients: {recipients}."
    if answer["more"]:
        last = messages[-1]["id"]
        yield f"There are more. Next: mailnodectl queue list --after {last}"


def headed(each: Answer) -> list[str]:
    """The columns of a message."""
    if not each["readable"]:
        return [str(each["id"]), "", octets(each["size"]), "cannot be read"]
    sender = f"from {presentable(each['sender']) or '<>'}"
    return [str(each["id"]), lasting(each["age"]), octets(each["size"]), sender]


def waits(each: Answer) -> list[str]:
    """The columns of a recipient."""
    due = ""
    if each["in"] is not None:
        due = f"in {lasting(each['in'])}" if each["in"] else "now"
    to = presentable(each["recipient"])
    return [to, str(each["stage"]), due, said_last(each)]


@family.verb(
    "list",
    "show what waits, for whom, until when and why",
    listed,
    Argument("--after", "begin behind this message", "ID"),
    example=("mailnodectl queue list", "mailnodectl queue list --json"),
)
async def every(house: House, said: Said) -> Answer:
    after = said.get("after")
    entries = await house.queue.entries(
        after if isinstance(after, str) else "", LISTED + 1
    )
    now = house.cellar.clock()
    return {
        "messages": [message(each, now) for each in entries[:LISTED]],
        "more": len(entries) > LISTED,
    }


def shown(answer: Answer) -> Iterator[str]:
    """Everything, a line each."""
    yield from columns(
        [
            ["id", str(answer["id"])],
            ["size", octets(answer["size"])],
            *facts(answer),
        ]
    )
    for each in objects(answer, "recipients"):
        yield ""
        yield from columns(list(details(each)))


def facts(answer: Answer) -> Iterator[list[str]]:
    """What the envelope says, if it can be read."""
    if not answer["readable"]:
        yield ["stage", "corrupt: it cannot be read; queue drop removes it"]
        return
    yield ["received", f"{local(answer['received'])}, {lasting(answer['age'])} ago"]
    yield ["sender", presentable(answer["sender"]) or "<>"]
    if answer["account"]:
        yield ["submitted by", presentable(answer["account"])]
    if answer["priority"]:
        yield ["priority", str(answer["priority"])]


def details(each: Answer) -> Iterator[list[str]]:
    """What is known of a recipient."""
    yield ["recipient", presentable(each["recipient"])]
    if each["mailbox"] is not None:
        yield ["mailbox", presentable(f"{each['mailbox']} of {each['address']}")]
    elif each["address"] != each["recipient"]:
        yield ["leads to", presentable(each["address"])]
    yield ["stage", str(each["stage"])]
    if each["next"] is not None:
        yield ["next try", local(each["next"]) if each["in"] else "now"]
    yield ["tried", str(each["attempts"])]
    if each["warned"]:
        yield ["delay", "the sender has been told"]
    last = each["last"]
    if isinstance(last, dict):
        yield ["last reply", said_last(each)]
        yield [
            "status",
            presentable(f"{last['result']} {last['status']} {last['tls']}"),
        ]


@family.verb(
    "show",
    "show one message and everything about its recipients",
    shown,
    ID,
    example=("mailnodectl queue show 7c1f2a90",),
)
async def show(house: House, said: Said) -> Answer:
    entry = await house.queue.entry(one(said, "id"))
    return message(entry, house.cellar.clock())


@family.verb(
    "retry",
    "try deferred mail now, of one message or all",
    lambda answer: [f"Recipients that are due now: {answer['recipients']}."],
    Argument("id", "a message, as queue list calls it", "ID", nargs="?"),
    Argument("--all", "all messages", action="store_true"),
    example=("mailnodectl queue retry 7c1f2a90", "mailnodectl queue retry --all"),
)
async def retry(house: House, said: Said) -> Answer:
    name, everything = said.get("id"), bool(said.get("all"))
    if everything == isinstance(name, str):
        raise Refused("write the ID of a message, or --all")
    return {
        "recipients": await house.queue.retry(None if everything else one(said, "id"))
    }


@family.verb(
    "hold",
    "keep a message from being tried",
    lambda answer: [f"{answer['id']} is held. Recipients: {answer['recipients']}."],
    ID,
    example=("mailnodectl queue hold 7c1f2a90",),
)
async def hold(house: House, said: Said) -> Answer:
    return await changed(house, said, house.queue.hold, Event.HELD)


@family.verb(
    "release",
    "let a held message be tried now",
    lambda answer: [f"{answer['id']} is due now. Recipients: {answer['recipients']}."],
    ID,
    example=("mailnodectl queue release 7c1f2a90",),
)
async def release(house: House, said: Said) -> Answer:
    return await changed(house, said, house.queue.release, Event.RELEASED)


@family.verb(
    "drop",
    "remove a message without telling anybody",
    lambda answer: [f"{answer['id']} is gone. Recipients: {answer['recipients']}."],
    ID,
    example=("mailnodectl queue drop 7c1f2a90",),
)
async def drop(house: House, said: Said) -> Answer:
    return await changed(house, said, house.queue.drop, Event.DROPPED)


async def changed(
    house: House, said: Said, change: Callable[[str], Awaitable[int]], event: Event
) -> Answer:
    """Change a message, and write down in the trail that an operator did.

    @param change: a verb of the queue; how many targets it concerned.
    """
    entry = await house.queue.entry(one(said, "id"))
    recipients = await change(entry.envelope.id)
    step = Step(
        house.cellar.clock(),
        entry.envelope.id,
        event,
        sender=entry.envelope.sender.key,
        text=f"by the operator; recipients: {recipients}",
    )
    house.trail.note(step)
    return {"id": entry.envelope.id, "recipients": recipients}

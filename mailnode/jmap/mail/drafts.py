"""Email objects that a client gives, made into messages (RFC 8621, 4.6)."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from mailnode.clock import now
from mailnode.errors import SyntaxFault, TooLarge
from mailnode.interfaces.account import IMailAccount
from mailnode.interfaces.mail import IStaged
from mailnode.jmap.ijson import JSON, Object
from mailnode.jmap.mail import given
from mailnode.jmap.mail.arrivals import sealed
from mailnode.jmap.mail.frames import Parts, nothing
from mailnode.jmap.mail.given import Faults, without_null
from mailnode.jmap.mail.headers import header_property
from mailnode.message import writing
from mailnode.message.compose import Frame, Leaf, Part, compose
from mailnode.wire.domain import canonical

ATTACHMENTS_LIMIT = 50_000_000
"""Octets of all attachments of an email, before they are encoded: what other servers
take, too."""
FILING = frozenset(("mailboxIds", "keywords", "receivedAt"))
"""Where an email goes, which is not for the message to say."""
BODY = ("bodyStructure", "bodyValues", "textBody", "htmlBody", "attachments")
LISTS = ("textBody", "htmlBody", "attachments")
RANDOM = 12
"""Octets of chance in a Message-ID, and in a boundary."""


@dataclass(frozen=True, slots=True)
class Means:
    """What it takes to write a message.

    @ivar clock: milliseconds since 1970.
    @ivar chance: some octets that nobody can foresee.
    """

    clock: Callable[[], int] = now
    chance: Callable[[int], bytes] = os.urandom

    def boundary(self) -> str:
        """A boundary (RFC 2046, 5.1.1)."""
        return f"=_{self.chance(RANDOM).hex()}"


async def composed(
    account: IMailAccount, wanted: Object, means: Means, known: Mapping[str, str]
) -> IStaged:
    """Write the message that an Email object describes, and make it ready.

    @param known: ids by creation id.
    @raise SetError, MailError: when there can be none.
    """
    faults = Faults()
    said = without_null(wanted)
    parts = Parts(account.mail(), values(said, faults), faults, known)
    own = {n: v for n, v in said.items() if n not in FILING and n not in BODY}
    content = [each for each in map(field_of, own) if each[:8] == b"content-"]
    fields = given.fields(own, content, faults)  # 4.6: not on the Email object
    root = await body(said, parts, fields.keys(), faults)
    faults.settle()
    if parts.size > ATTACHMENTS_LIMIT:
        raise TooLarge(f"attachments have at most {ATTACHMENTS_LIMIT} octets")
    spool = account.spool()
    try:
        await compose(spool, header(account, fields, root, means), root, means.boundary)
        return await sealed(account, spool)
    except BaseException:
        spool.discard()
        raise


def field_of(name: str) -> bytes:
    """The field that a property is, in lower case; empty for one that is none."""
    asked = header_property(name)
    return b"" if asked is None else asked.field


def values(said: Object, faults: Faults) -> dict[str, str]:
    """The texts of C{bodyValues}."""
    listed = said.get("bodyValues", {})
    if not isinstance(listed, dict):
        faults.note("bodyValues")
        return {}
    found: dict[str, str] = {}
    for name, each in listed.items():
        match each:
            case {"value": str(text), **rest} if (
                not any(
                    # "either false or omitted"
                    rest.pop(flag, False) is not False
                    for flag in ("isEncodingProblem", "isTruncated")
                )
                and not rest
            ):
                found[name] = text
            case _:
                faults.note(f"bodyValues/{name}")
    return found


async def body(
    said: Object, parts: Parts, taken: Collection[bytes], faults: Faults
) -> Part:
    """The body: its structure as it is given, or one for the parts that are."""
    if "bodyStructure" in said:
        faults.note(*(name for name in LISTS if name in said))
        return await parts.part(said["bodyStructure"], "bodyStructure/", {}, taken)
    texts: list[Part] = []
    for name, kind in (("textBody", "text/plain"), ("htmlBody", "text/html")):
        if name in said:
            texts.append(await only(said[name], name, kind, parts, faults))
    listed = said.get("attachments", [])
    if not isinstance(listed, list):
        faults.note("attachments")
        listed = []
    files = [
        (
            each,
            await parts.part(each, f"attachments/{n}/", {"disposition": "attachment"}),
        )
        for n, each in enumerate(listed)
    ]
    embedded = [made for value, made in files if "htmlBody" in said and shown(value)]
    others = [made for _, made in files if not any(made is one for one in embedded)]
    if embedded:  # What HTML shows is related to it (RFC 2387)
        texts[-1] = Frame("related", (texts[-1], *embedded))
    whole = texts[:1] if len(texts) < 2 else [Frame("alternative", tuple(texts))]  # noqa: PLR2004
    if others:
        return Frame("mixed", (*whole, *others))
    return whole[0] if whole else nothing()


def shown(value: JSON) -> bool:
    """Whether an attachment is shown inside HTML."""
    return (
        isinstance(value, dict)
        and value.get("disposition") == "inline"
        and value.get("cid") is not None
    )


async def only(value: JSON, name: str, kind: str, parts: Parts, faults: Faults) -> Part:
    """The one part of C{textBody} or C{htmlBody}."""
    if not isinstance(value, list) or len(value) != 1:
        faults.note(name)
        return nothing()
    (said,) = value
    if isinstance(said, dict) and said.get("type") not in (None, kind):
        faults.note(f"{name}/0/type")
    if isinstance(said, dict) and "subParts" in without_null(said):
        faults.note(f"{name}/0/subParts")
    return await parts.part(said, f"{name}/0/", {"type": kind})


def header(
    account: IMailAccount,
    fields: dict[bytes, list[bytes]],
    root: Leaf | Frame,
    means: Means,
) -> list[bytes]:
    """The fields of the message, with those that must be there (RFC 8621, 4.6)."""
    said = [each for some in fields.values() for each in some]
    there = {*fields, *(each.partition(b":")[0].lower() for each in root.fields)}
    usual = {
        "Message-ID": f"<{means.chance(RANDOM).hex()}@{domain_of(account)}>".encode(),
        "Date": writing.date(means.clock(), 0),
    }
    lacking = [
        writing.field(name, body)
        for name, body in usual.items()
        if name.lower().encode() not in there
    ]
    version = [] if b"mime-version" in there else [b"MIME-Version: 1.0\r\n"]
    return [*lacking, *said, *version]


def domain_of(account: IMailAccount) -> str:
    """The domain of somebody in ASCII, as a Message-ID has it (RFC 5322, 3.6.4)."""
    try:
        return canonical(account.name.rpartition("@")[2])
    except SyntaxFault:
        return "localhost"

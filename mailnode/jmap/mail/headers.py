"""Header fields as properties, in every form that they may have (RFC 8621, 4.1.2 and 4.1.3)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from mailnode.jmap.ijson import JSON
from mailnode.message import forms
from mailnode.message.forms import EmailAddress, Form
from mailnode.message.header import FIELDS_LIMIT, Header
from mailnode.wire.dates import write_timestamp

PROPERTY = re.compile(r"header:([!-9;-~]+)(?::as([A-Za-z]+))?(:all)?")
NAMES = {form.value: form for form in Form}


@dataclass(frozen=True, slots=True)
class HeaderProperty:
    """A field, and how to say it.

    @ivar name: as the client writes it.
    @ivar all: every one of this name, not only the last.
    """

    name: str
    form: Form = Form.RAW
    all: bool = False

    @property
    def field(self) -> bytes:
        """The name in lower case."""
        return self.name.lower().encode()


CONVENIENT = {
    "messageId": HeaderProperty("Message-ID", Form.MESSAGE_IDS),
    "inReplyTo": HeaderProperty("In-Reply-To", Form.MESSAGE_IDS),
    "references": HeaderProperty("References", Form.MESSAGE_IDS),
    "sender": HeaderProperty("Sender", Form.ADDRESSES),
    "from": HeaderProperty("From", Form.ADDRESSES),
    "to": HeaderProperty("To", Form.ADDRESSES),
    "cc": HeaderProperty("Cc", Form.ADDRESSES),
    "bcc": HeaderProperty("Bcc", Form.ADDRESSES),
    "replyTo": HeaderProperty("Reply-To", Form.ADDRESSES),
    "subject": HeaderProperty("Subject", Form.TEXT),
    "sentAt": HeaderProperty("Date", Form.DATE),
}
"""RFC 8621, 4.1.3."""


@lru_cache(1000)
def header_property(said: str) -> HeaderProperty | None:
    """The field that a property is; C{None} when it is none, or may not be had so."""
    if said in CONVENIENT:
        return CONVENIENT[said]
    found = PROPERTY.fullmatch(said)
    if found is None:
        return None
    name, form, every = found.groups()
    chosen = Form.RAW if form is None else NAMES.get(form)
    if chosen is None or not forms.allowed(chosen, name.lower().encode()):
        return None
    return HeaderProperty(name, chosen, every is not None)


def value(header: Header, asked: HeaderProperty) -> JSON:
    """What a header says."""
    found = header.raw(asked.field)
    read = READERS[asked.form]
    if asked.all:
        return [read(each) for each in found]
    return read(found[-1]) if found else None


def headers(header: Header) -> JSON:
    """All fields in order, as EmailHeader objects."""
    octets = header.octets
    return [
        {
            "name": forms.raw(field.name),
            "value": forms.raw(line_end_off(octets[field.value : field.end])),
        }
        for field in islice(header.fields(), FIELDS_LIMIT)
    ]


def line_end_off(octets: bytes) -> bytes:
    """The body of a field without its own line end."""
    return octets.removesuffix(b"\n").removesuffix(b"\r")


def addresses(octets: bytes) -> JSON:
    """EmailAddress objects."""
    return [address(each) for each in forms.addresses(octets)]


def grouped_addresses(octets: bytes) -> JSON:
    """EmailAddressGroup objects."""
    return [
        {"name": each.name, "addresses": list[JSON](map(address, each.addresses))}
        for each in forms.grouped_addresses(octets)
    ]


def address(one: EmailAddress) -> JSON:
    """An EmailAddress object."""
    return {"name": one.name, "email": one.email}


def message_ids(octets: bytes) -> JSON:
    """Message ids, or null."""
    found = forms.message_ids(octets)
    return None if found is None else list[JSON](found)


def urls(octets: bytes) -> JSON:
    """URLs, or null."""
    found = forms.urls(octets)
    return None if found is None else list[JSON](found)


def date(octets: bytes) -> JSON:
    """A Date, or null (RFC 8620, 1.4)."""
    found = forms.date(octets)
    return None if found is None else write_timestamp(*found)


READERS: dict[Form, Callable[[bytes], JSON]] = {
    Form.RAW: forms.raw,
    Form.TEXT: forms.text,
    Form.ADDRESSES: addresses,
    Form.GROUPED: grouped_addresses,
    Form.MESSAGE_IDS: message_ids,
    Form.DATE: date,
    Form.URLS: urls,
}

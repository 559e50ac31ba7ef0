"""Header fields that a client gives, in every form that it may use (RFC 8621, 4.1.2 and 4.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from mailnode.errors import Malformed, SyntaxFault
from mailnode.jmap.errors import SetError
from mailnode.jmap.ijson import JSON, Object
from mailnode.jmap.mail.headers import HeaderProperty, header_property
from mailnode.message import writing
from mailnode.message.forms import AddressGroup, EmailAddress, Form
from mailnode.wire.dates import read_zoned_timestamp


class Wrong(Exception):
    """A value is not what it should be."""


class Faults:
    """Notes which properties of an object cannot be so; all are told together.

    @ivar found: their names, those of parts as paths.
    @ivar missing: ids of blobs that are not there.
    """

    def __init__(self) -> None:
        self.found: dict[str, None] = {}
        self.missing: dict[str, None] = {}

    def note(self, *names: str) -> None:
        """These cannot be so."""
        self.found |= dict.fromkeys(names)

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Note a property if something goes wrong with it."""
        try:
            yield
        except (Wrong, Malformed, SyntaxFault):
            self.note(name)

    def settle(self) -> None:
        """Complain, if there is anything to complain of.

        @raise SetError: C{invalidProperties} or C{blobNotFound}.
        """
        if self.found:
            why = "some properties cannot be so"
            raise SetError("invalidProperties", why, list(self.found))
        if self.missing:  # RFC 8621, 4.6
            missing = list[JSON](self.missing)
            raise SetError("blobNotFound", "there are no such blobs", notFound=missing)


def fields(
    given: Mapping[str, JSON], taken: Iterable[bytes], faults: Faults, path: str = ""
) -> dict[bytes, list[bytes]]:
    """The fields that some properties are, by their names in lower case.

    @param given: properties of which each must be one.
    @param taken: fields that are there already, or must not be.
    @param path: where they stand.
    """
    names = {name: header_property(name) for name in given}
    seen: dict[bytes, str] = {}
    forbidden = frozenset(taken)
    found: dict[bytes, list[bytes]] = {}
    for name, asked in names.items():
        if asked is None:
            faults.note(path + name)
            continue
        if asked.field in seen:  # "two properties that represent the same header field"
            faults.note(path + seen[asked.field], path + name)
            continue
        seen[asked.field] = name
        if asked.field in forbidden:
            faults.note(path + name)
            continue
        with faults.of(path + name):
            found[asked.field] = written(asked, given[name])
    return {name: each for name, each in found.items() if each}


def written(asked: HeaderProperty, value: JSON) -> list[bytes]:
    """The fields of one name; none for null.

    @raise Wrong, Malformed, SyntaxFault: when there can be no such field.
    """
    values = value if asked.all else [value]
    if not isinstance(values, list):
        raise Wrong
    found = []
    for each in values:
        if each is None and not asked.all:
            continue
        if asked.form is Form.RAW:
            found.append(writing.raw_field(asked.name, string(each)))
        elif each != []:  # An empty list is no field.
            found.append(writing.field(asked.name, WRITERS[asked.form](each)))
    return found


def string(value: JSON) -> str:
    """A string."""
    if not isinstance(value, str):
        raise Wrong
    return value


def strings(value: JSON) -> list[str]:
    """A list of strings."""
    if not isinstance(value, list):
        raise Wrong
    return [string(each) for each in value]


def address(value: JSON) -> EmailAddress:
    """An EmailAddress object."""
    match value:
        case {"email": str(email), **rest}:
            name = rest.pop("name", None)
            if not rest and (name is None or isinstance(name, str)):
                return EmailAddress(name, email)
    raise Wrong


def listed(value: JSON) -> list[EmailAddress]:
    """EmailAddress objects."""
    if not isinstance(value, list):
        raise Wrong
    return [address(each) for each in value]


def group(value: JSON) -> AddressGroup:
    """An EmailAddressGroup object."""
    match value:
        case {"addresses": inner, **rest}:
            name = rest.pop("name", None)
            if not rest and (name is None or isinstance(name, str)):
                return AddressGroup(name, tuple(listed(inner)))
    raise Wrong


def groups(value: JSON) -> list[AddressGroup]:
    """EmailAddressGroup objects."""
    if not isinstance(value, list):
        raise Wrong
    return [group(each) for each in value]


def date(value: JSON) -> bytes:
    """A Date (RFC 8620, 1.4)."""
    said = string(value)
    return writing.date(*read_zoned_timestamp(said.encode()))


WRITERS: dict[Form, Callable[[JSON], bytes]] = {
    Form.TEXT: lambda value: writing.text(string(value)),
    Form.ADDRESSES: lambda value: writing.addresses(listed(value)),
    Form.GROUPED: lambda value: writing.grouped_addresses(groups(value)),
    Form.MESSAGE_IDS: lambda value: writing.message_ids(strings(value)),
    Form.DATE: date,
    Form.URLS: lambda value: writing.urls(strings(value)),
}


def without_null(given: Object) -> Object:
    """The properties that have a value: null is what is not given."""
    return {name: value for name, value in given.items() if value is not None}

"""What is written in a form is read as it was (RFC 8621, 4.1.2)."""

from __future__ import annotations

from unicodedata import normalize

from hypothesis import given
from hypothesis import strategies as st

from mailnode.message import forms, mime, words, writing
from mailnode.message.forms import AddressGroup, EmailAddress
from mailnode.message.header import Header
from mailnode.wire.dates import A_DAY, LATEST

characters = st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"))
texts = st.text(characters) | st.text('ab =?"\\,<>@:;()_é', max_size=40)
texts = texts.map(lambda text: normalize("NFC", text))
names = texts.map(str.strip)
locals_ = st.text('abc.+-é"\\ ,<>@()', min_size=1, max_size=10)
hosts = st.sampled_from(["example.org", "b", "bücher.example", "[192.0.2.1]"])
emails = st.builds(forms.addr_spec, locals_, hosts)
people = st.builds(EmailAddress, names.map(lambda name: name or None), emails)
groups = st.builds(
    AddressGroup, names, st.lists(people, max_size=3).map(tuple)
) | st.builds(
    AddressGroup, st.none(), st.lists(people, min_size=1, max_size=3).map(tuple)
)
inside = st.from_regex(writing.INSIDE, fullmatch=True).filter(
    lambda text: all(each.isprintable() for each in text)
)


def body(octets: bytes) -> bytes:
    """What a header has after it was written, whose lines are short."""
    whole = writing.field("X-Field", octets)
    assert whole.endswith(b"\r\n")
    assert b"\r\n\r\n" not in whole
    assert all(line.strip() for line in whole.split(b"\r\n")[:-1])
    header = Header(whole + b"Other: x\r\n")
    assert len(list(header.fields())) == 2
    (value,) = header.raw(b"x-field")
    return value


@given(texts)
def test_text(text: str) -> None:
    assert forms.text(body(writing.text(text))) == text


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_whatever_text_it_is_it_is_one_field(text: str) -> None:
    body(writing.text(text))


@given(st.lists(people))
def test_addresses(listed: list[EmailAddress]) -> None:
    assert list(forms.addresses(body(writing.addresses(listed)))) == listed


@given(st.lists(groups))
def test_grouped_addresses(listed: list[AddressGroup]) -> None:
    merged: list[AddressGroup] = []
    for each in listed:  # Two in a row without a name are one.
        if merged and merged[-1].name is None is each.name:
            joined = merged.pop().addresses + each.addresses
            merged.append(AddressGroup(None, joined))
        else:
            merged.append(each)
    found = forms.grouped_addresses(body(writing.grouped_addresses(listed)))
    assert list(found) == merged


@given(st.lists(st.tuples(texts, texts | emails), max_size=4))
def test_an_address_is_never_two(listed: list[tuple[str, str]]) -> None:
    given_ = [EmailAddress(name, email) for name, email in listed]
    found = forms.addresses(body(writing.addresses(given_)))
    there = [each for each in given_ if (each.name or "").strip() or each.email]
    assert len(found) <= len(given_)
    assert len(found) >= len([each for each in there if each.email.strip()])


@given(st.lists(inside, min_size=1, max_size=5))
def test_message_ids_and_urls(listed: list[str]) -> None:
    assert forms.message_ids(body(writing.message_ids(listed))) == tuple(listed)
    assert forms.urls(body(writing.urls(listed))) == tuple(listed)


@given(st.integers(-30_000_000_000, LATEST // 1000), st.integers(-1439, 1439))
def test_dates(second: int, zone: int) -> None:
    """Years from 1020 on: those of three digits are taken for short ones."""
    moment = min(second * 1000, LATEST // 1000 * 1000 - A_DAY)
    assert forms.date(body(writing.date(moment, zone))) == (moment, zone)


@given(st.from_regex(r"[ -~é]*(?:\r\n [!-~é]+)?", fullmatch=True))
def test_raw(text: str) -> None:
    header = Header(writing.raw_field("X-Field", text))
    assert [forms.raw(each) for each in header.raw(b"x-field")] == [text]


@given(texts)
def test_parameters(text: str) -> None:
    value = "attachment" + writing.parameters([("filename", text)])
    header = Header(b"Content-Disposition: " + body(value.encode()).strip() + b"\r\n")
    disposition = mime.content(header).disposition
    assert disposition is not None
    assert words.parameter(disposition.parameters, b"filename") == text


@given(st.binary())
def test_anything_can_be_read(octets: bytes) -> None:
    for read in (
        forms.raw,
        forms.text,
        forms.addresses,
        forms.grouped_addresses,
        forms.message_ids,
        forms.date,
        forms.urls,
        forms.content_id,
    ):
        read(octets)

"""BINARY: parts without their transfer encoding, as far as RFC 9051 has it (RFC 3516).

The capability is not announced: it would promise APPEND with a literal8 too
(RFC 9051, B).
"""

from __future__ import annotations

from mailnode.imap import section
from mailnode.imap.extension import Extension
from mailnode.imap.fetching import Fetched, Item
from mailnode.imap.grammar import Arguments
from mailnode.imap.outflow import Said
from mailnode.imap.section import Section

extension = Extension(3516)


def section_binary(arguments: Arguments) -> Section:
    """C{section-binary} behind its opening bracket: numbers alone."""
    at = arguments.at
    found = section.section(arguments)
    if found.text:
        arguments.at = at
        raise arguments.fault("the number of a part")
    return found


def binary_item(arguments: Arguments, *, sees: bool) -> Item:
    """C{BINARY[part]<partial>} or C{BINARY.PEEK[...]} behind its bracket."""
    wanted = section_binary(arguments)
    within = section.partial(arguments)

    async def tell(fetched: Fetched) -> Said:
        return await section.binary(fetched, wanted, within)

    name = b"BINARY[%b]%d" % (wanted.said, within.start if within else -1)
    return Item(name, wanted.needs, tell=tell, sees=sees)


@extension.fetch_att(b"BINARY[")
def binary(arguments: Arguments) -> Item:
    return binary_item(arguments, sees=True)


@extension.fetch_att(b"BINARY.PEEK[")
def binary_peek(arguments: Arguments) -> Item:
    return binary_item(arguments, sees=False)


@extension.fetch_att(b"BINARY.SIZE[")
def binary_size(arguments: Arguments) -> Item:
    wanted = section_binary(arguments)

    async def tell(fetched: Fetched) -> Said:
        return await section.binary_size(fetched, wanted)

    return Item(b"BINARY.SIZE[%b]" % wanted.said, wanted.needs, tell=tell)

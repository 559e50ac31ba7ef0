"""Octets in some charset as text that may be shown (RFC 2978).

Only charsets of a list are decoded: codecs that are none, that are slow, or
that would have to be looked for under a stranger's name stay out of it.
"""

from __future__ import annotations

import re
from codecs import (
    BOM_UTF16_BE,
    BOM_UTF16_LE,
    BOM_UTF32_BE,
    BOM_UTF32_LE,
    IncrementalDecoder,
    getincrementaldecoder,
)
from encodings.aliases import aliases
from functools import lru_cache

CODECS = frozenset(
    """
    ascii utf_7 utf_8 utf_16 utf_16_be utf_16_le utf_32 utf_32_be utf_32_le
    big5 big5hkscs cp437 cp737 cp775 cp850 cp852 cp855 cp857 cp858 cp860 cp861
    cp862 cp863 cp864 cp865 cp866 cp869 cp874 cp932 cp949 cp950 cp1250 cp1251
    cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 euc_jis_2004 euc_jp euc_kr
    gb18030 gb2312 gbk hz iso2022_jp iso2022_jp_1 iso2022_jp_2 iso2022_jp_2004
    iso2022_jp_3 iso2022_jp_ext iso2022_kr iso8859_2 iso8859_3 iso8859_4
    iso8859_5 iso8859_6 iso8859_7 iso8859_8 iso8859_9 iso8859_10 iso8859_11
    iso8859_13 iso8859_14 iso8859_15 iso8859_16 johab koi8_r koi8_t koi8_u
    latin_1 mac_cyrillic mac_greek mac_latin2 mac_roman mac_turkish ptcp154
    shift_jis shift_jis_2004 tis_620
    """.split()  # noqa: SIM905 -- eighty lines otherwise
)
"""Python's codecs for charsets that mail has been written in."""

WIDER = {
    "ascii": "utf_8",
    "latin_1": "cp1252",
    "iso8859_1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "cp950",
    "iso8859_9": "cp1254",
}
"""Charsets whose name is often given to a superset of them."""

EXTRA = {
    "unknown_8bit": "utf_8",
    "unicode_1_1_utf_7": "utf_7",
    "x_sjis": "cp932",
    "x_gbk": "gb18030",
    "x_big5": "cp950",
    "x_mac_roman": "mac_roman",
    "iso_8859_8_i": "iso8859_8",
    "iso_8859_8_e": "iso8859_8",
    "iso_8859_1": "cp1252",
}
NAMES = (
    {codec: WIDER.get(codec, codec) for codec in CODECS}
    | {name: WIDER.get(to, to) for name, to in aliases.items() if to in CODECS}
    | EXTRA
)
"""Names of charsets, in lower case with C{_} for all punctuation."""

MARKS = {
    "utf_16": (BOM_UTF16_LE, BOM_UTF16_BE),
    "utf_32": (BOM_UTF32_LE, BOM_UTF32_BE),
}
"""What text in them may begin with."""

_PUNCTUATION = re.compile(rb"[^a-z0-9]+")
_UNSHOWABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def text(octets: bytes, charset: bytes) -> str:
    """Octets as text; what cannot be decoded becomes U+FFFD.

    Line ends and other controls are still in it: see L{presentable}.

    @param charset: a name as mail has it; an unknown one is taken for UTF-8.
    """
    return octets.decode(codec(charset[:40]), "replace")


@lru_cache(maxsize=256)
def known(charset: bytes) -> bool:
    """Whether octets in a charset can be read; its name is as mail has it."""
    return _name(charset[:40]) in NAMES


@lru_cache(maxsize=256)
def codec(charset: bytes) -> str:
    """Python's name for a charset; UTF-8 for one that is unknown."""
    return NAMES.get(_name(charset[:40]), "utf_8")


def decoder(charset: bytes, start: bytes) -> IncrementalDecoder:
    """What decodes octets that come piece by piece; it is strict.

    @param start: the first of them: UTF-16 and UTF-32 that do not say in which order
        their octets are have the highest first (RFC 2781, 4.3).
    """
    name = codec(charset)
    if name in MARKS and not start.startswith(MARKS[name]):
        name += "_be"
    return getincrementaldecoder(name)()


def _name(charset: bytes) -> str:
    return _PUNCTUATION.sub(b"_", charset.lower()).decode("ascii").strip("_")


def presentable(text: str) -> str:
    """Text for one line of a screen: controls and line ends become spaces, and
    surrogates that stand alone U+FFFD, so that it can be written as UTF-8."""
    if text.isprintable():
        return text
    return _UNSHOWABLE.sub(lambda c: " " if c[0] < "\ud800" else "\ufffd", text)

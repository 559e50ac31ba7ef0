"""What a browser shall do with octets, and by which name it keeps them (RFC 6266)."""

from __future__ import annotations

import re
from urllib.parse import quote

RESTRICTED = r"[A-Za-z0-9!#$&^_.+-]{1,127}"
MEDIA_TYPE = re.compile(
    rf"({RESTRICTED}/{RESTRICTED})(?:; ?charset=\"?([A-Za-z0-9._-]{{1,40}})\"?)?"
)
"""RFC 6838, 4.2; of parameters there is only a charset."""
UNKNOWN = "application/octet-stream"
INLINE = frozenset(
    {
        *("image/png", "image/jpeg", "image/gif", "image/webp"),
        *("application/pdf", "text/plain"),
    }
)
"""What a browser may show: it runs nothing of that, not even in its sandbox."""
SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'self'"
"""What is shown may neither run nor load anything, and only we may frame it."""
ODD = re.compile(r"[^ -~]|[\"\\%/:*?<>|]")
"""What some programs do not take in a plain file name (RFC 6266, D)."""
PLAIN = "!#$&+-.^_`|~"
"""attr-char of RFC 8187, 3.2.1, besides letters and digits."""
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""What is in no name, and what makes C{exe.txt} look like C{txt.exe}."""
NAME = 200
"""Characters of a file name; file systems take 255 octets."""


def media_type(said: str) -> str:
    """A media type as somebody says it, with its charset; the unknown one if it is none."""
    found = MEDIA_TYPE.fullmatch(said.strip())
    if found is None:
        return UNKNOWN
    kind = found[1].lower()
    return kind if found[2] is None else f"{kind}; charset={found[2]}"


def disposition(name: str, kind: str) -> str:
    """C{Content-Disposition}: shown if that does no harm, kept otherwise (RFC 6266, 4)."""
    shown = kind.partition(";")[0] in INLINE
    name = CONTROLS.sub("", name.rpartition("/")[2].rpartition("\\")[2])[:NAME].strip()
    how = "inline" if shown else "attachment"
    if name in ("", ".", ".."):
        return how
    plain = ODD.sub("_", name)
    if plain == name:
        return f'{how}; filename="{name}"'
    coded = quote(name.encode("utf-8", "replace"), safe=PLAIN)
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{coded}"  # RFC 8187, 3.2

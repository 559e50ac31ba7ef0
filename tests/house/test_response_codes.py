"""Every response code IMAP can say has a dialogue, and each that it never says a reason."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tree import HOUSE, ROOT, modules, tree

from mailnode.imap.response import RESPONSE_CODES

ROOM = HOUSE / "imap"
SAID = re.compile(rb"\[([A-Z][A-Z0-9-]+)(?=[] ])")
HEARD = re.compile(r"^S\w*: .*?\[([A-Z][A-Z0-9-]+)[] ]", re.MULTILINE)

RFC_9051 = frozenset(
    """
    ALREADYEXISTS APPENDUID AUTHENTICATIONFAILED AUTHORIZATIONFAILED BADCHARSET
    CANNOT CAPABILITY CLIENTBUG CLOSED CONTACTADMIN COPYUID CORRUPTION EXPIRED
    EXPUNGEISSUED HASCHILDREN INUSE LIMIT NONEXISTENT NOPERM NOTSAVED OVERQUOTA
    PERMANENTFLAGS PRIVACYREQUIRED READ-ONLY READ-WRITE SERVERBUG TRYCREATE
    UIDNEXT UIDNOTSTICKY UIDVALIDITY UNAVAILABLE UNKNOWN-CTE
    """.split()  # noqa: SIM905 -- thirty lines otherwise
)
"""RFC 9051, 7.1, which has those of RFC 5530 and of RFC 4315 in it."""
OTHERS = {
    "UNSEEN": "RFC 3501, 7.1",
    "TOOBIG": "RFC 4469, 5; RFC 7889, 5",
    "HIGHESTMODSEQ": "RFC 7162, 3.1.2.1",
    "MODIFIED": "RFC 7162, 3.1.3",
    "MAILBOXID": "RFC 8474, 4.1 and 4.2",
}
NEVER = {
    "AUTHORIZATIONFAILED": "who would act for another is refused before the proof is looked at",
    "CONTACTADMIN": "nothing needs one that a client could know of; see CORRUPTION",
    "EXPIRED": "passwords do not expire",
    "INUSE": "nobody holds a mailbox against others",
    "NOTSAVED": "a result of any size is saved",
    "UIDNOTSTICKY": "UIDs stay what they are in every mailbox",
}
"""What there is no occasion to say, and why."""


def scripts() -> Iterator[Path]:
    """All dialogues of IMAP."""
    for path in sorted((ROOT / "tests" / "dialogues").glob("*/*.txt")):
        if "imap" in (path.parent.name, path.stem.partition("-")[0]):
            yield path


def spoken() -> set[str]:
    """All codes that the code of IMAP can say: in brackets, or as a refusal."""
    codes = {code.decode() for code in RESPONSE_CODES.values()}
    for path in modules():
        if ROOM not in path.parents:
            continue
        for node in ast.walk(tree(path)):
            match node:
                case ast.Constant(value=bytes(octets)):
                    codes |= {found.decode() for found in SAID.findall(octets)}
                case ast.Call(
                    func=ast.Name(id="Refusal"),
                    args=[ast.Constant(value=bytes(octets)), *_],
                ):
                    codes.add(octets.decode().partition(" ")[0])
    return codes


SPOKEN = spoken()
SHOWN = {code for path in scripts() for code in HEARD.findall(path.read_text("utf-8"))}


@pytest.mark.parametrize("code", sorted(SPOKEN))
def test_has_a_dialogue(code: str) -> None:
    assert code in SHOWN


@pytest.mark.parametrize("code", sorted(RFC_9051))
def test_is_said_or_there_is_a_reason(code: str) -> None:
    assert (code in SPOKEN) != (code in NEVER)


def test_no_code_is_our_own_invention() -> None:
    assert RFC_9051 | OTHERS.keys() >= SPOKEN
    assert NEVER.keys() <= RFC_9051

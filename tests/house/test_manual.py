"""The manual says what the program does: every key, every verb, every option."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import Field, fields, is_dataclass
from pathlib import Path

import pytest
from tree import ROOT

from mailnode.config import Auth, Config, DomainAuth, Listen
from mailnode.ctl.answers import FAMILIES
from mailnode.ctl.sendmail import OPTIONS
from mailnode.leaving import Route
from mailnode.service import Options

MAN = ROOT / "docs" / "man"
PAGES = sorted(MAN.iterdir())
TABLES = {"listen": Listen, "route": Route}


def sections(page: Path) -> dict[str, str]:
    """The C{.Ss} sections of a page by their titles."""
    parts = re.split(r"^\.Ss (.*)$", page.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def tables(kind: type) -> Iterator[tuple[str, type]]:
    """Each table of the configuration, by its name in the file."""
    for each in settings(kind):
        inner = TABLES.get(each.name, each.default.__class__)
        if each.name in TABLES:
            yield f"[[{each.name}]]", inner
        elif is_dataclass(inner):
            yield f"[{each.name}]", inner


def settings(kind: type) -> list[Field[object]]:
    return [each for each in fields(kind) if each.metadata]


def keys() -> list[tuple[str, str]]:
    """Every key, with the section of the manual that must name it."""
    inner = list(tables(Config))
    named = {name.strip("[]") for name, _ in inner}
    top = [("Top level", each.name) for each in settings(Config)]
    return [pair for pair in top if pair[1] not in named] + [
        (name, each.name) for name, kind in inner for each in settings(kind)
    ]


@pytest.mark.parametrize(("section", "key"), keys())
def test_every_key_is_in_the_manual(section: str, key: str) -> None:
    text = sections(MAN / "mailnode.toml.5")[section]
    assert re.search(rf"^\.It .*\bIc {key}\b", text, re.MULTILINE)


def test_the_manual_invents_no_keys() -> None:
    known = set(keys())
    for section, text in sections(MAN / "mailnode.toml.5").items():
        for line in re.findall(r"^\.It (Ic .*)$", text, re.MULTILINE):
            for key in re.findall(r"Ic (\w+)", line):
                assert (section, key) in known


@pytest.mark.parametrize(("section", "key"), keys())
def test_every_key_is_in_the_shipped_file(section: str, key: str) -> None:
    text = (ROOT / "etc" / "mailnode.toml").read_text()
    text = text.replace("\n# [[route]]\n", "\n[[route]]\n")  # as there are none
    header = "" if section == "Top level" else f"\n{section}\n"
    _, _, rest = text.partition(header) if header else ("", "", text)
    part = re.split(r"^\[(?!\[listen)", rest, maxsplit=1, flags=re.MULTILINE)[0]
    if (section, key) == ("[auth]", "domains"):
        assert '# [auth.domains."' in part
    else:
        assert re.search(rf"^(# )?{key} = ", part, re.MULTILINE)


def test_a_domain_has_the_keys_of_auth() -> None:
    ours = {each.name for each in settings(Auth)}
    assert {each.name for each in settings(DomainAuth)} <= ours


VERBS = [verb for family in FAMILIES for verb in family.verbs]


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_verb_is_in_the_manual(verb: object) -> None:
    words = getattr(verb, "name", "")
    text = (MAN / "mailnodectl.1").read_text()
    assert re.search(rf"^\.It Ic {words}\b", text, re.MULTILINE)


def test_the_manual_invents_no_verbs() -> None:
    text = (MAN / "mailnodectl.1").read_text()
    known = {verb.name for verb in VERBS} | {"init"}
    told = re.findall(r"^\.It Ic ([a-z]+(?: [a-z]+)?)", text, re.MULTILINE)
    assert set(told) <= known
    assert "init" in told


def test_every_option_is_in_the_manual() -> None:
    text = (MAN / "mailnode.8").read_text()
    foreign = {"version", "help", "spew"}
    for option in Options().longOpt:
        word = option.rstrip("=")
        if word not in foreign:
            assert re.search(rf"^\.?.*-{word}\b", text, re.MULTILINE), word


def test_every_option_of_sendmail_is_in_the_manual() -> None:
    text = (MAN / "mailnode-sendmail.1").read_text()
    told = {
        word
        for line in re.findall(r"^\.It (.*)$", text, re.MULTILINE)
        for word in re.findall(r"Fl (\w)", line)
    }
    assert told == set(OPTIONS) - {":"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
@pytest.mark.skipif(not shutil.which("mandoc"), reason="mandoc is not installed")
def test_pages_are_well_formed(page: Path) -> None:
    said = subprocess.run(
        ["mandoc", "-T", "lint", "-W", "warning", str(page)],
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert said.returncode == 0, said.stdout

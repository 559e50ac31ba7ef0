"""What the README tells people to type is there to be typed."""

from __future__ import annotations

import re
import shlex

import pytest
from tree import ROOT

from mailnode.ctl.main import parser
from mailnode.service import Options

PAGES = ["README.md", "CONTRIBUTING.md", "docs/realms.md"]


def commands(page: str) -> list[str]:
    """The lines after a prompt in the fenced blocks of a page."""
    text = (ROOT / page).read_text("utf-8")
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    joined = "\n".join(blocks).replace("\\\n", " ")
    return re.findall(r"^\$ (.*)$", joined, re.MULTILINE)


EVERY = [(page, line) for page in PAGES for line in commands(page)]


def test_there_is_something_to_type() -> None:
    assert [line for page, line in EVERY if page == "README.md"]


@pytest.mark.parametrize(("page", "line"), EVERY)
def test_commands_exist(page: str, line: str) -> None:
    words = shlex.split(line.rsplit(" | ", maxsplit=1)[-1].split(" <", maxsplit=1)[0])
    program = words[0].removeprefix(".venv/bin/").removeprefix("./")
    if program.startswith(("script/", ".ci/")):
        assert (ROOT / program).stat().st_mode & 0o100, f"{page}: {program}"
    elif program == "mailnodectl":
        parser().parse_args(words[1:])  # It exits when they are not understood.
    elif program == "twistd" and "mailnode" in words:
        options = Options()
        known = {each.rstrip("=") for each in options.longOpt}
        used = re.findall(r"--([\w-]+)", " ".join(words[words.index("mailnode") :]))
        assert set(used) <= known


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    here = ROOT / page
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", here.read_text("utf-8")):
        if "://" not in target:
            assert (here.parent / target).exists(), target

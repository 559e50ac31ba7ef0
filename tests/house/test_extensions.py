"""One module, one RFC: each extension declares itself, and has its dialogue."""

from __future__ import annotations

import pkgutil
import re
import runpy
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from tree import HOUSE, ROOT

from mailnode.config import SPOKEN

DIALOGUES = ROOT / "tests" / "dialogues"
SPOKEN_IN = {
    "smtp": ("smtp", "lmtp", "submission"),
    "jmap": ("jmap", "sending"),
}
"""Where the dialogues of a room are, if not in the folder of its name."""


def extensions() -> list[ModuleType]:
    """Every extension module of every protocol."""
    folders = [*sorted(HOUSE.glob("*/extensions")), HOUSE / "jmap" / "methods"]
    return [
        import_module(each.name)
        for folder in folders
        if folder.parent.name in (*SPOKEN, "jmap")
        for each in pkgutil.iter_modules(
            [str(folder)], f"mailnode.{folder.parent.name}.{folder.name}."
        )
    ]


MODULES = extensions()


def called(module: ModuleType) -> str:
    return module.__name__.removeprefix("mailnode.")


def openings(module: ModuleType) -> list[str]:
    """The first paragraph of each dialogue of the module's protocol."""
    room = module.__name__.split(".")[1]
    folders = SPOKEN_IN.get(room, (room,))
    scripts = [path for folder in folders for path in (DIALOGUES / folder).glob("*")]
    return [path.read_text("utf-8", "replace").split("\n\n")[0] for path in scripts]


@pytest.mark.parametrize("module", MODULES, ids=called)
def test_has_a_dialogue(module: ModuleType) -> None:
    rfc = module.extension.rfc
    word = rf"\bRFC {rfc}\b" if rfc else module.__name__.rpartition(".")[2]
    assert any(re.search(word, text, re.IGNORECASE) for text in openings(module))


@pytest.mark.parametrize("module", MODULES, ids=called)
def test_names_its_rfc_in_its_first_words(module: ModuleType) -> None:
    said = (module.__doc__ or "").split("\n\n")[0]
    assert re.search(r"\(.*RFC.*\)", said, re.DOTALL)


@pytest.mark.parametrize(
    "path",
    sorted(DIALOGUES.rglob("*.txt")),
    ids=lambda path: f"{path.parent.name}/{path.stem}",
)
def test_a_dialogue_opens_with_what_it_shows(path: Path) -> None:
    text = path.read_text("utf-8", "replace")
    opening = text.split("\n\n")[0]
    assert not opening[0].islower()
    assert opening.rstrip()[-1] in ".)"
    assert re.search(r"\(.*(RFC \d+|XCLIENT|CVE).*\)", opening, re.DOTALL), opening


def test_the_list_of_rfcs_is_up_to_date() -> None:
    written = runpy.run_path(str(ROOT / "script" / "rfcs"))["page"]()
    kept = (ROOT / "docs" / "rfcs.md").read_text("utf-8")
    assert kept == written, "run script/rfcs"


def test_the_tree_of_the_house_is_up_to_date() -> None:
    written = runpy.run_path(str(ROOT / "script" / "house"))["page"]()
    kept = (ROOT / "docs" / "house.md").read_text("utf-8")
    assert kept == written, "run script/house"

"""The page keeps the rules of the house too: floors, sizes, words, and what it was given."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode
from pathlib import Path

import pytest
from tree import HOUSE

STATIC = HOUSE / "web" / "static"
FLOORS = ["vendor", "i18n", "lib", "model", "view", "app.js"]
"""From the ground to the roof: a module leans on its own floor and those below it."""
FILE_LIMIT = 400
FUNCTION_LIMIT = 40
COMPONENT_LIMIT = 60
"""Lines of a function that is mostly markup."""

SOURCES = [
    path
    for path in sorted(STATIC.rglob("*"))
    if path.suffix in {".js", ".css"} and "vendor" not in path.parts
]
MODULES = [path for path in SOURCES if path.suffix == ".js"]
SHEETS = [path for path in SOURCES if path.suffix == ".css"]
IMPORT = re.compile(r"""(?:\bfrom\s+|\bimport\s*\(?\s*)'([^']+)'""")
TYPES = re.compile(r"""@import .* from '([^']+)'""")
BEGINNING = re.compile(
    r"^(?P<indent> {2})?(?:export )?(?:default )?(?:async )?"
    r"(?:function (?P<name>\w+)|const (?P<arrow>\w+) = (?:async )?\(|(?P<method>\w+)\([^)]*\) \{$)"
)
STATEMENTS = {"if", "for", "while", "switch", "catch", "return"}
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
PHRASE = re.compile(r"^  '([\w.]+)': (.+),$")
PLACEHOLDER = re.compile(r"\{(\w+)\}")
LANGUAGES = sorted(path.name for path in (STATIC / "i18n").iterdir())


def called(path: Path) -> str:
    """A module as a test calls it: C{view/list.js}."""
    return path.relative_to(STATIC).as_posix()


def floor(path: Path) -> int:
    return FLOORS.index(path.relative_to(STATIC).parts[0])


def code(path: Path) -> str:
    """A module without its comments, in which types are imported from anywhere."""
    return COMMENT.sub("", path.read_text())


def functions(path: Path) -> list[tuple[str, list[str]]]:
    """Functions and methods with their lines, as the form of the sources shows them."""
    lines = path.read_text().splitlines()
    found = []
    for start, line in enumerate(lines):
        begun = BEGINNING.match(line)
        name = begun and (begun["name"] or begun["arrow"] or begun["method"])
        if not begun or not name or name in STATEMENTS:
            continue
        indent = begun["indent"] or ""
        ends = start
        while not (
            lines[ends].endswith(";") if ends == start else over(lines, ends, indent)
        ):
            ends += 1
        found.append((name, lines[start : ends + 1]))
    return found


def over(lines: list[str], at: int, indent: str) -> bool:
    """Whether a function that began earlier on this level ends with this line."""
    return (
        at + 1 == len(lines)
        or not lines[at + 1].strip()
        or lines[at] in (f"{indent}}}", f"{indent}}};")
    ) and lines[at].startswith(indent)


def phrases(language: str) -> dict[str, str]:
    found = {}
    for path in sorted((STATIC / "i18n" / language).glob("*.js")):
        if path.name == "index.js":
            continue
        for line in path.read_text().splitlines():
            if not line.startswith("  "):
                continue
            phrase = PHRASE.match(line)
            assert phrase, f"{path}: {line}"
            assert phrase[1] not in found, f"{phrase[1]} is said twice"
            found[phrase[1]] = phrase[2]
    return found


@pytest.mark.parametrize("path", MODULES, ids=called)
def test_leans_downward(path: Path) -> None:
    for imported in IMPORT.findall(code(path)):
        if not imported.startswith("."):
            continue
        there = (path.parent / imported).resolve()
        assert there.is_file(), f"{imported} is not there"
        assert floor(there) <= floor(path), f"{called(path)} leans on {imported}"


@pytest.mark.parametrize("path", SOURCES, ids=called)
def test_fits_on_a_few_pages(path: Path) -> None:
    assert path.read_text().count("\n") <= FILE_LIMIT


@pytest.mark.parametrize("path", MODULES, ids=called)
def test_functions_fit_on_a_screen(path: Path) -> None:
    for name, lines in functions(path):
        markup = any("html`" in line for line in lines)
        limit = COMPONENT_LIMIT if markup else FUNCTION_LIMIT
        assert len(lines) <= limit, f"{name} has {len(lines)} lines"


def test_functions_are_found() -> None:
    """The measure above sees what there is."""
    found = dict(functions(STATIC / "lib" / "jmap" / "client.js"))
    assert {"back", "request", "written", "heard", "local", "expanded"} <= set(found)
    assert found["heard"][-1] == "}"
    assert len(found["request"]) == len(
        ["{", "answers", "refused", "if", "return", "}"]
    )
    assert len(found["expanded"]) == len(["=>", "template"])


@pytest.mark.parametrize("path", MODULES, ids=called)
def test_opens_with_a_sentence(path: Path) -> None:
    """What a module is, in words, before anything else."""
    text = path.read_text()
    assert re.match(r"/\*\*\s+(\* )?\S.*?[.:,]", text, re.DOTALL)


@pytest.mark.parametrize("path", MODULES, ids=called)
def test_makes_no_markup_of_strings(path: Path) -> None:
    dangerous = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc|\beval\("
    )
    allowed = "compose" in path.parts or "trusted" in path.stem
    assert allowed or not re.search(dangerous, path.read_text())


@pytest.mark.parametrize("path", SHEETS, ids=called)
def test_has_no_left_or_right(path: Path) -> None:
    """Directions are those of the writing, so that it can run from right to left."""
    physical = r"(?<![\w-])(margin|padding|border)-(left|right)\b|(?<![\w-])(left|right):|text-align: (left|right)|float:"
    assert not re.search(physical, path.read_text())


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_is_said_in_every_language(language: str) -> None:
    english, other = phrases("en"), phrases(language)
    assert english.keys() == other.keys()
    for key, phrase in english.items():
        assert set(PLACEHOLDER.findall(phrase)) == set(PLACEHOLDER.findall(other[key]))
        if phrase.startswith("{"):
            assert re.match(r"\{ one: .+, other: .+ \}$", other[key]), key


def test_what_is_said_is_in_the_catalogue_and_the_reverse() -> None:
    said = "\n".join(path.read_text() for path in MODULES if "i18n" not in path.parts)
    known = phrases("en").keys()
    asked = set(re.findall(r"\bt\('([\w.]+)'", said))
    assert not asked - known
    begun = tuple(re.findall(r"\bt\(`([\w.]+\.)\$\{", said))
    written = set(re.findall(r"'([\w.]+)'", said))
    assert not {key for key in known - written if not key.startswith(begun)}


def test_what_was_vendored_is_what_it_was() -> None:
    folder = STATIC / "vendor"
    lock = json.loads((folder / "vendor.lock").read_text())
    locked: dict[str, str] = {}
    for package in lock.values():
        assert package["integrity"].startswith("sha512-")
        locked |= package["files"]
    there = {path.name for path in folder.iterdir()} - {"vendor.lock"}
    assert there == locked.keys()
    for name, promised in locked.items():
        digest = hashlib.sha512((folder / name).read_bytes()).digest()
        assert promised == "sha512-" + b64encode(digest).decode(), name


def test_every_file_of_the_page_is_asked_for() -> None:
    """Sheets by index.html, modules by one another."""
    page = (STATIC / "index.html").read_text()
    for path in SHEETS:
        assert f"/static/{called(path)}" in page, called(path)
    wanted = {STATIC / "app.js"}
    for path in MODULES:
        wanted |= {
            (path.parent / each).resolve()
            for each in IMPORT.findall(path.read_text())
            + TYPES.findall(path.read_text())
        }
    assert not {called(path) for path in MODULES if path not in wanted}

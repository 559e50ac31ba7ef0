"""What is written fits in a head: sizes, names, types, and nothing left undone."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from tree import (
    HOUSE,
    ROOT,
    attributes,
    classes,
    functions,
    length,
    modules,
    name,
    tree,
)

FILE_LIMIT = 400
FUNCTION_LIMIT = 40
ATTRIBUTE_LIMIT = 10
VAGUE = re.compile(
    r"(Manager|Handler|Processor|Engine|Helper|Util|Utils|Common|Base|Misc)$"
)
VAGUE_FILES = {"utils", "util", "common", "base", "misc", "helpers", "helper"}
UNDONE = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")

MODULES = modules()
WRITTEN = [
    path
    for folder in ("mailnode", "tests", "twisted", "benchmarks", "docs/examples")
    for path in sorted((ROOT / folder).rglob("*.py"))
]


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_fits_on_a_few_pages(path: Path) -> None:
    lines = path.read_text().count("\n")
    assert lines <= FILE_LIMIT, f"{lines} lines"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_functions_fit_on_a_screen(path: Path) -> None:
    long = {
        each.name: length(each)
        for each in functions(path)
        if length(each) > FUNCTION_LIMIT
    }
    assert not long


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_objects_hold_few_things(path: Path) -> None:
    wide = {
        each.name: sorted(attributes(each))
        for each in classes(path)
        if len(attributes(each)) > ATTRIBUTE_LIMIT
    }
    assert not wide


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_opens_with_a_sentence(path: Path) -> None:
    said = ast.get_docstring(tree(path))
    if path.name == "__init__.py" and not path.read_text():
        return
    assert said, "a module says what it is"
    assert said.splitlines()[0][-1] in ".)", "…in one whole sentence"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_names_say_what_a_thing_is(path: Path) -> None:
    assert path.stem not in VAGUE_FILES
    assert not [each.name for each in classes(path) if VAGUE.search(each.name)]


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_everything_is_typed(path: Path) -> None:
    bare = [
        each.name
        for each in functions(path)
        if each.returns is None and not in_interface(path, each)
    ]
    assert not bare


def in_interface(path: Path, function: ast.AST) -> bool:
    """Whether a function is a line of a zope interface, whose types mypy reads."""
    return any(
        function in each.body
        for each in classes(path)
        if any(isinstance(b, ast.Name) and b.id == "Interface" for b in each.bases)
    )


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_exceptions_to_the_types_have_a_reason(path: Path) -> None:
    for number, line in enumerate(path.read_text().splitlines(), 1):
        _, mark, rest = line.partition("# type: ignore")
        if mark:
            assert re.match(r"\[[\w,-]+\]\s+# \S", rest), f"{path}:{number}"


def test_nothing_is_left_undone() -> None:
    me = Path(__file__)
    left = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in WRITTEN
        if path != me
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if UNDONE.search(line)
    ]
    assert not left


def test_any_is_rare() -> None:
    texts = [path.read_text() for path in MODULES]
    lines = sum(text.count("\n") for text in texts)
    used = sum(len(re.findall(r"[\[ |,]Any[\],) |]", text)) for text in texts)
    assert used <= lines / 200, f"{used} in {lines} lines"


def test_time_can_be_handed_in() -> None:
    """A clock is an argument: C{time.time} appears only as a default."""
    calls = [
        f"{name(path)}:{node.lineno}"
        for path in MODULES
        if path.relative_to(HOUSE).parts[0] not in {"ctl", "service.py", "clock.py"}
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "time"
        and node.func.attr in {"time", "time_ns"}
    ]
    assert not calls

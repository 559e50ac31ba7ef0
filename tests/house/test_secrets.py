"""No secret is in a repr, where a log or a traceback could find it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from tree import classes, modules, name

SECRET = re.compile(
    r"(^|_)(password|passphrase|secret|proof|token)$|^(stored|server|client)_key$"
)


def declared(this: ast.ClassDef) -> set[str]:
    """The fields of a dataclass that its repr would show."""
    return {
        each.target.id
        for each in this.body
        if isinstance(each, ast.AnnAssign)
        and isinstance(each.target, ast.Name)
        and ast.unparse(each.annotation) != "bool"
        and "repr=False" not in ast.unparse(each)
    }


def is_dataclass(this: ast.ClassDef) -> bool:
    return any("dataclass" in ast.unparse(each) for each in this.decorator_list)


def speaks_for_itself(this: ast.ClassDef) -> bool:
    return any(
        isinstance(each, ast.FunctionDef) and each.name == "__repr__"
        for each in this.body
    )


@pytest.mark.parametrize("path", modules(), ids=name)
def test_secrets_stay_out_of_reprs(path: Path) -> None:
    for each in classes(path):
        if is_dataclass(each) and not speaks_for_itself(each):
            told = {field for field in declared(each) if SECRET.search(field)}
            assert not told, f"{each.name} shows {told}"


def test_the_rule_sees_what_it_should() -> None:
    source = "@dataclass\nclass A:\n    password: str\n    name: str\n"
    (this,) = (
        each for each in ast.parse(source).body if isinstance(each, ast.ClassDef)
    )
    assert {each for each in declared(this) if SECRET.search(each)} == {"password"}

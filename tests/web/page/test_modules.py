"""The modules of the page by themselves: their types, and what needs no browser."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
INSTALL = "npm ci --prefix tests/web/page"


def node() -> str:
    found = shutil.which("node")
    if found is None:
        pytest.skip("needs node: Node 20 or later from https://nodejs.org")
    return found


def test_types() -> None:
    """JSDoc says what is what, and the compiler of TypeScript agrees."""
    compiler = HERE / "node_modules" / ".bin" / "tsc"
    if not compiler.exists():
        pytest.skip(f"needs typescript: {INSTALL}")
    said = subprocess.run(
        [compiler, "-p", HERE], capture_output=True, text=True, check=False
    )
    assert not said.returncode, said.stdout


def test_units() -> None:
    units = sorted((HERE / "units").glob("*.test.mjs"))
    words = [node(), "--import", str(HERE / "vendored.mjs"), "--test", *map(str, units)]
    said = subprocess.run(words, capture_output=True, text=True, check=False)
    assert not said.returncode, said.stdout + said.stderr
    assert "# fail 0" in said.stdout

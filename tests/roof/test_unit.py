"""The units that systemd is given: well formed, and as hardened as they claim."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from tree import ROOT

from mailnode.config import configured

ETC = ROOT / "etc"
THRESHOLD = 15
"""Exposure times ten, at most."""

pytestmark = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed"
)


def analyze(*words: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    more = {} if path is None else {"SYSTEMD_UNIT_PATH": f"{path}:"}
    return subprocess.run(
        ["systemd-analyze", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        env=os.environ | {"PAGER": "cat"} | more,
    )


def test_the_service_is_hardened() -> None:
    said = analyze(
        "security",
        "--offline=true",
        f"--threshold={THRESHOLD}",
        str(ETC / "mailnode.service"),
    )
    assert said.returncode == 0, said.stdout


def test_units_are_well_formed(tmp_path: Path) -> None:
    """With the program in its place, there is nothing to say about them."""
    program = tmp_path / "twistd"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for name in ("mailnode.service", "mailnode.socket"):
        text = (ETC / name).read_text()
        text = text.replace("/opt/mailnode/bin/twistd", str(program))
        text = re.sub(r"^Documentation=.*$", "", text, flags=re.MULTILINE)
        (tmp_path / name).write_text(text)
    units = [str(tmp_path / name) for name in ("mailnode.service", "mailnode.socket")]
    said = analyze("verify", "--man=no", *units, path=tmp_path)
    ours = [
        line
        for line in (said.stdout + said.stderr).splitlines()
        if "mailnode" in line and "Failed to prepare filename" not in line
    ]
    assert said.returncode == 0, said.stderr
    assert not ours


def test_the_socket_explains_itself(tmp_path: Path) -> None:
    """The listeners that the unit shows are a configuration."""
    text = (ETC / "mailnode.socket").read_text()
    tables = re.findall(r"^#   (\[\[listen\]\].*)$", text, re.MULTILINE)
    assert len(tables) == text.count("\nListenStream=")
    lines = [
        re.sub(r" {2,}(?=\w)", "\n", table.replace("[[listen]]", "[[listen]]\n"))
        for table in tables
    ]
    file = tmp_path / "mailnode.toml"
    file.write_text("\n".join(lines))
    config = configured(str(file), {})
    indices = [each.endpoint.rpartition("=")[2] for each in config.listen]
    assert indices == [str(number) for number in range(len(tables))]

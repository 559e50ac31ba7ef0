"""C{twistd mailnode} works from a wheel and from a development install."""

from __future__ import annotations

import re
import shutil
import site
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from tree import ROOT

from mailnode import __version__

TWISTD = "from twisted.scripts.twistd import run; run()"
LEFT_OUT = shutil.ignore_patterns(
    ".*", "__pycache__", "*.egg-info", "build", "dist", "demo", "dropin.cache"
)
PATIENCE = 60.0
SHIPPED = {".py", ".sql", ".typed", ".html", ".js", ".css", ".svg", ".LICENSE"}
"""What files of ours end with that a server needs."""


def run(*words: str | Path, cwd: Path) -> str:
    """Run something that must work; what it printed."""
    done = subprocess.run(
        words, cwd=cwd, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkout, copied without what is not part of it."""
    copy = tmp_path_factory.mktemp("packaging") / "source"
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
    return copy


@pytest.fixture(scope="module")
def built(source: Path) -> Path:
    """A directory with a wheel and a source distribution."""
    backend = (
        "from setuptools import build_meta as b; import sys; out = sys.argv[1];"
        "b.build_sdist(out); b.build_wheel(out)"
    )
    out = source.parent / "dist"
    out.mkdir()
    run(sys.executable, "-c", backend, out, cwd=source)
    return out


def environment(path: Path) -> Path:
    """A fresh environment that borrows what we need from ours, without mailnode."""
    venv.create(path, with_pip=False)
    (own,) = path.glob("lib/python*/site-packages")
    borrowed = [each for each in site.getsitepackages() if Path(each).is_dir()]
    # As plain paths: their own .pth files, such as that of a development
    # install of mailnode, are not followed.
    (own / "borrowed.pth").write_text("\n".join(borrowed) + "\n")
    return path / "bin" / "python"


def install(python: Path, cwd: Path, *what: str | Path) -> None:
    run(
        *(sys.executable, "-m", "pip", "--python", python, "install", "--quiet"),
        *("--no-deps", "--no-build-isolation", "--no-index", "--ignore-installed"),
        *what,
        cwd=cwd,
    )


def offers_everything(python: Path, elsewhere: Path) -> None:
    """Whether the plug-ins are found, from a directory that is not the checkout."""
    assert re.search(
        r"^ +mailnode ",
        run(python, "-c", TWISTD, "--help", cwd=elsewhere),
        re.MULTILINE,
    )
    told = run(python, "-c", TWISTD, "mailnode", "--help", cwd=elsewhere)
    assert "--smtp" in told
    told = run(python, "-c", TWISTD, "mailnode", "--help-auth", cwd=elsewhere)
    assert "mailnode" in told
    command = python.parent / "mailnodectl"
    assert run(command, "--version", cwd=elsewhere).strip() == __version__
    config = elsewhere / "mailnode.toml"
    words = ("--config", config, "init", "--domain", "example.org")
    run(command, *words, "--hostname", "localhost", cwd=elsewhere)
    assert (elsewhere / "data" / "main.db").exists()


def where(python: Path, cwd: Path) -> Path:
    """Where mailnode comes from."""
    said = run(python, "-c", "import mailnode; print(mailnode.__file__)", cwd=cwd)
    return Path(said.strip())


def test_from_a_wheel(built: Path, tmp_path: Path) -> None:
    python = environment(tmp_path / "venv")
    (wheel,) = built.glob("*.whl")
    install(python, tmp_path, wheel)
    assert tmp_path / "venv" in where(python, tmp_path).parents
    offers_everything(python, tmp_path)


def test_from_a_development_install(source: Path, tmp_path: Path) -> None:
    python = environment(tmp_path / "venv")
    install(python, tmp_path, "--editable", source)
    assert where(python, tmp_path) == source / "mailnode" / "__init__.py"
    offers_everything(python, tmp_path)


def test_the_wheel_has_all_it_needs_and_no_more(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    assert wheel.name.startswith(f"mailnode-{__version__}-py3-none-any")
    names = set(zipfile.ZipFile(wheel).namelist())
    tops = {name.split("/")[0] for name in names}
    assert tops == {"mailnode", "twisted", f"mailnode-{__version__}.dist-info"}
    assert {name for name in names if name.startswith("twisted/")} == {
        "twisted/plugins/mailnode_plugin.py"
    }
    ours = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "mailnode").rglob("*")
        if path.is_file() and path.suffix in SHIPPED
    }
    assert ours <= names


def test_the_source_distribution_is_complete(built: Path, source: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        members = [each for each in archive.getmembers() if each.isfile()]
    names = {each.name.partition("/")[2] for each in members}
    made = {
        "build",
        "mailnode.egg-info",
        "__pycache__",
        "dropin.cache",
        "node_modules",
    }
    wanted = {
        path.relative_to(source).as_posix()
        for path in source.rglob("*")
        if path.is_file() and not made & set(path.relative_to(source).parts)
    }
    assert wanted - names == set()
    assert len(wanted) > 200


def test_there_is_one_version() -> None:
    text = (ROOT / "setup.cfg").read_text()
    assert re.findall(r"^version *= *(.*)$", text, re.MULTILINE) == [
        "attr: mailnode.__version__"
    ]

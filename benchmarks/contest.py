"""A run: every product up, load given to each in turn, medians taken."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from benchmarks.peers import Product

ROUNDS = 3
ROOT = Path(__file__).resolve().parent.parent


class Startable(Protocol):
    """What can be started and stopped."""

    def start(self) -> None:
        """Bring it up."""

    def stop(self) -> None:
        """End it; harmless when it never came up."""


Kind = TypeVar("Kind", bound=Startable)

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Result = TypeVar("Result", bound=DataclassInstance)


@dataclass(frozen=True, slots=True)
class Figures:
    """What one product did under one load.

    @ivar rate: messages a second.
    @ivar p50: milliseconds.
    @ivar p99: milliseconds.
    @ivar cpu: microseconds of processor time a message, all processes.
    """

    rate: float
    p50: float
    p99: float
    cpu: float


@contextlib.contextmanager
def workshop(where: Path | None = None) -> Iterator[Path]:
    """A directory that everyone may enter, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="mailnode-bench-", dir=where) as name:
        Path(name).chmod(0o755)
        yield Path(name)


@contextlib.contextmanager
def running(product: Kind) -> Iterator[Kind]:
    """Something between its start and its end."""
    try:
        product.start()
        yield product
    finally:
        product.stop()


def load(
    port: int, *arguments: str, client: str = "benchmarks.load"
) -> dict[str, float]:
    """Run a load generator as a process of its own."""
    command = [sys.executable, "-m", client, "--port", str(port)]
    done = subprocess.run(
        [*command, *arguments],
        check=False,
        capture_output=True,
        timeout=300,
        cwd=ROOT,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"port {port}, {' '.join(arguments)}: {done.stderr}")
    report: dict[str, float] = json.loads(done.stdout)
    return report


def measure(product: Product, port: int, *arguments: str) -> Figures:
    """Give a product some load, and see what it does and what it costs."""
    product.settle()
    before = product.cpu()
    report = load(port, *arguments)
    product.settle()
    spent = product.cpu() - before
    return Figures(
        report["rate"], report["p50"], report["p99"], 1e6 * spent / report["done"]
    )


def median(rounds: Sequence[Result]) -> Result:
    """The median of each figure for itself."""
    first = rounds[0]
    return dataclasses.replace(
        first,
        **{
            figure.name: statistics.median(
                getattr(each, figure.name) for each in rounds
            )
            for figure in dataclasses.fields(first)
        },
    )

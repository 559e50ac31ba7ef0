"""Offices for tests, with a check in the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from jmap.office import Office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Ana and Bob; in the end everything agrees with everything."""
    made = Office(tmp_path)
    yield made
    made.close()

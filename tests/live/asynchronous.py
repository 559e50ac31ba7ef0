"""Coroutines as tests and fixtures, on the reactor that pytest-twisted runs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar, cast

import pytest_twisted  # type: ignore[import-untyped]  # it brings no types

Test = TypeVar("Test", bound=Callable[..., Awaitable[None]])
Made = TypeVar("Made")


def live(test: Test) -> Test:
    """A test that is a coroutine."""
    return cast("Test", pytest_twisted.ensureDeferred(test))


def lasting(
    make: Callable[..., AsyncIterator[Made]],
) -> Callable[..., AsyncIterator[Made]]:
    """A fixture that lasts for the tests of a module."""
    made = pytest_twisted.async_yield_fixture(scope="module")(make)
    return cast("Callable[..., AsyncIterator[Made]]", made)


def fresh(
    make: Callable[..., AsyncIterator[Made]],
) -> Callable[..., AsyncIterator[Made]]:
    """A fixture that is made anew for every test."""
    made = pytest_twisted.async_yield_fixture(scope="function")(make)
    return cast("Callable[..., AsyncIterator[Made]]", made)

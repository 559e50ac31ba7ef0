"""The page in a browser, with mail that a small server in memory makes up."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Error,
    Page,
    sync_playwright,
)

HERE = Path(__file__).parent
CHROMIUM = "/usr/bin/chromium"
ALONE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
"""No name is looked up: the page speaks to its own server or to nobody."""
ROWS = 100_000
DESKTOP = (1440, 900)
PHONE = (390, 844)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip("needs chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", ALONE]
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield launched
        launched.close()


def mock(*arguments: str) -> tuple[subprocess.Popen[str], str]:
    """A server of its own, and its address."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node: Node 20 or later from https://nodejs.org")
    words = [node, str(HERE / "mock" / "serve.mjs"), *arguments]
    running = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    return running, running.stdout.readline().strip()


def end(running: subprocess.Popen[str]) -> None:
    running.terminate()
    running.wait(10)
    assert running.stdout is not None
    running.stdout.close()


@pytest.fixture
def small() -> Iterator[str]:
    """The address of a server with little mail, which a test may change."""
    running, address = mock("--rows", "300", "--in")
    yield address
    end(running)


@pytest.fixture(scope="session")
def large() -> Iterator[str]:
    """The address of a server with 100,000 letters, which no test changes."""
    running, address = mock("--rows", str(ROWS), "--in")
    yield address
    end(running)


@dataclass
class Reader:
    """Somebody before the page.

    @ivar complaints: what the browser had to say against it.
    """

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def failed(self, error: Error) -> None:
        self.complaints.append(str(error))

    def said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def open(self, place: str = "") -> Page:
        self.page.goto(self.address + place)
        self.page.wait_for_selector(".row:not(.blank), .list .empty p")
        return self.page

    def until(self, expression: str, seconds: float = 8) -> None:
        """Wait for something; Playwright's own waiting would be eval in the page."""
        end = time.monotonic() + seconds
        while not self.page.evaluate(expression):
            assert time.monotonic() < end, expression
            self.page.wait_for_timeout(50)

    def mock(self, verb: str) -> None:
        self.page.request.post(f"{self.address}mock/{verb}")

    def subjects(self) -> list[str]:
        """What the rows say that are drawn, from the top down."""
        rows = self.page.evaluate(
            "[...document.querySelectorAll('.row:not(.blank)')].map(row => "
            "[Number(row.ariaRowIndex), row.querySelector('.row-subject').textContent])"
        )
        return [subject for _, subject in sorted(rows)]

    def count(self, mailbox: str) -> str:
        """The number beside a mailbox, or nothing."""
        entry = self.page.locator(f".mailbox:has-text('{mailbox}') .count")
        return entry.inner_text() if entry.count() else ""


def reader(browser: Browser, address: str, size: tuple[int, int]) -> Iterator[Reader]:
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        has_touch=size == PHONE,
        locale="en-US",
    )
    context.set_default_timeout(8000)
    made = Reader(context.new_page(), address)
    made.page.on("pageerror", made.failed)
    made.page.on("console", made.said)
    yield made
    context.close()
    assert not made.complaints


@pytest.fixture
def ana(browser: Browser, small: str) -> Iterator[Reader]:
    """A reader at a desk."""
    yield from reader(browser, small, DESKTOP)


@pytest.fixture
def walking(browser: Browser, small: str) -> Iterator[Reader]:
    """A reader with a phone."""
    yield from reader(browser, small, PHONE)


@pytest.fixture
def patient(browser: Browser, large: str) -> Iterator[Reader]:
    """A reader with very much mail."""
    yield from reader(browser, large, DESKTOP)

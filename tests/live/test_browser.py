"""The webmail in a browser, against a server that runs."""

from __future__ import annotations

import imaplib
import smtplib
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from live.asynchronous import live
from live.server import PASSWORD, ROOT, Server
from playwright.sync_api import Browser, Page, expect, sync_playwright
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorFromThreads
from twisted.internet.threads import blockingCallFromThread, deferToThread

CHROMIUM = Path("/usr/bin/chromium")
ALONE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
"""No name is looked up: the page speaks to its own server or to nobody."""
AXE = ROOT / "tests" / "web" / "page" / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = {"serious", "critical"}
PATIENCE = 15_000
"""Milliseconds that something may take to appear."""
PICTURE = ROOT / "mailnode" / "web" / "static" / "icon.svg"


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser, in the thread that asks for it."""
    if not CHROMIUM.exists():
        pytest.skip("needs chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", ALONE]
        launched = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=arguments
        )
        try:
            yield launched
        finally:
            launched.close()


class Person:
    """Somebody before the page, signed in.

    @ivar complaints: what the browser had to say against it.
    """

    def __init__(self, browser: Browser, server: Server, name: str) -> None:
        self.name = name
        self.complaints: list[str] = []
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        context.set_default_timeout(PATIENCE)
        self.page: Page = context.new_page()
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(f"http://127.0.0.1:{server.http}/")
        self.page.get_by_label("Address").fill(f"{name}@example.org")
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.keyboard.press("Enter")
        expect(self.page.locator(".toolbar-title")).to_have_text("Inbox")

    def write(self, to: str, subject: str, text: str) -> None:
        """Begin a letter by keyboard alone."""
        self.page.keyboard.press("c")
        expect(self.page.get_by_label("To", exact=True)).to_be_focused()
        self.page.keyboard.type(f"{to},")
        self.page.keyboard.press("Tab")
        self.page.get_by_label("Subject").fill(subject)
        self.page.locator(".editor").click()
        self.page.keyboard.type(text)

    def send(self) -> None:
        """Send it."""
        self.page.keyboard.press("Control+Enter")
        expect(self.page.locator(".composer")).to_have_count(0)

    def row(self, words: str) -> None:
        """Wait until a row of the list has these words, without reloading."""
        expect(self.page.locator(f".row:has-text('{words}')")).to_be_visible(
            timeout=PATIENCE
        )

    def judged(self) -> list[str]:
        """What a judge of accessibility finds that is serious."""
        found = self.page.evaluate(
            AXE.read_text() + ";axe.run(document, {resultTypes: ['violations']})"
            ".then(({violations}) => violations.map(one =>"
            " [one.impact, one.id, one.nodes.map(node => node.html).join()]))"
        )
        return [
            f"{rule}: {where}" for impact, rule, where in found if impact in SERIOUS
        ]


async def in_browser(work: Callable[[Browser], None]) -> None:
    """Do something with a browser, in a thread of its own."""

    def done() -> None:
        with chromium() as browser:
            work(browser)

    await deferToThread(done)


@live
async def test_two_people_write_to_each_other(server: Server) -> None:
    def story(browser: Browser) -> None:
        ana, bob = Person(browser, server, "ana"), Person(browser, server, "bob")
        ana.write("bob@example.org", "Picnic on Sunday", "Shall we go to the lake?")
        ana.page.locator("input[type=file]").set_input_files(PICTURE)
        expect(ana.page.locator(".compose-file progress")).to_have_count(0)
        expect(ana.page.locator(".compose-file")).to_contain_text("icon.svg")
        ana.send()
        expect(ana.page.locator(".toast")).to_contain_text("Sent")
        bob.row("Picnic on Sunday")
        bob.page.locator(".row:has-text('Picnic')").click()
        body = bob.page.frame_locator(".message iframe").locator("body")
        expect(body).to_contain_text("Shall we go to the lake?")
        expect(bob.page.locator(".attachment")).to_contain_text("icon.svg")
        bob.page.keyboard.press("r")
        expect(bob.page.locator(".editor")).to_be_focused()
        expect(bob.page.locator(".editor blockquote")).to_contain_text("to the lake")
        bob.page.keyboard.type("With pleasure!")
        bob.send()
        ana.row("Re: Picnic on Sunday")
        ana.page.locator(".row:has-text('Picnic')").first.click()
        expect(ana.page.locator(".message")).to_have_count(2)
        assert ana.complaints + bob.complaints == []

    await in_browser(story)


@live
async def test_a_letter_is_kept_taken_back_and_thrown_away(server: Server) -> None:
    def drafts() -> list[bytes]:
        with imaplib.IMAP4("127.0.0.1", server.imap) as client:
            client.login("ana@example.org", PASSWORD)
            client.select("Drafts", readonly=True)
            _, (numbers,) = client.search(None, "DRAFT", "SUBJECT", '"Half a thought"')
            return list(numbers.split())

    def story(browser: Browser) -> None:
        ana = Person(browser, server, "ana")
        ana.write("bob@example.org", "Half a thought", "What if")
        expect(ana.page.locator(".kept")).to_have_text("saved as a draft")
        assert len(drafts()) == 1
        ana.page.keyboard.press("Escape")
        expect(ana.page.locator(".composer")).to_have_count(0)
        ana.page.locator(".mailbox-link:has-text('Drafts')").click()
        ana.page.locator(".row:has-text('Half a thought')").click()
        expect(ana.page.locator(".editor")).to_contain_text("What if")
        ana.page.locator(".send").click()
        ana.page.locator(".toast").get_by_role("button", name="Undo").click()
        expect(ana.page.locator(".editor")).to_contain_text("What if")
        ana.page.get_by_role("button", name="Throw away").click()
        expect(ana.page.locator(".composer")).to_have_count(0)
        until = time.monotonic() + PATIENCE / 1000
        while drafts():
            assert time.monotonic() < until
        assert ana.complaints == []

    await in_browser(story)


@live
async def test_a_flag_of_imap_is_there_in_a_second(server: Server) -> None:
    def story(browser: Browser) -> None:
        with smtplib.LMTP("127.0.0.1", server.lmtp) as sender:
            letter = b"Subject: Stars\r\nFrom: eve@example.net\r\n\r\nlook up\r\n"
            sender.sendmail("eve@example.net", ["ana@example.org"], letter)
        ana = Person(browser, server, "ana")
        ana.row("Stars")
        with imaplib.IMAP4("127.0.0.1", server.imap) as client:
            client.login("ana@example.org", PASSWORD)
            client.select("INBOX")
            _, (numbers,) = client.search(None, "SUBJECT", "Stars")
            client.store(numbers.split()[-1].decode(), "+FLAGS", "(\\Flagged)")
        starred = ana.page.locator(".row:has-text('Stars') [aria-pressed=true]")
        expect(starred.first).to_be_visible(timeout=1000)
        assert ana.complaints == []

    await in_browser(story)


@live
async def test_a_page_outlives_its_server(own_server: Server) -> None:
    server = own_server

    def await_(work: Callable[[], Coroutine[Any, Any, object]]) -> None:
        def begun() -> Deferred[object]:
            return Deferred.fromCoroutine(work())

        here = cast("IReactorFromThreads", reactor)
        blockingCallFromThread(here, begun)  # type: ignore[arg-type]  # its type says Never

    def story(browser: Browser) -> None:
        ana = Person(browser, server, "ana")
        await_(server.stop)
        expect(ana.page.locator(".connection")).to_contain_text("Not connected")
        await_(server.start)
        expect(ana.page.locator(".connection")).to_have_count(0)
        with smtplib.LMTP("127.0.0.1", server.lmtp) as sender:
            letter = b"Subject: Back again\r\n\r\nx\r\n"
            sender.sendmail("eve@example.net", ["ana@example.org"], letter)
        ana.row("Back again")

    await in_browser(story)


@live
async def test_everybody_can_use_it(server: Server) -> None:
    if not AXE.exists():
        pytest.skip("needs axe-core: npm ci --prefix tests/web/page")

    def story(browser: Browser) -> None:
        bob = Person(browser, server, "bob")
        bob.write("ana@example.org", "Judged", "text")
        found = {"composer": bob.judged()}
        bob.page.get_by_role("button", name="Throw away").click()
        subjects = ("appearance", "identities", "vacation")
        for subject in (*subjects, "scheduled", "sessions", "programs"):
            bob.page.goto(f"http://127.0.0.1:{server.http}/#/settings/{subject}")
            expect(bob.page.locator(".settings-main h2")).to_be_visible()
            expect(bob.page.locator(".settings-main .spinner")).to_have_count(0)
            found[subject] = bob.judged()
        assert not {place: serious for place, serious in found.items() if serious}

    await in_browser(story)

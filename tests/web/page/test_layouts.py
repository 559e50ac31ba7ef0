"""The page on a phone, in the dark, from right to left, and for who does not see it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from web.page.conftest import DESKTOP, PHONE, Reader, end, mock

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = {"serious", "critical"}


def test_a_phone_has_one_pane_at_a_time(walking: Reader) -> None:
    page = walking.open()
    expect(page.locator(".sidebar")).to_have_count(0)
    page.locator(".row:has-text('Cabin')").click()
    expect(page.locator(".list")).to_have_count(0)
    expect(page.locator(".conversation-feet button")).to_have_count(3)
    page.go_back()
    expect(page.locator(".row[aria-rowindex='1']")).to_be_visible()
    page.get_by_role("button", name="Mailboxes").click()
    page.locator(".mailbox-link:has-text('Travel')").click()
    expect(page.locator(".sidebar")).to_have_count(0)
    expect(page.locator(".toolbar-title")).to_have_text("Travel")


def test_after_archiving_a_phone_is_back_at_the_list(walking: Reader) -> None:
    page = walking.open()
    page.locator(".row:has-text('Cabin')").click()
    page.locator(".conversation").get_by_role("button", name="Archive").click()
    expect(page.locator(".toast")).to_contain_text("Archived")
    expect(page.locator(".row:has-text('Invoice')")).to_be_visible()
    expect(page.locator(".row:has-text('Cabin')")).to_have_count(0)


def test_nothing_is_wider_than_a_phone(walking: Reader) -> None:
    page = walking.open()
    width = "document.documentElement.scrollWidth"
    assert page.evaluate(width) == PHONE[0]
    page.locator(".row:has-text('Weekly Compiler, no')").click()
    expect(page.locator(".message.unfolded iframe")).to_be_visible()
    scroll = "(e => e.scrollWidth - e.clientWidth)(document.querySelector('.conversation-scroll'))"
    assert page.evaluate(scroll) == 0


def test_the_focus_returns_to_its_row(ana: Reader) -> None:
    page = ana.open()
    page.get_by_role("button", name="View").click()
    page.get_by_role("menuitemradio", name="List only").click()
    row = page.locator(".row[aria-rowindex='3']")
    row.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".conversation-scroll")).to_be_focused()
    page.keyboard.press("u")
    expect(row).to_be_focused()


def test_menus_by_keyboard(ana: Reader) -> None:
    page = ana.open()
    button = page.get_by_role("button", name="View")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitemradio", name="beside")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitemradio", name="below")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_have_count(0)
    expect(button).to_be_focused()


def test_another_language_at_once(ana: Reader) -> None:
    page = ana.open()
    page.locator(".account").click()
    page.get_by_role("menuitemradio", name="Português").click()
    expect(page.locator(".toolbar-title")).to_have_text("Entrada")
    expect(page.locator("html")).to_have_attribute("lang", "pt-BR")
    page.reload()
    expect(page.locator(".toolbar-title")).to_have_text("Entrada")


def test_what_is_done_is_said(ana: Reader) -> None:
    page = ana.open()
    page.keyboard.press("j")
    page.keyboard.press("e")
    expect(page.locator("[aria-live]")).to_have_text("Archived")


@pytest.fixture
def stranger(browser: Browser) -> Iterator[Reader]:
    """Somebody who has not signed in."""
    running, address = mock("--rows", "10")
    context = browser.new_context(locale="en-US")
    made = Reader(context.new_page(), address)
    yield made
    context.close()
    end(running)


def test_signing_in_and_out(stranger: Reader) -> None:
    page = stranger.page
    page.goto(stranger.address)
    page.get_by_label("Address").fill("ana@example.org")
    page.get_by_label("Password").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    page.get_by_label("Password").fill("faminta")
    page.keyboard.press("Enter")
    expect(page.locator(".row:has-text('Cabin')")).to_be_visible()
    page.locator(".account").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_label("Password")).to_be_visible()


def judged(page: Page) -> list[str]:
    """What axe finds that is serious; it is let in beside the policy of the page."""
    page.wait_for_timeout(300)  # For what moves.
    session = page.context.new_cdp_session(page)
    session.send("Runtime.evaluate", {"expression": AXE.read_text()})
    found = page.evaluate(
        "axe.run(document, {resultTypes: ['violations'], iframes: false})"
    )
    return [
        f"{each['id']}: {node['html'][:200]} {node.get('failureSummary', '')}"
        for each in found["violations"]
        if each["impact"] in SERIOUS
        for node in each["nodes"]
    ]


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_is_open_to_everybody(
    browser: Browser, small: str, scheme: str, size: tuple[int, int]
) -> None:
    if not AXE.exists():
        pytest.skip("needs axe-core: npm ci --prefix tests/web/page")
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
        bypass_csp=True,
    )
    reader = Reader(context.new_page(), small)
    page = reader.open()
    assert judged(page) == []
    page.locator(".row:has-text('Weekly Compiler, no')").click()
    expect(page.locator(".images-bar")).to_be_visible()
    assert judged(page) == []
    page.locator(".message-to").click()
    page.locator(".message-head").get_by_role("button", name="More").click()
    assert judged(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert judged(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("u")
    page.locator(".row[aria-rowindex='2'] .row-choose input").dispatch_event("click")
    assert judged(page) == []
    page.locator(".search input").click()
    expect(page.get_by_role("option")).not_to_have_count(0)
    assert judged(page) == []
    context.close()

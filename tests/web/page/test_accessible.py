"""What came later is for everybody too: by the tree that screen readers read, and by keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect
from web.page.conftest import DESKTOP, Reader
from web.page.test_layouts import AXE, judged


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_is_found(browser: Browser, small: str, scheme: str) -> None:
    if not AXE.exists():
        pytest.skip("needs axe-core: npm ci --prefix tests/web/page")
    context = browser.new_context(
        viewport={"width": DESKTOP[0], "height": DESKTOP[1]},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
        bypass_csp=True,
    )
    reader = Reader(context.new_page(), small)
    context.request.put(
        f"{small}webmail/preferences", data={"layout": "below", "density": "compact"}
    )
    page = reader.open()
    page.get_by_role("button", name="Starred", exact=True).click()
    expect(page.locator(".row:not(.blank)")).to_have_count(2)
    page.locator(".row[aria-rowindex='1']").click()
    expect(page.locator(".special")).to_be_visible()
    assert judged(page) == []
    page.get_by_role("button", name="Look at cabin.jpg").click()
    expect(page.locator(".viewer-picture")).to_be_visible()
    assert judged(page) == []
    page.keyboard.press("ArrowRight")
    expect(page.locator(".viewer-paper")).to_be_visible()
    assert judged(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("#")
    page.locator(".mailbox-link:has-text('Trash')").click()
    page.get_by_role("button", name="Empty Trash").click()
    expect(page.locator("dialog")).to_be_visible()
    assert judged(page) == []
    page.keyboard.press("Escape")
    assert judged(page) == []
    page.locator(".search input").fill("from:hanna")
    page.keyboard.press("Enter")
    expect(page.locator(".row-place").first).to_be_visible()
    page.locator(".search input").fill("")
    expect(page.locator(".search-forget")).to_be_visible()
    assert judged(page) == []
    context.close()


def test_what_the_tree_says(ana: Reader) -> None:
    page = ana.open()
    expect(page.get_by_role("group", name="Show only")).to_match_aria_snapshot("""
        - group "Show only":
          - button "Unread"
          - button "Starred"
          - button "With attachments"
    """)
    page.locator(".row[aria-rowindex='1']").click()
    expect(page.locator(".attachments")).to_match_aria_snapshot("""
        - region "2 attachments":
          - heading /2 attachments/ [level=3]
          - button "Download all"
          - list:
            - listitem:
              - button "Look at cabin.jpg"
              - link "Download cabin.jpg"
            - listitem:
              - button "Look at cabin.ics"
              - link "Download cabin.ics"
    """)


def test_the_focus_stays_in_a_dialog(ana: Reader) -> None:
    page = ana.open()
    page.locator(".row[aria-rowindex='1']").click()
    page.get_by_role("button", name="Look at cabin.jpg").click()
    expect(page.locator("dialog")).to_be_visible()
    inside = "document.activeElement === document.body || Boolean(document.activeElement.closest('dialog'))"
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate(inside)
    page.keyboard.press("j")  # Keys of the page are not for what is behind.
    expect(page.locator("dialog h2")).to_have_text("cabin.jpg")


def test_new_mail_above_is_heard_of(ana: Reader) -> None:
    page = ana.open()
    page.evaluate("document.querySelector('.list').scrollTop = 900")
    ana.mock("arrive")
    expect(page.locator(".fresh")).to_be_visible()
    expect(page.locator("[role=status][aria-live]")).to_have_text("1 new message")
    page.keyboard.press("Tab")
    page.locator(".fresh").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".row[aria-rowindex='1']")).to_be_focused()

"""How much of the list is seen, and where one reads; only some of it; what was searched for."""

from __future__ import annotations

from playwright.sync_api import expect
from web.page.conftest import Reader


def arrange(who: Reader, word: str) -> None:
    who.page.get_by_role("button", name="View").click()
    who.page.get_by_role("menuitemradio", name=word).click()


def height(who: Reader) -> float:
    box = who.page.locator(".row[aria-rowindex='1']").bounding_box()
    assert box is not None
    return box["height"]


def test_rows_are_as_tall_as_the_list_thinks(ana: Reader) -> None:
    page = ana.open()
    place = "document.querySelector(\".row[aria-rowindex='2']\").getBoundingClientRect().top - document.querySelector(\".row[aria-rowindex='1']\").getBoundingClientRect().top"
    heights = set()
    for word in ("Compact", "Reading below the list", "Comfortable", "List only"):
        arrange(ana, word)
        page.wait_for_timeout(50)
        assert page.evaluate(place) == height(ana)
        heights.add(height(ana))
    assert heights == {34, 44, 60}


def test_reading_below_the_list(ana: Reader) -> None:
    page = ana.open()
    arrange(ana, "Reading below the list")
    expect(page.locator(".conversation")).to_be_hidden()
    page.locator(".row[aria-rowindex='1']").click()
    top, reading = page.locator(".list-pane"), page.locator(".conversation")
    expect(reading).to_be_visible()
    above, under = top.bounding_box(), reading.bounding_box()
    assert above and under
    assert above["y"] + above["height"] <= under["y"]
    assert above["width"] == under["width"]


def test_only_some_of_the_list(ana: Reader) -> None:
    page = ana.open()
    page.get_by_role("button", name="Starred", exact=True).click()
    expect(page.locator(".row:not(.blank)")).to_have_count(2)
    page.get_by_role("button", name="Unread", exact=True).click()
    expect(page.locator(".row:not(.blank)")).to_have_count(1)
    page.locator(".mailbox-link:has-text('Travel')").click()
    expect(page.get_by_role("button", name="Unread", exact=True)).to_have_attribute(
        "aria-pressed", "false"
    )
    page.get_by_role("button", name="With attachments").click()
    expect(page.locator(".list .empty")).to_contain_text("Nothing here is like that")
    page.get_by_role("button", name="Show everything").click()
    expect(page.locator(".row:not(.blank)")).not_to_have_count(0)


def test_the_next_unread_one_is_not_passed_over(ana: Reader) -> None:
    page = ana.open()
    page.get_by_role("button", name="Unread", exact=True).click()
    expect(page.locator(".row.unread[aria-rowindex='3']")).to_be_visible()
    first, second = ana.subjects()[:2]
    page.locator(".row[aria-rowindex='1']").click()
    expect(page.locator(".row[aria-rowindex='1'] .row-subject")).to_have_text(second)
    assert first != second
    page.keyboard.press("j")
    expect(page.locator(".conversation-head h2")).to_contain_text(second[4:20])


def test_what_was_searched_for_is_offered_again(ana: Reader) -> None:
    page = ana.open()
    box = page.locator(".search input")
    box.fill("from:hanna")
    box.press("Enter")
    expect(page.locator(".row:not(.blank)")).not_to_have_count(0)
    expect(page.locator(".row-place").first).to_be_visible()
    box.fill("nothing-like-this")
    box.press("Enter")
    page.get_by_role("button", name="Look in spam and trash too").click()
    expect(page.locator(".chip")).to_contain_text("anywhere")
    page.reload()
    box.fill("")
    expect(page.get_by_role("option").first).to_contain_text("nothing-like-this")
    expect(page.get_by_role("option").nth(1)).to_contain_text("from:hanna")
    forget = page.get_by_role("button", name="Forget recent searches")
    page.keyboard.press("Tab")
    expect(forget).to_be_focused()
    page.keyboard.press("Enter")
    expect(box).to_be_focused()
    expect(page.get_by_role("option").first).not_to_contain_text("nothing")

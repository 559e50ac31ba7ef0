"""Reading mail in the page, as somebody does it."""

from __future__ import annotations

import re

from playwright.sync_api import expect
from web.page.conftest import Reader

CABIN = "Cabin weekend: who brings what?"


def test_the_list_says_what_there_is(ana: Reader) -> None:
    page = ana.open()
    first = page.locator(".row[aria-rowindex='1']")
    expect(first).to_contain_text("Hanna, me, and Bruno")
    expect(first).to_contain_text(CABIN)
    expect(first.locator(".badge")).to_have_text("4")
    expect(first).to_have_class(re.compile(r"\bunread\b"))
    expect(page).to_have_title(re.compile(r"^\(\d+\) Inbox — mailnode$"))


def test_a_conversation_shows_all_its_messages_and_is_read(ana: Reader) -> None:
    page = ana.open()
    unread = int(ana.count("Inbox"))
    page.locator(".row[aria-rowindex='1']").click()
    expect(page.locator(".message")).to_have_count(4)
    expect(page.locator(".message.folded")).to_have_count(3)
    expect(page.locator(".message.folded").nth(1)).to_contain_text("Ana Prado")
    body = page.frame_locator(".message.unfolded iframe")
    expect(body.locator("body")).to_contain_text("I know the way")
    expect(page.locator(".row.unread[aria-rowindex='1']")).to_have_count(0)
    expect(page.locator(".mailbox.here .count")).to_have_text(str(unread - 1))


def test_a_body_is_as_tall_as_what_it_says(ana: Reader) -> None:
    page = ana.open()
    page.locator(".row:has-text('Blood test')").click()
    frame = page.locator(".message.unfolded iframe")
    expect(frame).to_be_visible()
    ana.until("document.querySelector('.message.unfolded iframe').clientHeight > 20")
    inside, outside, end = page.evaluate(
        "(() => { const frame = document.querySelector('.message.unfolded iframe');"
        "return [frame.contentDocument.documentElement.scrollHeight, frame.clientHeight,"
        "frame.contentDocument.querySelector('p').getBoundingClientRect().bottom]; })()"
    )
    assert abs(inside - outside) <= 1
    assert end <= outside


def test_archive_is_at_once_and_can_be_undone(ana: Reader) -> None:
    page = ana.open()
    before = ana.subjects()
    page.locator(".row[aria-rowindex='1']").click()
    page.keyboard.press("e")
    expect(page.locator(".toast")).to_contain_text("Archived")
    expect(page.locator(".row[aria-rowindex='1'] .row-subject")).to_have_text(before[1])
    expect(page.locator(".conversation-head h2")).to_have_text(before[1])
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".row[aria-rowindex='1'] .row-subject")).to_have_text(before[0])


def test_what_the_server_refuses_comes_back(ana: Reader) -> None:
    page = ana.open()
    before = ana.subjects()
    page.keyboard.press("j")
    page.keyboard.press("j")
    ana.mock("refuse")
    page.keyboard.press("e")
    expect(page.locator(".toast.failed")).to_contain_text("The server said no")
    expect(page.locator(".row[aria-rowindex='2'] .row-subject")).to_have_text(before[1])
    refused = [each for each in ana.complaints if "503" in each]
    assert len(refused) == 1
    ana.complaints.clear()


def test_new_mail_comes_by_itself(ana: Reader) -> None:
    page = ana.open()
    before = int(ana.count("Inbox"))
    first = ana.subjects()[0]
    ana.mock("arrive")
    expect(page.locator(".row[aria-rowindex='2'] .row-subject")).to_have_text(first)
    expect(page.locator(".mailbox.here .count")).to_have_text(str(before + 1))


def test_new_mail_does_not_move_what_is_looked_at(ana: Reader) -> None:
    page = ana.open()
    page.evaluate("document.querySelector('.list').scrollTop = 1000")
    page.wait_for_timeout(100)
    looking = (
        "[...document.querySelectorAll('.row')].map(row => "
        "[row.querySelector('.row-subject')?.textContent, Math.round(row.getBoundingClientRect().top)])"
    )
    before = dict(page.evaluate(looking))
    total = page.locator(".rows").get_attribute("aria-rowcount")
    ana.mock("arrive")
    expect(page.locator(".rows")).to_have_attribute(
        "aria-rowcount", str(int(total or 0) + 1)
    )
    page.wait_for_timeout(100)
    after = dict(page.evaluate(looking))
    same = before.keys() & after.keys()
    assert len(same) > 5
    assert {each: before[each] for each in same} == {each: after[each] for each in same}


def test_the_page_says_when_it_hears_nothing(ana: Reader) -> None:
    page = ana.open()
    expect(page.locator(".connection")).to_have_count(0)
    ana.mock("deaf")
    expect(page.locator(".connection")).to_contain_text("Not connected")
    ana.mock("arrive")
    total = int(page.locator(".rows").get_attribute("aria-rowcount") or 0)
    expect(page.locator(".connection")).to_have_count(0, timeout=20_000)
    expect(page.locator(".rows")).to_have_attribute("aria-rowcount", str(total + 1))
    ana.complaints.clear()  # The browser says itself that a stream was refused.


def test_a_new_version_is_offered_after_an_upgrade(ana: Reader) -> None:
    page = ana.open()
    ana.mock("upgrade")
    ana.mock("deaf")
    expect(page.locator(".toast")).to_contain_text("new version", timeout=20_000)
    page.get_by_role("button", name="Reload").click()
    expect(page.locator(".row:has-text('Cabin')")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-version", "2")
    ana.complaints.clear()  # The browser says itself that a stream was refused.


def test_keys(ana: Reader) -> None:
    page = ana.open()
    for key in ("j", "j", "x", "k", "x"):
        page.keyboard.press(key)
    expect(page.locator(".row.chosen")).to_have_count(2)
    expect(page.locator(".toolbar")).to_contain_text("2 chosen")
    page.keyboard.press("Escape")
    expect(page.locator(".row.chosen")).to_have_count(0)
    page.keyboard.press("o")
    expect(page.locator(".message.unfolded")).to_have_count(1)
    page.keyboard.press("u")
    expect(page.locator(".message")).to_have_count(0)
    page.keyboard.press("g")
    page.keyboard.press("s")
    expect(page.locator(".toolbar-title")).to_have_text("Sent")
    page.keyboard.press("?")
    expect(page.locator("dialog")).to_contain_text("Keyboard shortcuts")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    page.keyboard.press("/")
    expect(page.locator(".search input")).to_be_focused()


def test_keys_in_a_message_are_keys_of_the_page(ana: Reader) -> None:
    page = ana.open()
    page.locator(".row[aria-rowindex='1']").click()
    page.frame_locator(".message.unfolded iframe").locator("body").click()
    page.keyboard.press("u")
    expect(page.locator(".message")).to_have_count(0)


def test_deleting_for_good_asks_first(ana: Reader) -> None:
    page = ana.open()
    page.keyboard.press("j")
    page.keyboard.press("#")
    expect(page.locator(".toast")).to_contain_text("Moved to the trash")
    page.keyboard.press("g")
    page.keyboard.press("t")
    expect(page.locator(".row:not(.blank)")).to_have_count(1)
    page.keyboard.press("j")
    page.keyboard.press("#")
    expect(page.locator("dialog")).to_contain_text("cannot be undone")
    page.keyboard.press("Enter")  # The answer that does nothing has the focus.
    expect(page.locator(".row:not(.blank)")).to_have_count(1)
    page.keyboard.press("#")
    page.locator("dialog .danger").click()
    expect(page.locator(".list .empty")).to_contain_text("Nothing in here")


def test_nothing_is_done_to_a_row_that_one_does_not_see_chosen(ana: Reader) -> None:
    page = ana.open()
    before = ana.subjects()
    page.keyboard.press("e")
    page.wait_for_timeout(200)
    assert ana.subjects() == before
    page.keyboard.press("j")
    expect(page.locator(".row[aria-rowindex='1']")).to_be_focused()


def test_stars(ana: Reader) -> None:
    page = ana.open()
    row = page.locator(".row[aria-rowindex='2']")
    row.locator(".row-star").click()
    expect(row.locator(".starred")).to_have_count(1)
    expect(page.locator(".message")).to_have_count(0)
    page.reload()
    expect(page.locator(".row[aria-rowindex='2'] .starred")).to_have_count(1)


def test_remote_images(ana: Reader) -> None:
    page = ana.open()
    page.locator(".row:has-text('Weekly Compiler') >> nth=0").click()
    page.locator(".row:has-text('type checkers')").click()
    expect(page.locator(".images-bar")).to_be_visible()
    inside = page.frame_locator(".message.unfolded iframe")
    expect(inside.locator("img")).to_have_count(0)
    page.get_by_role("button", name="Always for this sender").click()
    expect(inside.locator("img")).to_have_count(1)
    expect(page.locator(".images-bar")).to_have_count(0)
    page.reload()
    expect(inside.locator("img")).to_have_count(1)


def test_details_and_source(ana: Reader) -> None:
    page = ana.open()
    page.locator(".row:has-text('Invoice')").click()
    page.locator(".message-to").click()
    page.get_by_role("button", name="All header fields").click()
    expect(page.locator(".headers")).to_contain_text("Authentication-Results")
    page.locator(".message-head").get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Source").click()
    expect(page.locator(".source")).to_contain_text("Subject: Invoice")


def test_a_message_is_printed_alone(ana: Reader) -> None:
    page = ana.open()
    page.locator(".row[aria-rowindex='1']").click()
    page.evaluate("globalThis.print = () => { globalThis.printed = true; }")
    page.locator(".message-head").get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Print").click()
    page.emulate_media(media="print")
    assert page.evaluate("globalThis.printed")
    expect(page.locator(".message.printing .message-from")).to_be_visible()
    expect(page.locator(".message.folded >> nth=0")).to_be_hidden()
    expect(page.locator(".sidebar")).to_be_hidden()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.locator(".message.printing")).to_have_count(0)

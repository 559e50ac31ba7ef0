"""Mailboxes, searching, and choosing much at once."""

from __future__ import annotations

import re

from playwright.sync_api import expect
from web.page.conftest import Reader


def test_a_search_has_operators_and_chips(ana: Reader) -> None:
    page = ana.open()
    page.keyboard.press("/")
    page.keyboard.type("from:farid ")
    page.keyboard.press("Enter")
    expect(page.locator(".toolbar-title")).to_have_text("Found")
    expect(page.locator(".chips")).to_contain_text("From farid")
    found = page.locator(".row:has-text('chapter three')")
    expect(found.locator(".row-place")).to_have_text("Inbox")
    page.get_by_role("button", name="Without from:farid").click()
    expect(page.locator(".toolbar-title")).to_have_text("Inbox")


def test_suggestions(ana: Reader) -> None:
    page = ana.open()
    page.keyboard.press("/")
    page.keyboard.type("is:st")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".chips")).to_contain_text("Is starred")
    expect(page.locator(".row:not(.blank)")).to_have_count(2)


def test_a_search_that_finds_nothing(ana: Reader) -> None:
    page = ana.open("#/search/subject%3Axyzzy")
    expect(page.locator(".list .empty")).to_contain_text("Nothing was found")
    assert page.locator(".row").count() == 0


def test_mailboxes_are_made_renamed_and_deleted(ana: Reader) -> None:
    page = ana.open()
    page.get_by_role("button", name="New mailbox").click()
    page.locator("dialog input").fill("Harbour")
    page.locator("dialog select").select_option(label="House")
    page.get_by_role("button", name="Create").click()
    expect(page.locator(".toolbar-title")).to_have_text("Harbour")
    entry = page.locator(".mailbox:has-text('Harbour')")
    entry.hover()
    entry.locator(".mailbox-more").click()
    page.get_by_role("menuitem", name="Rename or move").click()
    page.locator("dialog input").fill("Port")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".mailbox:has-text('Port')")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(entry).to_be_visible()
    entry.hover()
    entry.locator(".mailbox-more").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.locator("dialog .danger").click()
    expect(entry).to_have_count(0)
    expect(page.locator(".toolbar-title")).to_have_text("Inbox")


def test_mail_is_dragged_into_a_mailbox(ana: Reader) -> None:
    page = ana.open()
    subject = ana.subjects()[1]
    travel = page.locator(".mailbox:has-text('Travel')")
    page.locator(".row[aria-rowindex='2'] .row-subject").drag_to(travel)
    expect(page.locator(".toast")).to_contain_text("Moved to Travel")
    travel.locator("a").click()
    expect(page.locator(".toolbar-title")).to_have_text("Travel")
    expect(page.locator(f".row:has-text('{subject}')")).to_have_count(1)


def test_mail_is_moved_by_the_menu(ana: Reader) -> None:
    page = ana.open()
    page.locator(".row[aria-rowindex='2']").click()
    page.keyboard.press("v")
    page.get_by_role("menuitem", name="Kitchen").click()
    expect(page.locator(".toast")).to_contain_text("Moved to Kitchen")
    expect(page.locator(".row:has-text('Invoice')")).to_have_count(0)


def test_a_range_is_chosen_with_shift(ana: Reader) -> None:
    page = ana.open()
    page.locator(".row[aria-rowindex='2'] .row-choose").click()
    page.locator(".row[aria-rowindex='5'] .row-choose").click(modifiers=["Shift"])
    expect(page.locator(".toolbar")).to_contain_text("4 chosen")
    page.locator(".toolbar").get_by_role("button", name="Archive").click()
    expect(page.locator(".toast")).to_contain_text("4 archived")
    expect(page.locator(".row.chosen")).to_have_count(0)


def test_everything_is_changed_also_what_was_never_seen(ana: Reader) -> None:
    page = ana.open()
    page.keyboard.press("g")
    page.keyboard.press("a")
    expect(page.locator(".toolbar-title")).to_have_text("Archive")
    expect(page.locator(".rows")).to_have_attribute(
        "aria-rowcount", re.compile(r"^2\d\d$")
    )
    page.locator(".toolbar-all").click()
    page.locator(".everything button").click()
    expect(page.locator(".everything")).to_contain_text("are chosen")
    page.locator(".toolbar").get_by_role("button", name="Delete").click()
    expect(page.locator(".toast")).to_contain_text("300 messages changed")
    expect(page.locator(".list .empty")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".row[aria-rowindex='1']")).to_be_visible()


def test_rows_can_be_single_messages(ana: Reader) -> None:
    page = ana.open()
    together = int(page.locator(".rows").get_attribute("aria-rowcount") or 0)
    page.get_by_role("button", name="View").click()
    page.get_by_role("menuitemcheckbox", name="Group by conversation").click()
    ana.until(f"Number(document.querySelector('.rows').ariaRowCount) > {together}")
    page.locator(".row[aria-rowindex='1']").click()
    expect(page.locator(".message")).to_have_count(1)


def test_a_hundred_thousand_rows(patient: Reader) -> None:
    page = patient.open()
    page.keyboard.press("g")
    page.keyboard.press("a")
    expect(page.locator(".toolbar-title")).to_have_text("Archive")
    patient.until("Number(document.querySelector('.rows').ariaRowCount) > 50000")
    page.locator(".row[aria-rowindex='1']").focus()
    page.keyboard.press("End")
    last = page.locator(".rows").get_attribute("aria-rowcount")
    expect(page.locator(f".row[aria-rowindex='{last}']:not(.blank)")).to_be_visible()
    expect(page.locator(f".row[aria-rowindex='{last}']")).to_be_focused()
    for place in (1_000_000, 2_500_000, 40_000):
        page.evaluate(f"document.querySelector('.list').scrollTop = {place}")
        row = place // 82 + 2
        expect(page.locator(f".row[aria-rowindex='{row}']:not(.blank)")).to_be_visible()
    assert page.locator("*").count() < 1500

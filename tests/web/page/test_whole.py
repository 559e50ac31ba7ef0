"""Whole mailboxes: emptied, noted as read; and who looks elsewhere is told of new mail."""

from __future__ import annotations

import json
import re
from typing import Any

from playwright.sync_api import expect
from web.page.conftest import Reader


def call(who: Reader, name: str, given: dict[str, Any]) -> Any:
    """Call a method of JMAP beside the page."""
    asked = {"using": [], "methodCalls": [[name, {"accountId": "A1", **given}, "0"]]}
    told = who.page.request.post(f"{who.address}jmap/api", data=asked).json()
    return told["methodResponses"][0][1]


def roles(who: Reader) -> dict[str, Any]:
    found = call(who, "Mailbox/get", {"ids": None})["list"]
    return {each["role"] or each["name"]: each for each in found}


def throw_away(who: Reader, most: int) -> tuple[str, list[str]]:
    """Put letters from the archive into the trash, the first of them only as well."""
    there = roles(who)
    trash, archive = there["trash"]["id"], there["archive"]["id"]
    asked = {"filter": {"inMailbox": archive}, "limit": most}
    ids = call(who, "Email/query", asked)["ids"]
    update: dict[str, Any] = {each: {"mailboxIds": {trash: True}} for each in ids}
    update[ids[0]] = {f"mailboxIds/{trash}": True}
    call(who, "Email/set", {"update": update})
    return archive, ids


def actions(who: Reader, mailbox: str) -> None:
    entry = who.page.locator(f".mailbox:has(.mailbox-link:has-text('{mailbox}'))")
    entry.hover()
    entry.get_by_role("button", name="Actions for").click()


def test_the_trash_is_emptied_with_its_true_number(ana: Reader) -> None:
    page = ana.open()
    _, ids = throw_away(ana, 120)
    page.locator(".mailbox-link:has-text('Trash')").click()
    page.get_by_role("button", name="Empty Trash").click()
    expect(page.locator("dialog")).to_contain_text("Delete all 120 messages in Trash")
    page.locator("dialog .danger").click()
    expect(page.locator(".toast")).to_contain_text("120 deleted for good")
    expect(page.locator(".list .empty")).to_contain_text("Nothing in here")
    left = call(ana, "Email/get", {"ids": ids, "properties": ["mailboxIds"]})["list"]
    assert [each["id"] for each in left] == ids[:1]  # It was in the archive, too.
    assert list(left[0]["mailboxIds"]) == [roles(ana)["archive"]["id"]]


def test_saying_no_empties_nothing(ana: Reader) -> None:
    page = ana.open()
    throw_away(ana, 5)
    actions(ana, "Trash")
    page.get_by_role("menuitem", name="Empty Trash").click()
    page.locator("dialog").get_by_role("button", name="Cancel").click()
    assert roles(ana)["trash"]["totalEmails"] == 5


def test_all_is_read_and_unread_again(ana: Reader) -> None:
    page = ana.open()
    unread = roles(ana)["inbox"]["unreadEmails"]
    actions(ana, "Inbox")
    page.get_by_role("menuitem", name="Mark all as read").click()
    expect(page.locator(".toast")).to_contain_text(f"{unread} messages marked as read")
    expect(page.locator(".row.unread")).to_have_count(0)
    assert roles(ana)["inbox"]["unreadEmails"] == 0
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".row.unread")).not_to_have_count(0)
    page.wait_for_timeout(300)
    assert roles(ana)["inbox"]["unreadEmails"] == unread


def test_the_icon_says_that_there_is_unread_mail(ana: Reader) -> None:
    page = ana.open()
    icon = page.locator("link[rel=icon]")
    expect(icon).to_have_attribute("href", re.compile("icon-unread.svg"))
    actions(ana, "Inbox")
    page.get_by_role("menuitem", name="Mark all as read").click()
    expect(icon).to_have_attribute("href", re.compile(r"/icon\.svg"))


TELLER = """
globalThis.told = [];
globalThis.Notification = class {
  static permission = 'default';
  static async requestPermission() { this.permission = ALLOWED; return ALLOWED; }
  constructor(title, more) { told.push([title, more.body]); }
  close() {}
};
document.hasFocus = () => false;
"""


def bell(who: Reader) -> None:
    who.page.get_by_role("button", name="Account").click()
    who.page.get_by_role("menuitemcheckbox", name="Tell of new mail").click()


def test_nobody_is_told_of_new_mail_unasked(ana: Reader) -> None:
    ana.page.add_init_script(TELLER.replace("ALLOWED", "'granted'"))
    ana.open()
    ana.mock("arrive")
    ana.page.wait_for_timeout(800)
    assert ana.page.evaluate("JSON.stringify(told)") == "[]"
    bell(ana)
    ana.mock("arrive")
    ana.until("told.length === 1")
    [[title, body]] = json.loads(ana.page.evaluate("JSON.stringify(told)"))
    assert title
    assert "\n" in body


def test_a_browser_that_does_not_want_to_says_so(ana: Reader) -> None:
    ana.page.add_init_script(TELLER.replace("ALLOWED", "'denied'"))
    page = ana.open()
    bell(ana)
    expect(page.locator(".toast.failed")).to_contain_text("does not allow")

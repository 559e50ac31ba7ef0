"""The list follows what happens to it, without moving what somebody looks at."""

from __future__ import annotations

import json
import re

from playwright.sync_api import Request, expect
from web.page.conftest import Reader


def methods(request: Request) -> list[str]:
    """The methods of JMAP that a request calls."""
    if not request.url.endswith("/jmap/api"):
        return []
    return [call[0] for call in json.loads(request.post_data or "{}")["methodCalls"]]


def test_new_mail_is_asked_for_as_a_change(ana: Reader) -> None:
    page = ana.open()
    asked: list[str] = []
    page.on("request", lambda request: asked.extend(methods(request)))
    first = ana.subjects()[0]
    ana.mock("arrive")
    expect(page.locator(".row[aria-rowindex='2'] .row-subject")).to_have_text(first)
    assert "Email/queryChanges" in asked
    assert "Email/query" not in asked


def test_new_mail_above_is_told_of_and_found(ana: Reader) -> None:
    page = ana.open()
    expect(page.locator(".fresh")).to_have_count(0)
    page.evaluate("document.querySelector('.list').scrollTop = 900")
    ana.mock("arrive")
    expect(page.locator(".fresh")).to_have_text(re.compile("1 new message"))
    ana.mock("arrive")
    expect(page.locator(".fresh")).to_have_text(re.compile("2 new messages"))
    page.locator(".fresh").click()
    expect(page.locator(".fresh")).to_have_count(0)
    expect(page.locator(".row[aria-rowindex='1']")).to_be_in_viewport()


def test_at_the_top_new_mail_tells_of_itself(ana: Reader) -> None:
    page = ana.open()
    total = int(page.locator(".rows").get_attribute("aria-rowcount") or 0)
    ana.mock("arrive")
    expect(page.locator(".rows")).to_have_attribute("aria-rowcount", str(total + 1))
    expect(page.locator(".fresh")).to_have_count(0)


def test_the_keyboard_stays_at_its_row(ana: Reader) -> None:
    page = ana.open()
    for _ in range(3):
        page.keyboard.press("j")
    third = ana.subjects()[2]
    focused = page.locator(".row:focus")
    expect(focused.locator(".row-subject")).to_have_text(third)
    ana.mock("arrive")
    expect(focused).to_have_attribute("aria-rowindex", "4")
    expect(focused.locator(".row-subject")).to_have_text(third)
    page.keyboard.press("j")
    expect(focused).to_have_attribute("aria-rowindex", "5")


def test_mail_that_goes_elsewhere_goes_here(ana: Reader) -> None:
    page = ana.open()
    first, second = ana.subjects()[:2]
    page.evaluate("document.querySelector('.list').scrollTop = 1400")
    page.wait_for_timeout(200)
    page.evaluate("document.querySelector('.list').scrollTop = 0")
    ana.mock("elsewhere")
    expect(page.locator(".row[aria-rowindex='1'] .row-subject")).to_have_text(second)
    assert first not in ana.subjects()


def test_many_changes_are_one_look(ana: Reader) -> None:
    page = ana.open()
    for _ in range(5):
        ana.mock("arrive")
    first = page.locator(".rows")
    total = int(first.get_attribute("aria-rowcount") or 0)
    assert total
    page.evaluate("document.querySelector('.list').scrollTop = 3000")
    page.wait_for_timeout(300)
    page.evaluate("document.querySelector('.list').scrollTop = 0")
    expect(page.locator(".row.blank")).to_have_count(0)
    shown = ana.subjects()
    assert len(set(shown)) >= len(shown) - 2

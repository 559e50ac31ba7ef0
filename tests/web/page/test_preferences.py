"""What somebody prefers is so on every device, also when two are open at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from web.page.conftest import DESKTOP, Reader, reader


@pytest.fixture
def elsewhere(browser: Browser, small: str) -> Iterator[Reader]:
    """The same person before another device."""
    yield from reader(browser, small, DESKTOP)


def kept(who: Reader) -> dict[str, object]:
    """What the server has."""
    told = who.page.request.get(f"{who.address}webmail/preferences").json()
    assert isinstance(told, dict)
    return told


def until_kept(who: Reader, name: str, value: object) -> None:
    for _ in range(60):
        if kept(who).get(name) == value:
            return
        who.page.wait_for_timeout(50)
    raise AssertionError(kept(who))


def choose(who: Reader, theme: str) -> None:
    who.page.get_by_role("button", name="Account").click()
    who.page.get_by_role("menuitemradio", name=theme).click()


def test_a_theme_goes_along_to_another_device(ana: Reader, elsewhere: Reader) -> None:
    ana.open()
    choose(ana, "Dark")
    until_kept(ana, "theme", "dark")
    page = elsewhere.open()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_two_devices_do_not_undo_each_other(ana: Reader, elsewhere: Reader) -> None:
    ana.open()
    page = elsewhere.open()
    choose(ana, "Dark")
    until_kept(ana, "theme", "dark")
    page.get_by_role("button", name="View").click()
    page.get_by_role("menuitemradio", name="List only").click()
    until_kept(elsewhere, "layout", "list")
    assert kept(elsewhere)["theme"] == "dark"
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert any("412" in each for each in elsewhere.complaints)
    elsewhere.complaints.clear()  # The browser says itself that we were refused once.


def test_a_page_that_goes_says_what_it_has_not_said(ana: Reader) -> None:
    page = ana.open()
    ana.until("fetch('/webmail/preferences').then(() => true)")
    choose(ana, "Dark")
    page.goto("about:blank")
    until_kept(ana, "theme", "dark")


def test_whoever_comes_next_has_preferences_of_his_own(ana: Reader) -> None:
    page = ana.open()
    said = json.dumps({"theme": "dark", "trusted": ["x@y.test"], "owner": "bob@x.test"})
    page.evaluate(f"localStorage.setItem('mailnode.preferences', {json.dumps(said)})")
    page.reload()
    page.wait_for_selector(".row:not(.blank)")
    expect(page.locator("html")).to_have_attribute("data-theme", "system")
    assert "trusted" not in kept(ana) or kept(ana)["trusted"] == []


def test_what_makes_no_sense_is_not_preferred(ana: Reader) -> None:
    ana.open()
    ana.page.request.put(
        f"{ana.address}webmail/preferences",
        data={"theme": "pink", "trusted": 5, "layout": "list", "undoSend": "long"},
    )
    page = ana.open()
    expect(page.locator("html")).to_have_attribute("data-theme", "system")
    expect(page.locator(".shell.columns")).to_have_count(0)

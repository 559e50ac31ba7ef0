"""What is attached, looked at and taken home; what is said of it; and leaving a list."""

from __future__ import annotations

import json
from zipfile import ZipFile

from playwright.sync_api import expect
from web.page.conftest import Reader


def test_looking_at_one_after_the_other(ana: Reader) -> None:
    page = ana.open()
    page.locator(".row:has-text('Your journey')").click()
    look = page.get_by_role("button", name="Look at conditions.txt")
    look.click()
    dialog = page.locator("dialog.viewer")
    expect(dialog.locator("h2")).to_have_text("conditions.txt")
    expect(dialog.locator("pre")).to_contain_text("Thank you for travelling")
    expect(dialog.locator(".viewer-place")).to_have_text("2 of 2")
    dialog.get_by_role("button", name="Previous attachment").click()
    expect(dialog.locator("h2")).to_have_text("ticket.pdf")
    page.keyboard.press("ArrowRight")
    expect(dialog.locator("h2")).to_have_text("conditions.txt")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(look).to_be_focused()


def test_a_picture_can_be_made_larger(ana: Reader) -> None:
    page = ana.open()
    page.locator(".row:has-text('Invoice')").click()
    page.get_by_role("button", name="Look at oak-detail.png").click()
    expect(page.locator(".viewer-zoom")).to_have_text("Fits")
    page.get_by_role("button", name="Larger").click()
    expect(page.locator(".viewer-zoom")).to_have_text("50 %")
    page.keyboard.press("+")
    expect(page.locator(".viewer-zoom")).to_have_text("100 %")
    page.keyboard.press("0")
    expect(page.locator(".viewer-zoom")).to_have_text("Fits")


def test_all_of_them_in_an_archive(ana: Reader) -> None:
    page = ana.open()
    page.locator(".row:has-text('Invoice')").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download all").click()
    assert waiting.value.suggested_filename == "Invoice 2026-118 for the kitchen.zip"
    with ZipFile(waiting.value.path()) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["invoice-2026-118.pdf", "oak-detail.png"]
        assert archive.getinfo("oak-detail.png").file_size > 0


def test_an_invitation_is_named(ana: Reader) -> None:
    page = ana.open()
    page.locator(".row:has-text('Cabin')").click()
    expect(page.locator(".special")).to_contain_text("calendar invitation")


def test_leaving_a_list(ana: Reader) -> None:
    page = ana.open()
    page.locator(".row:has-text('type checkers')").click()
    asked: list[list[object]] = []

    def heard(text: str | None) -> None:
        asked.extend(json.loads(text or "{}").get("methodCalls", []))

    page.on("request", lambda request: heard(request.post_data))
    page.get_by_role("button", name="Unsubscribe").click()
    expect(page.locator("dialog")).to_contain_text("leave@compiler.example")
    page.locator("dialog .danger").click()
    expect(page.locator(".toast")).to_contain_text("was asked to write no more")
    made = [call[1] for call in asked if call[0] == "Email/set"][-1]
    assert isinstance(made, dict)
    message = made["create"]["leaving"]
    assert message["to"] == [{"name": None, "email": "leave@compiler.example"}]
    assert message["subject"] == "leave ana"
    assert "EmailSubmission/set" in [call[0] for call in asked]


def test_nothing_else_offers_to_leave(ana: Reader) -> None:
    page = ana.open()
    page.locator(".row:has-text('Invoice')").click()
    expect(page.locator(".message.unfolded")).to_be_visible()
    expect(page.locator(".message-leave")).to_have_count(0)

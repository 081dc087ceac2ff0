"""What app.js adds to the pages: theme, copying, keys, questions, banners, and where the focus goes."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.e2e.conftest import Hub
from tests.e2e.stories import fill_credentials, ladder, sign_in

MARK = "window.stillHere = 1"
OPEN_DIALOGS = "dialog[open]"


@pytest.fixture
def desk(quiet_page: Page, demo: Hub) -> Page:
    """Ian on the dashboard, with a mark in the page that a reload would wipe out."""
    sign_in(quiet_page, demo.url, "ian@demo.example")
    quiet_page.evaluate(MARK)
    return quiet_page


def is_same_page(page: Page) -> bool:
    return bool(page.evaluate("window.stillHere === 1"))


def banner(page: Page) -> Locator:
    return page.locator("#banner")


def open_connection(page: Page, url: str) -> None:
    page.goto(url + "/settings/integrations")
    page.get_by_role("main").get_by_role("link", name="Open").first.click()
    expect(page.get_by_role("button", name="Test Connection")).to_be_visible()


def test_the_theme_changes_at_once_and_stays(desk: Page, demo: Hub) -> None:
    root = desk.locator("html")
    with desk.expect_response("**/theme"):
        desk.get_by_role("button", name="Dark", exact=True).click()
    expect(root).to_have_attribute("data-bs-theme", "dark")
    expect(desk.get_by_role("button", name="Dark", exact=True)).to_have_attribute("aria-pressed", "true")
    assert is_same_page(desk)

    desk.goto(demo.url + "/bookings")
    expect(root).to_have_attribute("data-bs-theme", "dark")
    with desk.expect_response("**/theme"):
        desk.get_by_role("button", name="As the device", exact=True).click()
    expect(root).to_have_attribute("data-bs-theme", "light")


def test_a_copied_text_is_in_the_clipboard_and_the_button_says_so(desk: Page, demo: Hub) -> None:
    desk.context.grant_permissions(["clipboard-read", "clipboard-write"])
    desk.goto(demo.url + "/portfolio")
    box = desk.locator(".copy-box").first
    copy = box.get_by_role("button")
    copy.click()
    expect(copy).to_have_text("Copied")
    expect(desk.locator("#announcer")).to_have_text("Copied")
    assert desk.evaluate("navigator.clipboard.readText()") == box.locator(".copy-text").inner_text().strip()
    expect(copy).to_have_text("Copy")


def test_where_nothing_may_be_copied_the_text_is_selected_instead(desk: Page, demo: Hub) -> None:
    desk.goto(demo.url + "/portfolio")
    desk.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    box = desk.locator(".copy-box").first
    box.get_by_role("button").click()
    expect(box.get_by_role("button")).to_have_text("Select it and press Ctrl+C")
    assert desk.evaluate("String(getSelection())") == box.locator(".copy-text").inner_text()


def test_keys_search_and_jump_but_not_while_somebody_types(desk: Page, demo: Hub) -> None:
    search = desk.locator("#search")
    desk.keyboard.press("/")
    expect(search).to_be_focused()
    desk.keyboard.type("gb?/")
    expect(search).to_have_value("gb?/")
    expect(desk.locator(OPEN_DIALOGS)).to_have_count(0)
    assert is_same_page(desk)

    search.blur()
    desk.keyboard.press("g")
    desk.keyboard.press("b")
    expect(desk).to_have_url(demo.url + "/bookings")


def test_a_question_mark_lists_the_keys_and_escape_closes_the_list(desk: Page) -> None:
    desk.keyboard.press("?")
    keys = desk.get_by_role("dialog", name="Keyboard shortcuts")
    expect(keys.get_by_role("link", name="Bookings")).to_be_visible()
    desk.keyboard.press("Escape")
    expect(keys).to_be_hidden()


def test_a_question_comes_first_and_no_means_no(desk: Page, demo: Hub) -> None:
    desk.goto(demo.url + "/settings/integrations/new/custom_rest")
    desk.get_by_role("textbox", name="Property/Hotel ID").fill("KEPT")
    desk.evaluate(MARK)
    discard = desk.get_by_role("button", name="Discard")
    question = desk.get_by_role("dialog", name=re.compile("Throw this draft away"))

    discard.click()
    expect(question).to_be_visible()
    question.get_by_role("button", name="Cancel").click()
    expect(question).to_be_hidden()
    expect(discard).to_be_focused()
    assert is_same_page(desk)

    discard.click()
    question.get_by_role("button", name="Yes, go on").click()
    expect(desk.get_by_text("The draft is gone.")).to_be_visible()


def test_while_a_form_is_sent_its_other_buttons_wait(desk: Page, demo: Hub, pms: dict[str, Any]) -> None:
    desk.goto(demo.url + "/settings/integrations/new/custom_rest")
    fill_credentials(desk, pms)
    desk.get_by_role("button", name="Continue").click()
    blank, sample = (desk.get_by_role("button", name=name) for name in ("Start from blank", "Load sample"))
    expect(blank).to_be_visible()
    held: list[Route] = []

    def hold(route: Route) -> None:  # the plugin marks what it is given, and a list's method takes no mark
        held.append(route)

    desk.route("**/new/custom_rest/mapping", hold)
    blank.click()
    expect(sample).to_have_attribute("aria-disabled", "true")
    sample.dispatch_event("click")  # a press that nothing keeps away
    desk.wait_for_timeout(200)
    assert len(held) == 1

    held[0].continue_()
    expect(sample).not_to_have_attribute("aria-disabled", "true")


def test_a_server_that_cannot_be_reached_is_said_in_the_banner(desk: Page, demo: Hub) -> None:
    open_connection(desk, demo.url)
    for words in ("ERR_INTERNET_DISCONNECTED", "htmx:sendError", "htmx:afterRequest"):
        desk.listener.expect(words)  # type: ignore[attr-defined]
    desk.context.set_offline(True)
    test = desk.get_by_role("button", name="Test Connection")
    test.click()
    expect(banner(desk)).to_contain_text("The server did not answer.")
    expect(test).not_to_have_attribute("aria-disabled", "true")

    desk.context.set_offline(False)
    banner(desk).get_by_role("button", name="Dismiss").click()
    expect(banner(desk)).to_be_empty()
    test.click()
    expect(ladder(desk)).to_contain_text("Connected to Hotel Aurora.")


def test_a_session_that_ended_asks_to_sign_in_and_comes_back_here(desk: Page, demo: Hub) -> None:
    open_connection(desk, demo.url)
    here = desk.url
    for words in ("401", "htmx:responseError"):
        desk.listener.expect(words)  # type: ignore[attr-defined]
    desk.context.clear_cookies()
    desk.get_by_role("button", name="Test Connection").click()
    banner(desk).get_by_role("link", name="Sign in").click()
    desk.get_by_label("E-mail").fill("ian@demo.example")
    desk.get_by_label("Password", exact=True).fill("ian-runs-the-demo")
    desk.get_by_role("button", name="Sign in").click()
    expect(desk).to_have_url(here)


def test_a_form_that_is_wrong_puts_the_focus_on_the_first_wrong_field(desk: Page, demo: Hub) -> None:
    desk.listener.expect("422")  # type: ignore[attr-defined]
    desk.goto(demo.url + "/settings/integrations/new/custom_rest")
    desk.evaluate(MARK)
    address = desk.get_by_role("textbox", name="Endpoint URL")
    address.fill("")
    desk.get_by_role("button", name="Continue").click()
    expect(address).to_have_attribute("aria-invalid", "true")
    expect(address).to_be_focused()
    assert is_same_page(desk)


def test_the_answer_to_a_button_is_brought_into_view_on_a_phone(browser: Browser, demo: Hub) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    page = context.new_page()
    sign_in(page, demo.url, "ian@demo.example")
    open_connection(page, demo.url)
    page.get_by_role("button", name="Test Connection").click()
    expect(ladder(page).get_by_text("Server name")).to_be_in_viewport()

    page.get_by_role("link", name="Settings", exact=True).click()
    expect(page.get_by_role("main").locator("[aria-current=page]")).to_be_in_viewport()
    context.close()

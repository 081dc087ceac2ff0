"""The main story without a mouse: Tab, Enter, Space, arrows and typing; the focus is always seen and never lost."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Hub
from tests.e2e.stories import RECIPE, ladder, sign_in
from tests.e2e.test_first_start import PASSWORD, claim_code, fill_wizard

SYNCED = 60_000  # milliseconds
POLLED = 16_000  # milliseconds: the dashboard reads itself every fifteen seconds
HAS_FOCUS = "element => element === document.activeElement"
FOCUS_IS_SEEN = """() => {
  const at = document.activeElement;
  if (at === document.body) return ""; // beyond the last stop, where the browser's own buttons would come
  const drawn = at.matches(".segment-input") ? at.nextElementSibling : at;
  const style = getComputedStyle(drawn), box = drawn.getBoundingClientRect();
  const ring = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1) || style.boxShadow !== "none";
  return ring && box.bottom > 0 && box.top < innerHeight && box.width > 0 ? "" : at.outerHTML.slice(0, 120);
}"""


class Keyboard:
    """The hands of somebody who has no mouse."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def go_to(self, target: Locator) -> None:
        """Tab until it has the focus; every stop on the way must be seen."""
        expect(target).to_be_visible()
        for _ in range(120):
            self._page.keyboard.press("Tab")
            assert self._page.evaluate(FOCUS_IS_SEEN) == ""
            if target.evaluate(HAS_FOCUS):
                return
        raise AssertionError(f"Tab never comes to {target}")

    def press(self, target: Locator, key: str = "Enter") -> None:
        self.go_to(target)
        self._page.keyboard.press(key)

    def type(self, target: Locator, text: str) -> None:
        self.go_to(target)
        self._page.keyboard.press("Control+A")
        self._page.keyboard.type(text)


@pytest.fixture
def keys(quiet_page: Page) -> Keyboard:
    return Keyboard(quiet_page)


@pytest.fixture
def claimed_hub(quiet_page: Page, start_hub: Callable[..., Hub]) -> Hub:
    """A hub that has an owner and no connection; nobody is signed in."""
    hub = start_hub("serve", until="claim code")
    quiet_page.goto(hub.url)
    fill_wizard(quiet_page, claim_code(hub))
    quiet_page.context.clear_cookies()
    return hub


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def test_the_main_story_needs_no_mouse(
    quiet_page: Page, keys: Keyboard, claimed_hub: Hub, pms: dict[str, Any]
) -> None:
    quiet_page.goto(claimed_hub.url)
    keys.type(quiet_page.get_by_label("E-mail"), "ada@lindenhof.example")
    keys.type(quiet_page.get_by_label("Password", exact=True), PASSWORD)
    quiet_page.keyboard.press("Enter")
    expect(quiet_page.get_by_role("heading", level=1)).to_have_text("Dashboard")

    add_a_connection(quiet_page, keys, pms)
    expect(quiet_page.get_by_role("heading", level=1)).to_have_text("Aurora PMS")
    expect(quiet_page.get_by_text("Working").first).to_be_visible(timeout=SYNCED)

    press_test(quiet_page, keys, f"Connected to {pms['hotel_name']}.")
    quiet_page.keyboard.press("g")
    quiet_page.keyboard.press("b")
    expect(quiet_page.get_by_role("heading", level=1)).to_have_text("Bookings")
    guest = quiet_page.get_by_role("table").get_by_role("link").first
    name = guest.inner_text()
    keys.press(guest)
    expect(quiet_page.get_by_role("heading", level=1)).to_have_text(name)


def add_a_connection(page: Page, keys: Keyboard, pms: dict[str, Any]) -> None:
    keys.press(page.get_by_role("navigation", name="Main").get_by_role("link", name="Integrations"))
    keys.press(page.get_by_role("main").get_by_role("link", name="Add New Integration").first)
    keys.press(page.get_by_role("link", name="Custom PMS (via REST API)").first)

    keys.type(page.get_by_role("textbox", name="Endpoint URL"), pms["url"] + "/v2")
    keys.type(page.locator("#api_key"), pms["credentials"]["api_key_header"]["value"])
    keys.type(page.get_by_role("textbox", name="Property/Hotel ID"), pms["property_id"])
    press_test(page, keys, "The server answers.")
    keys.press(button(page, "Continue"))

    paste_recipe(page, keys)
    keys.press(button(page, "Continue"))
    keys.press(page.get_by_label("Rates and packages"), "Space")
    expect(page.get_by_label("Rates and packages")).not_to_be_checked()
    keys.press(button(page, "Continue"))
    keys.type(page.get_by_label("Name", exact=True), "Aurora PMS")
    keys.press(button(page, "Save configuration"))


def press_test(page: Page, keys: Keyboard, verdict: str) -> None:
    test = button(page, "Test Connection")
    keys.press(test)
    expect(ladder(page)).to_contain_text(verdict)
    expect(test).to_be_focused()


def paste_recipe(page: Page, keys: Keyboard) -> None:
    box = page.get_by_label("Paste a sample answer")
    keys.go_to(box)
    page.keyboard.insert_text(RECIPE.read_text(encoding="utf-8"))
    keys.press(button(page, "Use as recipe"))
    expect(page.get_by_label("Path", exact=True)).to_be_visible()
    expect(page.locator("#connections-recipe")).to_be_focused()


def test_a_search_keeps_the_focus_where_it_is_typed(quiet_page: Page, keys: Keyboard, demo: Hub) -> None:
    # A letter more, and the search that is under way is dropped; htmx writes that to the console.
    for event in ("htmx:sendAbort", "htmx:afterRequest"):
        quiet_page.listener.expect(event)  # type: ignore[attr-defined]
    sign_in(quiet_page, demo.url, "ben@demo.example")
    quiet_page.goto(demo.url + "/bookings")
    rows = quiet_page.get_by_role("table").get_by_role("row")
    all_rows = rows.count()
    search = quiet_page.locator("#bookings-q")
    keys.type(search, "okafor")
    expect(rows).not_to_have_count(all_rows)
    expect(search).to_be_focused()
    expect(search).to_have_value("okafor")

    status = quiet_page.get_by_role("search", name="Filter bookings").get_by_label("Status")
    keys.press(status, "ArrowDown")
    expect(quiet_page).not_to_have_url(demo.url + "/bookings?q=okafor")
    expect(status).to_be_focused()


def test_the_poll_of_the_dashboard_leaves_the_focus_alone(
    quiet_page: Page, keys: Keyboard, demo: Hub
) -> None:
    quiet_page.clock.install()
    sign_in(quiet_page, demo.url, "ben@demo.example")
    guest = quiet_page.locator("#desk-arrivals").get_by_role("link").nth(2)
    keys.go_to(guest)
    quiet_page.locator("#dashboard-desk").evaluate("part => { part.dataset.old = 'yes'; }")
    with quiet_page.expect_response(demo.url + "/"):
        quiet_page.clock.fast_forward(POLLED)
    expect(quiet_page.locator("#dashboard-desk[data-old]")).to_have_count(0)
    expect(guest).to_be_focused()


def test_a_button_that_is_swapped_away_hands_its_focus_on(
    quiet_page: Page, keys: Keyboard, demo: Hub
) -> None:
    sign_in(quiet_page, demo.url, "ian@demo.example")
    quiet_page.goto(demo.url + "/settings/integrations")
    keys.press(quiet_page.get_by_role("main").get_by_role("link", name="Open").first)
    overview = quiet_page.locator("#connections-overview")
    keys.press(overview.get_by_role("button", name="Sync now"))
    expect(overview.locator("..")).to_contain_text("Sync")
    expect(quiet_page.locator("body")).not_to_be_focused()
    assert overview.evaluate("part => part.contains(document.activeElement)")

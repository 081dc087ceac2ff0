"""The main story: an admin connects the hotel's PMS, and its bookings appear by schedule."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Hub
from tests.e2e.stories import add_connection, fill_credentials, ladder, load_recipe, sign_in
from tests.e2e.test_first_start import claim_code, fill_wizard

SEEN = 60_000  # milliseconds: a first sync starts within two seconds and takes about as long


@pytest.fixture
def owned_hub(start_hub: Callable[..., Hub]) -> Hub:
    """A real hub, started and not yet claimed."""
    return start_hub("serve", until="claim code")


def wait_for_bookings(page: Page, url: str) -> None:
    page.goto(url + "/bookings")
    row = page.get_by_role("table").get_by_role("link").first
    for _ in range(10):
        if row.is_visible():
            return
        page.wait_for_timeout(1000)
        page.reload()
    expect(row).to_be_visible()


def test_an_admin_connects_a_pms_and_sees_its_bookings(
    quiet_page: Page, owned_hub: Hub, pms: dict[str, Any]
) -> None:
    quiet_page.goto(owned_hub.url)
    fill_wizard(quiet_page, claim_code(owned_hub))
    add_connection(quiet_page, owned_hub.url, pms, "Aurora PMS")
    expect(quiet_page.get_by_text("Working").first).to_be_visible(timeout=SEEN)
    wait_for_bookings(quiet_page, owned_hub.url)
    quiet_page.goto(owned_hub.url)
    expect(quiet_page.get_by_text("Every sync is on time")).to_be_visible(timeout=SEEN)


def test_the_same_works_without_javascript(browser: Browser, owned_hub: Hub, pms: dict[str, Any]) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(owned_hub.url)
    fill_wizard(page, claim_code(owned_hub))
    add_connection(page, owned_hub.url, pms, "Aurora PMS")
    wait_for_bookings(page, owned_hub.url)
    expect(page.get_by_role("table").get_by_role("link").first).to_be_visible()
    context.close()


def test_a_test_swaps_only_its_ladder(quiet_page: Page, demo: Hub) -> None:
    sign_in(quiet_page, demo.url, "ian@demo.example")
    quiet_page.goto(demo.url + "/settings/integrations")
    quiet_page.get_by_role("link", name="Open").first.click()
    quiet_page.evaluate("window.stillHere = 1")
    quiet_page.get_by_role("button", name="Test Connection").click()
    expect(ladder(quiet_page)).to_contain_text("Connected to Hotel Aurora.")
    assert quiet_page.evaluate("window.stillHere") == 1


def test_the_wrong_address_and_the_wrong_hotel_are_named(
    quiet_page: Page, demo: Hub, pms: dict[str, Any]
) -> None:
    sign_in(quiet_page, demo.url, "ada@demo.example")
    quiet_page.goto(demo.url + "/settings/integrations/new/custom_rest")
    fill_credentials(quiet_page, pms)
    quiet_page.get_by_role("button", name="Continue").click()
    load_recipe(quiet_page)
    quiet_page.get_by_role("link", name="Back").click()

    quiet_page.get_by_role("textbox", name="Property/Hotel ID").fill("NOWHERE")
    quiet_page.get_by_role("button", name="Test Connection").click()
    choice = quiet_page.get_by_role("button", name=pms["hotel_name"])
    expect(choice).to_be_visible()
    choice.click()
    expect(quiet_page.get_by_role("textbox", name="Property/Hotel ID")).to_have_value(pms["property_id"])

    quiet_page.get_by_role("textbox", name="Endpoint URL").fill("http://127.0.0.1:9")
    quiet_page.get_by_role("button", name="Test Connection").click()
    expect(ladder(quiet_page)).to_contain_text("Nothing answers at 127.0.0.1:9.")

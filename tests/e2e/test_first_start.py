"""The first start of a new installation: claim code, wizard, first page."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Hub

PASSWORD = "four words in a row"


def claim_code(hub: Hub) -> str:
    found = re.search(r"\b([A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4})\b", hub.printed)
    assert found, hub.printed
    return found[1]


def fill_wizard(page: Page, code: str) -> None:
    page.get_by_label("Claim code").fill(code)
    page.get_by_label("Name of the hotel").fill("Hotel Lindenhof")
    page.get_by_label("Time zone").fill("Europe/Zurich")
    page.get_by_label("Currency").fill("CHF")
    page.get_by_label("Night audit").select_option("4")
    page.get_by_label("Your name").fill("Ada Lindqvist")
    page.get_by_label("E-mail").fill("ada@lindenhof.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Set up the hotel").click()


def test_whoever_has_the_claim_code_becomes_the_owner(
    quiet_page: Page, start_hub: Callable[..., Hub]
) -> None:
    hub = start_hub("serve", until="claim code")
    quiet_page.listener.expect("422")  # type: ignore[attr-defined]
    quiet_page.goto(hub.url)
    expect(quiet_page).to_have_url(hub.url + "/setup")

    fill_wizard(quiet_page, "AAAA-BBBB-CCCC")
    expect(quiet_page.get_by_text("This is not the code that the console showed")).to_be_visible()
    expect(quiet_page.get_by_label("Name of the hotel")).to_have_value("Hotel Lindenhof")

    fill_wizard(quiet_page, claim_code(hub))
    expect(quiet_page).to_have_url(hub.url + "/")
    expect(quiet_page.get_by_role("heading", level=1)).to_have_text("Dashboard")
    expect(quiet_page.get_by_text("No PMS yet")).to_be_visible()


def test_the_wizard_works_without_javascript(browser: object, start_hub: Callable[..., Hub]) -> None:
    hub = start_hub("serve", until="claim code")
    context = browser.new_context(java_script_enabled=False)  # type: ignore[attr-defined]
    page = context.new_page()
    page.goto(hub.url)
    fill_wizard(page, claim_code(hub))
    expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")
    context.close()


def test_a_restart_keeps_people_and_shows_no_code(page: Page, start_hub: Callable[..., Hub]) -> None:
    first = start_hub("serve", until="claim code")
    page.goto(first.url)
    fill_wizard(page, claim_code(first))
    expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")
    assert first.stop() == 0

    second = start_hub("serve", data=first.data)
    assert "claim code" not in second.printed
    page.goto(second.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")  # the session outlives a restart
    page.context.clear_cookies()
    page.goto(second.url)
    page.get_by_label("E-mail").fill("ada@lindenhof.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")

"""What several stories do: sign in as one of the demo's cast, and add the simulated PMS step by step."""

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

RECIPE = Path(__file__).parents[2] / "simulator/pms/custom_rest.recipe.json"
PASSWORDS = {
    "ada@demo.example": "ada-owns-the-demo",
    "ian@demo.example": "ian-runs-the-demo",
    "ben@demo.example": "ben-works-the-desk",
}


def sign_in(page: Page, url: str, email: str, password: str | None = None) -> None:
    page.goto(url + "/login")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(password or PASSWORDS[email])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")


def ladder(page: Page) -> Locator:
    return page.locator("#connections-check")


def fill_credentials(page: Page, pms: dict[str, Any], *, key: str | None = None) -> None:
    page.get_by_role("textbox", name="Endpoint URL").fill(pms["url"] + "/v2")
    page.locator("#api_key").fill(key or pms["credentials"]["api_key_header"]["value"])
    page.get_by_role("textbox", name="Property/Hotel ID").fill(pms["property_id"])


def load_recipe(page: Page) -> None:
    """The mapping comes from the recipe file that the simulated vendor's customers share."""
    expect(page.get_by_role("button", name="Load sample")).to_be_visible()
    begin = page.locator("details:has(#file)")
    if begin.get_attribute("open") is None:  # folded where a draft has begun already
        begin.locator("summary").click()
    page.get_by_label("or choose a file").set_input_files(RECIPE)
    page.get_by_role("button", name="Use as recipe").click()
    expect(page.get_by_label("Path", exact=True)).to_have_value(re.compile("^/properties/"))


def add_connection(page: Page, url: str, pms: dict[str, Any], name: str) -> None:
    """From the catalogue to the saved connection; the key is wrong first, and the test says so."""
    page.goto(url + "/settings/integrations")
    page.get_by_role("link", name="Add New Integration").first.click()
    page.get_by_role("link", name=re.compile(r"Custom PMS \(via REST API\)")).first.click()

    fill_credentials(page, pms, key="wrong-key")
    page.get_by_role("button", name="Continue").click()
    load_recipe(page)
    page.get_by_role("button", name="Load sample").click()
    expect(page.get_by_text("refused", exact=False).first).to_be_visible()
    page.get_by_role("link", name="Back").click()

    fill_credentials(page, pms)
    page.get_by_role("button", name="Test Connection").click()
    expect(ladder(page)).to_contain_text(f"Connected to {pms['hotel_name']}.")
    page.get_by_role("button", name="Continue").click()

    page.get_by_role("button", name="Load sample").click()
    expect(page.get_by_role("table", name="Sample bookings").get_by_role("row")).to_have_count(6)
    page.get_by_role("button", name="Continue").click()

    for label in (
        "Bookings/Reservations",
        "Guest profiles",
        "Room availability",
        "Rates and packages",
        "Check-ins/Check-outs",
    ):
        expect(page.get_by_label(label)).to_be_checked()
    page.get_by_role("button", name="Continue").click()

    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Save configuration").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)

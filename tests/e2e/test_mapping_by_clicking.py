"""A hotel system is mapped by clicking on its own answer, its bookings appear, and an older version comes back."""

import re
from typing import Any

import msgspec
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Hub
from tests.e2e.stories import RECIPE, fill_credentials, sign_in
from tests.e2e.test_every_page import problems

SEEN = 60_000  # milliseconds: a first sync starts within two seconds and takes about as long
CLICKS = (
    ("reservationNo", "external_id"),
    ("state", "status"),
    ("from", "arrival"),
    ("to", "departure"),
    ("guest.family", "guest_last_name"),
    ("guest.given", "guest_first_name"),
)


def bare_recipe() -> str:
    """What the API's documents say of the question, with nothing said of the answer."""
    recipe = msgspec.json.decode(RECIPE.read_bytes())
    bookings = recipe["streams"]["bookings"]
    for name in ("select", "stays", "guests"):
        bookings.pop(name, None)
    bookings |= {"fields": {}, "status_map": {}}
    recipe |= {"streams": {"bookings": bookings}}
    recipe.pop("webhook")
    return msgspec.json.encode(recipe).decode()


def map_by_clicking(page: Page) -> None:
    page.get_by_label("Paste a sample answer").fill(bare_recipe())
    page.get_by_role("button", name="Use as recipe").click()
    page.get_by_role("button", name="Load sample").click()
    page.get_by_role("button", name="These are the bookings reservations").click()
    expect(page.get_by_text("Still missing: Booking's id, Status, Arrival, Departure.")).to_be_visible()
    for path, field in CLICKS:
        page.get_by_role("combobox", name=f"Use {path} as", exact=True).select_option(field)
        page.get_by_role("button", name=f"Use {path}", exact=True).click()
        expect(page.locator(f'[id="source-{field}"]')).to_have_value(path)
    expect(page.get_by_role("table", name="Sample bookings").get_by_role("row")).to_have_count(6)


def give_every_word_a_meaning(page: Page) -> None:
    groups = page.get_by_role("group", name=re.compile("Meaning of "))
    expect(groups.first).to_be_visible()
    for _ in range(groups.count()):
        before = groups.count()
        groups.first.get_by_role("button", name="Confirmed").click()
        expect(groups).to_have_count(before - 1)


def connect_by_clicking(page: Page, url: str, pms: dict[str, Any], name: str) -> None:
    page.goto(url + "/settings/integrations/new/custom_rest")
    fill_credentials(page, pms)
    page.get_by_role("button", name="Continue").click()
    map_by_clicking(page)
    give_every_word_a_meaning(page)
    page.get_by_role("button", name="Continue").click()
    for label in ("Guest profiles", "Room availability", "Rates and packages"):
        page.get_by_text(label, exact=True).click()
        expect(page.get_by_label(label)).not_to_be_checked()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Save configuration").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def test_a_system_is_mapped_by_clicking_and_an_older_version_comes_back(
    quiet_page: Page, demo: Hub, pms: dict[str, Any]
) -> None:
    sign_in(quiet_page, demo.url, "ian@demo.example")
    connect_by_clicking(quiet_page, demo.url, pms, "Mapped by hand")
    expect(quiet_page.get_by_text("Working").first).to_be_visible(timeout=SEEN)
    quiet_page.get_by_role("link", name=re.compile(r"^Mapping\d*$")).click()  # counts words without a meaning
    quiet_page.get_by_role("button", name="Load sample").click()
    quiet_page.get_by_role("combobox", name="Use guest.given as", exact=True).select_option("notes")
    quiet_page.get_by_role("button", name="Use guest.given", exact=True).click()
    expect(quiet_page.get_by_role("table", name="What changes for these bookings")).to_be_visible()
    quiet_page.get_by_role("button", name="Undo the last step").click()
    expect(quiet_page.get_by_text("reads these bookings in the same way")).to_be_visible()
    quiet_page.get_by_label("Guest: first name", exact=True).fill("")
    quiet_page.get_by_label("Note for this version").fill("first names are private")
    quiet_page.get_by_role("button", name="Save the mapping").click()
    expect(quiet_page.get_by_text("Version 2 is running.")).to_be_visible()

    quiet_page.get_by_role("link", name="Versions").click()
    expect(quiet_page.get_by_text("first names are private")).to_be_visible()
    quiet_page.get_by_role("link", name=re.compile("Compare or restore")).click()
    expect(quiet_page.get_by_text("Guest: first name: left out")).to_be_visible()
    expect(
        quiet_page.get_by_text(re.compile(r"will re-read [1-9][\d,]* bookings, about \d+ calls?"))
    ).to_be_visible()
    assert problems(quiet_page, quiet_page.url) == []
    quiet_page.get_by_role("button", name="Restore version 1").click()
    expect(quiet_page.get_by_text("Version 1 came back.")).to_be_visible()


def test_the_same_works_on_a_phone_without_javascript(
    browser: Browser, demo: Hub, pms: dict[str, Any]
) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    sign_in(page, demo.url, "ian@demo.example")
    page.goto(demo.url + "/settings/integrations/new/custom_rest")
    fill_credentials(page, pms)
    page.get_by_role("button", name="Continue").click()
    map_by_clicking(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()

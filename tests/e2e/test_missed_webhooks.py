"""The vendor loses a webhook: it stands on the ledger, polling tightens by itself, and relaxes when calls are back."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Hub
from tests.e2e.stories import sign_in

GRACE_SECONDS = "3"
TRIES, PAUSE = 40, 700  # looks, and milliseconds between them
Vendor = Callable[..., Any]


@pytest.fixture(scope="module")
def hub(start_hub: Callable[..., Hub]) -> Iterator[Hub]:
    """A demo of its own, in which a call may be late by three seconds instead of ten minutes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WEBHOOK_GRACE_SECONDS", GRACE_SECONDS)
        yield start_hub("demo", until="Every start begins anew")


@pytest.fixture(scope="module")
def vendor(hub: Hub) -> Vendor:
    """Asks the control desk of the demo's simulated vendor."""
    url = re.search(r"over HTTP from (http://\S+?)\.\s", hub.printed)
    token = re.search(r"X-Simulator-Token: (\S+)", hub.printed)
    assert url
    assert token

    def ask(method: str, topic: str, document: object = None) -> Any:
        answer = requests.request(
            method,
            f"{url[1]}/_control/{topic}",
            json=document,
            headers={"X-Simulator-Token": token[1]},
            timeout=10,
        )
        answer.raise_for_status()
        return answer.json()

    return ask


def book(vendor: Vendor, last: str) -> None:
    day = date.fromisoformat(vendor("GET", "world")["business_date"])
    stay = {"arrival": day.isoformat(), "departure": (day + timedelta(1)).isoformat()}
    vendor("POST", "world/book", {**stay, "first": "Wilma", "last": last})


def look_until(page: Page, address: str, is_so: Callable[[], bool]) -> None:
    """Looking again is what a person does."""
    for _ in range(TRIES):
        page.goto(address)
        if is_so():
            return
        page.wait_for_timeout(PAUSE)
    pytest.fail(f"it did not come to pass at {address}: {page.inner_text('main')[:2000]}")


def look_for_booking(page: Page, hub: Hub, name: str) -> None:
    found = page.get_by_role("table").get_by_role("link").first
    look_until(page, f"{hub.url}/bookings?q={name}", found.is_visible)


def test_a_dropped_call_is_on_the_ledger_and_polling_helps_out(
    quiet_page: Page, hub: Hub, vendor: Vendor
) -> None:
    page = quiet_page
    sign_in(page, hub.url, "ian@demo.example")
    book(vendor, "Announced")
    look_for_booking(page, hub, "announced")

    vendor("POST", "webhooks/manners", {"drop": True})
    book(vendor, "Unannounced")
    page.goto(f"{hub.url}/settings/integrations")
    page.get_by_role("button", name="Sync now").first.click()
    look_for_booking(page, hub, "unannounced")

    card = page.locator("#health-missed")
    look_until(page, f"{hub.url}/integrations/health", card.get_by_text("Polling every 2 min").is_visible)
    expect(card.get_by_text("because 1 webhook did not come")).to_be_visible()
    missed = card.get_by_role("table", name=re.compile("Missed webhooks of"))
    expect(missed.get_by_text("New booking")).to_have_count(1)
    missed.get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Unannounced")


def test_when_calls_are_back_polling_relaxes_and_the_log_tells_both(
    quiet_page: Page, hub: Hub, vendor: Vendor
) -> None:
    page = quiet_page
    sign_in(page, hub.url, "ian@demo.example")
    vendor("POST", "webhooks/manners", {"drop": False})
    for name in ("Backone", "Backtwo", "Backthree"):
        book(vendor, name)
    card = page.locator("#health-missed")
    look_until(
        page,
        f"{hub.url}/integrations/health",
        lambda: card.is_visible() and "Polling every" not in card.inner_text(),
    )
    page.goto(f"{hub.url}/integrations/logs?q=polled+every")
    lines = page.get_by_role("table").get_by_role("link", name=re.compile("polled every"))
    expect(lines).to_have_count(2)

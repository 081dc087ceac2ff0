"""A webhook changes a booking on screen; a refused key turns into a repair card, and the re-entered key heals it."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Hub
from tests.e2e.stories import sign_in

SOON = 60_000  # milliseconds: a hit is applied within two seconds, a busy machine takes longer
Vendor = Callable[..., Any]


@pytest.fixture(scope="module")
def hub(start_hub: Callable[..., Hub]) -> Hub:
    """A demo of its own: these stories break it for a while."""
    return start_hub("demo", until="Every start begins anew")


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


def search_until_found(page: Page, hub: Hub, words: str) -> None:
    """A hit is applied a moment after it was answered: looking again is what a person does."""
    for _ in range(15):
        page.goto(f"{hub.url}/bookings?q={words}")
        if page.get_by_role("table").get_by_role("link").first.is_visible():
            return
        page.wait_for_timeout(700)
    pytest.fail(f"{words} did not appear")


def test_a_webhook_brings_and_changes_a_booking(quiet_page: Page, hub: Hub, vendor: Vendor) -> None:
    sign_in(quiet_page, hub.url, "ben@demo.example")
    world = vendor("GET", "world")
    day = world["business_date"]
    booked = vendor(
        "POST",
        "world/book",
        {"arrival": day, "departure": _day_after(day), "first": "Wilma", "last": "Webhookson"},
    )
    search_until_found(quiet_page, hub, "webhookson")
    quiet_page.get_by_role("table").get_by_role("link").first.click()
    expect(quiet_page.get_by_text("Confirmed").first).to_be_visible()

    vendor("POST", "world/cancel", {"number": booked["number"]})
    cancelled = quiet_page.get_by_text("Cancelled").first
    for _ in range(15):
        quiet_page.reload()
        if cancelled.is_visible():
            break
        quiet_page.wait_for_timeout(700)
    expect(cancelled).to_be_visible()


def test_logs_and_health_tell_of_the_webhook(quiet_page: Page, hub: Hub) -> None:
    sign_in(quiet_page, hub.url, "ian@demo.example")
    quiet_page.goto(hub.url + "/integrations/logs?view=hits")
    expect(
        quiet_page.get_by_role("table", name=re.compile("Lines|Log")).get_by_role("row")
    ).not_to_have_count(1)
    quiet_page.goto(hub.url + "/integrations/health")
    for _ in range(15):
        if quiet_page.get_by_text("not compared with the PMS yet").count() == 0:
            break
        quiet_page.wait_for_timeout(700)  # the first comparison follows the first load by a moment
        quiet_page.goto(hub.url + "/integrations/health")
    expect(quiet_page.get_by_text("Yes, safe to rely on.")).to_be_visible()
    expect(quiet_page.get_by_text("No webhook call has come yet")).to_have_count(0)


def test_a_refused_key_asks_once_and_the_right_one_heals(quiet_page: Page, hub: Hub, vendor: Vendor) -> None:
    sign_in(quiet_page, hub.url, "ian@demo.example")
    vendor("POST", "faults", {"kind": "unauthorized"})
    quiet_page.goto(hub.url + "/settings/integrations")
    quiet_page.get_by_role("button", name="Sync now").first.click()
    repair = quiet_page.get_by_role("region", name=re.compile("needs you"))
    for _ in range(20):
        quiet_page.goto(hub.url + "/settings/integrations")
        if repair.is_visible():
            break
        quiet_page.wait_for_timeout(700)
    expect(repair).to_have_count(1)
    expect(quiet_page.get_by_text("Needs you").first).to_be_visible()

    quiet_page.listener.expect("422")  # type: ignore[attr-defined]
    repair.get_by_label(re.compile("New API Key")).fill("another-wrong-key")
    repair.get_by_role("button", name="Test and save").click()
    expect(repair.get_by_role("listitem").first).to_be_visible(timeout=SOON)

    vendor("DELETE", "faults")
    key = vendor(
        "POST",
        "credentials",
        {
            "kind": "api_key_header",
            "scopes": ["reservations", "guests", "availability", "rates", "movements"],
        },
    )
    repair.get_by_label(re.compile("New API Key")).fill(key["secret"])
    repair.get_by_role("button", name="Test and save").click()
    expect(quiet_page.get_by_text("works again").first).to_be_visible(timeout=SOON)

    quiet_page.goto(hub.url + "/integrations/logs?q=works+again")
    lines = quiet_page.get_by_role("table").get_by_role("link", name=re.compile("works again"))
    expect(lines).to_have_count(1)


def _day_after(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()

"""An admin makes a key, a program reads bookings with the page's own command, and the key is taken away again."""

import re

import requests
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Hub
from tests.e2e.stories import sign_in


def test_a_key_is_made_used_and_revoked(quiet_page: Page, demo: Hub) -> None:
    page = quiet_page
    sign_in(page, demo.url, "ian@demo.example")
    page.goto(f"{demo.url}/settings/api-access")
    command = page.locator("#api-curl").inner_text()
    page.get_by_role("link", name="Generate New API Key").click()
    page.listener.expect("422")  # type: ignore[attr-defined]  # the name is missing
    dialog = page.get_by_role("dialog", name="Generate New API Key")
    dialog.get_by_role("button", name="Generate API Key").click()
    expect(dialog.get_by_text("Give the key a name").first).to_be_visible()

    dialog.get_by_label("Name", exact=True).fill("Door locks")
    dialog.get_by_role("button", name="Generate API Key").click()
    expect(dialog.get_by_text("“Door locks” works now.")).to_be_visible()
    key = dialog.locator("#api-key-once").inner_text().strip()
    assert key not in page.url

    address = re.search(r'curl "([^"]+)"', command)
    assert address
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    answer = requests.get(address[1], headers=headers, timeout=10)
    assert answer.status_code == 200
    assert answer.json()["data"]

    dialog.get_by_role("link", name="I stored it").click()
    expect(page.get_by_role("link", name="Door locks")).to_be_visible()
    assert key not in page.content()
    page.go_back()
    assert key not in page.content()

    page.goto(f"{demo.url}/settings/api-access")
    page.get_by_role("link", name="Door locks").click()
    expect(page.get_by_text("Used 1 time in 7 days").first).to_be_visible()
    page.get_by_text("Revoke", exact=True).click()
    page.get_by_role("button", name="Revoke the key").click()
    expect(page.get_by_text("Revoked").first).to_be_visible()
    assert requests.get(address[1], headers=headers, timeout=10).status_code == 401

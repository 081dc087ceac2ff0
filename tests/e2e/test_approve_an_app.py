"""A hotel allows the hub's app in the vendor's own page: denied first, then allowed, and the connection works."""

import re
from typing import Any

import requests
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Hub
from tests.e2e.stories import ladder, sign_in
from tests.e2e.test_every_page import problems


def test_cloudbeds_is_connected_by_an_approval(quiet_page: Page, demo: Hub, pms: dict[str, Any]) -> None:
    page = quiet_page
    door = pms["dialects"]["cloudbeds"]
    app = door["credentials"]["oauth2"]
    _register(pms, f"{demo.url}/settings/integrations/approval/return")
    sign_in(page, demo.url, "ian@demo.example")
    page.goto(demo.url + "/settings/integrations/new/cloudbeds/credentials")
    page.locator("#endpoint_url").fill(f"{pms['url']}/cloudbeds/api/v1.3")
    page.get_by_label("How the hub proves who it is").select_option(label="OAuth 2 app")
    connect = page.get_by_role("button", name="Connect with Cloudbeds")
    expect(connect).to_be_visible()
    page.get_by_role("textbox", name="Client id").fill(app["client_id"])
    page.locator("#api_secret").fill(app["client_secret"])
    connect.click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Connect with Cloudbeds")
    expect(page.locator("#redirect-uri")).to_have_text(f"{demo.url}/settings/integrations/approval/return")
    assert problems(page, page.url) == []
    page.get_by_role("link", name="Continue to Cloudbeds").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Allow access?")
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_text("The approval was denied at the provider.")).to_be_visible()

    page.get_by_role("button", name="Start again").click()
    page.get_by_role("link", name="Continue to Cloudbeds").click()
    page.get_by_role("button", name="Allow Access").click()
    expect(page.get_by_text("Cloudbeds approved the access.")).to_be_visible()
    assert "code=" not in page.url
    page.get_by_role("button", name="Test Connection").click()
    expect(ladder(page)).to_contain_text(re.compile(r"Connected to .+\."))

    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Name", exact=True).fill("Cloudbeds by approval")
    page.get_by_role("button", name="Save configuration").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cloudbeds by approval")
    # The refresh token that the test spent is not the one that the sync goes on with.
    guests = page.get_by_role("row", name=re.compile(r"Guest profiles .* ago"))
    for _ in range(60):
        if guests.is_visible():
            break
        page.wait_for_timeout(700)
        page.reload()
    expect(guests).to_be_visible()


def _register(pms: dict[str, Any], redirect_uri: str) -> None:
    """What the partner enters on the app's page at the vendor."""
    requests.post(
        f"{pms['url']}/_control/cloudbeds/app",
        json={"redirect_uri": redirect_uri},
        headers={"X-Simulator-Token": pms["control_token"]},
        timeout=10,
    ).raise_for_status()

"""Setting webhooks up: events registered at Cloudbeds with one button, and the letter for Mews."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from bs4 import BeautifulSoup, Tag
from werkzeug.test import TestResponse

from tests.cast import IAN, Browser, Character
from tests.connected import Aurora, aurora_pms
from tests.integrations.providers import cloudbeds_credentials, mews_credentials
from webapp.integrations.kit.contract import Credentials
from webapp.runtime import Runtime
from webapp.services import connections
from webapp.vault import Secret

ClientOf = Callable[[Character | None], Browser]


@pytest.fixture(scope="module")
def vendors() -> Iterator[Aurora]:
    with aurora_pms() as running:
        yield running


@pytest.fixture
def ian(client_of: ClientOf) -> Browser:
    return client_of(IAN)


def connected(hub: Runtime, provider: str, given: Credentials) -> str:
    """Its webhook tab."""
    made = connections.create(
        hub,
        provider=provider,
        name="The PMS",
        options=dict(given.options),
        secrets=dict(given.secrets),
        streams=("bookings",),
        frequency_minutes=15,
        history_days=30,
        actor=IAN.email,
    )
    return f"/settings/integrations/{made.public_id}/webhooks"


def soup_of(answer: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(answer.text, "html.parser")


def text_of(node: BeautifulSoup | Tag | None) -> str:
    assert node is not None
    return " ".join(node.get_text(" ").split())


def registered(answer: TestResponse) -> dict[str, str]:
    """Event -> "Registered" or "Missing"."""
    rows = soup_of(answer).select("table tr")
    found = [[text_of(cell) for cell in row.select("td")] for row in rows]
    return {row[0]: row[2] for row in found if len(row) == 3 and row[2] in ("Registered", "Missing")}


def with_scopes(vendors: Aurora, *scopes: str) -> Credentials:
    server = vendors.server
    answer = requests.post(
        f"{server.url}/_control/cloudbeds/keys",
        json={"scopes": list(scopes)},
        headers={"X-Simulator-Token": server.control_token},
        timeout=5,
    )
    good = cloudbeds_credentials(server)
    return Credentials(good.options, {"api_key": Secret(answer.json()["api_key"])})


def subscriptions(vendors: Aurora) -> dict[str, Any]:
    vendor: Any = vendors.server.dialect("cloudbeds").vendor
    found: dict[str, Any] = vendor._hooks._subscriptions
    return found


def test_one_button_registers_all_and_repairs_what_went_missing(
    hub: Runtime, ian: Browser, vendors: Aurora
) -> None:
    tab = connected(hub, "cloudbeds", cloudbeds_credentials(vendors.server))
    assert "Register the five events for me" in text_of(soup_of(ian.get(tab)))
    assert set(registered(ian.post(f"{tab}/look", hx=True)).values()) == {"Missing"}
    assert "kinds of events are registered" in ian.post(f"{tab}/order", hx=True).text
    whole = registered(ian.post(f"{tab}/look", hx=True))
    assert set(whole.values()) == {"Registered"}
    assert {"reservation/created", "reservation/status_changed", "guest/details_changed"} <= set(whole)
    subscriptions(vendors).popitem()
    assert list(registered(ian.post(f"{tab}/look", hx=True)).values()).count("Missing") == 1
    ian.post(f"{tab}/order", hx=True)
    assert set(registered(ian.post(f"{tab}/look", hx=True)).values()) == {"Registered"}


def test_a_missing_permission_is_named_and_the_rest_is_registered(
    hub: Runtime, ian: Browser, vendors: Aurora
) -> None:
    tab = connected(hub, "cloudbeds", with_scopes(vendors, "read:hotel", "read:reservation"))
    answer = ian.post(f"{tab}/order", hx=True)
    assert "read:guest" in text_of(soup_of(answer).select_one("[role=alert]"))
    states = registered(ian.post(f"{tab}/look", hx=True))
    assert states["reservation/created"] == "Registered"
    assert states["guest/details_changed"] == "Missing"


def test_a_provider_that_cannot_be_asked_says_why(hub: Runtime, ian: Browser, vendors: Aurora) -> None:
    tab = connected(
        hub,
        "cloudbeds",
        Credentials(
            cloudbeds_credentials(vendors.server).options, {"api_key": Secret("cbat_of-nobody-0000")}
        ),
    )
    answer = ian.post(f"{tab}/look", hx=True)
    assert soup_of(answer).select_one("[role=alert]")
    assert registered(answer) == {}


def test_the_letter_to_mews_is_filled_in(hub: Runtime, ian: Browser, vendors: Aurora) -> None:
    given = mews_credentials(vendors.server)
    page = soup_of(ian.get(connected(hub, "mews", given)))
    letter = text_of(page.select_one("#webhook-letter"))
    address = text_of(page.select_one("#webhook-url"))
    for part in (given.options["property_id"], address, "ServiceOrderUpdated", "Hotel Aurora"):
        assert part in letter
    assert page.select_one("[data-copy-from='#webhook-letter']")
    link = page.select_one("a[href^='mailto:']")
    assert link is not None
    asked = parse_qs(urlsplit(str(link["href"])).query)
    assert address in asked["body"][0]
    assert "Hotel Aurora" in asked["subject"][0]


def test_without_the_hotels_id_the_letter_says_so(hub: Runtime, ian: Browser, vendors: Aurora) -> None:
    page = soup_of(ian.get(connected(hub, "mews", mews_credentials(vendors.server, property_id=""))))
    assert "the one of our access token" in text_of(page.select_one("#webhook-letter"))
    assert "Enter the Property/Hotel ID in the settings" in text_of(page)


def test_where_the_api_takes_orders_there_is_no_letter(hub: Runtime, ian: Browser, vendors: Aurora) -> None:
    tab = connected(hub, "cloudbeds", cloudbeds_credentials(vendors.server))
    assert soup_of(ian.get(tab)).select_one("#webhook-letter") is None

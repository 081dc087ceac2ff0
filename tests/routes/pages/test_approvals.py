"""Connecting by an approval, as a browser sees it: the way there, the way back, and every way it may fail."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup, Tag
from werkzeug.test import TestResponse

from tests.approval_stage import PartnerApp, partner_app
from tests.cast import BEN, IAN, Browser, Character
from webapp.runtime import Runtime
from webapp.services import syncing

ClientOf = Callable[[Character | None], Browser]
RETURN = "/settings/integrations/approval/return"
BACK = f"http://localhost{RETURN}"
ACCESS = "/settings/integrations/new/cloudbeds/credentials"
APPROVE = "/settings/integrations/new/cloudbeds/approve"


@pytest.fixture(scope="module")
def vendor() -> Iterator[PartnerApp]:
    with partner_app() as running:
        running.register(BACK)
        yield running


@pytest.fixture
def typed(vendor: PartnerApp) -> dict[str, Any]:
    return {**vendor.options, "api_secret": vendor.app_secret.reveal()}


def soup_of(answer: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(answer.text, "html.parser")


def text_of(node: BeautifulSoup | Tag | None) -> str:
    assert node is not None
    return " ".join(node.get_text(" ").split())


def begun(ian: Browser, typed: dict[str, Any]) -> TestResponse:
    answer = ian.post(APPROVE, data=typed)
    assert answer.status_code == 303, answer.text
    return ian.get(answer.location)


def page_url(answer: TestResponse) -> str:
    link = soup_of(answer).find("a", string=lambda text: bool(text) and "Continue to" in text) or soup_of(
        answer
    ).select_one("#connections-approval a[rel=noreferrer]")
    assert isinstance(link, Tag)
    return str(link["href"])


def returned(ian: Browser, back: dict[str, str]) -> TestResponse:
    return ian.get(RETURN, query_string=back)


def refused(ian: Browser, back: dict[str, str]) -> TestResponse:
    """What the browser shows in the end; nothing of the answer stays in its address."""
    answer = returned(ian, back)
    assert answer.status_code == 303
    assert "?" not in answer.location
    page = ian.get(answer.location)
    assert page.status_code == 400
    return page


def test_the_button_stands_where_the_chosen_way_needs_it(client_of: ClientOf, typed: dict[str, Any]) -> None:
    ian = client_of(IAN)
    assert not soup_of(ian.get(ACCESS)).select("[formaction$=approve]")
    chosen = ian.post(f"{ACCESS}/choose", data=typed, hx=True)
    button = soup_of(chosen).select_one(f"button[formaction='{APPROVE}']")
    assert text_of(button) == "Connect with Cloudbeds"
    first = soup_of(chosen).select_one("#access-form button[type=submit]")
    assert "Test Connection" in text_of(first), "what the Enter key presses"


def test_the_page_shows_the_exact_redirect_address_and_leads_to_the_vendor(
    client_of: ClientOf, typed: dict[str, Any], vendor: PartnerApp
) -> None:
    page = begun(client_of(IAN), typed)
    soup = soup_of(page)
    assert text_of(soup.select_one("#redirect-uri")) == BACK
    assert soup.select_one("[data-copy-from='#redirect-uri']")
    assert page_url(page).startswith(f"{vendor.options['endpoint_url']}/oauth?")
    assert vendor.app_secret.reveal() not in page.text
    assert "no-store" in page.headers["Cache-Control"]


def test_an_approved_draft_comes_back_to_its_credentials(
    client_of: ClientOf, typed: dict[str, Any], vendor: PartnerApp
) -> None:
    ian = client_of(IAN)
    answer = returned(ian, vendor.decide(page_url(begun(ian, typed))))
    assert (answer.status_code, urlsplit(answer.location).path) == (303, ACCESS)
    assert "code=" not in answer.location
    page = ian.get(answer.location)
    assert "Cloudbeds approved the access." in text_of(soup_of(page))
    tested = ian.post(f"{ACCESS}/test", data=vendor.options, hx=True)
    assert "Connected to" in text_of(soup_of(tested))


def test_with_htmx_the_browser_is_told_where_to_go(client_of: ClientOf, typed: dict[str, Any]) -> None:
    answer = client_of(IAN).post(APPROVE, data=typed, hx=True)
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"].startswith("/settings/integrations/approval/ap_")


def test_what_is_missing_is_told_at_its_field(client_of: ClientOf, typed: dict[str, Any]) -> None:
    answer = client_of(IAN).post(APPROVE, data={**typed, "client_id": ""}, hx=True)
    assert answer.status_code == 422
    field = soup_of(answer).select_one("#client_id")
    assert field is not None
    assert field["aria-invalid"] == "true"
    token = soup_of(answer).select_one("#refresh_token")
    assert token is not None
    assert token.get("aria-invalid") is None


def test_a_denial_is_told_and_can_be_tried_again(
    client_of: ClientOf, typed: dict[str, Any], vendor: PartnerApp
) -> None:
    ian = client_of(IAN)
    answer = returned(ian, vendor.decide(page_url(begun(ian, typed)), "deny"))
    page = ian.get(answer.location)
    assert "The approval was denied at the provider." in text_of(soup_of(page).select_one("[role=alert]"))
    again = soup_of(page).select_one("form[action$='/again']")
    assert again is not None
    retried = ian.post(str(again["action"]))
    assert page_url(ian.get(retried.location))


def test_an_answer_sent_twice_is_refused(
    client_of: ClientOf, typed: dict[str, Any], vendor: PartnerApp
) -> None:
    ian = client_of(IAN)
    back = vendor.decide(page_url(begun(ian, typed)))
    assert returned(ian, back).status_code == 303
    twice = refused(ian, back)
    assert "has been used already" in text_of(soup_of(twice))
    assert back["code"] not in twice.text


def test_an_answer_in_another_browser_is_refused(
    client_of: ClientOf, typed: dict[str, Any], vendor: PartnerApp
) -> None:
    ian = client_of(IAN)
    shown = begun(ian, typed)
    back = vendor.decide(page_url(shown))
    other = client_of(IAN)
    assert "not started in this browser session" in text_of(soup_of(refused(other, back)))
    assert other.get(shown.request.path).status_code == 404
    assert returned(ian, back).status_code == 303


@pytest.mark.parametrize("query", [{}, {"state": "forged", "code": "x"}, {"code": "x"}])
def test_an_address_opened_by_hand_connects_nothing(client_of: ClientOf, query: dict[str, str]) -> None:
    answer = refused(client_of(IAN), query)
    assert "Nothing was connected" in text_of(soup_of(answer))


def test_who_is_signed_out_signs_in_first(client_of: ClientOf) -> None:
    answer = returned(client_of(None), {"state": "s", "code": "c"})
    assert (answer.status_code, urlsplit(answer.location).path) == (303, "/login")
    assert returned(client_of(BEN), {"state": "s", "code": "c"}).status_code == 403


def test_a_repair_card_offers_the_approval_and_it_heals(
    client_of: ClientOf, hub: Runtime, vendor: PartnerApp
) -> None:
    card = vendor.connect(hub)
    syncing.sync_once(hub, card.id)
    ian = client_of(IAN)
    address = f"/settings/integrations/{card.public_id}/approve"
    assert soup_of(ian.get("/integrations/health")).select_one(f".repair form[action='{address}']")
    shown = ian.get(ian.post(address).location)
    answer = returned(ian, vendor.decide(page_url(shown)))
    assert urlsplit(answer.location).path == f"/settings/integrations/{card.public_id}"
    assert syncing.sync_once(hub, card.id).fault is None


def test_the_settings_offer_it_and_name_what_is_wrong(
    client_of: ClientOf, hub: Runtime, vendor: PartnerApp
) -> None:
    card = vendor.connect(hub)
    ian = client_of(IAN)
    settings = f"/settings/integrations/{card.public_id}/settings"
    address = f"/settings/integrations/{card.public_id}/approve"
    assert soup_of(ian.get(settings)).select_one(f"button[formaction='{address}']")
    answer = ian.post(address, data={**vendor.options, "client_id": ""}, hx=True)
    assert answer.status_code == 422
    assert soup_of(answer).select_one("#client_id[aria-invalid=true]")


def test_who_opened_the_hub_under_another_name_is_told(
    client_of: ClientOf, hub: Runtime, typed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "settings", replace(hub.settings, public_base_url="https://hub.example"))
    page = begun(client_of(IAN), typed)
    assert text_of(soup_of(page).select_one("#redirect-uri")) == f"https://hub.example{RETURN}"
    assert "you are not signed in there" in text_of(soup_of(page))

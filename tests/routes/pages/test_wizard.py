"""The wizard "Add New Integration", from the catalogue to a saved connection, with and without htmx."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.cast import ADA, BEN, IAN, Browser, Character, open_browser
from tests.connected import WRONG_KEY, Aurora, aurora_pms
from webapp.models import Connection, ConnectionDraft, ConnectionState
from webapp.runtime import Runtime

ClientOf = Callable[[Character | None], Browser]
NEW = "/settings/integrations/new"
STEP = f"{NEW}/custom_rest"


@pytest.fixture
def aurora() -> Iterator[Aurora]:
    with aurora_pms() as running:
        yield running


def soup(answer: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(answer.text, "html.parser")


def words(answer: TestResponse) -> str:
    return " ".join(soup(answer).get_text(" ", strip=True).split())


def access(aurora: Aurora, **changed: str) -> dict[str, str]:
    plain = {name: value for name, value in aurora.options.items() if name != "recipe"}
    return {**plain, "api_key": aurora.key, **changed}


def map_it(browser: Browser, aurora: Aurora) -> TestResponse:
    """The mapping step, with the vendor's own recipe."""
    page = soup(browser.get(f"{STEP}/mapping"))
    shown = page.select_one('input[name="shown"]')
    assert shown is not None
    return browser.post(
        f"{STEP}/mapping",
        data={"act": "save", "shown": "edited", "document": aurora.options["recipe"]},
    )


def connections_in(hub: Runtime) -> list[Connection]:
    with hub.reading() as session:
        return list(session.scalars(select(Connection)))


def drafts_in(hub: Runtime) -> list[ConnectionDraft]:
    with hub.reading() as session:
        return list(session.scalars(select(ConnectionDraft)))


def test_the_catalogue_says_what_each_provider_can_and_cannot_do(client_of: ClientOf) -> None:
    page = client_of(IAN).get(NEW)
    text = words(page)
    assert "Custom PMS (via REST API)" in text
    assert "Checked against our simulator" in text
    assert "Rates and packages" in text
    assert soup(page).select_one(f'a[href="{STEP}/credentials"]') is not None


@pytest.mark.parametrize("address", [NEW, f"{STEP}/credentials", f"{STEP}/mapping", f"{STEP}/review"])
def test_the_front_desk_adds_nothing(client_of: ClientOf, address: str) -> None:
    assert client_of(BEN).get(address).status_code == 403


@pytest.mark.parametrize("step", ["", "/credentials", "/mapping", "/sync", "/review"])
def test_an_unknown_provider_is_not_found(client_of: ClientOf, step: str) -> None:
    assert client_of(IAN).get(f"{NEW}/fidelio{step}").status_code == 404


@pytest.mark.parametrize("step", ["mapping", "sync", "review"])
def test_a_later_step_leads_to_the_first_one_without_a_draft(client_of: ClientOf, step: str) -> None:
    answer = client_of(IAN).get(f"{STEP}/{step}")
    assert (answer.status_code, answer.location) == (303, f"{STEP}/credentials")


def test_the_form_has_the_guides_labels_and_the_guide_beside_it(client_of: ClientOf) -> None:
    page = client_of(IAN).get(f"{STEP}/credentials")
    labels = [label.get_text(strip=True) for label in soup(page).select("#access-form label")]
    for label in ("API Key", "API Secret", "Endpoint URL", "Property/Hotel IDoptional"):
        assert label in labels
    steps = [step.get_text(" ", strip=True) for step in soup(page).select(".guide-step label")]
    assert steps[0].startswith("Log into your PMS admin panel")
    assert len(steps) == 5


def test_from_the_first_step_to_the_first_sync(client_of: ClientOf, hub: Runtime, aurora: Aurora) -> None:
    ian = client_of(IAN)
    first = ian.post(f"{STEP}/credentials", data=access(aurora))
    assert (first.status_code, first.location) == (303, f"{STEP}/mapping")
    assert map_it(ian, aurora).location == f"{STEP}/sync"
    page = soup(ian.get(f"{STEP}/sync"))
    legends = [legend.get_text(strip=True) for legend in page.select("legend")]
    assert legends == ["Sync Frequency", "Data Types", "Historical Data"]
    ticked = [box["value"] for box in page.select('input[type="checkbox"]:checked')]
    assert len(ticked) == 5
    options = [label.get_text(strip=True) for label in page.select(".segment-label")]
    assert options == ["5min", "15min", "30min", "1 hour", "7 days", "30 days", "90 days"]
    assert "calls per hour" in page.get_text(" ", strip=True)
    sync = {"frequency_minutes": "30", "history_days": "7", "streams": ticked}
    assert ian.post(f"{STEP}/sync", data=sync).location == f"{STEP}/review"
    review = ian.get(f"{STEP}/review")
    assert "Not proven yet." in words(review)
    assert "•••• " + aurora.key[-4:] in words(review)
    done = ian.post(f"{STEP}/review", data={"name": "Aurora PMS"})
    (made,) = connections_in(hub)
    assert done.location == f"/settings/integrations/{made.public_id}"
    assert (made.frequency_minutes, made.history_days) == (30, 7)
    assert made.state == ConnectionState.UNTESTED
    assert made.next_sync_at == hub.clock()
    assert drafts_in(hub) == []
    assert aurora.key not in review.text + ian.get(str(done.location)).text


def test_a_test_at_the_end_proves_the_connection_that_is_saved(
    client_of: ClientOf, hub: Runtime, aurora: Aurora
) -> None:
    ian = client_of(IAN)
    ian.post(f"{STEP}/credentials", data=access(aurora))
    map_it(ian, aurora)
    tested = ian.post(f"{STEP}/review/test", data={"name": "Aurora"}, hx=True)
    assert "Connected to Hotel Aurora." in words(tested)
    assert "Tested with exactly these values." in words(ian.get(f"{STEP}/review"))
    ian.post(f"{STEP}/review", data={"name": "Aurora"})
    assert connections_in(hub)[0].state == ConnectionState.HEALTHY


@pytest.mark.parametrize("hx", [False, True], ids=["page", "partial"])
def test_the_connection_test_fills_a_ladder_and_stores_no_connection(
    client_of: ClientOf, hub: Runtime, aurora: Aurora, hx: bool
) -> None:
    answer = client_of(IAN).post(f"{STEP}/credentials/test", data=access(aurora), hx=hx)
    assert answer.status_code == 200
    assert soup(answer).select_one("#connections-check .ladder") is not None
    assert "The server answers." in words(answer)
    assert ("<html" in answer.text) is not hx
    assert connections_in(hub) == []
    assert aurora.key not in answer.text


def test_a_wrong_key_is_told_before_anything_is_mapped(client_of: ClientOf, aurora: Aurora) -> None:
    answer = client_of(IAN).post(f"{STEP}/credentials/test", data=access(aurora, api_key=WRONG_KEY), hx=True)
    assert "The provider refused the credentials." in words(answer)
    assert "For a hotel admin to put right." in words(answer)
    assert WRONG_KEY not in answer.text


def test_a_wrong_hotel_id_becomes_a_choice(client_of: ClientOf, aurora: Aurora) -> None:
    ian = client_of(IAN)
    ian.post(f"{STEP}/credentials", data=access(aurora, property_id="NOWHERE-9"))
    map_it(ian, aurora)
    answer = ian.post(f"{STEP}/credentials/test", data=access(aurora, property_id="NOWHERE-9"), hx=True)
    pick = soup(answer).select_one('button[name="pick"]')
    assert pick is not None
    assert (pick["value"], pick["form"]) == (aurora.server.property_id, "access-form")
    chosen = ian.post(
        f"{STEP}/credentials/choose",
        data={**access(aurora, property_id="NOWHERE-9", api_key=""), "pick": pick["value"]},
        hx=True,
    )
    field = soup(chosen).select_one("#property_id")
    assert field is not None
    assert field["value"] == aurora.server.property_id
    assert "typed before" in words(chosen)


def test_another_way_in_brings_up_its_fields(client_of: ClientOf, aurora: Aurora) -> None:
    ian = client_of(IAN)
    form = access(aurora, auth_kind="basic")
    page = soup(ian.post(f"{STEP}/credentials/choose", data=form, hx=True))
    hidden = {field["name"] for field in page.select(".without-js [name]")}
    assert {"api_key", "client_id", "token_url"} <= hidden
    assert not {"username", "api_secret", "endpoint_url"} & hidden
    plain = ian.post(f"{STEP}/credentials/choose", data=form)
    assert (plain.status_code, plain.location) == (303, f"{STEP}/credentials")
    assert "Only for: API key" in words(ian.get(f"{STEP}/credentials"))


@pytest.mark.parametrize("button", ["", "/test"])
def test_a_mistake_comes_back_with_the_field_marked_and_nothing_lost(
    client_of: ClientOf, hub: Runtime, aurora: Aurora, button: str
) -> None:
    ian = client_of(IAN)
    form = access(aurora, endpoint_url="https://pms.example/login")
    answer = ian.post(f"{STEP}/credentials{button}", data=form, hx=True)
    page = soup(answer)
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (422, "#connections-access")
    assert [field["name"] for field in page.select('[aria-invalid="true"]')] == ["endpoint_url"]
    assert "looks like the address of the dashboard" in words(answer)
    assert "•••• " + aurora.key[-4:] in words(answer)
    assert aurora.key not in answer.text
    whole = ian.post(f"{STEP}/credentials{button}", data=form)
    assert (whole.status_code, "<html" in whole.text) == (422, True)


def test_an_address_is_completed_visibly(client_of: ClientOf, aurora: Aurora) -> None:
    ian = client_of(IAN)
    ian.post(f"{STEP}/credentials", data=access(aurora, endpoint_url=" PMS.example.com/v2/ "))
    field = soup(ian.get(f"{STEP}/credentials")).select_one("#endpoint_url")
    assert field is not None
    assert field["value"] == "https://pms.example.com/v2"
    typed = aurora.options["endpoint_url"] + "/"
    tested = ian.post(f"{STEP}/credentials/test", data=access(aurora, endpoint_url=typed), hx=True)
    assert f"The endpoint URL was completed to {aurora.options['endpoint_url']}" in words(tested)


def test_a_draft_survives_a_sign_out_and_belongs_to_its_person(
    client_of: ClientOf, app: Flask, hub: Runtime, aurora: Aurora
) -> None:
    ian = client_of(IAN)
    ian.post(f"{STEP}/credentials", data={**access(aurora), "ticked": ["0", "3"]})
    ian.post("/logout")
    again = open_browser(app, hub, IAN)
    assert "Continue your draft" in words(again.get(NEW))
    page = soup(again.get(f"{STEP}/credentials"))
    assert [box["value"] for box in page.select('input[name="ticked"]:checked')] == ["0", "3"]
    assert again.post(f"{STEP}/credentials", data=access(aurora, api_key="")).status_code == 303
    assert "Continue your draft" not in words(client_of(ADA).get(NEW))
    (draft,) = drafts_in(hub)
    assert aurora.key.encode() not in draft.sealed


def test_a_draft_can_be_thrown_away(client_of: ClientOf, hub: Runtime, aurora: Aurora) -> None:
    ian = client_of(IAN)
    ian.post(f"{STEP}/credentials", data=access(aurora))
    assert ian.post(f"{STEP}/discard").location == NEW
    assert drafts_in(hub) == []


def test_a_taken_name_is_told_on_the_last_page(client_of: ClientOf, hub: Runtime, aurora: Aurora) -> None:
    aurora.connect(hub, name="Aurora")
    ian = client_of(IAN)
    ian.post(f"{STEP}/credentials", data=access(aurora))
    map_it(ian, aurora)
    answer = ian.post(f"{STEP}/review", data={"name": "Aurora"}, hx=True)
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (422, "#connections-review")
    assert "Another connection has this name already." in words(answer)
    again: Any = soup(answer).select_one("#name")
    assert again["value"] == "Aurora"


def test_saving_before_the_credentials_are_complete_names_what_is_missing(
    client_of: ClientOf, aurora: Aurora
) -> None:
    ian = client_of(IAN)
    ian.post(f"{STEP}/credentials", data=access(aurora, api_key=""))
    answer = ian.post(f"{STEP}/review", data={"name": "Aurora"}, hx=True)
    assert answer.status_code == 422
    assert "API Key: Enter a value." in words(answer)


def test_sync_settings_that_make_no_sense_come_back(client_of: ClientOf, aurora: Aurora) -> None:
    ian = client_of(IAN)
    ian.post(f"{STEP}/credentials", data=access(aurora))
    answer = ian.post(f"{STEP}/sync", data={"frequency_minutes": "1", "history_days": "x"}, hx=True)
    assert answer.status_code == 422
    for sentence in ("Choose one of the four", "Tick at least one", "Choose 7, 30 or 90 days."):
        assert sentence in words(answer)
    line = ian.post(f"{STEP}/sync/budget", data={"frequency_minutes": "5", "streams": ["rates"]}, hx=True)
    assert "about 12 calls per hour" in words(line)

"""Integrations: cards, one connection and its tabs, and every button, with and without htmx."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup, Tag
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.cast import ADA, BEN, IAN, Browser, Character, counting
from tests.conftest import FixedClock
from tests.connected import WRONG_KEY, Aurora, aurora_pms
from webapp.integrations import registry
from webapp.integrations.kit.scarce_tokens import Turn, owner_of
from webapp.models import Connection, ConnectionState
from webapp.runtime import Runtime
from webapp.services import connections
from webapp.services.scarce_tokens import StoredLedger
from webapp.services.syncing import sync_once
from webapp.vault import Secret

ClientOf = Callable[[Character | None], Browser]
LIST = "/settings/integrations"


@pytest.fixture
def aurora() -> Iterator[Aurora]:
    with aurora_pms() as running:
        yield running


def soup(answer: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(answer.text, "html.parser")


def words(answer: TestResponse) -> str:
    return " ".join(soup(answer).get_text(" ", strip=True).split())


def root_of(answer: TestResponse) -> str:
    first = soup(answer).find(True)
    assert isinstance(first, Tag)
    return str(first.get("id"))


def state(hub: Runtime) -> str:
    with hub.reading() as session:
        return session.scalars(select(Connection.state)).one()


def test_without_a_connection_the_first_thing_to_do_is_offered(client_of: ClientOf) -> None:
    page = client_of(IAN).get(LIST)
    assert "No PMS yet" in words(page)
    assert soup(page).select_one('a[href="/settings/integrations/new"]') is not None


def test_the_front_desk_has_no_business_here(client_of: ClientOf) -> None:
    assert client_of(BEN).get(LIST).status_code == 403


def test_a_new_connection_says_that_it_is_not_proven(
    client_of: ClientOf, hub: Runtime, aurora: Aurora
) -> None:
    aurora.connect(hub)
    text = words(client_of(IAN).get(LIST))
    assert "Not proven yet" in text
    assert "Checked against our simulator" in text
    assert "About to start" in text


def test_the_cards_poll_only_while_something_goes_on(
    client_of: ClientOf, hub: Runtime, aurora: Aurora
) -> None:
    made = aurora.connect(hub)
    ian = client_of(IAN)
    assert soup(ian.get(LIST)).select_one("#connections-cards[hx-get]") is not None
    sync_once(hub, made.id, trigger="first")
    after = ian.get(LIST, hx=True)
    assert root_of(after) == "connections-cards"
    assert soup(after).select_one("#connections-cards[hx-get]") is None
    assert "Working" in words(after)


@pytest.mark.parametrize("hx", [False, True], ids=["page", "drawer"])
def test_a_stored_connection_is_tested_and_the_proof_is_kept(
    client_of: ClientOf, hub: Runtime, aurora: Aurora, hx: bool
) -> None:
    made = aurora.connect(hub)
    answer = client_of(IAN).post(f"{LIST}/{made.public_id}/test", hx=hx)
    assert answer.status_code == 200
    assert "Connected to Hotel Aurora." in words(answer)
    assert ("<html" in answer.text) is not hx
    assert state(hub) == ConnectionState.HEALTHY


def test_a_refused_key_is_told_on_the_card_with_the_fix_and_who_acts(
    client_of: ClientOf, hub: Runtime, aurora: Aurora
) -> None:
    made = aurora.connect(hub, secrets={"api_key": Secret(WRONG_KEY)})
    ian = client_of(IAN)
    checked = ian.post(f"{LIST}/{made.public_id}/test", hx=True)
    assert "The provider refused the credentials." in words(checked)
    for address in (LIST, f"{LIST}/{made.public_id}"):
        text = words(ian.get(address))
        assert "Needs you" in text
        assert "Verify the API credentials" in text
        assert "For a hotel admin to put right." in text


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("rate_limited", "asks the hub to call less often"),
        ("unavailable", "has a problem of its own"),
        ("html", "A web page came from"),
        ("truncated", "broke off in the middle"),
    ],
)
def test_each_fault_has_its_own_words(
    client_of: ClientOf, hub: Runtime, aurora: Aurora, kind: str, sentence: str
) -> None:
    made = aurora.connect(hub)
    aurora.fault(kind)
    text = words(client_of(IAN).post(f"{LIST}/{made.public_id}/test", hx=True))
    assert sentence in text
    assert "not tried" in text


def test_sync_now_is_a_plain_form_and_a_partial(client_of: ClientOf, hub: Runtime, aurora: Aurora) -> None:
    made = aurora.connect(hub)
    sync_once(hub, made.id, trigger="first")
    ian = client_of(IAN)
    plain = ian.post(f"{LIST}/{made.public_id}/sync")
    assert (plain.status_code, plain.location) == (303, f"{LIST}/{made.public_id}")
    cards = ian.post(f"{LIST}/{made.public_id}/sync", hx=True, headers={"HX-Target": "connections-cards"})
    assert root_of(cards) == "connections-cards"
    assert "About to start" in words(cards)
    assert root_of(ian.post(f"{LIST}/{made.public_id}/sync", hx=True)) == "connections-overview"


def test_the_overview_tells_each_kind_of_data(client_of: ClientOf, hub: Runtime, aurora: Aurora) -> None:
    made = aurora.connect(hub, streams=("guests", "bookings", "availability"))
    sync_once(hub, made.id, trigger="first")
    page = soup(client_of(IAN).get(f"{LIST}/{made.public_id}"))
    rows = {
        row.select("td")[0].get_text(strip=True): row.get_text(" ", strip=True)
        for row in page.select("#connections-overview tbody tr")
    }
    assert "New data" in rows["Bookings/Reservations"]
    assert "switched off" in rows["Rates and packages"]


def test_pause_and_resume(client_of: ClientOf, hub: Runtime, aurora: Aurora) -> None:
    made = aurora.connect(hub)
    ian = client_of(IAN)
    assert "Paused" in words(ian.post(f"{LIST}/{made.public_id}/pause", hx=True))
    assert state(hub) == ConnectionState.PAUSED
    assert "Resume" in words(ian.get(f"{LIST}/{made.public_id}"))
    ian.post(f"{LIST}/{made.public_id}/resume")
    assert state(hub) == ConnectionState.UNTESTED


def test_clearing_the_cache_says_what_went_and_what_it_costs(
    client_of: ClientOf, hub: Runtime, aurora: Aurora
) -> None:
    made = aurora.connect(hub)
    sync_once(hub, made.id, trigger="first")
    ian = client_of(IAN)
    assert "Kept: all bookings" in words(ian.get(f"{LIST}/{made.public_id}"))
    assert "reading positions" in words(ian.post(f"{LIST}/{made.public_id}/clear-cache", hx=True))


def test_removing_can_be_undone(client_of: ClientOf, hub: Runtime, aurora: Aurora) -> None:
    made = aurora.connect(hub)
    ian = client_of(IAN)
    address = f"{LIST}/{made.public_id}"
    assert ian.post(f"{address}/remove").location == address
    assert "Bring it back" in words(ian.get(address))
    assert "No PMS yet" in words(ian.get(LIST))
    assert "1 removed connection" in words(ian.get(LIST))
    assert ian.get(f"{LIST}/{made.public_id}/settings").status_code == 404
    assert ian.post(f"{LIST}/{made.public_id}/sync").status_code == 404
    ian.post(f"{address}/restore")
    assert "is back; a sync starts now." in words(ian.get(address))


def test_a_second_connection_is_called_a_shadow_and_may_take_over(
    client_of: ClientOf, hub: Runtime, aurora: Aurora
) -> None:
    first, second = aurora.connect(hub), aurora.connect(hub, name="The new one")
    ian = client_of(IAN)
    address = f"{LIST}/{second.public_id}"
    assert "This is a shadow." in words(ian.get(address))
    refused = ian.post(f"{address}/promote", hx=True)
    assert refused.status_code == 422
    assert "Aurora PMS is the primary connection." in words(refused)
    ian.post(f"{LIST}/{first.public_id}/remove")
    assert "Make it the primary connection" in words(ian.get(address))
    ian.post(f"{address}/promote")
    assert "This is a shadow." not in words(ian.get(address))


def test_sync_settings_are_saved_alone(client_of: ClientOf, hub: Runtime, aurora: Aurora) -> None:
    made = aurora.connect(hub)
    ian = client_of(IAN)
    address = f"{LIST}/{made.public_id}/data-types"
    wanted = {"frequency_minutes": "60", "history_days": "90", "streams": ["bookings"]}
    assert ian.post(address, data=wanted).status_code == 303
    page = soup(ian.get(address))
    assert [box["value"] for box in page.select("input:checked")] == ["60", "bookings", "90"]
    saved = ian.post(address, data=wanted, hx=True)
    assert root_of(saved) == "connections-sync"
    assert "Saved." in words(saved)
    refused = ian.post(address, data={"frequency_minutes": "7", "history_days": "90"}, hx=True)
    assert (refused.status_code, refused.headers["HX-Retarget"]) == (422, "#connections-sync")
    assert "Tick at least one kind of data." in words(refused)


def test_the_budget_follows_what_is_chosen(client_of: ClientOf, hub: Runtime, aurora: Aurora) -> None:
    made = aurora.connect(hub)
    address = f"{LIST}/{made.public_id}/data-types/budget"
    answer = client_of(IAN).post(
        address, data={"frequency_minutes": "5", "streams": ["bookings", "guests"]}, hx=True
    )
    assert root_of(answer) == "connections-budget"
    assert "about 24 calls per hour of 64,800 allowed" in words(answer)


def test_runs_are_listed_page_by_page_and_open(
    client_of: ClientOf, hub: Runtime, aurora: Aurora, clock: FixedClock
) -> None:
    made = aurora.connect(hub, streams=("availability",))
    for _ in range(23):
        sync_once(hub, made.id, trigger="command")
        clock.advance(minutes=5)
    ian = client_of(IAN)
    first = soup(ian.get(f"{LIST}/{made.public_id}/runs"))
    assert len(first.select("tbody tr")) == 20
    older = first.select_one('a[rel="next"]')
    assert older is not None
    second = ian.get(str(older["href"]), hx=True)
    assert root_of(second) == "connections-runs"
    assert len(soup(second).select("tbody tr")) == 3
    details = first.select_one("tbody tr a")
    assert details is not None
    for hx in (False, True):
        run = ian.get(str(details["href"]), hx=hx)
        assert "Room availability" in words(run)
        assert "Trace id" in words(run)
    assert ian.get(f"{LIST}/{made.public_id}/runs/run_none").status_code == 404


def test_a_list_of_connections_takes_few_questions(client_of: ClientOf, hub: Runtime, aurora: Aurora) -> None:
    for number in range(4):
        aurora.connect(hub, name=f"PMS {number}")
    ian = client_of(IAN)
    with counting(hub) as statements:
        ian.get(LIST)
    assert len(statements) <= 6, statements.texts


@pytest.mark.parametrize("tab", ["", "/data-types", "/runs", "/mapping", "/settings"])
def test_nothing_is_found_under_an_unknown_id(client_of: ClientOf, tab: str) -> None:
    assert client_of(ADA).get(f"{LIST}/cn_none{tab}").status_code == 404


@pytest.mark.parametrize("tab", ["", "/data-types", "/runs", "/mapping", "/settings"])
def test_no_page_gives_the_secret_away_and_every_tab_has_a_partial(
    client_of: ClientOf, hub: Runtime, aurora: Aurora, tab: str
) -> None:
    made = aurora.connect(hub)
    ian = client_of(IAN)
    page, partial = (
        ian.get(f"{LIST}/{made.public_id}{tab}"),
        ian.get(f"{LIST}/{made.public_id}{tab}", hx=True),
    )
    assert page.status_code == partial.status_code == 200
    assert aurora.key not in page.text + partial.text
    assert soup(page).find(id=root_of(partial)) is not None


def test_a_new_name_and_a_taken_one(client_of: ClientOf, hub: Runtime, aurora: Aurora) -> None:
    made, _other = aurora.connect(hub), aurora.connect(hub, name="Other")
    ian = client_of(IAN)
    address = f"{LIST}/{made.public_id}/settings/name"
    assert ian.post(address, data={"name": "Front desk system"}).status_code == 303
    taken = ian.post(address, data={"name": "Other"}, hx=True)
    assert (taken.status_code, root_of(taken)) == (422, "connections-name")
    assert "Another connection has this name already." in words(taken)


def test_credentials_are_replaced_and_never_shown(client_of: ClientOf, hub: Runtime, aurora: Aurora) -> None:
    made = aurora.connect(hub, secrets={"api_key": Secret(WRONG_KEY)})
    ian = client_of(IAN)
    address = f"{LIST}/{made.public_id}/settings"
    page = ian.get(address)
    assert "•••• 0000, set" in words(page)
    form = {name: value for name, value in aurora.options.items() if name != "recipe"} | {
        "api_key": aurora.key
    }
    tested = ian.post(f"{address}/access/test", data=form, hx=True)
    assert "Connected to Hotel Aurora." in words(tested)
    saved = ian.post(f"{address}/access", data=form)
    assert (saved.status_code, saved.location) == (303, address)
    after = ian.get(address)
    assert aurora.key not in after.text + tested.text
    assert connections.check(hub, made.id, ADA.email).ok


def test_wrong_credentials_come_back_with_the_field_marked(
    client_of: ClientOf, hub: Runtime, aurora: Aurora
) -> None:
    made = aurora.connect(hub)
    form = {"endpoint_url": "", "auth_kind": "api_key", "property_id": "X-1", "api_key": "typed-again-secret"}
    answer = client_of(IAN).post(f"{LIST}/{made.public_id}/settings/access", data=form, hx=True)
    page = soup(answer)
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (422, "#connections-keys")
    assert [field["name"] for field in page.select('[aria-invalid="true"]')] == ["endpoint_url"]
    kept = page.select_one("#property_id")
    assert kept is not None
    assert kept["value"] == "X-1"
    assert "typed-again-secret" not in answer.text


def test_names_are_text_not_markup(client_of: ClientOf, hub: Runtime, aurora: Aurora) -> None:
    aurora.connect(hub, name="<b>PMS</b>")
    assert "&lt;b&gt;PMS&lt;/b&gt;" in client_of(IAN).get(LIST).text


def test_a_card_says_what_is_left_of_scarce_tokens(
    client_of: ClientOf, hub: Runtime, clock: FixedClock
) -> None:
    secrets = {"api_key": Secret("0oa-of-the-hub"), "api_secret": Secret("s3cret-of-the-hub")}
    card = connections.create(
        hub,
        provider="guesty",
        name="Guesty",
        options={"endpoint_url": "http://127.0.0.1:9/v1"},
        secrets=secrets,
        streams=["bookings"],
        frequency_minutes=15,
        history_days=30,
        actor="ian@aurora.example",
    )
    browser = client_of(IAN)
    assert "5 of 5 access tokens left today." in words(browser.get(LIST))
    ledger, owner = StoredLedger(hub), owner_of(registry.manifest("guesty"), {}, secrets)
    assert owner is not None
    turn = ledger.take(owner)
    assert isinstance(turn, Turn)
    ledger.given(turn, Secret("t0ken"), clock() + timedelta(hours=24))
    overview = words(browser.get(f"{LIST}/{card.public_id}"))
    assert "4 of 5 access tokens left today. The next one comes back at" in overview
    clock.advance(hours=23)
    turn = ledger.take(owner, dead=Secret("t0ken"))
    assert isinstance(turn, Turn)
    ledger.spent(turn, clock() + timedelta(hours=2))
    page = browser.get(f"{LIST}/{card.public_id}")
    assert "0 of 5 access tokens left today. The provider gives the next one at" in words(page)
    assert "t0ken" not in page.text

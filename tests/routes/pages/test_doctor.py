"""The troubleshooting tab: the guide's two lists, each line answered from what is known, each fix in place."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.cast import BEN, IAN, Browser, Character
from tests.connected import WRONG_KEY, Aurora, aurora_pms
from tests.integrations.vendor import free_port
from webapp.models import Connection, Instance
from webapp.runtime import Runtime
from webapp.services import connections
from webapp.services.connection_views import Card
from webapp.services.syncing import sync_once
from webapp.vault import Secret

ClientOf = Callable[[Character | None], Browser]
LIST = "/settings/integrations"


@pytest.fixture
def aurora() -> Iterator[Aurora]:
    with aurora_pms() as running:
        yield running


def page(browser: Browser, card: Card, query: str = "", *, hx: bool = False) -> TestResponse:
    return browser.get(f"{LIST}/{card.public_id}/troubleshooting{query}", hx=hx)


def words(answer: TestResponse) -> str:
    return " ".join(BeautifulSoup(answer.text, "html.parser").get_text(" ", strip=True).split())


def line(answer: TestResponse, question: str) -> str:
    """All that stands under one line of the guide."""
    for item in BeautifulSoup(answer.text, "html.parser").select("li.doctor-line"):
        if question in item.get_text():
            return " ".join(item.get_text(" ", strip=True).split())
    raise AssertionError(question)


def row_of(hub: Runtime) -> Connection:
    with hub.reading() as session:
        return session.scalars(select(Connection)).one()


def test_both_lists_of_the_guide_are_there_in_its_order(
    client_of: ClientOf, hub: Runtime, aurora: Aurora
) -> None:
    made = aurora.connect(hub)
    found = BeautifulSoup(page(client_of(IAN), made).text, "html.parser")
    assert [title.get_text() for title in found.select("h2.card-title")] == [
        "Connection Test Fails",
        "Data Not Syncing",
    ]
    assert [question.get_text() for question in found.select("h3")] == [
        "Verify API credentials",
        "Check endpoint URL format",
        "Ensure IP whitelist includes our servers",
        "Check PMS API status",
        "Review sync logs for errors",
        "Verify webhook configuration",
        "Check sync frequency setting",
        "Ensure data types are selected",
        "Clear cache and retry",
    ]


def test_the_front_desk_does_not_see_it(client_of: ClientOf, hub: Runtime, aurora: Aurora) -> None:
    assert page(client_of(BEN), aurora.connect(hub)).status_code == 403


def test_a_refused_key_and_a_missing_scope_are_told_apart(
    client_of: ClientOf, hub: Runtime, aurora: Aurora
) -> None:
    made = aurora.connect(hub, secrets={"api_key": Secret(WRONG_KEY)})
    connections.check(hub, made.id, IAN.email)
    assert "refused (401)" in line(page(client_of(IAN), made), "Verify API credentials")
    connections.update(hub, made.public_id, secrets={"api_key": Secret(aurora.key)}, actor=IAN.email)
    aurora.fault("forbidden", match="/guests")
    sync_once(hub, made.id, trigger="manual")
    said = line(page(client_of(IAN), made), "Verify API credentials")
    assert "lacks the scope (403) for: Guest profiles" in said
    assert WRONG_KEY not in said


def test_a_connection_that_works_is_fine_on_every_line(
    client_of: ClientOf, hub: Runtime, aurora: Aurora
) -> None:
    made = aurora.connect(hub)
    connections.check(hub, made.id, IAN.email)
    sync_once(hub, made.id, trigger="first")
    answer = page(client_of(IAN), made)
    for question in (
        "Verify API credentials",
        "Check endpoint URL format",
        "Ensure IP whitelist",
        "Check PMS API status",
        "Review sync logs",
        "Check sync frequency",
        "Ensure data types",
    ):
        assert "Fine" in line(answer, question), question


def test_the_bad_part_of_the_address_is_marked(client_of: ClientOf, hub: Runtime, aurora: Aurora) -> None:
    made = aurora.connect(hub)
    with hub.writing() as session:
        row = session.get_one(Connection, made.id)
        row.options = {**row.options, "endpoint_url": "https://user:hunter2@pms.example.com/dashboard?x=1"}
    answer = page(client_of(IAN), made)
    found = BeautifulSoup(answer.text, "html.parser")
    assert [mark.get_text() for mark in found.select("mark")] == ["•••@", "/dashboard", "?…"]
    assert "dashboard, not of the API" in line(answer, "Check endpoint URL format")
    assert "hunter2" not in answer.text


@pytest.mark.parametrize("hx", [False, True], ids=["page", "part"])
def test_the_outgoing_address_is_typed_in_and_checked(
    client_of: ClientOf, hub: Runtime, aurora: Aurora, hx: bool
) -> None:
    made, ian = aurora.connect(hub), client_of(IAN)
    address = f"{LIST}/{made.public_id}/troubleshooting/address"
    refused = ian.post(address, data={"outgoing": "our router"}, hx=hx)
    assert (refused.status_code, "Type an IP address" in words(refused)) == (422, True)
    kept = ian.post(address, data={"outgoing": " 203.0.113.7 "}, hx=hx)
    assert kept.status_code == (200 if hx else 303)
    with hub.reading() as session:
        assert session.get_one(Instance, 1).outgoing_typed == "203.0.113.7"
    assert 'value="203.0.113.7"' in page(ian, made).text


def test_a_changed_outgoing_address_is_a_warning(client_of: ClientOf, hub: Runtime, aurora: Aurora) -> None:
    made = aurora.connect(hub)
    with hub.writing() as session:
        row = session.get_one(Instance, 1)
        row.outgoing_typed, row.outgoing_seen = "203.0.113.7", "203.0.113.9"
        row.outgoing_seen_at = hub.clock() - timedelta(hours=1)
    said = line(page(client_of(IAN), made), "Ensure IP whitelist")
    assert "changed to 203.0.113.9" in said
    assert "Broken" in said


def test_without_a_second_target_it_is_not_known_whose_fault_it_is(
    client_of: ClientOf, hub: Runtime, aurora: Aurora
) -> None:
    made, ian = aurora.connect(hub), client_of(IAN)
    address = f"{LIST}/{made.public_id}/troubleshooting/probe"
    assert "answers from here" in words(ian.post(address))
    with hub.writing() as session:
        row = session.get_one(Connection, made.id)
        row.options = {**row.options, "endpoint_url": f"http://127.0.0.1:{free_port()}"}
    assert "is not known: no second target is set (PROBE_URL)" in words(ian.post(address, hx=True))


def test_a_data_type_is_switched_in_place(client_of: ClientOf, hub: Runtime, aurora: Aurora) -> None:
    made, ian = aurora.connect(hub), client_of(IAN)
    address = f"{LIST}/{made.public_id}/troubleshooting/data-type"
    off = ian.post(address, data={"stream": "rates"}, hx=True)
    assert "Switched off: Rates and packages." in words(off)
    assert "rates" not in row_of(hub).streams
    ian.post(address, data={"stream": "rates"})
    assert "rates" in row_of(hub).streams
    assert ian.post(address, data={"stream": "minibar"}, hx=True).status_code == 422


def test_the_frequency_that_meets_the_wish_is_suggested_and_set(
    client_of: ClientOf, hub: Runtime, aurora: Aurora
) -> None:
    made, ian = aurora.connect(hub), client_of(IAN)
    assert "That is set already." in line(page(ian, made), "Check sync frequency")
    answer = page(ian, made, "?wish=5")
    assert "Every 5min meets this" in line(answer, "Check sync frequency")
    ian.post(
        f"{LIST}/{made.public_id}/troubleshooting/frequency", data={"minutes": "5", "wish": "5"}, hx=True
    )
    assert row_of(hub).frequency_minutes == 5
    assert "Every 5min" in words(page(ian, made, "?wish=nonsense"))


def test_clearing_the_cache_says_first_what_it_drops_and_costs(
    client_of: ClientOf, hub: Runtime, aurora: Aurora
) -> None:
    made, ian = aurora.connect(hub), client_of(IAN)
    sync_once(hub, made.id, trigger="first")
    before = line(page(ian, made), "Clear cache and retry")
    assert "All bookings stay." in before
    done = ian.post(f"{LIST}/{made.public_id}/troubleshooting/clear-cache", hx=True)
    assert "The sync that starts now costs about" in words(done)
    calls = words(done).partition("costs about ")[2].partition(" ")[0]
    assert f"costs about {calls} calls" in before


def test_a_failed_test_offers_the_letter_and_the_lists(
    client_of: ClientOf, hub: Runtime, aurora: Aurora
) -> None:
    made = aurora.connect(hub)
    aurora.fault("unavailable")
    answer = client_of(IAN).post(f"{LIST}/{made.public_id}/test", hx=True)
    found = BeautifulSoup(answer.text, "html.parser")
    letter = found.select_one("#doctor-letter")
    assert letter is not None
    assert "Hotel Aurora" in letter.get_text()
    assert "-> 503" in letter.get_text()
    assert aurora.key not in answer.text
    assert found.select_one('a[href^="mailto:"]') is not None
    assert found.select_one(f'a[href="{LIST}/{made.public_id}/troubleshooting"]') is not None

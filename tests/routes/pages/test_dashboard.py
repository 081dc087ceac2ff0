"""The dashboard as staff and admins see it: figures with their age, lists, occupancy, and the truth about the data."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from werkzeug.test import TestResponse

from tests.cast import BEN, IAN, Browser, Character, Statements
from tests.conftest import FixedClock
from tests.hotel_data import HotelData
from webapp.runtime import Runtime

ClientOf = Callable[[Character | None], Browser]
FAULT = {"code": "x", "message": "The key was refused.", "advice": "Enter a new one.", "actor": "admin"}


@pytest.fixture
def hotel(hub: Runtime) -> HotelData:
    hotel = HotelData(hub)
    hotel.synced("bookings", 3)
    return hotel


@pytest.fixture
def ben(client_of: ClientOf) -> Browser:
    return client_of(BEN)


def page(answer: TestResponse) -> BeautifulSoup:
    assert answer.status_code == 200, answer.text[:500]
    return BeautifulSoup(answer.text, "html.parser")


def text_of(node: BeautifulSoup | Tag | None) -> str:
    assert node is not None
    return " ".join(node.get_text(" ").split())


def tiles(soup: BeautifulSoup) -> dict[str, tuple[str, str]]:
    """label → (value, note)"""
    found = {}
    for tile in soup.select(".stat"):
        label, value, note = (
            text_of(tile.select_one(f".stat-{part}")) for part in ("label", "value", "note")
        )
        found[label] = (value, note)
    return found


def test_without_a_pms_the_next_step_depends_on_who_looks(client_of: ClientOf) -> None:
    for_ben = page(client_of(BEN).get("/"))
    assert "Ask your admin" in text_of(for_ben.select_one("#dashboard-desk"))
    assert not for_ben.select("[hx-trigger^=every]")
    for_ian = page(client_of(IAN).get("/"))
    button = for_ian.select_one('#dashboard-desk a[href="/settings/integrations/new"]')
    assert text_of(button) == "Add New Integration"


def test_the_tiles_tell_the_day_and_its_age(ben: Browser, hotel: HotelData) -> None:
    hotel.book("Coming")
    hotel.book("Come", status="checked_in")
    hotel.book("Leaving", arrival=-2, status="checked_in")
    hotel.book("Left", arrival=-2, status="checked_out")
    hotel.rooms(8)
    soup = page(ben.get("/"))
    assert tiles(soup) == {
        "Arrivals": ("2", "1 still to come, as of 12:27"),
        "In house": ("2", "4 people, as of 12:27"),
        "Departures": ("2", "1 still to leave, as of 12:27"),
        "Occupancy tonight": ("25 %", "2 of 8 rooms sold, as of 12:27"),
    }
    assert "Every sync is on time as of 12:27." in text_of(soup)
    assert "Business date Tue 14 Jul" in text_of(soup)
    assert "12:30 hotel time" in text_of(soup)


def test_the_lists_show_the_first_eight_and_lead_to_all(ben: Browser, hotel: HotelData) -> None:
    for number in range(10):
        hotel.book(f"Guest {number}", room=f"10{number}", nights=3, balance=5_000)
    soup = page(ben.get("/"))
    arrivals = soup.select_one("#desk-arrivals")
    assert arrivals is not None
    rows = arrivals.select(".desk-row")
    assert len(rows) == 8
    assert text_of(rows[0]) == "Guest 0, Anna 100 · Double · 3 nights Confirmed €50.00 due"
    more = arrivals.select_one("footer a")
    assert (text_of(more), more and more["href"]) == ("All 10 arrivals", "/bookings?view=arriving")
    assert "Nobody is checked in." in text_of(soup.select_one("#desk-in-house"))


def test_every_figure_leads_to_its_bookings(ben: Browser, hotel: HotelData) -> None:
    hotel.book(status="checked_in")
    soup = page(ben.get("/"))
    for link in soup.select(".stat a"):
        assert ben.get(str(link["href"])).status_code == 200


def test_occupancy_is_drawn_with_its_figures_behind_it(ben: Browser, hotel: HotelData) -> None:
    hotel.book(nights=1)
    hotel.rooms(4)
    hotel.synced("availability", 20)
    chart = page(ben.get("/")).select_one("#dashboard-nights")
    assert chart is not None
    rows = [text_of(row) for row in chart.select("tbody tr")]
    assert len(rows) == 14
    assert rows[:2] == ["Tue 14 1 4 25 %", "Wed 15 0 4 0 %"]
    assert "Rooms as of 20 minutes ago" in text_of(chart)


def test_where_rooms_are_unknown_only_sold_rooms_are_shown(ben: Browser, hotel: HotelData) -> None:
    hotel.book(nights=1)
    soup = page(ben.get("/"))
    assert tiles(soup)["Rooms sold tonight"][0] == "1"
    chart = soup.select_one("#dashboard-nights")
    assert "%" not in text_of(chart)
    assert "does not tell how many rooms" in text_of(chart)


def test_old_data_say_so_with_cause_fix_and_who_acts(client_of: ClientOf, hotel: HotelData) -> None:
    hotel.synced("bookings", 42)
    hotel.connection(state="needs_attention", fault=FAULT, next_sync_at=None)
    soup = page(client_of(IAN).get("/"))
    banner = soup.select_one("#dashboard-desk .banner")
    assert text_of(banner) == "Bookings are 42 minutes old because Aurora PMS needs attention."
    words = text_of(soup.select_one("main"))
    for expected in ("The key was refused.", "Enter a new one.", "For a hotel admin to put right."):
        assert words.count(expected) == 1
    assert "tone-warn" in str(soup.select_one(".stat-note"))
    for_ben = page(client_of(BEN).get("/")).select_one("#dashboard-desk .banner")
    assert "The key was refused." in text_of(for_ben)
    assert for_ben is not None
    assert not for_ben.select("a")


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"state": "paused"}, "Bookings are 42 minutes old because Aurora PMS is paused."),
        ({"state": "degraded", "fault": FAULT}, "does not answer as it should."),
        ({"next_sync_at": None}, "Bookings are 42 minutes old because no sync was started."),
        ({}, "Bookings are 42 minutes old; the next sync is about to start."),
    ],
)
def test_each_cause_has_its_sentence(
    ben: Browser, hotel: HotelData, columns: dict[str, Any], sentence: str
) -> None:
    hotel.synced("bookings", 42)
    hotel.connection(**columns)
    assert sentence in text_of(page(ben.get("/")))


def test_a_running_sync_is_told(ben: Browser, hotel: HotelData, clock: FixedClock) -> None:
    hotel.synced("bookings", 42)
    hotel.connection(claimed_by="1", claimed_until=clock.now + timedelta(minutes=1))
    words = text_of(page(ben.get("/")))
    assert "a sync is catching up now" in words
    assert "Syncing" in words


def test_before_the_first_sync_there_are_no_figures(ben: Browser, hub: Runtime) -> None:
    HotelData(hub).connection(last_good_at=None)
    soup = page(ben.get("/"))
    assert tiles(soup) == {}
    assert "Nothing loaded yet" in text_of(soup)


def test_every_connection_is_listed_with_its_own_state(
    client_of: ClientOf, hub: Runtime, hotel: HotelData
) -> None:
    shadow = HotelData(hub, name="New PMS", role="shadow")
    shadow.connection(state="needs_attention", fault=FAULT)
    words = text_of(page(client_of(IAN).get("/")))
    assert "In step as of 12:27." in words
    assert "New PMS Custom PMS (via REST API) · only watched" in words
    assert "Enter a new one." in words


def test_the_page_includes_the_part_that_refreshes_itself(ben: Browser, hotel: HotelData) -> None:
    whole = page(ben.get("/")).select_one("#dashboard-desk")
    assert whole is not None
    assert (whole["hx-get"], whole["hx-trigger"]) == ("/", "every 15s")
    part = page(ben.get("/", hx=True))
    assert part.select_one("#dashboard-desk")
    assert not part.select("html, #dashboard-nights")
    assert page(ben.get("/dashboard/nights", hx=True)).select_one("#dashboard-nights")


def test_links_keep_their_ids_so_that_a_refresh_keeps_the_focus(ben: Browser, hotel: HotelData) -> None:
    hotel.book()
    first, second = page(ben.get("/", hx=True)), page(ben.get("/", hx=True))
    ids = [str(link["id"]) for link in first.select("#desk-arrivals a[id]")]
    assert ids
    assert ids == [str(link["id"]) for link in second.select("#desk-arrivals a[id]")]


def test_a_refresh_takes_few_statements(
    ben: Browser,
    hotel: HotelData,
    hub: Runtime,
    count_queries: Callable[[Runtime], AbstractContextManager[Statements]],
) -> None:
    hotel.fill(500)
    with count_queries(hub) as statements:
        ben.get("/", hx=True)
    assert len(statements) <= 10

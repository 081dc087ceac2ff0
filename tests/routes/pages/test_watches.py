"""Comparison, silence, night audit and clock on the pages: what each person sees, and the buttons of an admin."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag

from tests.cast import BEN, IAN, Browser, Character
from tests.conftest import FixedClock
from tests.hotel_data import HotelData
from webapp.models import Connection, Hotel, Silence, StreamCursor, TruthCheck, TruthPlan
from webapp.runtime import Runtime

ClientOf = Callable[[Character | None], Browser]
FINDING = {
    "booking": "bk_1", "number": "AUR-00001", "external_id": "x1", "line": "", "field": "balance_minor",
    "ours": "0", "theirs": "7000", "is_underway": False,
}  # fmt: skip


@pytest.fixture
def hotel(hub: Runtime) -> HotelData:
    hotel = HotelData(hub)
    for stream in ("guests", "bookings", "check_ins", "availability", "rates"):
        hotel.synced(stream, 3)
    return hotel


def compared(hotel: HotelData, minutes_ago: float = 5, **more: Any) -> None:
    values = {
        "state": "clean",
        "bookings": 4,
        "fields": 120,
        "differing": 0,
        "underway": 0,
        "findings": [],
        **more,
    }
    at = hotel.runtime.clock() - timedelta(minutes=minutes_ago)
    with hotel.runtime.writing() as session:
        session.add(TruthCheck(connection_id=hotel.connection_id, at=at, trigger="schedule", **values))


def differs(hotel: HotelData) -> None:
    compared(hotel, state="differs", differing=1, findings=[FINDING])


def quiet(hotel: HotelData) -> None:
    now = hotel.runtime.clock()
    evidence = {
        "expected": 9.5, "seen": 0, "known": 8, "is_assumed": False, "day": "2026-07-14", "due": 23, "quiet_hour": 17,
    }  # fmt: skip
    with hotel.runtime.writing() as session:
        row = Silence(
            connection_id=hotel.connection_id, kind="arrivals", state="quiet", since=now, judged_at=now
        )
        row.evidence = evidence
        session.add(row)


def public_id(hotel: HotelData) -> str:
    with hotel.runtime.reading() as session:
        return session.get_one(Connection, hotel.connection_id).public_id


def page(browser: Browser, url: str) -> BeautifulSoup:
    answer = browser.get(url)
    assert answer.status_code == 200, answer.text[:500]
    return BeautifulSoup(answer.text, "html.parser")


def text_of(node: BeautifulSoup | Tag | None) -> str:
    assert node is not None
    return " ".join(node.get_text(" ").split())


def test_green_is_only_given_for_compared_data(client_of: ClientOf, hotel: HotelData) -> None:
    ian = client_of(IAN)
    answer = page(ian, "/integrations/health").select_one(".answer")
    assert "Fresh, but not compared with the PMS yet." in text_of(answer)
    compared(hotel, 5)
    soup = page(ian, "/integrations/health")
    assert "Yes, safe to rely on." in text_of(soup.select_one(".answer"))
    assert "0 of 120 fields differ, checked 12:25" in text_of(soup.select_one("#health-truth"))


def test_an_old_comparison_speaks_for_nothing(client_of: ClientOf, hotel: HotelData) -> None:
    compared(hotel, 200)
    answer = page(client_of(IAN), "/integrations/health").select_one(".answer")
    assert "not compared with the PMS yet" in text_of(answer)


def test_a_difference_opens_a_card_with_the_field_and_a_full_sync(
    client_of: ClientOf, hotel: HotelData
) -> None:
    differs(hotel)
    soup = page(client_of(IAN), "/")
    card = soup.select_one("#health-alarms .repair-card")
    assert "1 of 120 fields differ" in text_of(card)
    assert "Balance due" in text_of(card)
    assert soup.select_one(f'form[action="/integrations/health/comparison/{public_id(hotel)}/full-sync"]')
    assert "not the same as in the PMS" in text_of(
        page(client_of(IAN), "/integrations/health").select_one(".answer")
    )
    compared(hotel, 1)
    assert not page(client_of(IAN), "/").select("#health-alarms .repair-card")


def test_a_difference_is_shown_in_the_words_of_the_page_and_once_on_health(
    client_of: ClientOf, hotel: HotelData
) -> None:
    differs(hotel)
    ian = client_of(IAN)
    health = page(ian, "/integrations/health")
    assert not health.select("#health-alarms table")
    assert "€" in text_of(health.select_one("#health-truth"))
    again = page(ian, health.select_one("#health-alarms")["hx-get"])  # type: ignore[index,arg-type]
    assert not again.select("table")
    assert page(ian, "/").select("#health-alarms table")


def test_bookings_that_differ_are_not_called_safe(client_of: ClientOf, hotel: HotelData) -> None:
    def words() -> dict[str, str]:
        rows = page(client_of(IAN), "/integrations/health").select("#health-board table tr")
        cells = [[text_of(cell) for cell in row.select("td")] for row in rows]
        return {cell[0]: cell[1] for cell in cells if len(cell) > 2}

    compared(hotel)
    assert set(words().values()) >= {"Safe"}
    assert words()["Bookings/Reservations"] == "Safe"
    differs(hotel)
    found = words()
    assert found["Bookings/Reservations"] == found["Check-ins/Check-outs"] == "Differs from the PMS"
    assert found["Rates and packages"] == "Safe"


def test_staff_read_the_sentence_and_have_no_button(client_of: ClientOf, hotel: HotelData) -> None:
    differs(hotel)
    quiet(hotel)
    ben = client_of(BEN)
    alarms = page(ben, "/").select_one("#health-alarms")
    assert "1 of 120 fields differ" in text_of(alarms)
    assert "23 arrivals are due, and nobody has checked in." in text_of(alarms)
    assert alarms is not None
    assert not alarms.select("form")
    for what in ("check", "full-sync"):
        assert ben.post(f"/integrations/health/comparison/{public_id(hotel)}/{what}").status_code == 403


def test_the_full_sync_is_asked_for(client_of: ClientOf, hotel: HotelData) -> None:
    answer = client_of(IAN).post(f"/integrations/health/comparison/{public_id(hotel)}/full-sync")
    assert answer.status_code == 303
    with hotel.runtime.reading() as session:
        assert session.get_one(Connection, hotel.connection_id).wanted_mode == "backfill"


def test_check_now_says_that_it_comes_or_why_it_waits(client_of: ClientOf, hotel: HotelData) -> None:
    ian, url = client_of(IAN), f"/integrations/health/comparison/{public_id(hotel)}/check"
    hotel.synced("bookings", 100, mode="backfill")
    with hotel.runtime.writing() as session:
        session.get_one(StreamCursor, (hotel.connection_id, "bookings", "backfill")).mapping_version = 1
    answer = ian.post(url, hx=True)
    assert "A check was asked for" in answer.text
    assert "every 2s" in answer.text
    with hotel.runtime.reading() as session:
        assert session.get_one(TruthPlan, hotel.connection_id).is_wanted
    hotel.connection(state="paused")
    assert "while the connection does not work" in ian.post(url, hx=True).text
    assert ian.post("/integrations/health/comparison/cn_nobody/check").status_code == 404


def test_silence_says_what_was_seen_what_is_usual_and_what_to_do(
    client_of: ClientOf, hotel: HotelData
) -> None:
    compared(hotel)
    quiet(hotel)
    soup = page(client_of(IAN), "/integrations/health")
    words = text_of(soup.select_one("#health-alarms"))
    assert "0 of 23 have checked in; by now about 10 are usual on a Tuesday (median of 8)." in words
    assert "Look into the PMS" in words
    assert "Fresh, but strangely quiet." in text_of(soup.select_one(".answer"))
    assert "Strangely quiet" in text_of(soup.select_one("#health-watch"))


def test_health_tells_the_night_audit_and_whether_it_runs(
    client_of: ClientOf, hotel: HotelData, clock: FixedClock
) -> None:
    ian = client_of(IAN)
    words = text_of(page(ian, "/integrations/health/watch").select_one("#health-watch"))
    assert "Night audit 02:30–03:30: bulk work waits" in words
    with hotel.runtime.writing() as session:
        row = session.get_one(Hotel, 1)
        row.provider_date, row.provider_date_at = row.business_date, clock.now
    clock.now = datetime(2026, 7, 15, 1, 0, tzinfo=UTC)
    words = text_of(page(client_of(IAN), "/integrations/health/watch"))
    assert "it runs now" in words
    assert "Business date of the PMS" in words


@pytest.mark.parametrize(
    "case",
    [
        ("Europe/Zurich", "2026-10-22", "Sun 25 Oct 02:30 happens twice: at 03:00 the clock goes back 60 minutes. We run once."),
        ("Europe/Zurich", "2026-03-26", "Sun 29 Mar 02:30 does not happen: 02:00 is followed by 03:00. We run once."),
        ("Australia/Lord_Howe", "2026-04-02", "Sun 5 Apr 01:45 happens twice: at 02:00 the clock goes back 30 minutes."),
        ("Asia/Kolkata", "2026-03-26", ""),
    ],
)  # fmt: skip
def test_a_coming_change_of_the_clock_is_told_in_words(
    client_of: ClientOf, hotel: HotelData, clock: FixedClock, case: tuple[str, str, str]
) -> None:
    zone, now, words = case
    clock.now = datetime.fromisoformat(now).replace(hour=12, tzinfo=UTC)
    with hotel.runtime.writing() as session:
        session.get_one(Hotel, 1).timezone = zone
    found = text_of(page(client_of(IAN), "/integrations/health/watch"))
    assert words in found
    assert bool(words) == ("We run once" in found)

"""Health as an admin and as staff see it: one answer, ages, errors with their fix, limits, webhooks and the clock."""

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
from webapp.models import CallHeadroom, JobBeat, Lease, SyncRun, SyncRunStream, TruthCheck, WebhookHit
from webapp.runtime import Runtime

ClientOf = Callable[[Character | None], Browser]
STREAMS = ("guests", "bookings", "check_ins", "availability", "rates")
REFUSED = {
    "code": "credentials_rejected",
    "message": "The provider refused the key.",
    "advice": "Enter a new one.",
    "actor": "admin",
}


@pytest.fixture
def hotel(hub: Runtime) -> HotelData:
    hotel = HotelData(hub)
    for stream in STREAMS:
        hotel.synced(stream, 3)
    beat(hub)
    compared(hotel, 5)
    return hotel


@pytest.fixture
def ian(client_of: ClientOf) -> Browser:
    return client_of(IAN)


def beat(hub: Runtime, minutes_ago: float = 0.5, error: str | None = None) -> None:
    at = hub.clock() - timedelta(minutes=minutes_ago)
    with hub.writing() as session:
        session.merge(JobBeat(name="check_health", started_at=at, finished_at=at, error=error))
        session.merge(
            Lease(
                name="clock",
                owner="desk-pc:41",
                number=3,
                heartbeat_at=at,
                expires_at=at + timedelta(seconds=45),
            )
        )


def compared(hotel: HotelData, minutes_ago: float, **more: Any) -> None:
    """A truth check; clean unless told otherwise."""
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


def run(
    hotel: HotelData, minutes_ago: float, *, state: str = "succeeded", seconds: float = 2.0, **more: Any
) -> None:
    at = hotel.runtime.clock() - timedelta(minutes=minutes_ago)
    with hotel.runtime.writing() as session:
        row = SyncRun(
            public_id=hotel.runtime.new_id("run"),
            connection_id=hotel.connection_id,
            mode="delta",
            trigger="schedule",
            state=state,
            trace_id=f"tr_{minutes_ago:g}",
            started_at=at,
            heartbeat_at=at,
            finished_at=at + timedelta(seconds=seconds),
            **more,
        )
        session.add(row)
        session.flush()
        for stream in STREAMS:
            session.add(
                SyncRunStream(run_id=row.id, stream=stream, state=state, notes={}, fault=more.get("fault"))
            )


def page(answer: TestResponse) -> BeautifulSoup:
    assert answer.status_code == 200, answer.text[:500]
    return BeautifulSoup(answer.text, "html.parser")


def text_of(node: BeautifulSoup | Tag | None) -> str:
    assert node is not None
    return " ".join(node.get_text(" ").split())


def the_answer(soup: BeautifulSoup) -> str:
    return text_of(soup.select_one(".answer-title"))


def test_before_a_connection_the_page_says_when_proof_starts(client_of: ClientOf) -> None:
    soup = page(client_of(IAN).get("/integrations/health"))
    assert the_answer(soup) == "Nothing to rely on yet."
    assert soup.select_one('a[href="/settings/integrations/new"]')
    assert not page(client_of(BEN).get("/integrations/health")).select('a[href="/settings/integrations/new"]')


def test_fresh_data_are_safe_to_rely_on(ian: Browser, hotel: HotelData) -> None:
    run(hotel, 3)
    soup = page(ian.get("/integrations/health"))
    assert the_answer(soup) == "Yes, safe to rely on."
    assert "all as fresh as promised, as of 12:27" in text_of(soup.select_one(".answer"))
    assert [text_of(cell) for cell in soup.select('td[data-label="Safe to rely on?"]')] == ["Safe"] * 5
    assert "next sync: at 12:42" in text_of(soup)


def test_each_kind_of_data_has_its_own_answer(ian: Browser, hotel: HotelData) -> None:
    hotel.synced("rates", 200)
    hotel.synced("availability", 40)
    hotel.connection(streams=["bookings", "availability", "rates"])
    soup = page(ian.get("/integrations/health"))
    assert the_answer(soup) == "Bookings are safe to rely on; not everything else is."
    words = [text_of(cell) for cell in soup.select('td[data-label="Safe to rely on?"]')]
    assert words == ["Switched off", "Safe", "Switched off", "A little old", "Too old"]


def test_old_bookings_are_not_safe_and_the_cause_and_the_fix_are_named(
    client_of: ClientOf, ian: Browser, hotel: HotelData
) -> None:
    hotel.synced("bookings", 200)
    hotel.connection(state="needs_attention", fault=REFUSED, next_sync_at=None)
    for_ian = page(ian.get("/integrations/health"))
    assert "Enter a new one." in text_of(for_ian.select_one(".repair"))
    assert "Enter a new one." not in text_of(for_ian.select_one(".answer"))
    answer = page(client_of(BEN).get("/integrations/health")).select_one(".answer")
    assert answer is not None
    assert "answer-bad" in answer["class"]
    words = text_of(answer)
    assert "Not safe to rely on right now." in words
    assert "needs attention" in words
    assert "Enter a new one." in words


def test_data_that_do_not_move_while_runs_succeed_stand_still(ian: Browser, hotel: HotelData) -> None:
    hotel.synced("bookings", 120)
    run(hotel, 5)
    soup = page(ian.get("/integrations/health"))
    assert "Stands still" in text_of(soup)
    assert "The last run says it succeeded, and the data did not move." in text_of(soup)


def test_errors_are_grouped_with_first_last_count_and_fix(ian: Browser, hotel: HotelData) -> None:
    for minutes in (600, 300, 20):
        run(hotel, minutes, state="failed", fault=REFUSED)
    run(hotel, 10)
    soup = page(ian.get("/integrations/health"))
    rows = [
        row
        for row in soup.select("tbody tr")
        if "The provider refused the key." in text_of(row) and row.select("td.num")
    ]
    assert len(rows) == 1
    words = text_of(rows[0])
    for part in ("Enter a new one.", "For a hotel admin", "3", "10 hours ago", "20 minutes ago", "Over"):
        assert part in words
    hotel.connection(state="needs_attention", fault=REFUSED)
    assert "Still so" in text_of(page(ian.get("/integrations/health")))


def test_headers_of_the_provider_give_a_forecast(ian: Browser, hotel: HotelData, hub: Runtime) -> None:
    run(hotel, 10, calls=60)
    with hub.writing() as session:
        for minutes, left in ((30, 90), (2, 40)):
            at = hub.clock() - timedelta(minutes=minutes)
            session.add(
                CallHeadroom(
                    connection_id=hotel.connection_id,
                    at=at,
                    allowed=100,
                    remaining=left,
                    resets_at=hub.clock() + timedelta(hours=2),
                )
            )
    soup = page(ian.get("/integrations/health"))
    assert "At this pace the limit is reached at 13:08." in text_of(soup)
    assert "60 of 100" in text_of(soup)
    assert soup.select_one("svg.spark")


def test_a_late_checker_says_so_itself(ian: Browser, hotel: HotelData, hub: Runtime) -> None:
    assert "The checker of this page is late." not in text_of(page(ian.get("/integrations/health")))
    beat(hub, 27)
    soup = page(ian.get("/integrations/health"))
    assert "The checker of this page is late." in text_of(soup)
    assert "27 minutes ago, at 12:03" in text_of(soup)
    assert "Stopped" in text_of(soup)


def test_the_scheduler_names_its_process_and_a_job_that_failed(
    ian: Browser, hotel: HotelData, hub: Runtime
) -> None:
    beat(hub, 0.2, error="OperationalError")
    words = text_of(page(ian.get("/integrations/health")))
    assert "desk-pc:41" in words
    assert "number 3" in words
    assert "Failed: OperationalError" in words
    assert "Ticking" in words


def test_webhook_calls_are_counted_by_what_became_of_them(
    ian: Browser, hotel: HotelData, hub: Runtime
) -> None:
    assert "No webhook call has come yet." in text_of(page(ian.get("/integrations/health")))
    states = [("signed", "applied")] * 3 + [("signed", "failed"), ("rejected", "rejected")]
    with hub.writing() as session:
        for number, (trust, state) in enumerate(states):
            session.add(
                WebhookHit(
                    public_id=f"hit_{number}",
                    connection_id=hotel.connection_id,
                    trace_id=f"tr_h{number}",
                    received_at=hub.clock() - timedelta(minutes=number),
                    trust=trust,
                    state=state,
                    sealed=b"",
                    size=2,
                    digest="0" * 64,
                )
            )
    soup = page(ian.get("/integrations/health"))
    counts = [text_of(cell) for cell in soup.select(".hit-counts dd")]
    assert counts == ["5", "4", "3", "0", "1", "1", "0"]


def test_strips_and_sparklines_have_tables_behind_them(ian: Browser, hotel: HotelData) -> None:
    run(hotel, 60 * 26, state="failed", fault=REFUSED)
    run(hotel, 30)
    run(hotel, 10, seconds=4.0)
    soup = page(ian.get("/integrations/health"))
    strips = soup.select("#health-history svg.strip")
    assert len(strips) == 5
    assert [rect["class"] for rect in strips[0].select("rect")][-2:] == [["strip-bad"], ["strip-ok"]]
    assert len(soup.select("#health-history .strip-row details table")) == 6
    assert "last run 4.0 s" in text_of(soup)


def test_staff_read_the_answer_without_logs_and_machinery(client_of: ClientOf, hotel: HotelData) -> None:
    run(hotel, 20, state="failed", fault=REFUSED)
    soup = page(client_of(BEN).get("/integrations/health"))
    assert the_answer(soup) == "Yes, safe to rely on."
    assert not soup.select('main a[href^="/integrations/logs"], main a[href^="/settings"]')
    assert "desk-pc" not in text_of(soup)


def test_the_board_reads_itself_again_and_the_rest_does_not_close(ian: Browser, hotel: HotelData) -> None:
    board = page(ian.get("/integrations/health", hx=True))
    assert board.select_one("#health-board[hx-trigger='every 30s']")
    assert not board.select("#health-history, html")
    run(hotel, 5)
    assert page(ian.get("/integrations/health/history")).select_one("#health-history")


def test_queries_do_not_grow_with_connections(
    ian: Browser,
    hotel: HotelData,
    hub: Runtime,
    count_queries: Callable[[Runtime], AbstractContextManager[Statements]],
) -> None:
    run(hotel, 5)
    ian.get("/integrations/health")
    with count_queries(hub) as alone:
        ian.get("/integrations/health")
    for number in range(4):
        run(HotelData(hub, name=f"Watched {number}", role="shadow"), 5)
    with count_queries(hub) as together:
        ian.get("/integrations/health")
    assert len(together) == len(alone) <= 36


def test_no_page_shows_a_secret(ian: Browser, hotel: HotelData, clock: FixedClock) -> None:
    hotel.connection(credentials=b"sealed-secret", secret_hints={"api_key": {"last4": "4f2a"}})
    assert "sealed-secret" not in ian.get("/integrations/health").text

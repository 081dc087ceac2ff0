"""The log's list: every filter walks an index in order, whatever the size, and no line is lost or shown twice."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.cast import Statements
from tests.conftest import FixedClock
from tests.hotel_data import HotelData
from tests.log_data import entry, fill
from webapp.models import BookingChange, SyncRun
from webapp.runtime import Runtime
from webapp.services import log_hours, logs
from webapp.services.booking_place import BadCursor
from webapp.services.log_views import Gravity, LogFilter, LogPage, LogView

CountQueries = Callable[[Runtime], AbstractContextManager[Statements]]


def look(hub: Runtime, wanted: LogFilter, after: str | None = None, limit: int = 50) -> LogPage:
    with hub.reading() as session:
        return logs.search(session, wanted, after, limit)


def said(page: LogPage) -> list[str]:
    return [row.summary for row in page.rows]


def test_the_newest_comes_first_and_calls_stand_under_their_runs(either_hub: Runtime) -> None:
    entry(either_hub, "old", minutes_ago=9)
    entry(either_hub, "a call", kind="call")
    entry(either_hub, "new", minutes_ago=2, kind="audit")
    assert said(look(either_hub, LogFilter())) == ["new", "old"]
    assert said(look(either_hub, LogFilter(view=LogView.ALL))) == ["a call", "new", "old"]


def test_pages_join_without_a_gap_in_both_directions(either_hub: Runtime) -> None:
    hotel = HotelData(either_hub)
    # One moment: only the id tells.
    fill(either_hub, 230, connection_ids=[hotel.connection_id], seconds_apart=0)
    for wanted in (
        LogFilter(view=LogView.ALL),
        LogFilter(view=LogView.CALLS),
        LogFilter(gravity=Gravity.PROBLEMS),
    ):
        whole = said(look(either_hub, wanted, limit=1000))
        seen, after, newer = [], None, None
        while True:
            page = look(either_hub, wanted, after, limit=20)
            seen += said(page)
            newer = page.newer
            if page.older is None:
                break
            after = page.older
        assert seen == whole
        if newer is not None:
            back = look(either_hub, wanted, newer, limit=20)
            assert said(back) == whole[-len(said(page)) - 20 : -len(said(page))]


def test_filters_combine(either_hub: Runtime, clock: FixedClock) -> None:
    hotel = HotelData(either_hub)
    shadow = HotelData(either_hub, name="Watched", role="shadow")
    entry(either_hub, "mine", connection_id=hotel.connection_id, level="error", kind="call")
    entry(either_hub, "its", connection_id=shadow.connection_id, level="error", kind="call")
    entry(either_hub, "nobody's", level="warning", kind="audit")
    entry(
        either_hub, "long ago", connection_id=hotel.connection_id, level="error", kind="call", minutes_ago=99
    )
    with either_hub.reading() as session:
        mine = next(key for key, name in logs.connections(session) if name == "Aurora PMS")
    errors = LogFilter(view=LogView.CALLS, gravity=Gravity.ERRORS, connection=mine)
    assert said(look(either_hub, errors)) == ["mine", "long ago"]
    recent = LogFilter(view=LogView.ALL, gravity=Gravity.PROBLEMS, since=clock.now - timedelta(hours=1))
    assert said(look(either_hub, recent)) == ["nobody's", "its", "mine"]
    assert said(look(either_hub, LogFilter(connection="cn_unknown"))) == []


def test_a_trace_shows_all_of_its_lines(either_hub: Runtime) -> None:
    entry(either_hub, "run", trace_id="tr_1", minutes_ago=1)
    entry(either_hub, "call", trace_id="tr_1", kind="call", minutes_ago=2)
    entry(either_hub, "other", trace_id="tr_2")
    assert said(look(either_hub, LogFilter(view=LogView.ALL, trace_id="tr_1"))) == ["run", "call"]


def test_a_booking_leads_to_the_runs_that_changed_it(either_hub: Runtime, clock: FixedClock) -> None:
    hotel = HotelData(either_hub)
    public_id = hotel.book("Keller")
    with either_hub.writing() as session:
        run = SyncRun(
            public_id="run_1",
            connection_id=hotel.connection_id,
            mode="delta",
            trigger="schedule",
            state="succeeded",
            trace_id="tr_1",
            started_at=clock.now,
            heartbeat_at=clock.now,
        )
        session.add(run)
        session.flush()
        session.add(
            BookingChange(
                booking_id=session.execute(text("SELECT id FROM booking")).scalar_one(),
                stay_line="",
                field="status",
                old="a",
                new="b",
                arrived_at=clock.now,
                road="poll",
                run_id=run.id,
            )
        )
    entry(either_hub, "the run", trace_id="tr_1")
    entry(either_hub, "another", trace_id="tr_2")
    assert said(look(either_hub, LogFilter(booking=public_id))) == ["the run"]
    assert said(look(either_hub, LogFilter(booking="bk_unknown"))) == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("KEY refused", ["The key was refused"]),
        ("100%", ["100% done"]),
        ("_", ["a_b"]),
        ("connection.tested", ["Tested"]),
    ],
)
def test_words_are_found_in_any_case_and_mean_themselves(
    either_hub: Runtime, words: str, found: list[str]
) -> None:
    entry(either_hub, "The key was refused")
    entry(either_hub, "100% done")
    entry(either_hub, "a_b", action="x")
    entry(either_hub, "Tested", action="connection.tested", kind="audit")
    assert said(look(either_hub, LogFilter(text=words))) == found


def test_a_search_stops_after_a_stretch_and_says_how_far_it_came(
    hub: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "SEARCHED", 100)
    entry(hub, "needle", minutes_ago=60 * 24)
    fill(hub, 250)
    page, looked = look(hub, LogFilter(view=LogView.ALL, text="needle")), 1
    assert (page.rows, page.searched_to is not None) == ((), True)
    while page.older is not None and not page.rows:
        page, looked = look(hub, LogFilter(view=LogView.ALL, text="needle"), page.older), looked + 1
    assert (said(page), page.searched_to, looked) == (["needle"], None, 3)


def test_an_unknown_place_is_refused(hub: Runtime) -> None:
    for place in ("nonsense", "", "bzIwMjY", "é"):
        if place:
            with pytest.raises(BadCursor):
                look(hub, LogFilter(), place)


@pytest.mark.sqlite_only
def test_no_filter_counts_or_sorts_the_whole_log(hub: Runtime, count_queries: CountQueries) -> None:
    hotel = HotelData(hub)
    fill(hub, 400, connection_ids=[hotel.connection_id])
    with hub.reading() as session:
        mine = logs.connections(session)[0][0]
    middle = look(hub, LogFilter(view=LogView.ALL), limit=100).older
    assert middle is not None
    for wanted in (
        LogFilter(),
        LogFilter(view=LogView.ALL),
        LogFilter(view=LogView.ALL, gravity=Gravity.ERRORS),
        LogFilter(view=LogView.AUDIT, connection=mine),
        LogFilter(view=LogView.HITS, since=hub.clock() - timedelta(hours=1)),
    ):
        for after in (None, middle):
            with count_queries(hub) as statements:
                look(hub, wanted, after)
            assert len(statements) == 2
            assert "count(" not in statements.texts[-1].lower()
    with hub.reading() as session, count_queries(hub) as statements:
        logs.search(session, LogFilter(view=LogView.ALL, gravity=Gravity.ERRORS), middle)
    plan = plan_of(hub, statements.texts[-1])
    assert plan
    assert all(
        "USING INDEX ix_log_entry_filter (kind=? AND level=? AND connection_id" in line for line in plan
    ), plan


def plan_of(hub: Runtime, statement: str) -> list[str]:
    """How SQLite reads the log for a statement."""
    with hub.reading() as session:
        raw = session.connection().connection.cursor()
        raw.execute(f"EXPLAIN QUERY PLAN {statement}", [None] * statement.count("?"))
        return [str(row[3]) for row in raw.fetchall() if "log_entry" in str(row[3])]


def test_an_export_brings_every_line_once(hub: Runtime) -> None:
    fill(hub, 2500)
    lines = [row.summary for row in logs.export(hub, LogFilter(view=LogView.ALL))]
    assert lines == [f"line {number}" for number in range(2499, -1, -1)]


# --- counting by the hour


def bars(hub: Runtime, wanted: LogFilter, hours_back: int = 4, step: int = 1) -> list[tuple[int, int]]:
    now = hub.clock()
    with hub.reading() as session:
        found = log_hours.histogram(session, wanted, now - timedelta(hours=hours_back), now, step)
    return [(one.count, one.problems) for one in found]


def test_hours_are_counted_the_same_before_and_after_they_close(either_hub: Runtime) -> None:
    hotel = HotelData(either_hub)
    for minutes, level in ((5, "info"), (45, "info"), (50, "error"), (200, "warning")):
        entry(either_hub, level=level, minutes_ago=minutes)
    entry(either_hub, kind="call", connection_id=hotel.connection_id, minutes_ago=200)
    live = bars(either_hub, LogFilter())
    assert live == [(0, 0), (1, 1), (0, 0), (2, 1), (1, 0)]
    assert log_hours.count_closed(either_hub) > 0
    assert log_hours.count_closed(either_hub) == 0
    assert bars(either_hub, LogFilter()) == live
    assert bars(either_hub, LogFilter(view=LogView.CALLS)) == [(0, 0), (1, 0), (0, 0), (0, 0), (0, 0)]
    with either_hub.reading() as session:
        mine = logs.connections(session)[0][0]
    assert sum(count for count, _ in bars(either_hub, LogFilter(view=LogView.ALL, connection=mine))) == 1
    assert sum(count for count, _ in bars(either_hub, LogFilter(view=LogView.ALL), step=2)) == 5


def test_a_quiet_week_is_passed_over_once(hub: Runtime, clock: FixedClock) -> None:
    entry(hub, minutes_ago=60 * 24 * 20)
    made = log_hours.count_closed(hub)
    clock.advance(hours=1)
    assert made > 1
    assert log_hours.count_closed(hub) == 1
    entry(hub, minutes_ago=1)
    clock.advance(hours=2)
    log_hours.count_closed(hub)
    assert sum(count for count, _ in bars(hub, LogFilter(), hours_back=24 * 21, step=24)) == 2

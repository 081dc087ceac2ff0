"""When the daily sweep is due, and which positions are trusted."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from tests.sync_stage import Stage
from webapp.domain.stream import Mode, Stream, Window
from webapp.models import Connection, Hotel, StreamCursor
from webapp.runtime import Runtime
from webapp.services import sync_plan
from webapp.services.sync_plan import Day, Position

NOW = datetime(2026, 7, 14, 10, 30, tzinfo=UTC)
TODAY = date(2026, 7, 14)


def hotel(timezone: str = "Europe/Zurich", audit_hour: int = 3) -> Hotel:
    return Hotel(timezone=timezone, audit_hour=audit_hour, audit_minutes=30)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-07-14T00:30", "2026-07-14T01:30"),  # 02:30 in Zurich, summer
        ("2026-07-14T01:30", "2026-07-15T01:30"),
        ("2026-01-14T12:00", "2026-01-15T02:30"),
        ("2026-10-24T12:00", "2026-10-25T02:30"),  # the night in which summer time ends
        ("2026-03-28T12:00", "2026-03-29T01:30"),  # the night in which it begins
    ],
)
def test_the_sweep_follows_the_hotels_own_clock(now: str, due: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert sync_plan.next_sweep(at, hotel()) == datetime.fromisoformat(due).replace(tzinfo=UTC)


def test_an_audit_hour_that_a_clock_change_skips_is_after_it() -> None:
    at = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert sync_plan.next_sweep(at, hotel(audit_hour=2)) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def plan(position: Position | None, **connection: int) -> sync_plan.Walk:
    text = msgspec.json.encode(position).decode() if position else None
    row = StreamCursor(stream="bookings", mode="delta", position=text, high_water=NOW - timedelta(hours=1))
    key = (Stream.BOOKINGS, Mode.DELTA)
    owner = Connection(**{"history_days": 30, "mapping_version": 1, **connection})
    return sync_plan.plan_walk(owner, {key: row}, key, Day(NOW, TODAY), may_resume=True)


def position(**changes: object) -> Position:
    window = Window(Mode.DELTA, None, NOW - timedelta(hours=2), TODAY, TODAY + timedelta(1))
    return msgspec.structs.replace(Position(window, "page 7"), **changes)


def test_a_position_survives_its_text_and_is_resumed() -> None:
    kept = position(high=NOW, seen=40)
    assert plan(kept).position == kept


@pytest.mark.parametrize(
    "changes",
    [{"mapping_version": 2}, {"version": 2}, {"window": Window(Mode.DELTA, None, NOW - timedelta(hours=25), TODAY, TODAY)}],
    ids=["another mapping", "another version", "yesterday's"],
)  # fmt: skip
def test_a_position_that_cannot_be_trusted_is_left(changes: dict[str, object]) -> None:
    fresh = plan(position(**changes)).position
    assert (fresh.token, fresh.window.until, fresh.window.since) == (None, NOW, NOW - timedelta(hours=1))


@pytest.mark.usefixtures("memory_provider")
def test_each_stream_is_read_over_its_own_dates(hub: Runtime) -> None:
    """Bookings as far back as the hotel wants, check-ins around today, rooms and prices from today on."""
    streams = (Stream.BOOKINGS, Stream.CHECK_INS, Stream.AVAILABILITY, Stream.RATES)
    stage = Stage(hub, streams=streams)
    stage.edit(history_days=400)
    stage.sync()
    asked = {
        stream: ((window.from_date - TODAY).days, (window.to_date - TODAY).days)
        for stream, window, _ in stage.script.asked
    }
    assert asked == {
        Stream.BOOKINGS: (-400, sync_plan.HORIZON_DAYS),
        Stream.CHECK_INS: sync_plan.CHECK_IN_DAYS,
        Stream.AVAILABILITY: (0, sync_plan.INVENTORY_DAYS),
        Stream.RATES: (0, sync_plan.INVENTORY_DAYS),
    }

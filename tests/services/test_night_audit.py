"""The night audit and the nights in which the clock changes: windows, business dates, sweeps, what waits meanwhile."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.conftest import FixedClock
from tests.hotel_data import HotelData
from tests.sync_stage import Stage, booking
from webapp.domain.stream import Mode, Stream
from webapp.integrations.kit.errors import CredentialsRejected, ProviderUnavailable
from webapp.models import ConnectionState, Hotel
from webapp.runtime import Runtime
from webapp.services import (
    business_day,
    clock_changes,
    freshness,
    hotels,
    reliance,
    stay_metrics,
    sync_claims,
    syncing,
)
from webapp.services.night_audit import Audit, audit_of
from webapp.services.reliance import Reliance

ZURICH, LORD_HOWE, KOLKATA = (
    ZoneInfo(name) for name in ("Europe/Zurich", "Australia/Lord_Howe", "Asia/Kolkata")
)
MIDNIGHTISH = datetime(2026, 7, 15, 1, 0, tzinfo=UTC)  # 03:00 in Zurich


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# --- windows, pure --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "hour", "day", "begins"),
    [
        (ZURICH, 3, "2026-07-15", "2026-07-15T00:30"),
        (ZURICH, 2, "2026-03-29", "2026-03-29T00:30"),  # two o'clock is skipped: the change is its instant
        (ZURICH, 2, "2026-10-25", "2026-10-24T23:30"),  # two o'clock comes twice: the first
        (ZURICH, 3, "2026-10-25", "2026-10-25T01:30"),
        (LORD_HOWE, 2, "2026-10-04", "2026-10-03T15:00"),  # half an hour is skipped
        (LORD_HOWE, 2, "2026-04-05", "2026-04-04T15:00"),  # half an hour comes twice
        (KOLKATA, 3, "2026-03-29", "2026-03-28T21:00"),
        (ZURICH, 0, "2026-07-15", "2026-07-14T21:30"),
    ],
)
def test_an_audit_is_an_hour_of_real_time_whatever_the_clock_does(
    zone: ZoneInfo, hour: int, day: str, begins: str
) -> None:
    window = Audit(zone, hour).of_day(date.fromisoformat(day))
    assert window.begins == utc(begins)
    assert window.ends - window.begins == timedelta(hours=1)


@pytest.mark.parametrize("zone", [ZURICH, LORD_HOWE, KOLKATA])
@pytest.mark.parametrize("hour", [0, 2, 3])
def test_over_a_whole_year_there_is_one_audit_a_day_and_the_date_rolls_once_in_it(
    zone: ZoneInfo, hour: int
) -> None:
    audit, now = Audit(zone, hour), utc("2026-01-01T12:00")
    for _ in range(365):
        window = audit.coming(now)
        assert hotels.business_date_at(window.begins - timedelta(seconds=1), zone, hour) < window.day
        assert hotels.business_date_at(window.ends, zone, hour) == window.day
        following = audit.coming(window.ends)
        assert following.day == window.day + timedelta(days=1)
        now = window.ends


@pytest.mark.parametrize(
    ("zone", "night"), [(ZURICH, "2026-03-29"), (ZURICH, "2026-10-25"), (LORD_HOWE, "2026-04-05")]
)
def test_minute_by_minute_the_business_date_never_goes_back(zone: ZoneInfo, night: str) -> None:
    start = utc(night) - timedelta(hours=14)
    dates = [hotels.business_date_at(start + timedelta(minutes=at), zone, 2) for at in range(36 * 60)]
    assert dates == sorted(dates)


def test_a_provider_that_rolled_the_date_ends_the_audit() -> None:
    at = utc("2026-07-15T01:05")
    assert Audit(ZURICH).is_running(at)
    rolled = Audit(ZURICH, rolled_to=date(2026, 7, 15))
    assert not rolled.is_running(at)
    assert rolled.coming(at).day == date(2026, 7, 16)


def test_a_window_of_no_minutes_makes_nothing_wait() -> None:
    assert not Audit(ZURICH, 3, 0).is_running(utc("2026-07-15T01:00"))


@pytest.mark.parametrize(
    ("zone", "now", "at", "skipped"),
    [
        (ZURICH, "2026-03-25T12:00", "2026-03-29T01:00", (True, 60, "02:00", "03:00")),
        (ZURICH, "2026-10-20T12:00", "2026-10-25T01:00", (False, 60, "02:00", "03:00")),
        (LORD_HOWE, "2026-04-01T12:00", "2026-04-04T15:00", (False, 30, "01:30", "02:00")),
        (LORD_HOWE, "2026-10-01T12:00", "2026-10-03T15:30", (True, 30, "02:00", "02:30")),
    ],
)
def test_a_coming_change_of_the_clock_is_known_a_week_ahead(
    zone: ZoneInfo, now: str, at: str, skipped: tuple[bool, int, str, str]
) -> None:
    change = clock_changes.coming(zone, utc(now))
    assert change is not None
    assert change.at == utc(at)
    found = change.is_forward, change.minutes, f"{change.earliest:%H:%M}", f"{change.latest:%H:%M}"
    assert found == skipped


def test_no_change_is_told_too_early_too_late_or_where_there_is_none() -> None:
    assert clock_changes.coming(ZURICH, utc("2026-03-21T12:00")) is None
    assert clock_changes.coming(ZURICH, utc("2026-03-29T01:00")) is None
    assert clock_changes.coming(KOLKATA, utc("2026-03-25T12:00")) is None


# --- what waits ------------------------------------------------------------------------------------------------------


@pytest.fixture
def stage(hub: Runtime, memory_provider: None) -> Stage:
    stage = Stage(hub, streams=(Stream.BOOKINGS, Stream.AVAILABILITY, Stream.RATES))
    stage.sync_of(booking("R1"))
    return stage


def run(stage: Stage) -> syncing.RunReport:
    """As the clock starts one."""
    claim = sync_claims.claim_one(stage.hub, stage.id, owner="clock")
    return syncing.run_claimed(stage.hub, claim)


def test_while_the_audit_runs_only_what_is_small_is_read(stage: Stage, clock: FixedClock) -> None:
    clock.now = MIDNIGHTISH
    stage.edit(next_sweep_at=clock.now)
    report = run(stage)
    assert [one.stream for one in report.streams] == [Stream.BOOKINGS]
    assert report.mode is Mode.DELTA
    assert stage.row().next_sweep_at == MIDNIGHTISH  # still owed
    clock.advance(minutes=30)
    report = run(stage)
    assert report.mode is Mode.SWEEP
    assert [one.stream for one in report.streams] == [Stream.BOOKINGS, Stream.AVAILABILITY, Stream.RATES]


def test_a_full_sync_that_was_asked_for_waits_and_is_not_forgotten(stage: Stage, clock: FixedClock) -> None:
    clock.now = MIDNIGHTISH
    syncing.request_sync(stage.hub, stage.id, actor="ian@aurora.example", mode=Mode.BACKFILL)
    assert run(stage).streams == ()
    assert stage.row().state == ConnectionState.HEALTHY
    clock.advance(minutes=30)
    assert run(stage).mode is Mode.BACKFILL


def test_sync_now_and_a_first_load_wait_for_nothing(hub: Runtime, stage: Stage, clock: FixedClock) -> None:
    clock.now = MIDNIGHTISH
    syncing.request_sync(hub, stage.id, actor="ian@aurora.example")
    assert len(run(stage).streams) == 3
    new = Stage(hub, name="New")
    new.tell(booking("N1"))
    assert run(new).mode is Mode.BACKFILL


def test_a_provider_that_is_slow_at_night_raises_no_alarm(stage: Stage, clock: FixedClock) -> None:
    clock.now = MIDNIGHTISH
    stage.script.fail(Stream.BOOKINGS, ProviderUnavailable())
    run(stage)
    assert (stage.row().state, stage.row().fault, stage.row().failures) == (ConnectionState.HEALTHY, None, 0)
    clock.advance(hours=1)
    run(stage)
    assert stage.row().state == ConnectionState.DEGRADED


def test_a_refused_key_is_an_alarm_at_night_too(stage: Stage, clock: FixedClock) -> None:
    clock.now = MIDNIGHTISH
    stage.script.fail(Stream.BOOKINGS, CredentialsRejected())
    run(stage)
    assert stage.row().state == ConnectionState.NEEDS_ATTENTION


def test_rates_that_wait_for_the_audit_are_not_called_old(
    hub: Runtime, stage: Stage, clock: FixedClock
) -> None:
    clock.now = MIDNIGHTISH - timedelta(minutes=35)
    run(stage)
    clock.now = MIDNIGHTISH + timedelta(minutes=30)
    with hub.reading() as session:
        view = freshness.connections(session, clock.now)[0]
        tries = reliance.last_tries(session)
        audit = audit_of(session.get(Hotel, 1))
    found = reliance.of_connection(view, stage.streams, tries, clock.now, audit)
    word = {one.stream: one.reliance for one in found}
    assert word[Stream.RATES] is Reliance.SAFE
    assert word[Stream.BOOKINGS] is Reliance.STALE


@pytest.mark.parametrize(
    "now", ["2026-03-29T00:59", "2026-03-29T01:00", "2026-10-25T00:30", "2026-10-25T01:30"]
)
def test_on_the_night_of_a_change_a_due_connection_is_claimed_once(
    stage: Stage, clock: FixedClock, now: str
) -> None:
    clock.now = utc(now)
    stage.edit(next_sync_at=clock.now)
    assert len(sync_claims.claim_due(stage.hub, owner="a", limit=4)) == 1
    assert sync_claims.claim_due(stage.hub, owner="b", limit=4) == []


@pytest.mark.parametrize("night", ["2026-03-28", "2026-10-24"])
def test_a_night_of_23_or_25_hours_is_one_night_and_its_arrivals_come_once(hub: Runtime, night: str) -> None:
    first = date.fromisoformat(night)
    hotel = HotelData(hub, today=first)
    hotel.book(arrival=0, nights=2)
    with hub.reading() as session:
        assert stay_metrics.sold_rooms(session, hotel.connection_id, first - timedelta(1), 4) == (0, 1, 1, 0)
        counts = [
            len(stay_metrics.arrivals(session, hotel.connection_id, first + timedelta(offset)))
            for offset in (-1, 0, 1)
        ]
        assert counts == [0, 1, 0]


# --- the provider's business date ------------------------------------------------------------------------------------


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> dict[str, date | None]:
    """What the provider answers when it is asked for its business date."""
    from tests.memory_provider.adapter import Adapter

    answer: dict[str, date | None] = {"date": date(2026, 7, 14)}
    monkeypatch.setattr(Adapter, "business_date", lambda _self: answer["date"], raising=False)
    return answer


def test_the_providers_business_date_wins_over_our_clock(
    stage: Stage, clock: FixedClock, told: dict[str, date | None]
) -> None:
    clock.now = MIDNIGHTISH + timedelta(minutes=10)  # our clock would have rolled at three
    assert business_day.follow(stage.hub) == date(2026, 7, 14)
    assert hotels.roll_business_date(stage.hub) is None
    told["date"] = date(2026, 7, 15)
    clock.advance(minutes=5)
    business_day.follow(stage.hub)
    assert hotels.roll_business_date(stage.hub) == date(2026, 7, 15)
    assert stage.row().next_sweep_at == clock.now
    assert stage.row().next_sync_at <= clock.now
    assert run(stage).mode is Mode.SWEEP  # the audit is over: reconciliation at once


def test_a_provider_that_is_silent_or_lives_in_another_year_moves_nothing(
    stage: Stage, clock: FixedClock, told: dict[str, date | None]
) -> None:
    clock.now = MIDNIGHTISH + timedelta(minutes=1)
    told["date"] = date(2019, 1, 1)
    business_day.follow(stage.hub)
    assert hotels.roll_business_date(stage.hub) == date(2026, 7, 15)


def test_by_day_the_provider_is_not_asked(stage: Stage, told: dict[str, date | None]) -> None:
    assert business_day.follow(stage.hub) is None

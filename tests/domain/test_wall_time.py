"""Times read off the hotel's clock, also in the nights when it is changed."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.wall_time import readings

ZURICH = ZoneInfo("Europe/Zurich")
at = datetime.fromisoformat


def test_an_ordinary_time_is_one_instant() -> None:
    assert readings(at("2026-07-14T18:00"), ZURICH) == (datetime(2026, 7, 14, 16, 0, tzinfo=UTC),)


def test_the_hour_that_comes_twice_is_two_instants() -> None:
    assert readings(at("2026-10-25T02:30"), ZURICH) == (
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    )


def test_the_hour_that_is_skipped_is_none() -> None:
    assert readings(at("2026-03-29T02:30"), ZURICH) == ()


@given(
    st.datetimes(at("2020-01-01"), at("2035-01-01")),
    st.sampled_from(["Europe/Zurich", "Australia/Lord_Howe", "America/St_Johns", "UTC", "Pacific/Apia"]),
)
def test_every_instant_is_among_the_readings_of_its_own_clock(clock: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    instant = clock.replace(tzinfo=UTC)
    wall = instant.astimezone(zone).replace(tzinfo=None)
    assert instant in readings(wall, zone)

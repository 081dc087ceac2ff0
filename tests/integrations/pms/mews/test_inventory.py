"""Midnights of the hotel, counts of rooms and prices by day."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest

from tests.integrations.pms.mews.samples import BEST, DOUBLE, STAY, SUITE, ZONE, identity, sample
from webapp.domain.rate import RateDay
from webapp.domain.room import AvailabilityDay
from webapp.integrations.kit.errors import ContractBroken
from webapp.integrations.pms.mews.asking import instant
from webapp.integrations.pms.mews.inventory import (
    availability_of,
    public_availability_of,
    rates_of,
    spans_of,
    unit_start,
)
from webapp.integrations.pms.mews.setup import Category, Plan
from webapp.integrations.pms.mews.shapes import Availability, Pricing, PublicAvailability

CATEGORIES = {
    DOUBLE: Category(DOUBLE, "Double", STAY, True),
    SUITE: Category(SUITE, "Suite", STAY, True),
    identity("6", 3): Category(identity("6", 3), "Old wing", identity("4", 3), False),
}
PLAN = Plan(BEST, "Best available", STAY, True, True)
FIRST, SECOND = date(2026, 7, 14), date(2026, 7, 15)


@pytest.mark.parametrize(
    ("day", "zone", "text"),
    [
        (date(2026, 7, 14), "Europe/Lisbon", "2026-07-13T23:00:00Z"),
        (date(2026, 12, 4), "Europe/Lisbon", "2026-12-04T00:00:00Z"),
        (date(2026, 3, 29), "Europe/Helsinki", "2026-03-28T22:00:00Z"),  # clocks go forward this night
        (date(2026, 3, 30), "Europe/Helsinki", "2026-03-29T21:00:00Z"),
        (date(2026, 10, 25), "Europe/Helsinki", "2026-10-24T21:00:00Z"),
        (date(2026, 10, 26), "Europe/Helsinki", "2026-10-25T22:00:00Z"),
        (date(2026, 4, 24), "Africa/Cairo", "2026-04-23T22:00:00Z"),  # this day has no midnight
        (date(2026, 7, 14), "Pacific/Kiritimati", "2026-07-13T10:00:00Z"),
    ],
)
def test_a_day_begins_at_the_hotels_midnight(day: date, zone: str, text: str) -> None:
    assert instant(unit_start(day, ZoneInfo(zone))) == text
    assert unit_start(day, ZoneInfo(zone)).astimezone(UTC).astimezone(ZoneInfo(zone)).date() == day


def test_milliseconds_are_told_only_where_there_are_some() -> None:
    assert instant(datetime(2026, 7, 14, 8, 20, 0, 250_000, tzinfo=UTC)) == "2026-07-14T08:20:00.250Z"


def test_free_rooms_are_usable_less_occupied_less_house_use() -> None:
    answer = msgspec.convert(sample("availability"), Availability)
    found = availability_of(answer, CATEGORIES, ZONE)
    assert found == [
        AvailabilityDay(DOUBLE, FIRST, 5, "Double", 14),
        AvailabilityDay(DOUBLE, SECOND, -1, "Double", 14),  # overbooked, and told so
        AvailabilityDay(SUITE, FIRST, 3, "Suite", 3),
        AvailabilityDay(SUITE, SECOND, 2, "Suite", 3),
    ]


def test_parking_and_closed_wings_have_no_availability() -> None:
    answer = msgspec.convert(sample("availability"), Availability)
    assert {day.room_type_id for day in availability_of(answer, CATEGORIES, ZONE)} == {DOUBLE, SUITE}


def test_the_older_count_has_no_total() -> None:
    answer = msgspec.convert(sample("availability_public"), PublicAvailability)
    found = public_availability_of(answer, CATEGORIES, ZONE)
    assert found == [
        AvailabilityDay(DOUBLE, FIRST, 5, "Double"),
        AvailabilityDay(DOUBLE, SECOND, 0, "Double"),
    ]


def test_prices_are_gross_and_of_what_is_sold() -> None:
    answer = msgspec.convert(sample("pricing"), Pricing)
    found = rates_of(answer, PLAN, CATEGORIES, ZONE, "EUR")
    assert found == [
        RateDay(BEST, FIRST, 12950, "EUR", DOUBLE, "Best available", "Double"),
        RateDay(BEST, SECOND, 13100, "EUR", DOUBLE, "Best available", "Double"),
    ]


def test_counts_that_do_not_fit_the_days_are_not_guessed() -> None:
    document = sample("availability")
    document["ResourceCategoryAvailabilities"][0]["Metrics"]["Occupied"] = [6]
    with pytest.raises(ContractBroken, match="Occupied"):
        availability_of(msgspec.convert(document, Availability), CATEGORIES, ZONE)


def test_long_windows_are_cut_into_days_that_follow_each_other() -> None:
    spans = list(spans_of(date(2026, 7, 1), date(2026, 9, 1), 30))
    assert spans == [
        (date(2026, 7, 1), date(2026, 7, 30)),
        (date(2026, 7, 31), date(2026, 8, 29)),
        (date(2026, 8, 30), date(2026, 8, 31)),
    ]
    assert list(spans_of(date(2026, 7, 1), date(2026, 7, 1), 30)) == []

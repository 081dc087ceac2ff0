"""Availability, prices and packages, day by day."""

from datetime import date, timedelta
from typing import Any

import msgspec

from tests.integrations.pms.opera_cloud.opera_samples import HOTEL, sample
from webapp.integrations.pms.opera_cloud.rate_mapping import availability_of, packages_of, rates_of
from webapp.integrations.pms.opera_cloud.rate_payloads import (
    InventoryAnswer,
    PackagesAnswer,
    PlanInfo,
    Schedule,
)

FRIDAY = date(2026, 12, 4)
PLAN = PlanInfo(rate_plan_code="BAR")


def schedule(**fields: Any) -> Schedule:
    base = {"start": "2026-12-04", "end": "2026-12-10", "roomTypeList": ["DBLS"]}
    return msgspec.convert({**base, **fields}, Schedule)


def prices(*schedules: Schedule, days: int = 7) -> dict[int, int]:
    """Day of the month -> minor units."""
    end = FRIDAY + timedelta(days - 1)
    return {item.day.day: item.price_minor for item in rates_of(PLAN, schedules, "EUR", FRIDAY, end)}


def test_a_day_counts_by_its_own_row_whatever_its_end_means() -> None:
    answer = msgspec.convert(sample("inventory"), InventoryAnswer)
    found = availability_of(answer, FRIDAY, date(2026, 12, 6))
    assert [(item.day.day, item.available) for item in found] == [(4, 6), (5, 4), (6, 4)]
    (only,) = availability_of(answer, FRIDAY, FRIDAY)
    assert (only.room_type_id, only.available) == ("DBLS", 6)


def test_an_oversold_type_has_none_left() -> None:
    answer = sample("inventory")
    answer["hotelInventories"][0]["roomTypeInventories"][0]["inventoryCounts"][0]["availableCount"] = "-2"
    assert availability_of(msgspec.convert(answer, InventoryAnswer), FRIDAY, FRIDAY)[0].available == 0


def test_the_price_for_two_counts_else_that_for_one() -> None:
    both = schedule(rateAmounts={"onePersonRate": 119, "twoPersonRate": 129.5})
    assert prices(both, days=1) == {4: 12950}
    assert prices(schedule(rateAmounts={"onePersonRate": "119"}), days=1) == {4: 11900}
    assert prices(schedule(rateAmounts={}), days=1) == {}


def test_named_weekdays_are_the_only_ones() -> None:
    weekend = schedule(rateAmounts={"twoPersonRate": 150}, friday=True, saturday=True)
    assert prices(weekend) == {4: 15000, 5: 15000}
    none_named = schedule(rateAmounts={"twoPersonRate": 150}, monday=False)
    assert len(prices(none_named)) == 7


def test_the_shorter_of_two_schedules_is_the_exception() -> None:
    season = schedule(start="2026-11-01", end="2027-03-01", rateAmounts={"twoPersonRate": 100})
    fair = schedule(start="2026-12-05", end="2026-12-06", rateAmounts={"twoPersonRate": 200})
    assert prices(season, fair, days=3) == {4: 10000, 5: 20000, 6: 20000}


def test_a_package_has_its_price_on_each_day() -> None:
    info = {
        "code": "BRKF",
        "primaryDetails": {"description": "Breakfast"},
        "transactionDetails": {"currency": "EUR"},
        "postingAttributes": {"priceCalculationRule": "PerPerson", "calculatedPrice": 18},
    }
    groups = [
        {"hotelId": "HTL1", "packageCodeShortInfo": [info]},
        {"hotelId": "HTL2", "packageCodeShortInfo": [info]},
    ]
    answer = msgspec.convert({"packageCodesList": {"packageCodes": groups}}, PackagesAnswer)
    found = packages_of(answer, HOTEL, FRIDAY, FRIDAY + timedelta(1))
    assert [(item.rate_plan_id, item.rate_plan, item.day.day, item.price_minor) for item in found] == [
        ("package BRKF", "Breakfast", 4, 1800),
        ("package BRKF", "Breakfast", 5, 1800),
    ]

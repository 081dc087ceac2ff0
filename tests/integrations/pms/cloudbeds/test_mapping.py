"""Guests, rates and availability of Cloudbeds in the hub's words."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from tests.integrations.pms.cloudbeds.cloudbeds_samples import HOTEL, sample
from webapp.domain.guest import Guest
from webapp.integrations.pms.cloudbeds.hotel import RoomType
from webapp.integrations.pms.cloudbeds.mapping import availability_of, guest_of, rates_of, single_guest
from webapp.integrations.pms.cloudbeds.payloads import GuestRow, RateRow, SingleGuest
from webapp.integrations.pms.cloudbeds.reading import Unreadable

BEGIN, END = date(2026, 7, 20), date(2026, 7, 22)


def guest(number: str, **change: Any) -> Guest:
    return guest_of(msgspec.convert(sample("guests_as_map")["data"][number] | change, GuestRow), HOTEL)


def rate_rows() -> list[RateRow]:
    return msgspec.convert(sample("rate_plans")["data"], list[RateRow])


def test_a_guest_row_becomes_a_guest() -> None:
    assert guest("55120") == Guest(
        external_id="55120",
        first_name="Mara",
        last_name="Lindqvist",
        email="mara@example.org",
        phone="+46 70 000 00 00",
        country="SE",
        notes="Feather-free pillow\nQuiet side",
        updated_at=datetime(2026, 7, 10, 17, 40, 12, tzinfo=UTC),
    )


def test_a_guest_without_parts_of_a_name_is_split_and_a_country_that_is_no_code_is_left_out() -> None:
    found = guest("55130")
    assert (found.first_name, found.last_name, found.country) == ("Ines Ruiz", "Peña", "")
    assert found.phone == "+34 600 000 000"


@pytest.mark.parametrize("number", ["55150", "55160"])
def test_whoever_was_anonymised_or_merged_away_is_erased_here_too(number: str) -> None:
    found = guest(number)
    assert found == Guest(number, updated_at=found.updated_at)
    assert found.updated_at is not None


def test_a_guest_without_an_id_cannot_be_stored() -> None:
    with pytest.raises(Unreadable, match="guestID is missing"):
        guest("55120", guestID=None)


def test_a_single_guest_has_other_names_for_the_same() -> None:
    row = msgspec.convert(
        {
            "firstName": "Mara",
            "lastName": "Lindqvist",
            "email": "m@example.org",
            "cellPhone": "+46",
            "country": "se",
        },
        SingleGuest,
    )
    assert single_guest("55120", row) == Guest("55120", "Mara", "Lindqvist", "m@example.org", "+46", "SE")
    assert single_guest("1", SingleGuest(firstName="Wen", isAnonymized=True)) == Guest("1")


def test_rates_are_by_plan_room_type_and_night_within_the_window() -> None:
    found = {(day.rate_plan_id, day.day.day): day for day in rates_of(rate_rows(), HOTEL, BEGIN, END)}
    assert set(found) == {("71", 20), ("71", 21), ("base", 20)}
    package = found["71", 20]
    assert (package.rate_plan, package.room_type_id, package.price_minor) == (
        "Breakfast package",
        "301",
        14550,
    )
    assert (package.min_stay, package.closed_to_arrival, package.closed_to_departure) == (2, False, True)
    base = found["base", 20]
    assert (base.rate_plan, base.price_minor, base.currency) == ("Base rate", 13000, "EUR")


def test_a_blocked_night_is_closed_to_arrivals() -> None:
    found = {(day.rate_plan_id, day.day.day): day for day in rates_of(rate_rows(), HOTEL, BEGIN, END)}
    assert (found["71", 21].closed_to_arrival, found["71", 21].min_stay) == (True, None)


def test_the_other_names_of_a_price_are_understood() -> None:
    row = msgspec.convert(
        {"roomTypeID": "301", "roomRateDetailed": [{"date": "2026-07-20", "rate": 99.5}]}, RateRow
    )
    assert [day.price_minor for day in rates_of([row], HOTEL, BEGIN, END)] == [9950]


def test_availability_is_the_base_rates_and_a_plan_fills_the_gaps() -> None:
    found = availability_of(rate_rows(), {"301": RoomType("Double", 12)}, BEGIN, date(2026, 7, 23))
    assert [(day.room_type_id, day.day.day, day.available, day.total) for day in found] == [
        ("301", 20, 3, 12),
        ("301", 21, 0, 12),
        ("301", 22, 3, 12),
    ]
    assert {day.room_type for day in found} == {"Double"}


def test_without_rooms_the_totals_are_unknown_and_nothing_else() -> None:
    found = availability_of(rate_rows(), {}, BEGIN, END)
    assert [(day.available, day.total) for day in found] == [(3, None), (0, None)]

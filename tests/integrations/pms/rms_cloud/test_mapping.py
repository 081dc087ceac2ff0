from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.integrations.pms.rms_cloud.samples import FRAME, NOW, SYDNEY, row, sample
from webapp.domain.booking import BookingStatus
from webapp.integrations.kit.unreadable import Unreadable
from webapp.integrations.pms.rms_cloud.currencies import country_of, currency_of
from webapp.integrations.pms.rms_cloud.mapping import (
    Moments,
    Told,
    booking_of,
    guest_of,
    is_booking,
    newest,
    nights_of,
)
from webapp.integrations.pms.rms_cloud.reading import moment, number_of
from webapp.integrations.pms.rms_cloud.windows_zones import windows_zones, zone_of

CAME = datetime(2026, 12, 4, 4, 12, 40, tzinfo=UTC)
LEFT = datetime(2026, 12, 7, 0, 3, tzinfo=UTC)


def told(**changes: Any) -> Told:
    rows = newest(sample("guests"))
    given: dict[str, Any] = {
        "nights": sample("daily_rates"),
        "account": sample("accounts")[0],
        "guest": rows["7711"],
        **changes,
    }
    return Told(**given)


def test_a_booking_as_rms_tells_it() -> None:
    found = booking_of(row(), told(), FRAME)
    (stay,) = found.stays
    assert (found.external_id, found.status, found.currency) == ("48213", BookingStatus.CONFIRMED, "AUD")
    assert (stay.arrival, stay.departure) == (date(2026, 12, 4), date(2026, 12, 7))
    assert (stay.room, stay.room_type_id, stay.room_type) == ("01 104", "3", "Double")
    assert (stay.rate_plan_id, stay.rate_plan, stay.adults, stay.children) == ("12", "Flexible", 2, 1)
    assert stay.nights == ((13_400, None), (13_500, None), (13_600, None))
    assert (found.total_minor, found.balance_minor) == (40_500, 41_750)
    assert (found.source, found.notes, found.group_ref) == ("Website", "Late arrival", "")
    assert found.created_at == datetime(2026, 10, 31, 22, 0, tzinfo=UTC)
    assert found.updated_at == datetime(2026, 11, 23, 7, 52, 10, tzinfo=UTC)
    (guest,) = found.guests
    assert (guest.external_id, guest.first_name, guest.last_name) == ("7711", "Mara", "Lindqvist")
    assert (guest.email, guest.phone) == ("mara@example.org", "+46700000000")


@pytest.mark.parametrize(
    ("word", "status", "holds_room"),
    [
        ("Quote", BookingStatus.INQUIRY, False),
        ("Pencil", BookingStatus.INQUIRY, True),
        ("unconfirmed", BookingStatus.INQUIRY, True),
        ("Arrived", BookingStatus.CHECKED_IN, False),
        ("departed", BookingStatus.CHECKED_OUT, False),
        ("Cancelled", BookingStatus.CANCELLED, False),
        ("noShow", BookingStatus.NO_SHOW, False),
        ("No Show", BookingStatus.NO_SHOW, False),
        ("Something New", BookingStatus.INQUIRY, False),
    ],
)
def test_statuses_in_any_spelling(word: str, status: BookingStatus, holds_room: bool) -> None:
    found = booking_of(row(status=word), Told(), FRAME)
    assert (found.status, found.holds_room, found.raw_status) == (status, holds_room, word)


def test_times_of_coming_and_leaving_belong_to_a_status_that_has_them() -> None:
    moved = Told(moments=Moments(CAME, LEFT))
    times = {
        word: (stay.checked_in_at, stay.checked_out_at)
        for word in ("Confirmed", "Arrived", "Departed")
        for stay in booking_of(row(status=word), moved, FRAME).stays
    }
    assert times == {"Confirmed": (None, None), "Arrived": (CAME, None), "Departed": (CAME, LEFT)}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"reservationType": "BedReservation"}, True),
        ({"reservationType": "Parked"}, True),
        ({"reservationType": ""}, True),
        ({"reservationType": "Maintenance"}, False),
        ({"reservationType": "Room Move Header"}, False),
        ({"reservationType": "Blocking"}, False),
        ({"status": "Owner Occupied"}, False),
        ({"status": "stopSell"}, False),
        ({"groupHeader": True, "guestId": 0}, False),
        ({"groupHeader": True}, True),
    ],
)
def test_what_is_a_booking(changes: dict[str, Any], expected: bool) -> None:
    assert is_booking(row(**changes)) is expected


def test_a_night_without_a_price_leaves_all_of_them_open() -> None:
    assert nights_of(sample("daily_rates")[1:], date(2026, 12, 4), date(2026, 12, 7), "AUD") == ()
    assert booking_of(row(), told(nights=(), account=None), FRAME).total_minor is None


@pytest.mark.parametrize(("total", "night"), [(100, (11_000, 10_000)), (110, (11_000, 10_000))])
def test_tax_is_in_a_night_once_whether_the_total_has_it_or_not(total: int, night: tuple[int, int]) -> None:
    rows = [
        {"stayDate": "2026-12-04 00:00:00", "totalRateAmount": total, "rateAmount": 120, "exclusiveTax": 10}
        | {"discountAmount": 20}
    ]
    assert nights_of(rows, date(2026, 12, 4), date(2026, 12, 5), "AUD") == (night,)


@pytest.mark.parametrize(
    "changes",
    [
        {"id": 0},
        {"arrivalDate": None},
        {"arrivalDate": "31/12/2026"},
        {"departureDate": "2026-12-01 10:00:00"},
        {"modifiedDate": "yesterday"},
    ],
)
def test_what_cannot_be_read_is_told_without_the_value(changes: dict[str, Any]) -> None:
    with pytest.raises(Unreadable) as unreadable:
        booking_of(row(**changes), Told(), FRAME)
    assert str(next(iter(changes.values()))) not in str(unreadable.value) or not changes.get("modifiedDate")


def test_a_booking_without_prices_has_the_hotels_currency() -> None:
    assert booking_of(row(), Told(), FRAME).currency == "AUD"
    assert booking_of(row(), told(account={"currencyCode": "NZD"}, nights=()), FRAME).currency == "NZD"


def test_of_several_rows_of_a_guest_the_newest_counts() -> None:
    assert newest(sample("guests"))["7711"]["email"] == "mara@example.org"


def test_a_guest_without_papers() -> None:
    found = guest_of(newest(sample("guests"))["7711"], FRAME, {"201": "SE"})
    assert found is not None
    assert (found.first_name, found.country, found.language, found.is_vip) == ("Mara", "SE", "sv", False)
    assert found.updated_at == datetime(2026, 11, 19, 23, 0, tzinfo=UTC)
    assert not any(paper in repr(found) for paper in ("P1234567", "L-99-88", "1980"))
    assert guest_of({"id": 0}, FRAME, {}) is None


def test_the_doubled_hour_never_goes_back() -> None:
    """Sydney's clocks go back on 2026-04-05 at 3:00; what changes in the second hour is newer than in the first."""
    first = datetime(2026, 4, 4, 15, 55, tzinfo=UTC)  # 2:55, summer time
    before = moment("2026-04-05 02:50:00", SYDNEY, first, "x")
    second = datetime(2026, 4, 4, 16, 15, tzinfo=UTC)  # 2:15 again
    after = moment("2026-04-05 02:10:00", SYDNEY, second, "x")
    assert (before, after) == (
        datetime(2026, 4, 4, 15, 50, tzinfo=UTC),
        datetime(2026, 4, 4, 16, 10, tzinfo=UTC),
    )
    assert moment("2026-10-04 02:30:00", SYDNEY, NOW, "x") == datetime(2026, 10, 3, 16, 30, tzinfo=UTC)


def test_every_windows_zone_exists_here() -> None:
    assert len(windows_zones()) > 100
    assert [name for name in windows_zones() if zone_of(name) is None] == []
    assert str(zone_of("aus eastern  standard time")) == "Australia/Sydney"
    assert str(zone_of("Europe/Berlin")) == "Europe/Berlin"
    assert [zone_of(name) for name in ("", "Nowhere Standard Time", "../etc/passwd")] == [None, None, None]


def test_currencies_and_countries_by_name() -> None:
    assert currency_of("Australian Dollar", "$") == "AUD"
    assert currency_of("", "eur") == "EUR"
    assert currency_of("$", "Doubloon") == ""
    assert [country_of(*given) for given in (("SWE", ""), ("se", ""), ("", "Sweden"), ("", "Atlantis"))] == [
        "SE",
        "SE",
        "SE",
        "",
    ]


def test_ids_of_rms_are_small_numbers() -> None:
    wrong = ["0", "-1", "007", "abc", "", "99999999999", "2147483648", "٣"]
    assert [number_of(given) for given in ("48213", *wrong)] == [48213, *[None] * len(wrong)]

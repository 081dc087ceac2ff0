"""Reading bookings: a list of who, then all about them in batches."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.integrations.pms.cloudbeds.cloudbeds_samples import method_of, query_of, reservation, sample
from tests.integrations.pms.cloudbeds.conftest import MakeAdapter
from tests.integrations.vendor import Reply, Vendor
from webapp.domain.booking import Booking, BookingStatus
from webapp.domain.stream import Mode, Stream, Window
from webapp.integrations.kit.contract import Missing, Page
from webapp.integrations.kit.errors import ContractBroken
from webapp.integrations.pms.cloudbeds.hotel import Hotel
from webapp.integrations.pms.cloudbeds.reservations import stamp, stay_days

NOW = datetime(2026, 7, 14, 10, 30, tzinfo=UTC)
SINCE = datetime(2026, 7, 14, 9, 0, tzinfo=UTC)
DAYS = (date(2026, 6, 14), date(2026, 8, 14))
WHOLE = Window(Mode.BACKFILL, None, NOW, *DAYS)
CHANGED = Window(Mode.DELTA, SINCE, NOW, *DAYS)


def listing(*numbers: str, **change: Any) -> dict[str, Any]:
    rows = [
        {"propertyID": "901234", "reservationID": number, "groupCode": None} | change for number in numbers
    ]
    return {"success": True, "data": rows, "count": len(rows), "total": len(rows)}


def details(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"success": True, "data": list(rows), "count": len(rows), "total": len(rows)}


def by_number(query: dict[str, str]) -> dict[str, Any]:
    """The rows of the sample that are asked for; without numbers, none."""
    asked = query.get("reservationID", "").split(",")
    return details(*(row for row in sample("reservations")["data"] if row["reservationID"] in asked))


def bookings(pages: list[Page]) -> list[Booking]:
    return [record for page in pages for record in page.records if isinstance(record, Booking)]


def asked_for(vendor: Vendor, *methods: str) -> list[dict[str, str]]:
    return [query_of(asked) for asked in vendor.asked if method_of(asked) in methods]


# --- what is asked ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "wanted"),
    [("Europe/Stockholm", "2026-07-14 08:50:00"), ("America/Los_Angeles", "2026-07-14 01:50:00")],
)
def test_changes_are_asked_from_the_earlier_of_two_clocks_less_an_overlap(zone: str, wanted: str) -> None:
    assert stamp(SINCE, Hotel("1", "", zone, "EUR")) == wanted


def test_the_days_of_a_window_are_those_of_whoever_stays_arrives_or_leaves() -> None:
    assert stay_days(WHOLE) == {"checkOutFrom": "2026-06-14", "checkInTo": "2026-08-13"}


def test_a_history_is_read_by_days_and_completed_in_one_batch_a_page(
    vendor: Vendor, make_adapter: MakeAdapter
) -> None:
    answers = {
        "getReservations": listing("7400112233", "7400112234"),
        "getReservationsWithRateDetails": by_number,
    }
    (page,) = make_adapter(answers).fetch(Stream.BOOKINGS, WHOLE, None)
    assert [record.external_id for record in bookings([page])] == ["7400112233", "7400112234"]
    assert (page.cursor, page.total) == (None, 2)
    assert page.high_water == datetime(2026, 7, 13, 9, 0, tzinfo=UTC)
    (asked,) = asked_for(vendor, "getReservations")
    assert (asked["checkOutFrom"], asked["checkInTo"]) == ("2026-06-14", "2026-08-13")
    (asked,) = asked_for(vendor, "getReservationsWithRateDetails")
    assert asked["reservationID"] == "7400112233,7400112234"
    assert (asked["includeDeleted"], asked["includeGuestsDetails"]) == ("true", "true")


def test_an_empty_window_asks_for_no_details(vendor: Vendor, make_adapter: MakeAdapter) -> None:
    (page,) = make_adapter().fetch(Stream.BOOKINGS, WHOLE, None)
    assert (list(page.records), page.cursor) == ([], None)
    assert asked_for(vendor, "getReservationsWithRateDetails") == []


def test_groups_come_from_the_list(make_adapter: MakeAdapter) -> None:
    for given in ({"groupCode": "G-7"}, {"groupCode": "", "allotmentBlockCode": "G-7"}):
        answers = {
            "getReservations": listing("7400112233", **given),
            "getReservationsWithRateDetails": by_number,
        }
        assert bookings(list(make_adapter(answers).fetch(Stream.BOOKINGS, WHOLE, None)))[0].group_ref == "G-7"


def test_changes_bring_what_was_deleted_too(vendor: Vendor, make_adapter: MakeAdapter) -> None:
    def with_details(query: dict[str, str]) -> dict[str, Any]:
        if "reservationID" in query:
            return by_number(query)
        return details(reservation("7400112234"), reservation("7400112238"))

    answers = {"getReservations": listing("7400112234"), "getReservationsWithRateDetails": with_details}
    pages = list(make_adapter(answers).fetch(Stream.BOOKINGS, CHANGED, None))
    assert [(record.external_id, record.status) for record in bookings(pages)] == [
        ("7400112234", BookingStatus.CHECKED_IN),
        ("7400112238", BookingStatus.CANCELLED),
    ]
    assert [page.cursor for page in pages] == ["deleted|", None]
    changed = asked_for(vendor, "getReservations")[0]
    assert changed["modifiedFrom"] == "2026-07-14 08:50:00"
    # An upper limit would make records leave the list while it is walked.
    assert "modifiedTo" not in changed


def test_a_walk_of_changes_goes_on_with_what_was_deleted(vendor: Vendor, make_adapter: MakeAdapter) -> None:
    answers = {"getReservationsWithRateDetails": details(reservation("7400112238"))}
    (page,) = make_adapter(answers).fetch(Stream.BOOKINGS, CHANGED, "deleted|")
    assert [record.external_id for record in bookings([page])] == ["7400112238"]
    assert asked_for(vendor, "getReservations") == []


@pytest.mark.parametrize(
    "window", [Window(Mode.SWEEP, SINCE, NOW, *DAYS), Window(Mode.DELTA, None, NOW, *DAYS)]
)
def test_a_sweep_and_a_first_delta_are_read_by_days(
    vendor: Vendor, make_adapter: MakeAdapter, window: Window
) -> None:
    list(make_adapter().fetch(Stream.BOOKINGS, window, None))
    (asked,) = asked_for(vendor, "getReservations")
    assert "modifiedFrom" not in asked


def test_check_ins_are_read_by_days_because_a_check_in_may_leave_the_stamp_alone(
    vendor: Vendor, make_adapter: MakeAdapter
) -> None:
    days = Window(Mode.DELTA, SINCE, NOW, date(2026, 7, 13), date(2026, 7, 16))
    list(make_adapter().fetch(Stream.CHECK_INS, days, None))
    (asked,) = asked_for(vendor, "getReservations")
    assert (asked["checkOutFrom"], asked["checkInTo"]) == ("2026-07-13", "2026-07-15")


# --- odd records ------------------------------------------------------------------------------------------------------


def test_one_odd_record_does_not_cost_the_others(make_adapter: MakeAdapter) -> None:
    odd = reservation("7400112233") | {"rooms": 5}
    answers = {
        "getReservations": listing("7400112233", "7400112234"),
        "getReservationsWithRateDetails": details(odd, reservation("7400112234")),
    }
    (page,) = make_adapter(answers).fetch(Stream.BOOKINGS, WHOLE, None)
    assert [record.external_id for record in bookings([page])] == ["7400112234"]
    (skipped,) = page.skipped
    assert (skipped.external_id, str(skipped.reason)) == (
        "7400112233",
        "getReservationsWithRateDetails: rooms is missing or unexpected",
    )


def test_a_listed_reservation_without_details_is_told(make_adapter: MakeAdapter) -> None:
    answers = {"getReservations": listing("1", "7400112234"), "getReservationsWithRateDetails": by_number}
    (page,) = make_adapter(answers).fetch(Stream.BOOKINGS, WHOLE, None)
    assert [(item.external_id, str(item.reason)) for item in page.skipped] == [
        ("1", "getReservationsWithRateDetails does not know it")
    ]


def test_a_page_of_which_nothing_can_be_read_is_a_broken_contract(make_adapter: MakeAdapter) -> None:
    rows = [row | {"status": {}} for row in sample("reservations")["data"]]
    answers = {
        "getReservations": listing(*(row["reservationID"] for row in rows)),
        "getReservationsWithRateDetails": details(*rows),
    }
    with pytest.raises(ContractBroken, match="status"):
        list(make_adapter(answers).fetch(Stream.BOOKINGS, WHOLE, None))


def test_a_reservation_of_another_property_is_never_stored(make_adapter: MakeAdapter) -> None:
    foreign = reservation("7400112233") | {"propertyID": "5"}
    answers = {
        "getReservations": listing("7400112233", "7400112234"),
        "getReservationsWithRateDetails": details(foreign, reservation("7400112234")),
    }
    (page,) = make_adapter(answers).fetch(Stream.BOOKINGS, WHOLE, None)
    assert [record.external_id for record in bookings([page])] == ["7400112234"]
    assert str(page.skipped[0].reason) == "the reservation is of another property"


# --- single ones ------------------------------------------------------------------------------------------------------


def test_a_single_booking_is_the_same_as_in_the_list(vendor: Vendor, make_adapter: MakeAdapter) -> None:
    answers = {
        "getReservations": listing("7400112233", groupCode="G-7"),
        "getReservationsWithRateDetails": by_number,
    }
    adapter = make_adapter(answers)
    (alone,) = adapter.fetch_by_ids(Stream.BOOKINGS, ["7400112233"])
    assert alone == bookings(list(adapter.fetch(Stream.BOOKINGS, WHOLE, None)))[0]
    assert asked_for(vendor, "getReservations")[0]["guestID"] == "55120"


def test_unknown_numbers_are_missing_and_a_deleted_one_is_cancelled(make_adapter: MakeAdapter) -> None:
    adapter = make_adapter({"getReservationsWithRateDetails": by_number})
    found = adapter.fetch_by_ids(Stream.BOOKINGS, ["9", "7400112238"])
    assert found[0] == Missing("9")
    assert isinstance(found[1], Booking)
    assert found[1].status is BookingStatus.CANCELLED


def test_one_unknown_number_does_not_hide_the_others(make_adapter: MakeAdapter) -> None:
    """Should a list of numbers be refused for one of them, each is asked by itself."""

    def strict(query: dict[str, str]) -> Any:
        if "9" in query["reservationID"].split(","):
            return {"success": False, "message": "Reservation not found"}
        return by_number(query)

    found = make_adapter({"getReservationsWithRateDetails": strict}).fetch_by_ids(
        Stream.CHECK_INS, ["7400112234", "9"]
    )
    assert isinstance(found[0], Booking)
    assert found[1] == Missing("9")


def test_a_single_booking_that_cannot_be_read_is_no_missing_one(make_adapter: MakeAdapter) -> None:
    odd = reservation("7400112233") | {"total": "much"}
    with pytest.raises(ContractBroken, match="total is not an amount"):
        make_adapter({"getReservationsWithRateDetails": details(odd)}).fetch_by_ids(
            Stream.BOOKINGS, ["7400112233"]
        )


def test_trouble_with_the_details_stops_the_walk(make_adapter: MakeAdapter) -> None:
    answers = {
        "getReservations": listing("7400112233"),
        "getReservationsWithRateDetails": Reply(body={"success": True}),
    }
    with pytest.raises(ContractBroken):
        list(make_adapter(answers).fetch(Stream.BOOKINGS, WHOLE, None))

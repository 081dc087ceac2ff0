"""When guests came and left, and the notes of reservations: asked sparingly, and never at the cost of the bookings."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.integrations.pms.cloudbeds.cloudbeds_samples import method_of, query_of, reservation
from tests.integrations.pms.cloudbeds.conftest import MakeAdapter
from tests.integrations.pms.cloudbeds.test_reservations import (
    CHANGED,
    DAYS,
    NOW,
    SINCE,
    WHOLE,
    bookings,
    details,
    listing,
)
from tests.integrations.vendor import Reply, Vendor
from webapp.domain.booking import Booking
from webapp.domain.stream import Mode, Stream, Window

NUMBER = "7400112233"
IN_HOUSE = {"roomStatus": "in_house"}
GONE = {"roomStatus": "checked_out"}


def booked(rooms: dict[str, Any], **change: Any) -> dict[str, Any]:
    row = reservation(NUMBER)
    dates = {"roomCheckIn": "2026-07-13", "roomCheckOut": "2026-07-15"}
    row["rooms"] = [room | dates | rooms for room in row["rooms"][:1]]
    return row | {"status": "confirmed", "dateModifiedUTC": "2026-07-14 10:00:00"} | change


def moved(status: str, at: str, **change: Any) -> dict[str, Any]:
    room = reservation(NUMBER)["rooms"][0]
    row = {"reservationID": NUMBER, "currentStatus": status, "statusDate": at}
    return row | {"subReservationID": room.get("subReservationID"), "roomID": room.get("roomID")} | change


def answers(row: dict[str, Any], *moves: dict[str, Any], notes: Any = ()) -> dict[str, Any]:
    return {
        "getReservations": listing(NUMBER),
        "getReservationsWithRateDetails": details(row),
        "getGuestsByStatus": details(*moves),
        "getReservationNotes": details(*({"reservationNote": note} for note in notes)),
    }


def read(make_adapter: MakeAdapter, given: dict[str, Any], window: Window = WHOLE) -> Booking:
    found = bookings(list(make_adapter(given).fetch(Stream.BOOKINGS, window, None)))
    return found[0]


def asked(vendor: Vendor, method: str) -> list[dict[str, str]]:
    return [query_of(one) for one in vendor.asked if method_of(one) == method]


def test_a_check_in_is_an_instant_of_the_propertys_clock(make_adapter: MakeAdapter) -> None:
    given = answers(booked(IN_HOUSE), moved("in_house", "2026-07-13 15:12:40"))
    (stay,) = read(make_adapter, given).stays
    assert stay.checked_in_at == datetime(2026, 7, 13, 13, 12, 40, tzinfo=UTC)
    assert stay.checked_out_at is None


def test_the_first_who_came_and_the_last_who_left_count(make_adapter: MakeAdapter) -> None:
    given = answers(
        booked(GONE),
        moved("checked_out", "2026-07-14 09:00:00"),
        moved("checked_out", "2026-07-14 11:30:00"),
        moved("in_house", "2026-07-14 12:00:00"),
    )
    (stay,) = read(make_adapter, given).stays
    assert stay.checked_out_at == datetime(2026, 7, 14, 9, 30, tzinfo=UTC)


def test_nobody_is_asked_for_while_no_room_was_entered(vendor: Vendor, make_adapter: MakeAdapter) -> None:
    read(make_adapter, answers(booked({"roomStatus": "not_checked_in"})))
    assert asked(vendor, "getGuestsByStatus") == []


def test_a_walk_asks_once_for_each_status(vendor: Vendor, make_adapter: MakeAdapter) -> None:
    given = answers(booked(IN_HOUSE)) | {
        "getReservationsWithRateDetails": details(booked(IN_HOUSE), booked(IN_HOUSE)),
    }
    read(make_adapter, given)
    assert [query["status"] for query in asked(vendor, "getGuestsByStatus")] == ["in_house"]


def test_long_past_departures_are_not_searched_for_changes(vendor: Vendor, make_adapter: MakeAdapter) -> None:
    old = booked(GONE | {"roomCheckIn": "2026-06-20", "roomCheckOut": "2026-06-22"})
    read(make_adapter, answers(old), CHANGED)
    assert asked(vendor, "getGuestsByStatus") == []
    read(make_adapter, answers(old), WHOLE)
    (query,) = asked(vendor, "getGuestsByStatus")
    assert query["resultsFrom"] == "2026-06-13 00:00:00"


@pytest.mark.parametrize(
    "refusal",
    [
        Reply(403, {"error": "insufficient_scope"}),
        Reply(body={"success": False, "message": "The scope read:guest is missing"}),
        details({"currentStatus": "in_house", "statusDate": "no time", "reservationID": NUMBER}),
    ],
)
def test_without_the_times_the_bookings_are_whole(make_adapter: MakeAdapter, refusal: Any) -> None:
    given = answers(booked(IN_HOUSE)) | {"getGuestsByStatus": refusal}
    (stay,) = read(make_adapter, given).stays
    assert (stay.status, stay.checked_in_at) == ("checked_in", None)


# --- notes ------------------------------------------------------------------------------------------------------------


def test_notes_of_a_change_are_read_whatever_its_dates(vendor: Vendor, make_adapter: MakeAdapter) -> None:
    row = booked({"roomCheckIn": "2026-12-04", "roomCheckOut": "2026-12-07"})
    found = read(make_adapter, answers(row, notes=["Late arrival", " ", "Cot"]), CHANGED)
    assert found.notes == "Late arrival\nCot"
    assert asked(vendor, "getReservationNotes")[0]["reservationID"] == NUMBER


def test_what_only_lies_in_the_overlap_is_not_asked_again(make_adapter: MakeAdapter, vendor: Vendor) -> None:
    row = booked({}, dateModifiedUTC=SINCE.strftime("%Y-%m-%d %H:%M:%S"))
    assert read(make_adapter, answers(row, notes=["Late"]), CHANGED).notes is None
    assert asked(vendor, "getReservationNotes") == []


def test_a_walk_of_all_stays_reads_notes_of_the_week_that_comes(make_adapter: MakeAdapter) -> None:
    later = booked(
        {"roomStatus": "not_checked_in", "roomCheckIn": "2026-07-21", "roomCheckOut": "2026-07-23"}
    )
    soon = booked({"roomStatus": "not_checked_in", "roomCheckIn": "2026-07-20", "roomCheckOut": "2026-07-23"})
    daily = Window(Mode.SWEEP, None, NOW, *DAYS)
    assert read(make_adapter, answers(later, notes=["Late"]), daily).notes is None
    assert read(make_adapter, answers(soon, notes=["Late"]), daily).notes == "Late"
    assert read(make_adapter, answers(booked(IN_HOUSE), notes=["Late"]), daily).notes == "Late"


def test_the_walk_of_check_ins_reads_no_notes(make_adapter: MakeAdapter, vendor: Vendor) -> None:
    adapter = make_adapter(answers(booked(IN_HOUSE), notes=["Late"]))
    (found,) = bookings(list(adapter.fetch(Stream.CHECK_INS, CHANGED, None)))
    assert found.notes is None
    assert asked(vendor, "getReservationNotes") == []


def test_a_booking_that_is_read_alone_has_its_notes(make_adapter: MakeAdapter) -> None:
    (found,) = make_adapter(answers(booked({}), notes=["Late"])).fetch_by_ids(Stream.BOOKINGS, [NUMBER])
    assert isinstance(found, Booking)
    assert found.notes == "Late"


def test_notes_that_may_not_be_read_are_left_as_they_are(make_adapter: MakeAdapter) -> None:
    given = answers(booked(IN_HOUSE)) | {"getReservationNotes": Reply(403, {"error": "insufficient_scope"})}
    assert read(make_adapter, given).notes is None

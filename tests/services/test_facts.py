"""What follows from a changed booking: pure, from what is stored and what the provider says now."""

from datetime import UTC, date, datetime

import msgspec
import pytest

from webapp.domain.booking import Booking, BookingStatus, Stay
from webapp.domain.event import FactType
from webapp.services import facts
from webapp.services.booking_changes import Content, compare
from webapp.services.booking_rows import booking_row, people_rows, stay_rows

AT = datetime(2026, 7, 14, 15, 12, tzinfo=UTC)
STAY = Stay(
    line="1", unit="1", status=BookingStatus.CONFIRMED, arrival=date(2026, 7, 14), departure=date(2026, 7, 16),
    room_type="Double", room="214", adults=2,
)  # fmt: skip
BOOKED = Booking(external_id="R1", status=BookingStatus.CONFIRMED, currency="EUR", stays=(STAY,))
ARRIVED = msgspec.structs.replace(
    BOOKED,
    status=BookingStatus.CHECKED_IN,
    stays=(msgspec.structs.replace(STAY, status=BookingStatus.CHECKED_IN),),
)


def content(booking: Booking) -> Content:
    return Content(booking_row(booking), stay_rows(booking), people_rows(booking))


def told(before: Booking, after: Booking) -> list[FactType]:
    old, new = content(before), content(after)
    return [fact.type for fact in facts.happenings(1, old, new, compare(old, new))]


def with_time(booking: Booking, at: datetime) -> Booking:
    return msgspec.structs.replace(
        booking, stays=tuple(msgspec.structs.replace(stay, checked_in_at=at) for stay in booking.stays)
    )


def test_an_arrival_is_one_fact_with_or_without_its_moment() -> None:
    assert told(BOOKED, ARRIVED) == [FactType.GUEST_CHECKIN]
    assert told(BOOKED, with_time(ARRIVED, AT)) == [FactType.GUEST_CHECKIN]


def test_a_moment_that_is_learned_later_is_no_update() -> None:
    assert told(ARRIVED, with_time(ARRIVED, AT)) == []


def test_a_moment_that_is_corrected_is_an_update() -> None:
    assert told(with_time(ARRIVED, AT), with_time(ARRIVED, AT.replace(hour=16))) == [FactType.BOOKING_UPDATED]


@pytest.mark.parametrize("field", ["notes", "source"])
def test_whatever_else_changes_is_an_update_beside_the_arrival(field: str) -> None:
    after = msgspec.structs.replace(ARRIVED, **{field: "else"})
    assert told(BOOKED, after) == [FactType.GUEST_CHECKIN, FactType.BOOKING_UPDATED]


def test_a_fact_says_where_or_what_and_nothing_of_the_guest() -> None:
    old, new = (
        content(BOOKED),
        content(msgspec.structs.replace(ARRIVED, source="Direct", notes="Ada likes tea")),
    )
    arrival, update = facts.happenings(1, old, new, compare(old, new))
    assert arrival.document == {"stays": [{"line": "1", "unit": "1", "room": "214"}]}
    assert update.document == {"fields": ["notes", "source"]}


def test_who_came_and_went_between_two_looks_did_both() -> None:
    gone = msgspec.structs.replace(
        BOOKED,
        status=BookingStatus.CHECKED_OUT,
        stays=(msgspec.structs.replace(STAY, status=BookingStatus.CHECKED_OUT),),
    )
    assert told(BOOKED, gone) == [FactType.GUEST_CHECKIN, FactType.GUEST_CHECKOUT]
    assert told(ARRIVED, gone) == [FactType.GUEST_CHECKOUT]

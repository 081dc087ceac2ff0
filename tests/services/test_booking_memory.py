"""What a provider told once stays, unless it cannot be true any more."""

from datetime import UTC, date, datetime

from msgspec.structs import replace

from webapp.domain.booking import Booking, BookingStatus, Stay
from webapp.services.booking_changes import Content, compare
from webapp.services.booking_memory import remembering
from webapp.services.booking_rows import booking_row, people_rows, stay_rows

CAME = datetime(2026, 7, 14, 13, 5, tzinfo=UTC)
LEFT = datetime(2026, 7, 16, 8, 40, tzinfo=UTC)
STAY = Stay("1", date(2026, 7, 14), date(2026, 7, 16), BookingStatus.CHECKED_IN, checked_in_at=CAME)
BOOKING = Booking("b1", BookingStatus.CHECKED_IN, "EUR", (STAY,), notes="Late arrival")


def stored(booking: Booking) -> Content:
    return Content(booking_row(booking), stay_rows(booking), people_rows(booking))


def told(status: BookingStatus, *, notes: str | None = None, left: datetime | None = None) -> Booking:
    """A booking as a provider tells it that no longer says when the guest came."""
    stay = replace(STAY, status=status, checked_in_at=None, checked_out_at=left)
    return replace(BOOKING, status=status, stays=(stay,), notes=notes)


def test_a_check_in_stays_known_after_the_check_out() -> None:
    (stay,) = remembering(told(BookingStatus.CHECKED_OUT, left=LEFT), stored(BOOKING)).stays
    assert (stay.checked_in_at, stay.checked_out_at) == (CAME, LEFT)


def test_a_check_in_that_was_taken_back_is_forgotten() -> None:
    (stay,) = remembering(told(BookingStatus.CONFIRMED), stored(BOOKING)).stays
    assert stay.checked_in_at is None


def test_a_guest_who_is_back_in_house_has_not_left() -> None:
    gone = remembering(told(BookingStatus.CHECKED_OUT, left=LEFT), stored(BOOKING))
    (stay,) = remembering(told(BookingStatus.CHECKED_IN), stored(gone)).stays
    assert (stay.checked_in_at, stay.checked_out_at) == (CAME, None)


def test_notes_that_were_not_asked_for_stay_and_empty_ones_do_not() -> None:
    assert remembering(told(BookingStatus.CHECKED_IN), stored(BOOKING)).notes == "Late arrival"
    assert remembering(told(BookingStatus.CHECKED_IN, notes=""), stored(BOOKING)).notes == ""


def test_a_booking_that_says_nothing_new_is_no_change() -> None:
    old = stored(BOOKING)
    assert compare(old, stored(remembering(told(BookingStatus.CHECKED_IN), old))) == []


def test_a_newer_time_replaces_the_stored_one() -> None:
    later = replace(BOOKING, stays=(replace(STAY, checked_in_at=LEFT),))
    assert remembering(later, stored(BOOKING)) is later

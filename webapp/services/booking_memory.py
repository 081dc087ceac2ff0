"""What a provider told once and does not tell again stays: the times of a stay, and notes that were not asked for."""

from msgspec.structs import replace

from webapp.domain.booking import Booking, BookingStatus, Stay

from .booking_changes import LINE, Content
from .booking_rows import FIELDS, STAY_FIELDS, Row

_NOTES = FIELDS.index("notes")
_IN, _OUT = (STAY_FIELDS.index(name) for name in ("checked_in_at", "checked_out_at"))
_CAME = frozenset({BookingStatus.CHECKED_IN, BookingStatus.CHECKED_OUT})


def remembering(booking: Booking, old: Content) -> Booking:
    """The booking with what is stored where the provider says nothing; a check-in that was taken back is forgotten."""
    known: dict[str, Row] = {row[LINE]: row for row in old.stays}
    stays = tuple(_timed(stay, known.get(stay.line)) for stay in booking.stays)
    notes = old.booking[_NOTES] if booking.notes is None else booking.notes
    if notes == booking.notes and stays == booking.stays:
        return booking
    return replace(booking, stays=stays, notes=notes)


def _timed(stay: Stay, row: Row | None) -> Stay:
    if row is None or stay.status not in _CAME:
        return stay
    left = row[_OUT] if stay.status is BookingStatus.CHECKED_OUT else None
    return replace(
        stay,
        checked_in_at=stay.checked_in_at or row[_IN],
        checked_out_at=stay.checked_out_at or left,
    )

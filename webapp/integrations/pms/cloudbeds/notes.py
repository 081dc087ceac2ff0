"""Notes of reservations: one call each, so only those are read that somebody may need soon, within a budget."""

from datetime import date, datetime, timedelta

from webapp.domain.booking import Booking, BookingStatus
from webapp.integrations.kit.errors import NotFound, PermissionMissing
from webapp.integrations.kit.plain_values import text

from .asking import Asker, decoded
from .payloads import ReservationNote

NOTES = "getReservationNotes"
SOON = timedelta(days=7)
MOST_CHANGED = 40
MOST_SOON = 200
"""Calls for notes in one walk: of changes, and of all stays. Three calls a second are allowed for everything."""
_OVER = frozenset({BookingStatus.CANCELLED, BookingStatus.NO_SHOW, BookingStatus.CHECKED_OUT})


class NoteReader:
    """With `changed_after` what is newer than that; with `today` who is in house or arrives within a week; else all."""

    def __init__(
        self, asker: Asker, most: int, *, changed_after: datetime | None = None, today: date | None = None
    ) -> None:
        self._asker = asker
        self._left = most
        self._changed_after = changed_after
        self._today = today

    def of(self, booking: Booking) -> str | None:
        """None when they were not asked for: what is stored then stays."""
        if self._left <= 0 or not self._is_wanted(booking):
            return None
        self._left -= 1
        try:
            answered = self._asker.list(NOTES, {"reservationID": booking.external_id})
        except NotFound:
            return ""
        except PermissionMissing:
            self._left = 0
            return None
        notes = (text(decoded(raw, ReservationNote, NOTES).reservationNote) for raw in answered.rows)
        return "\n".join(note for note in notes if note)

    def _is_wanted(self, booking: Booking) -> bool:
        if self._changed_after is not None:
            return booking.updated_at is None or booking.updated_at > self._changed_after
        if self._today is None:
            return True
        if booking.status in _OVER:
            return False
        return (
            booking.status is BookingStatus.CHECKED_IN or self._today <= booking.arrival < self._today + SOON
        )

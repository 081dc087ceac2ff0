"""When guests came and left: lists of reservations do not say it, only the list of guests by status does."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

from webapp.integrations.kit.errors import ContractBroken, NotFound, PermissionMissing
from webapp.integrations.kit.plain_values import first, text
from webapp.integrations.kit.unreadable import Unreadable

from .asking import Asker, decoded
from .hotel import Hotel
from .payloads import RoomLine, StatusRow
from .reading import moment

BY_STATUS = "getGuestsByStatus"
IN_HOUSE, CHECKED_OUT = "in_house", "checked_out"
_EARLY = timedelta(days=1)  # who leaves before the day that the room was booked for

Moments = Mapping[tuple[str, str], datetime]


class RoomMoments:
    """Asked once in a walk, and only when a room of it needs an answer.

    `since` is the first day of departure that is looked for: the list of those who left grows with every day. A check-in
    is told only while the guest is in house, because the list holds the last change of status and no earlier one.
    """

    def __init__(self, asker: Asker, hotel: Hotel, since: date) -> None:
        self._asker = asker
        self._hotel = hotel
        self._since = since
        self._known: dict[str, Moments] = {}

    def came_at(self, reservation: str, line: RoomLine) -> datetime | None:
        if text(line.roomStatus).lower() != IN_HOUSE:
            return None
        return self._of(IN_HOUSE, {}).get(_key(reservation, line.subReservationID, line.roomID))

    def left_at(self, reservation: str, line: RoomLine, departure: date) -> datetime | None:
        if text(line.roomStatus).lower() != CHECKED_OUT or departure < self._since:
            return None
        begin = datetime.combine(self._since - _EARLY, time(), UTC)
        asked = {"resultsFrom": begin.strftime("%Y-%m-%d %H:%M:%S")}
        return self._of(CHECKED_OUT, asked).get(_key(reservation, line.subReservationID, line.roomID))

    def _of(self, status: str, asked: Mapping[str, object]) -> Moments:
        if status not in self._known:
            try:
                self._known[status] = self._read(status, asked)
            except (NotFound, PermissionMissing):
                self._known[status] = {}  # guests may not be read: the bookings are whole without it
        return self._known[status]

    def _read(self, status: str, asked: Mapping[str, object]) -> Moments:
        """With several guests in a room, the first who came and the last who left."""
        choose = min if status == IN_HOUSE else max
        found: dict[tuple[str, str], datetime] = {}
        for answered, _ in self._asker.pages(BY_STATUS, {"status": status, **asked}, None):
            for raw in answered.rows:
                try:
                    row = decoded(raw, StatusRow, BY_STATUS)
                    at = moment(row.statusDate, "statusDate", self._hotel.zone)
                except (ContractBroken, Unreadable):
                    continue  # a time that cannot be read is one that is not known
                if at is None or text(row.currentStatus).lower() != status:
                    continue
                key = _key(text(row.reservationID), row.subReservationID, row.roomID)
                found[key] = choose(found.get(key, at), at)
        return found


def _key(reservation: str, sub_reservation: object, room: object) -> tuple[str, str]:
    return reservation, first(sub_reservation, room)

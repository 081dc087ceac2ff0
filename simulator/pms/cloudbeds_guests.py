"""The guest methods of Cloudbeds: a map, two lists with a row per room, and one guest alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial

from simulator.pms import cloudbeds_people as people
from simulator.pms.cloudbeds_books import STATUSES, Accommodation, Books, Kept, Occupant
from simulator.pms.cloudbeds_calls import Ask, Json, Method, answered, listed, wrong
from simulator.pms.cloudbeds_stay_shapes import rooms_of

MOST = 100
_LIST_STATUSES = frozenset({"in_progress", *STATUSES.values()})
_ROOM_STATUSES = ("canceled", "checked_out", "in_house", "not_checked_in")


@dataclass(frozen=True, slots=True)
class _Row:
    kept: Kept
    guest: Occupant
    room: Accommodation
    modified_at: datetime


class GuestDesk:
    """Answers from the books."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def methods(self) -> Mapping[str, Method]:
        scope = "read:guest"
        return {
            "getGuestList": Method("GET", scope, self._list),
            "getGuestsModified": Method("GET", scope, self._modified),
            "getGuestsByStatus": Method("GET", scope, self._by_status),
            "getGuest": Method("GET", scope, self._one, wants_one=True),
        }

    def _list(self, ask: Ask) -> Json:
        params = ask.params
        is_wanted = self._list_test(ask)
        sort_by = params.one_of("sortBy", ("creation", "modification"))
        rows = [row for row in ask.rows(self._guests) if is_wanted(row)]
        if sort_by == "creation":
            rows.sort(key=lambda row: (row.kept.record.created_at, row.guest.id))
        part, counts = params.page(rows, MOST, MOST)
        shaped = {row.guest.id: self._listed(row, params.flag("includeGuestInfo")) for row in part}
        # PHP writes an empty map as an empty list.
        data = shaped if shaped and not self._books.quirks.guests_as_list else list(shaped.values())
        return listed(data, counts)

    def _list_test(self, ask: Ask) -> Callable[[_Row], bool]:
        params = ask.params
        modified = params.moments("resultsFrom", "resultsTo")
        arrives = params.days("checkInFrom", "checkInTo")
        leaves = params.days("checkOutFrom", "checkOutTo")
        statuses = params.several("status")
        if statuses is not None and not statuses <= _LIST_STATUSES:
            raise wrong("Parameter status is not valid")
        only_main = params.flag("excludeSecondaryGuests")

        def is_wanted(row: _Row) -> bool:
            record, person = row.kept.record, row.guest.person
            texts = {
                "guestFirstName": person.first,
                "guestLastName": person.last,
                "guestEmail": person.email or "",
                "guestPhone": person.phone or "",
                "guestCellPhone": "",
            }
            return (
                modified(row.modified_at)
                and arrives(record.arrival)
                and leaves(record.departure)
                and (statuses is None or self._books.status(record) in statuses)
                and (row.guest.is_main or not only_main)
                and all(params.text(name) in (None, text) for name, text in texts.items())
            )

        return is_wanted

    def _listed(self, row: _Row, with_more: bool) -> Json:
        record, guest = row.kept.record, row.guest
        shaped: Json = {
            "propertyID": self._books.ids.property_id,
            "reservationID": self._books.ids.reservation(record.number),
            "guestName": people.full_name(guest),
            "guestEmail": guest.person.email or "",
            "guestID": guest.id,
            "dateCreated": self._books.local(record.created_at),
            "dateModified": self._books.local(row.modified_at),
            "isMainGuest": guest.is_main,
            "isAnonymized": guest.is_anonymized,
            "isMerged": bool(guest.merged_into),
            "newGuestID": guest.merged_into,
        }
        if with_more:
            shaped |= people.more_of_list(guest) | {"status": self._books.status(record)}
        return shaped

    def _modified(self, ask: Ask) -> Json:
        """Without a range: what has changed today."""
        params = ask.params
        within = params.moments("resultsFrom", "resultsTo")
        if params.text("resultsFrom") is None and params.text("resultsTo") is None:
            midnight = datetime.combine(self._books.today(), time(), tzinfo=self._books.world.hotel.zone)
            within = partial(_is_in_day, midnight)
        arrives = params.days("checkInFrom", "checkInTo")
        leaves = params.days("checkOutFrom", "checkOutTo")
        only_in_house = params.flag("inHouse")
        rows = [
            row
            for row in ask.rows(self._rooms)
            if within(row.modified_at)
            and arrives(row.room.line.arrival)
            and leaves(row.room.line.departure)
            and (not only_in_house or row.room.status == "in_house")
        ]
        part, counts = params.page(rows, MOST, MOST)
        return listed([self._in_room(row) for row in part], counts)

    def _by_status(self, ask: Ask) -> Json:
        """With a range: who had the status at some time in it; the status shown is today's."""
        params = ask.params
        params.required("status")
        wanted = params.one_of("status", _ROOM_STATUSES)
        ranged = params.text("resultsFrom") is not None or params.text("resultsTo") is not None
        within = params.moments("resultsFrom", "resultsTo")

        def had(row: _Row) -> bool:
            if not ranged:
                return _guest_word(row.room.status) == wanted
            story = self._books.entered(row.room)
            return any(_guest_word(status) == wanted and within(at) for at, status in story)

        rows = [row for row in ask.rows(self._rooms) if had(row)]
        part, counts = params.page(rows, 20, MOST)
        return listed([self._with_status(row) for row in part], counts)

    def _with_status(self, row: _Row) -> Json:
        record = row.kept.record
        return self._in_room(row) | {
            "subReservationID": row.room.sub_id,
            "reservationCreatedDateTime": self._books.local(record.created_at),
            "currentStatus": _guest_word(row.room.status),
            "statusDate": self._books.local(row.room.status_at),
            "isDeleted": row.kept.is_deleted,
        }

    def _in_room(self, row: _Row) -> Json:
        line, ids = row.room.line, self._books.ids
        return {
            **people.in_room(row.guest),
            "reservationID": ids.reservation(row.kept.record.number),
            "roomTypeID": ids.room_type(line.room_type),
            "roomID": ids.room(line.room) if line.room else "",
            "roomName": line.room or "",
            "startDate": line.arrival,
            "endDate": line.departure,
            "dateModified": self._books.local(row.modified_at),
        }

    def _one(self, ask: Ask) -> Json:
        guest_id, reservation_id = ask.params.text("guestID"), ask.params.text("reservationID")
        if guest_id is None and reservation_id is None:
            raise wrong("Parameter guestID or reservationID is required")
        if guest_id is not None:
            located = self._books.locate(guest_id)
        else:
            kept = self._books.find(reservation_id or "")
            located = (kept, self._books.occupants(kept.record)[0]) if kept else None
        if located is None or self._books.ids.property_id not in ask.properties:
            raise wrong("Guest not found")
        kept, guest = located
        return answered(people.alone(guest, kept.record.notes))

    def _guests(self) -> list[_Row]:
        """One row per guest of a reservation, oldest change first."""
        rows = []
        for kept in self._books.reservations():
            rooms = self._books.accommodations(kept.record)
            rows += [self._row(kept, guest, rooms[0]) for guest in self._books.occupants(kept.record)]
        return sorted(rows, key=lambda row: (row.modified_at, row.guest.id))

    def _rooms(self) -> list[_Row]:
        """One row per guest and room, oldest change first."""
        rows = []
        for kept in self._books.reservations():
            rooms = self._books.accommodations(kept.record)
            for guest in self._books.occupants(kept.record):
                rows += [self._row(kept, guest, room) for room in rooms_of(guest, rooms)]
        return sorted(rows, key=lambda row: (row.modified_at, row.guest.id, row.room.key))

    def _row(self, kept: Kept, guest: Occupant, room: Accommodation) -> _Row:
        return _Row(kept, guest, room, self._books.guest_modified(kept.record, guest))


def _is_in_day(midnight: datetime, at: datetime) -> bool:
    return midnight <= at < midnight + timedelta(1)


def _guest_word(room_status: str) -> str:
    """The same state is spelled with one l for guests and with two for rooms."""
    return "canceled" if room_status == "cancelled" else room_status

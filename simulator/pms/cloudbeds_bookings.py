"""The reservation methods of Cloudbeds: two lists with different filters, one by id, and its notes."""

from collections.abc import Callable, Mapping
from datetime import date

from simulator.hotel import Reservation
from simulator.pms.cloudbeds_booking_shapes import Shapes, allotment_block, third_party
from simulator.pms.cloudbeds_books import STATUSES, Books, Kept
from simulator.pms.cloudbeds_calls import Ask, Json, Method, answered, listed, wrong

MOST = 100
_STATUS_WORDS = tuple(dict.fromkeys(STATUSES.values()))
_Test = Callable[[Kept], bool]


class BookingDesk:
    """Answers from the books; a list is read anew for every page, so it may move while it is paged."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._shapes = Shapes(books)

    def methods(self) -> Mapping[str, Method]:
        scope = "read:reservation"
        return {
            "getReservations": Method("GET", scope, self._list),
            "getReservationsWithRateDetails": Method("GET", scope, self._list_with_rates, wants_one=True),
            "getReservation": Method("GET", scope, self._one, wants_one=True),
            "getReservationNotes": Method("GET", scope, self._notes, wants_one=True),
        }

    def _list(self, ask: Ask) -> Json:
        params = ask.params
        tests = [*self._common(ask), *self._by_stay(ask), *self._by_words(ask)]
        if status := params.one_of("status", _STATUS_WORDS):
            tests.append(lambda kept: self._books.status(kept.record) == status)
        found = ask.rows(self._books.reservations)
        found = self._sorted(ask, [kept for kept in found if all(test(kept) for test in tests)])
        part, counts = params.page(found, MOST, MOST)
        rows = [
            self._shapes.short(
                kept,
                with_guests=params.flag("includeGuestsDetails"),
                with_rooms=params.flag("includeAllRooms"),
                with_custom_fields=params.flag("includeCustomFields"),
            )
            | self._sub_reservation(ask, kept)
            for kept in part
        ]
        return listed(rows, counts)

    def _list_with_rates(self, ask: Ask) -> Json:
        params = ask.params
        tests = self._common(ask)
        within = params.days("reservationCheckOutFrom", "reservationCheckOutTo")
        tests.append(lambda kept: within(kept.record.departure))
        if (wanted := params.several("reservationID")) is not None:
            tests.append(lambda kept: self._id(kept) in wanted)
        if (unwanted := params.several("excludeStatuses")) is not None:
            tests.append(lambda kept: self._books.status(kept.record) not in unwanted)
        deleted_too = params.flag("includeDeleted")
        found = ask.rows(lambda: self._books.reservations(deleted_too))
        found = self._sorted(ask, [kept for kept in found if all(test(kept) for test in tests)])
        part, counts = params.page(found, MOST, MOST)
        rows = [
            self._shapes.with_rates(
                kept,
                with_guests=params.flag("includeGuestsDetails"),
                with_custom_fields=params.flag("includeCustomFields"),
            )
            for kept in part
        ]
        return listed(rows, counts)

    def _one(self, ask: Ask) -> Json:
        return answered(self._shapes.alone(self._wanted(ask)))

    def _notes(self, ask: Ask) -> Json:
        kept = self._wanted(ask)
        note = {
            "reservationNoteID": f"n{self._id(kept)}",
            "userName": "Front Desk",
            "dateCreated": self._books.local(kept.record.created_at),
            "dateModified": self._books.local(kept.modified_at),
            "reservationNote": kept.record.notes,
        }
        return answered([note] if kept.record.notes else [])

    def _wanted(self, ask: Ask) -> Kept:
        kept = self._books.find(ask.params.required("reservationID"))
        if kept is None or self._books.ids.property_id not in ask.properties:
            raise wrong("Reservation not found")
        return kept

    def _common(self, ask: Ask) -> list[_Test]:
        """The filters both lists have."""
        params, books = ask.params, self._books
        booked = params.moments("resultsFrom", "resultsTo")
        modified = params.moments("modifiedFrom", "modifiedTo")
        tests: list[_Test] = [
            lambda kept: booked(kept.record.created_at),
            lambda kept: modified(kept.modified_at),
        ]
        if guest_id := params.text("guestID"):
            tests.append(lambda kept: guest_id in {guest.id for guest in books.occupants(kept.record)})
        return tests

    def _by_stay(self, ask: Ask) -> list[_Test]:
        params, ids = ask.params, self._books.ids
        arrives = params.days("checkInFrom", "checkInTo")
        leaves = params.days("checkOutFrom", "checkOutTo")
        by_rooms = params.one_of("datesQueryMode", ("booking", "rooms")) == "rooms"

        def within(kept: Kept) -> bool:
            return any(arrives(start) and leaves(end) for start, end in _spans(kept.record, by_rooms))

        tests: list[_Test] = [within]
        if kind := params.text("roomTypeID"):
            tests.append(
                lambda kept: any(ids.room_type(line.room_type) == kind for line in kept.record.lines)
            )
        if self._room(ask):
            tests.append(lambda kept: bool(self._sub_reservation(ask, kept)))
        if plan := params.text("ratePlanId"):
            plans = self._books.world.hotel.rate_plan
            tests.append(
                lambda kept: any(ids.rate_plan(plans(line.rate_plan)) == plan for line in kept.record.lines)
            )
        return tests

    def _by_words(self, ask: Ask) -> list[_Test]:
        """Filters that compare one text of the reservation."""
        texts: Mapping[str, Callable[[Reservation], str | None]] = {
            "sourceId": lambda record: self._books.ids.source(record.source),
            "sourceReservationId": third_party,
            "firstName": lambda record: self._books.occupants(record)[0].person.first,
            "lastName": lambda record: self._books.occupants(record)[0].person.last,
            "allotmentBlockCode": allotment_block,
            "groupCode": lambda record: record.group_code,
        }

        def compares(name: str, wanted: str) -> _Test:
            return lambda kept: texts[name](kept.record) == wanted

        return [compares(name, wanted) for name in texts if (wanted := ask.params.text(name)) is not None]

    def _sorted(self, ask: Ask, found: list[Kept]) -> list[Kept]:
        if ask.params.flag("sortByRecent"):
            return sorted(found, key=lambda kept: kept.modified_at, reverse=True)
        return found

    def _room(self, ask: Ask) -> str | None:
        """The room asked for, by id or by name."""
        if room_id := ask.params.text("roomID"):
            return room_id
        try:
            name = ask.params.text("roomName")
            return self._books.ids.room(name) if name else None
        except KeyError:
            raise wrong("Room not found") from None

    def _sub_reservation(self, ask: Ask, kept: Kept) -> Json:
        wanted = self._room(ask)
        if wanted is None:
            return {}
        for room in self._books.accommodations(kept.record):
            if room.line.room is not None and self._books.ids.room(room.line.room) == wanted:
                return {"subReservationID": room.sub_id}
        return {}

    def _id(self, kept: Kept) -> str:
        return self._books.ids.reservation(kept.record.number)


def _spans(record: Reservation, by_rooms: bool) -> list[tuple[date, date]]:
    if by_rooms:
        return [(line.arrival, line.departure) for line in record.lines]
    return [(record.arrival, record.departure)]

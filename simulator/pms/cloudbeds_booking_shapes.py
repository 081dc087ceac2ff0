"""The JSON of a Cloudbeds reservation in its three shapes: short, with rate details, and alone."""

from zlib import crc32

from simulator.hotel import Reservation, State
from simulator.pms import cloudbeds_people as people
from simulator.pms.cloudbeds_books import Accommodation, Books, Kept
from simulator.pms.cloudbeds_calls import Json
from simulator.pms.cloudbeds_money import amount, balance_detailed
from simulator.pms.cloudbeds_stay_shapes import StayShapes

CATEGORIES = {
    "Booking.com": "ota",
    "Expedia": "ota",
    "Hotelbeds": "wholesaler",
    "Corporate": "corporate_client",
}
COLLECTING = frozenset({"Expedia", "Hotelbeds"})
_CHANNELS = frozenset({"ota", "wholesaler"})


class Shapes:
    """Words reservations; `with_guests` and the like are what a query asked to be included."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._hotel = books.world.hotel
        self._stays = StayShapes(books)

    def short(self, kept: Kept, *, with_guests: bool, with_rooms: bool, with_custom_fields: bool) -> Json:
        """A row of getReservations; the only list that names the group."""
        record, ids = kept.record, self._books.ids
        main = self._books.occupants(record)[0]
        rooms = self._books.accommodations(record)
        row: Json = {
            **self._heads(kept),
            "dateModified": self._books.local(kept.modified_at),
            "guestName": people.full_name(main),
            "startDate": record.arrival,
            "endDate": record.departure,
            "allotmentBlockCode": allotment_block(record),
            "groupCode": record.group_code,
            "adults": str(record.adults),
            "children": str(record.children),
            "balance": amount(record.balance, record.currency),
            "sourceName": record.source,
            "sourceID": ids.source(record.source),
            "thirdPartyIdentifier": third_party(record),
            "groupInventory": _group_inventory(record, rooms),
        }
        if with_rooms:
            row["rooms"] = [self._stays.room(room, main, priced=False) for room in rooms]
        return row | self._extras(record, with_guests, with_custom_fields) | self._tail(record)

    def with_rates(self, kept: Kept, *, with_guests: bool, with_custom_fields: bool) -> Json:
        """A row of getReservationsWithRateDetails."""
        record, books = kept.record, self._books
        main = books.occupants(record)[0]
        rooms = books.accommodations(record)
        category = CATEGORIES.get(record.source, "direct")
        cancelled: Json = {}
        if record.state is State.CANCELLED:
            at = record.cancelled_at or kept.modified_at
            cancelled = {"dateCancelled": books.local(at), "dateCancelledUTC": books.utc(at)}
        return {
            **self._heads(kept),
            "isDeleted": kept.is_deleted,
            "dateCreatedUTC": books.utc(record.created_at),
            "dateModified": books.local(kept.modified_at),
            "dateModifiedUTC": books.utc(kept.modified_at),
            **cancelled,
            "reservationCheckIn": record.arrival,
            "reservationCheckOut": record.departure,
            "guestCountry": main.person.country or "",
            "sourceName": record.source,
            "source": {
                "name": record.source,
                "paymentCollect": "collect" if record.source in COLLECTING else "hotel",
                "sourceID": books.ids.source(record.source),
                "category": category,
            },
            "sourceCategory": category,
            "sourceReservationID": third_party(record),
            "propertyCurrency": record.currency,
            "balanceDetailed": balance_detailed(record, books.quirks.tax_percent),
            "detailedRates": self._stays.nights(record, rooms),
            "rooms": [self._stays.room(room, main, priced=True) for room in rooms],
            "thirdPartyIdentifier": third_party(record),
            "estimatedArrivalTime": _arrival_time(record),
            "total": amount(record.total, record.currency),
            "balance": amount(record.balance, record.currency),
            "dateImported": books.local(record.created_at),
            **self._extras(record, with_guests, with_custom_fields),
            **self._tail(record),
        }

    def alone(self, kept: Kept) -> Json:
        """The answer of getReservation; its guests have a status, its rooms none."""
        record, books = kept.record, self._books
        guests, rooms = books.occupants(record), books.accommodations(record)
        assigned = [room for room in rooms if room.line.room is not None]
        head = {
            name: value for name, value in self._heads(kept).items() if name not in ("guestID", "profileID")
        }
        channel: Json = {}
        if CATEGORIES.get(record.source) in _CHANNELS:
            channel = {"channelProvidedCreditCard": record.source not in COLLECTING}
        return {
            **head,
            "guestName": people.full_name(guests[0]),
            "guestEmail": guests[0].person.email or "",
            "isAnonymized": guests[0].is_anonymized,
            "guestList": {guest.id: self._stays.guest_alone(record, guest, rooms) for guest in guests},
            "dateModified": books.local(kept.modified_at),
            "estimatedArrivalTime": _arrival_time(record),
            "source": record.source,
            "sourceID": books.ids.source(record.source),
            "thirdPartyIdentifier": third_party(record) or None,
            "total": amount(record.total, record.currency),
            "balance": amount(record.balance, record.currency),
            "balanceDetailed": balance_detailed(record, books.quirks.tax_percent),
            "assigned": [self._stays.assigned(record, room) for room in assigned],
            "unassigned": [self._stays.unassigned(record, room) for room in rooms if room not in assigned],
            "cardsOnFile": [],
            "customFields": [],
            "startDate": record.arrival,
            "endDate": record.departure,
            "allotmentBlockCode": allotment_block(record),
            **channel,
            "groupInventory": _group_inventory(record, rooms),
            **self._tail(record),
        }

    def _heads(self, kept: Kept) -> Json:
        record, books = kept.record, self._books
        main = books.occupants(record)[0]
        return {
            "propertyID": books.ids.property_id,
            "reservationID": books.ids.reservation(record.number),
            "dateCreated": books.local(record.created_at),
            "status": books.status(record),
            "guestID": main.id,
            "profileID": books.ids.profile(main.person),
        }

    def _tail(self, record: Reservation) -> Json:
        with_breakfast = any(self._hotel.rate_plan(line.rate_plan).breakfast for line in record.lines)
        return {"origin": record.source, "mealPlans": "Breakfast" if with_breakfast else ""}

    def _extras(self, record: Reservation, with_guests: bool, with_custom_fields: bool) -> Json:
        extras: Json = {}
        if with_custom_fields:
            extras["customFields"] = []
        if with_guests:
            guests, rooms = self._books.occupants(record), self._books.accommodations(record)
            extras["guestList"] = {guest.id: self._stays.guest_listed(guest, rooms) for guest in guests}
        return extras


def third_party(record: Reservation) -> str:
    """The number a booking channel gave; empty for a reservation of the hotel's own."""
    if CATEGORIES.get(record.source) not in _CHANNELS:
        return ""
    return str(10**9 + crc32(f"{record.source}:{record.number}".encode()))


def allotment_block(record: Reservation) -> str | None:
    return f"{record.group_code}-1" if record.group_code else None


def _group_inventory(record: Reservation, rooms: list[Accommodation]) -> list[Json] | None:
    if record.group_code is None:
        return None
    return [
        {
            "subReservationID": room.sub_id,
            "allotmentBlockCode": allotment_block(record),
            "startDate": room.line.arrival,
            "endDate": room.line.departure,
        }
        for room in rooms
    ]


def _arrival_time(record: Reservation) -> str | None:
    return "22:00" if "after 22:00" in record.notes else None

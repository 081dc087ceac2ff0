"""The guests of the pretend RMS Cloud, with documents in them, and who of them came and went when."""

from datetime import timedelta
from hashlib import sha256

import msgspec

from simulator.hotel import Guest, State
from simulator.pms.rms_books import Books, Row
from simulator.pms.rms_calls import Ask, Ids, Json, Span, day, kept, local, local_or_none, nowhere, wrong
from simulator.pms.rms_words import COUNTRIES

LITE = "id guestGiven guestSurname"
BASIC = (
    "id addressLine1 birthday countryId email email2 emailOptOut guestAccountId guestGiven guestSurname "
    "languageSpokenId marketingOptOut mobile nationalityId notes passportId phoneAH phoneOptOut postcode privacyOptIn "
    "propertyId smsOptOut state title town"
)


class Search(msgspec.Struct, frozen=True, rename="camel"):
    """Filters; all that are given must fit."""

    ids: Ids = None
    property_ids: Ids = None
    reservation_ids: Ids = None
    created_from: str | None = None
    created_to: str | None = None
    modified_from: str | None = None
    modified_to: str | None = None
    email: str | None = None
    mobile: str | None = None
    surname: str | None = None
    given: str | None = None
    include_secondary_guests: bool = False
    include_reservation_ids: bool = False


class Movements(msgspec.Struct, frozen=True, rename="camel"):
    guest_ids: Ids = None
    reservation_ids: Ids = None
    date_from: str | None = None
    date_to: str | None = None


class GuestBook:
    """Guests belong to the whole database: their `propertyId` is 0, and any property finds them."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def search(self, ask: Ask) -> object:
        wish, model = ask.body(Search), ask.model
        if ask.call.query.get("sort") not in (None, "", "id", "dateCreated", "dateModified"):
            raise wrong("sort must be id, dateCreated or dateModified.")
        return ask.page(lambda: [_model(row, model) for row in self._found(wish)])

    def one(self, ask: Ask) -> object:
        found = [
            row for guest in self._books.world.guests() for row in self._rows(guest) if row["id"] == ask.id
        ]
        if not found:
            raise nowhere(f"Guest {ask.id} was not found.")
        return [_model(found[-1], ask.model)]

    def movements(self, ask: Ask) -> object:
        wish = ask.body(Movements)
        if ask.model == "lite":
            raise wrong("modelType must be basic or full.")
        first = day(wish.date_from).isoformat() if wish.date_from else ""
        last = day(wish.date_to).isoformat() if wish.date_to else "9999"

        def rows() -> list[Json]:
            return [
                each
                for row in self._books.rows()
                if not wish.reservation_ids or row.id in wish.reservation_ids
                if row.departure.isoformat() >= first and row.arrival.isoformat() <= last
                for each in self._movement(row)
                if not wish.guest_ids or each["guestId"] in wish.guest_ids
            ]

        return ask.page(rows)

    def movement(self, ask: Ask) -> object:
        row = self._books.one(ask.id)
        if row is None:
            raise nowhere(f"Reservation {ask.id} was not found.")
        return self._movement(row)

    def people(self, ask: Ask) -> object:
        """`/reservations/{id}/guests`."""
        row = self._books.one(ask.id)
        if row is None or row.record is None:
            raise nowhere(f"Reservation {ask.id} was not found.")
        return [_model(self._row(self._books.world.guest(key)), "basic") for key in _people(row)]

    def row(self, guest: Guest, model: str) -> Json:
        """The newest row of a guest."""
        return _model(self._row(guest), model)

    def _found(self, wish: Search) -> list[Json]:
        world, zone = self._books.world, self._books.world.hotel.zone
        created, modified = (
            Span(wish.created_from, wish.created_to),
            Span(wish.modified_from, wish.modified_to),
        )
        staying: set[str] | None = None
        if wish.reservation_ids:
            staying = set()
            for row in self._books.rows():
                if row.id in wish.reservation_ids and row.record is not None:
                    staying |= set(_people(row) if wish.include_secondary_guests else [row.record.guest_id])
        guests = [
            guest
            for guest in world.guests()
            if (not wish.ids or self._books.guest_id(guest.id) in wish.ids)
            and (staying is None or guest.id in staying)
            and created.holds(local(guest.created_at, zone))
            and (wish.email is None or wish.email.lower() == (guest.email or "").lower())
            and (wish.mobile is None or wish.mobile == guest.phone)
            and (wish.surname is None or wish.surname.lower() == guest.last.lower())
            and (wish.given is None or wish.given.lower() == guest.first.lower())
        ]
        rows = [
            row for guest in guests for row in self._rows(guest) if modified.holds(str(row["modifiedDate"]))
        ]
        return sorted(rows, key=lambda row: (_number(row["id"]), str(row["modifiedDate"])))

    def _rows(self, guest: Guest) -> list[Json]:
        """The oldest first; a second account of a guest has what was true then."""
        newest = self._row(guest)
        identifier = self._books.guest_id(guest.id)
        if identifier % 10 or not self._books.switches().are_guests_doubled:
            return [newest]
        before = local(guest.created_at - timedelta(days=300), self._books.world.hotel.zone)
        older = {"guestAccountId": identifier * 3 + 2, "email": "", "mobile": "", "modifiedDate": before}
        return [newest | older, newest]

    def _row(self, guest: Guest) -> Json:
        zone = self._books.world.hotel.zone
        identifier = self._books.guest_id(guest.id)
        document = sha256(f"passport/{guest.id}".encode()).hexdigest()[:9].upper()
        country = COUNTRIES[guest.country][0] if guest.country and guest.country in COUNTRIES else 0
        return {
            "id": identifier,
            "guestAccountId": identifier * 3 + 1,
            "title": "",
            "guestGiven": guest.first,
            "guestSurname": guest.last,
            "email": guest.email or "",
            "email2": "",
            "mobile": guest.phone or "",
            "phoneAH": "",
            "addressLine1": "",
            "town": "",
            "state": "",
            "postcode": "",
            "countryId": country,
            "nationalityId": country,
            "languageSpoken": guest.language or "",
            "languageSpokenId": 0,
            "birthday": "1984-02-29 00:00:00" if identifier % 7 == 0 else None,
            "passportId": f"P{document}",
            "passportExpiry": "2031-08-30 00:00:00",
            "licenceNumber": document[::-1],
            "visaNumber": "",
            "notes": "",
            "marketingOptOut": identifier % 2 == 1,
            "emailOptOut": False,
            "smsOptOut": False,
            "phoneOptOut": False,
            "privacyOptIn": True,
            "vipCodesId": 1 if guest.vip else 0,
            "propertyId": 0,
            "numberOfVisits": 3 if guest.vip else 1,
            "createdDate": local(guest.created_at, zone),
            "modifiedDate": local(guest.updated_at, zone),
        }

    def _movement(self, row: Row) -> list[Json]:
        record, line = row.record, row.line
        if record is None or line is None:
            return []
        zone = self._books.world.hotel.zone
        has_come = line.state in (State.IN_HOUSE, State.CHECKED_OUT)
        has_gone = line.state is State.CHECKED_OUT
        made: list[Json] = []
        for place, key in enumerate(_people(row)):
            guest = self._books.world.guest(key)
            made.append(
                {
                    "id": row.id * 10 + place,
                    "reservationId": row.id,
                    "guestId": self._books.guest_id(key),
                    "guestGiven": guest.first,
                    "guestSurname": guest.last,
                    "primaryGuest": place == 0,
                    "arrive": local_or_none(record.checked_in_at, zone) if has_come else None,
                    "depart": local_or_none(record.checked_out_at, zone) if has_gone else None,
                    "adults": line.adults if place == 0 else 0,
                    "children": line.children if place == 0 else 0,
                }
            )
        return made


def _people(row: Row) -> tuple[str, ...]:
    return (row.record.guest_id, *row.record.sharer_ids) if row.record is not None else ()


def _model(row: Json, model: str) -> Json:
    return row if model == "full" else kept(row, LITE if model == "lite" else BASIC)


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0

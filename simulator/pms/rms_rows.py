"""How the pretend RMS Cloud writes its reservations, and how they are searched."""

from collections.abc import Callable
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from simulator.hotel import Guest, Reservation
from simulator.pms.rms_books import PROPERTY, Books, Row
from simulator.pms.rms_calls import (
    Ask,
    Ids,
    Json,
    Span,
    kept,
    local,
    local_or_none,
    nowhere,
    on_clock,
    wrong,
)
from simulator.pms.rms_words import ARRIVES_AT, DEPARTS_AT

LITE = "id accountId areaId arrivalDate cancelledDate categoryId departureDate guestId rateTypeId rateTypeName status"
BASIC = (
    "id accountId adults areaId arrivalDate bookingSourceId categoryId children companyId departureDate "
    "groupReservationId guestId infants mealPlanId notes onlineConfirmationId otaRef1 rateTypeId status travelAgentId"
)
_CHANNELS = frozenset({"Booking.com", "Expedia", "Hotelbeds"})
_SORTS: dict[str, Callable[[Row], object]] = {
    "id": lambda row: row.id,
    "dateCreated": lambda row: (row.created_at, row.id),
    "dateModified": lambda row: (row.modified_at, row.id),
}
_STATUSES = frozenset(
    "unconfirmed confirmed arrived departed cancelled maintenance quote stopsell owneroccupied noshow pencil".split()
)
_MASTERS = Literal["excludeGroupMasters", "includeGroupMasters", "onlyGroupMasters"]


class Search(msgspec.Struct, frozen=True, rename="camel"):
    """Filters; all that are given must fit. Ids are numbers, times the hotel's wall clock."""

    property_ids: Ids = None
    reservation_ids: Annotated[list[int], Meta(max_length=500)] | None = None
    guest_ids: Ids = None
    group_reservation_ids: Ids = None
    area_ids: Ids = None
    category_ids: Ids = None
    ota_references: list[str] | None = None
    list_of_status: list[str] | None = None
    guest_surname: list[str] | None = None
    include_group_master_reservations: _MASTERS = "excludeGroupMasters"
    include_room_move_headers: bool = False
    arrive_from: str | None = None
    arrive_to: str | None = None
    depart_from: str | None = None
    depart_to: str | None = None
    check_out_from: str | None = None
    check_out_to: str | None = None
    created_from: str | None = None
    created_to: str | None = None
    modified_from: str | None = None
    modified_to: str | None = None
    reservation_id_from: int | None = None
    reservation_id_to: int | None = None


class Reservations:
    """The search, one by its id, and the lists of today."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._hotel = books.world.hotel

    def search(self, ask: Ask) -> object:
        wish, model = ask.body(Search), ask.model
        sort = ask.call.query.get("sort") or ""
        if sort and sort not in _SORTS:
            raise wrong("sort must be id, dateCreated or dateModified.")
        return ask.page(lambda: [self.row(row, model) for row in self._found(wish, sort)])

    def one(self, ask: Ask) -> object:
        return [self.row(self._row(ask.id), ask.model)]

    def daily_list(self, which: str) -> Callable[[Ask], object]:
        """The three lists of today; the one called in house has only those who arrived today, as documented."""

        def answer(ask: Ask) -> object:
            is_ours, today = ask.number("propertyId") == PROPERTY, self._books.world.business_date
            statuses = {
                "arriving": ("Confirmed", "Unconfirmed"),
                "departing": ("Arrived",),
                "inHouse": ("Arrived",),
            }
            rows = [
                row
                for row in self._books.rows()
                if is_ours
                and row.kind == "Normal"
                and not row.is_master
                and row.status in statuses[which]
                and (row.departure if which == "departing" else row.arrival) == today
            ]
            return ask.rows(lambda: [self.row(row, ask.model) for row in rows])

        return answer

    def row(self, row: Row, model: str) -> Json:
        full = self._full(row)
        return full if model == "full" else kept(full, LITE if model == "lite" else BASIC)

    def _full(self, row: Row) -> Json:
        record, line, zone = row.record, row.line, self._hotel.zone
        guest = self._books.world.guest(record.guest_id) if record is not None else None
        made: Json = {
            "id": row.id,
            "status": row.status,
            "reservationType": row.kind,
            "propertyId": PROPERTY,
            "arrivalDate": on_clock(row.arrival, ARRIVES_AT),
            "departureDate": on_clock(row.departure, DEPARTS_AT),
            "eta": "17:30" if record is not None and record.notes else "",
            "adults": line.adults if line else 0,
            "children": line.children if line else 0,
            "infants": 0,
            **self._named(guest),
            "areaId": self._books.areas[row.room] if row.room else 0,
            "areaName": f"{row.room[:1]:0>2} {row.room}" if row.room else "",
            "accountId": row.id * 2 + 1,
            "companyId": 0,
            "mealPlanId": 0,
            "groupHeader": row.is_master,
            "groupReservationId": row.group,
            "splitReservationId": row.split,
            "travelAgentId": 0,
            "travelAgentName": "",
            "externalReservationId": "",
            "onlineConfirmationId": 0,
            "deposit": 0,
            "notes": row.notes,
            "createdDate": local(row.created_at, zone),
            "confirmedDate": local(row.created_at, zone) if row.status not in ("Quote", "Pencil") else None,
            "cancelledDate": local_or_none(record.cancelled_at, zone) if record is not None else None,
            "modifiedDate": local(row.modified_at, zone),
            **self._channel(row, record),
        }
        return made | self._category(row)

    def _named(self, guest: Guest | None) -> Json:
        if guest is None:
            return {"guestId": 0, "guestGiven": "", "guestSurname": ""}
        return {
            "guestId": self._books.guest_id(guest.id),
            "guestGiven": guest.first,
            "guestSurname": guest.last,
        }

    def _category(self, row: Row) -> Json:
        code = row.line.room_type if row.line else self._hotel.room(row.room).room_type if row.room else None
        plan = self._hotel.rate_plan(row.line.rate_plan) if row.line else None
        return {
            "categoryId": self._books.categories[code] if code else 0,
            "categoryName": self._hotel.room_type(code).name if code else "",
            "rateTypeId": self._books.rates[plan.code] if plan else 0,
            "rateTypeName": plan.name if plan else "",
        }

    def _channel(self, row: Row, record: Reservation | None) -> Json:
        if record is None:
            return {"bookingSourceId": 0, "bookingSourceName": "", "otaRef1": ""}
        return {
            "bookingSourceId": self._books.source_id(record.source),
            "bookingSourceName": record.source,
            "otaRef1": f"{record.source[:2].upper()}{record.number}" if record.source in _CHANNELS else "",
        }

    def _found(self, wish: Search, sort: str) -> list[Row]:
        order = _SORTS.get(sort) or (lambda row: (row.arrival, row.id))
        tests = _tests(wish, self)
        return sorted((r for r in self._books.rows() if all(test(r) for test in tests)), key=order)  # type: ignore[arg-type]

    def stamp(self, row: Row, name: str) -> str:
        """One of the row's moments, as it is compared."""
        zone = self._hotel.zone
        if name == "arrive":
            return on_clock(row.arrival, ARRIVES_AT)
        if name == "depart":
            return on_clock(row.departure, DEPARTS_AT)
        if name == "check_out":
            at = row.record.checked_out_at if row.record is not None and row.status == "Departed" else None
            return local_or_none(at, zone) or ""
        return local(row.created_at if name == "created" else row.modified_at, zone)

    def guests_of(self, row: Row) -> set[int]:
        return {self._books.guest_id(row.record.guest_id)} if row.record is not None else {0}

    def otas_of(self, row: Row) -> set[str]:
        return {str(self._channel(row, row.record)["otaRef1"])}

    def surname_of(self, row: Row) -> str:
        return self._books.world.guest(row.record.guest_id).last.lower() if row.record is not None else ""

    def place_of(self, row: Row) -> tuple[int, int]:
        """Area and category."""
        category = self._category(row)["categoryId"]
        return self._books.areas[row.room] if row.room else 0, category if isinstance(category, int) else 0

    def _row(self, identifier: int) -> Row:
        row = self._books.one(identifier)
        if row is None:
            raise nowhere(f"Reservation {identifier} was not found.")
        return row


def _tests(wish: Search, has: Reservations) -> list[Callable[[Row], bool]]:
    """What a row must pass; a filter that is not given lets everything pass."""
    statuses = {_plain(each) for each in wish.list_of_status or ()}
    if not statuses <= _STATUSES:
        raise wrong("listOfStatus holds an unknown status.")
    masters = wish.include_group_master_reservations
    spans = (
        ("arrive", Span(wish.arrive_from, wish.arrive_to)),
        ("depart", Span(wish.depart_from, wish.depart_to)),
        ("check_out", Span(wish.check_out_from, wish.check_out_to)),
        ("created", Span(wish.created_from, wish.created_to)),
        ("modified", Span(wish.modified_from, wish.modified_to)),
    )
    tests: list[Callable[[Row], bool]] = [
        lambda row: not wish.property_ids or PROPERTY in wish.property_ids,
        lambda row: not wish.reservation_ids or row.id in wish.reservation_ids,
        lambda row: not wish.guest_ids or bool(has.guests_of(row) & set(wish.guest_ids)),
        lambda row: not wish.group_reservation_ids or row.group in wish.group_reservation_ids,
        lambda row: not wish.area_ids or has.place_of(row)[0] in wish.area_ids,
        lambda row: not wish.category_ids or has.place_of(row)[1] in wish.category_ids,
        lambda row: not wish.ota_references or bool(has.otas_of(row) & set(wish.ota_references)),
        lambda row: not wish.guest_surname or has.surname_of(row) in {n.lower() for n in wish.guest_surname},
        lambda row: not statuses or _plain(row.status) in statuses,
        lambda row: row.is_master if masters == "onlyGroupMasters" else True,
        lambda row: not row.is_master or masters != "excludeGroupMasters",
        lambda row: row.kind != "RoomMoveHeader" or wish.include_room_move_headers,
        lambda row: wish.reservation_id_from is None or row.id >= wish.reservation_id_from,
        lambda row: wish.reservation_id_to is None or row.id <= wish.reservation_id_to,
    ]
    for name, span in spans:
        if span.first or span.last:
            tests.append(lambda row, name=name, span=span: span.holds(has.stamp(row, name)))  # type: ignore[misc]
    return tests


def _plain(status: str) -> str:
    return status.lower().replace(" ", "")

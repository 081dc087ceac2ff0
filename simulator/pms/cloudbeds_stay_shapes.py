"""The rooms and guests inside a Cloudbeds reservation, as each call words them."""

from datetime import date

from simulator.hotel import RatePlan, Reservation, State
from simulator.money import decimal_text
from simulator.pms import cloudbeds_people as people
from simulator.pms.cloudbeds_books import Accommodation, Books, Occupant
from simulator.pms.cloudbeds_calls import Json
from simulator.pms.cloudbeds_money import amount, net


class StayShapes:
    """Words accommodations and the guests in them."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._hotel = books.world.hotel

    def room(self, room: Accommodation, main: Occupant, priced: bool) -> Json:
        line, kind = room.line, self._hotel.room_type(room.line.room_type)
        row: Json = {
            "roomTypeID": self._books.ids.room_type(kind.code),
            "roomTypeIsVirtual": False,
            "roomTypeName": kind.name,
            "subReservationID": room.sub_id,
            "isRoomLocked": False,
            "guestID": main.id,
            "guestName": people.full_name(main),
            "adults": str(line.adults),
            "children": str(line.children),
            "reservationRoomID": room.key,
            "roomID": self._books.ids.room(line.room) if line.room else None,
            "roomCheckIn": line.arrival,
            "roomCheckOut": line.departure,
            "roomStatus": room.status,
            "marketName": "",
            "marketCode": "",
        }
        if line.room:
            row["roomName"] = line.room
        if priced:
            plan = self._hotel.rate_plan(line.rate_plan)
            row["rateID"] = self._books.ids.rate(plan, kind)
            row["rateName"] = rate_name(plan)
            row["detailedRoomRates"] = dict(self._daily(room))
        return row

    def _daily(self, room: Accommodation) -> list[tuple[str, int | float]]:
        tax = self._books.quirks.tax_percent
        nights = zip(room.line.nights(), room.line.nightly, strict=True)
        return [(day.isoformat(), amount(net(gross, tax), self._hotel.currency)) for day, gross in nights]

    def nights(self, record: Reservation, rooms: list[Accommodation]) -> Json:
        tax, sums = self._books.quirks.tax_percent, dict[date, int]()
        for room in rooms:
            for day, gross in zip(room.line.nights(), room.line.nightly, strict=True):
                sums[day] = sums.get(day, 0) + net(gross, tax)
        return {day.isoformat(): amount(sums[day], record.currency) for day in sorted(sums)}

    def guest_listed(self, guest: Occupant, rooms: list[Accommodation]) -> Json:
        mine = rooms_of(guest, rooms)
        assigned = _assigned(mine)
        first = assigned[0] if assigned else mine[0]
        return {
            **people.in_reservation(guest),
            "subReservationID": first.sub_id,
            "startDate": first.line.arrival,
            "endDate": first.line.departure,
            **self._place(first),
            "rooms": [self._guest_room(room) | {"roomStatus": room.status} for room in assigned],
            "unassignedRooms": [self._guest_room(room) for room in mine if room.line.room is None],
            "customFields": [],
        }

    def _guest_room(self, room: Accommodation) -> Json:
        plan = self._hotel.rate_plan(room.line.rate_plan)
        kind = self._hotel.room_type(room.line.room_type)
        row = self._room_of_guest(room) | {"roomTypeID": self._books.ids.room_type(kind.code)}
        return row | {
            "roomTypeNameShort": kind.code,
            "rateID": self._books.ids.rate(plan, kind),
            "ratePlanName": rate_name(plan),
            "isRoomLocked": False,
        }

    def guest_alone(self, record: Reservation, guest: Occupant, rooms: list[Accommodation]) -> Json:
        mine = rooms_of(guest, rooms)
        assigned = _assigned(mine)
        first = assigned[0] if assigned else mine[0]
        kinds = {room.key: self._books.ids.room_type(room.line.room_type) for room in mine}
        return {
            **people.in_one_reservation(guest),
            "guestStatus": guest_status(self._books, record, mine),
            **self._place(first),
            "rooms": [self._room_of_guest(room) for room in assigned],
            "unassignedRooms": [
                self._room_of_guest(room) | {"roomTypeID": kinds[room.key]}
                for room in mine
                if room.line.room is None
            ],
        }

    def _room_of_guest(self, room: Accommodation) -> Json:
        line = room.line
        row: Json = {
            "reservationRoomID": room.key,
            "roomTypeName": self._hotel.room_type(line.room_type).name,
            "roomTypeIsVirtual": False,
            "subReservationID": room.sub_id,
        }
        if line.room:
            row |= {"roomID": self._books.ids.room(line.room), "roomName": line.room}
        return row

    def _place(self, room: Accommodation) -> Json:
        line = room.line
        return {
            "assignedRoom": line.room is not None,
            "roomID": self._books.ids.room(line.room) if line.room else None,
            "roomName": line.room,
            "roomTypeName": self._hotel.room_type(line.room_type).name,
            "roomTypeIsVirtual": False,
        }

    def unassigned(self, record: Reservation, room: Accommodation) -> Json:
        line, kind = room.line, self._hotel.room_type(room.line.room_type)
        daily = self._daily(room)
        total = sum(net(gross, self._books.quirks.tax_percent) for gross in line.nightly)
        return {
            "reservationRoomID": room.key,
            "roomTypeName": kind.name,
            "roomTypeIsVirtual": False,
            "roomTypeID": self._books.ids.room_type(kind.code),
            "subReservationID": room.sub_id,
            "isRoomLocked": False,
            "startDate": line.arrival,
            "endDate": line.departure,
            "adults": str(line.adults),
            "children": str(line.children),
            "dailyRates": [{"date": day, "rate": rate} for day, rate in daily],
            "roomTotal": decimal_text(total, record.currency),
        }

    def assigned(self, record: Reservation, room: Accommodation) -> Json:
        line = room.line
        return self.unassigned(record, room) | {
            "roomTypeNameShort": line.room_type,
            "dormRoomName": None,
            "roomID": self._books.ids.room(line.room) if line.room else None,
            "roomName": line.room,
            "marketName": "",
            "marketCode": "",
        }


def rooms_of(guest: Occupant, rooms: list[Accommodation]) -> list[Accommodation]:
    """The main guest is in every room of the reservation, a sharer in those of the first unit."""
    return rooms if guest.is_main else [room for room in rooms if room.line.unit == rooms[0].line.unit]


def guest_status(books: Books, record: Reservation, rooms: list[Accommodation]) -> str:
    """Where a guest stands: by the rooms while somebody is expected or here, else as the reservation."""
    statuses = {room.status for room in rooms}
    if record.state in (State.CONFIRMED, State.IN_HOUSE, State.CHECKED_OUT):
        return next(word for word in ("in_house", "not_checked_in", "checked_out") if word in statuses)
    return books.status(record)


def rate_name(plan: RatePlan) -> str:
    return plan.name


def _assigned(rooms: list[Accommodation]) -> list[Accommodation]:
    """A room that was cancelled is nobody's: the contract knows no status for one among a guest's rooms."""
    return [room for room in rooms if room.line.room is not None and room.line.state is not State.CANCELLED]

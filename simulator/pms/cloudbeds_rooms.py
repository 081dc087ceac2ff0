"""The rooms of Cloudbeds: types, single rooms, blocks and housekeeping."""

from collections.abc import Mapping
from datetime import date, timedelta

from simulator.hotel import OutOfOrder, Room, State
from simulator.inventory import RoomLedger
from simulator.pms.cloudbeds_books import Books
from simulator.pms.cloudbeds_calls import Ask, Json, Method, answered, listed, wrong
from simulator.pms.cloudbeds_rates import room_type_facts

_LONGEST_BLOCK_SEARCH = 35


class RoomDesk:
    """Answers from the hotel's set-up and its books."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._hotel = books.world.hotel

    def methods(self) -> Mapping[str, Method]:
        return {
            "getRoomTypes": Method("GET", "read:room", self._types),
            "getRooms": Method("GET", "read:room", self._rooms),
            "getRoomBlocks": Method("GET", "read:roomblock", self._blocks, wants_one=True),
            "getHousekeepingStatus": Method("GET", "read:housekeeping", self._housekeeping, wants_one=True),
        }

    def _types(self, ask: Ask) -> Json:
        """The contract names no counts here: a short page is the last."""
        params, wanted = ask.params, ask.params.several("roomTypeIDs")
        least, name = params.whole("maxGuests", 0), params.text("roomTypeName")
        rows = [
            kind
            for kind in ask.rows(lambda: list(self._hotel.room_types))
            if (wanted is None or self._books.ids.room_type(kind.code) in wanted)
            and kind.max_occupancy >= least
            and (name is None or name.lower() in kind.name.lower())
        ]
        part, _ = params.page(rows, 20)
        own: Json = {"propertyID": self._books.ids.property_id, "isPrivate": True}
        return answered([room_type_facts(self._books, kind) | own for kind in part])

    def _rooms(self, ask: Ask) -> Json:
        """Pages cut the rooms; with dates only those nobody is assigned to."""
        params, ids = ask.params, self._books.ids
        start, end = params.day("startDate"), params.day("endDate")
        if (start is None) != (end is None):
            raise wrong("startDate and endDate are required together")
        kinds, short = params.several("roomTypeID"), params.text("roomTypeNameShort")
        free = self._unassigned(start, end) if start and end else None
        rooms = [
            room
            for room in ask.rows(lambda: list(self._hotel.rooms))
            if (kinds is None or ids.room_type(room.room_type) in kinds)
            and short in (None, room.room_type)
            and (free is None or room.number in free)
        ]
        part, counts = params.page(rows=rooms, size=20)
        first, last = start or self._books.today(), end or self._books.today() + timedelta(1)
        shown = [self._room(room, first, last) for room in part]
        return listed([{"propertyID": ids.property_id, "rooms": shown}] if shown else [], counts)

    def _room(self, room: Room, start: date, end: date) -> Json:
        kind = self._hotel.room_type(room.room_type)
        return {
            "roomID": self._books.ids.room(room.number),
            "roomName": room.number,
            "dormRoomName": "",
            "roomDescription": f"Floor {room.floor}",
            "maxGuests": kind.max_occupancy,
            "isPrivate": True,
            "isVirtual": False,
            "roomBlocked": self._is_blocked(room, start, end),
            "roomTypeID": self._books.ids.room_type(kind.code),
            "roomTypeName": kind.name,
            "roomTypeNameShort": kind.code,
            "doorlockID": "",
        }

    def _unassigned(self, start: date, end: date) -> set[str]:
        if end <= start:
            raise wrong("endDate must be after startDate")
        ledger = RoomLedger(self._hotel)
        for kept in self._books.reservations():
            for line in kept.record.lines:
                if line.room and line.state not in (State.CANCELLED, State.NO_SHOW):
                    ledger.take(line.room, line.arrival, line.departure)
        return {room.number for room in self._hotel.rooms if ledger.is_free(room.number, start, end)}

    def _is_blocked(self, room: Room, start: date, end: date) -> bool:
        return any(
            block.room == room.number and block.start < end and block.end > start
            for block in self._hotel.out_of_order
        )

    def _blocks(self, ask: Ask) -> Json:
        params, today = ask.params, self._books.today()
        start, end = params.day("startDate") or today, params.day("endDate") or today
        if not 0 <= (end - start).days <= _LONGEST_BLOCK_SEARCH:
            raise wrong("The date range must be 35 days or less")
        ids, blocks = self._books.ids, []
        for place, block in enumerate(self._hotel.out_of_order, 1):
            room = self._hotel.room(block.room)
            found = {
                "roomID": ids.room(room.number),
                "roomTypeID": ids.room_type(room.room_type),
                "roomBlockID": ids.block(room, place),
            }
            is_wanted = all(params.text(name) in (None, value) for name, value in found.items())
            if is_wanted and block.start <= end and block.end > start:
                blocks.append(self._block(place, block))
        part, counts = params.page(ask.rows(lambda: blocks), 20)
        return listed({"propertyID": self._books.ids.property_id, "roomBlocks": part}, counts)

    def _block(self, place: int, block: OutOfOrder) -> Json:
        """`endDate` is the first day the room can be sold again, as a departure is."""
        room, ids = self._hotel.room(block.room), self._books.ids
        return {
            "roomBlockID": ids.block(room, place),
            "roomBlockType": "out_of_service",
            "roomBlockReason": block.reason,
            "startDate": block.start,
            "endDate": block.end,
            "rooms": [
                {
                    "eventID": f"{ids.block(room, place)}-1",
                    "roomID": ids.room(room.number),
                    "roomTypeID": ids.room_type(room.room_type),
                    "isSource": True,
                    "sourceEventIds": None,
                    "linkedEventIds": None,
                }
            ],
        }

    def _housekeeping(self, ask: Ask) -> Json:
        params = ask.params
        kinds = params.several("roomTypeIDs")
        condition = params.one_of("roomCondition", ("clean", "dirty"))
        occupied = params.text("roomOccupied") and params.flag("roomOccupied")
        moves = self._movements()
        rows = [self._kept_room(room, *moves) for room in ask.rows(lambda: list(self._hotel.rooms))]
        rows = [
            row
            for row in rows
            if (kinds is None or row["roomTypeID"] in kinds)
            and condition in (None, row["roomCondition"])
            and occupied in (None, row["roomOccupied"])
        ]
        part, counts = params.page(rows, 100, 5000)
        return listed(part, counts)

    def _movements(self) -> tuple[set[str], set[str], set[str]]:
        """Rooms that are occupied, that somebody leaves today, and that somebody takes today."""
        today = self._books.world.business_date
        occupied, leaving, arriving = set(), set(), set()
        for kept in self._books.reservations():
            for line in kept.record.lines:
                if line.room is None:
                    continue
                if line.state is State.IN_HOUSE:
                    occupied.add(line.room)
                if line.departure == today and line.state in (State.IN_HOUSE, State.CHECKED_OUT):
                    leaving.add(line.room)
                if line.arrival == today and line.state is State.CONFIRMED:
                    arriving.add(line.room)
        return occupied, leaving, arriving

    def _kept_room(self, room: Room, occupied: set[str], leaving: set[str], arriving: set[str]) -> Json:
        number, kind = room.number, self._hotel.room_type(room.room_type)
        is_in, goes, comes = number in occupied, number in leaving, number in arriving
        moves = {(True, True): "turnover", (True, False): "check-out", (False, True): "check-in"}
        today = self._books.world.business_date
        return {
            "date": today,
            "roomTypeID": self._books.ids.room_type(kind.code),
            "roomTypeName": kind.name,
            "roomID": self._books.ids.room(number),
            "roomName": number,
            "roomCondition": "dirty" if is_in or goes else "clean",
            "roomOccupied": is_in,
            "roomBlocked": self._is_blocked(room, today, today + timedelta(1)),
            "frontdeskStatus": moves.get((goes, comes)) or ("stayover" if is_in else "unused"),
            "housekeeperID": "",
            "housekeeper": "",
            "doNotDisturb": False,
            "refusedService": False,
            "vacantPickup": False,
            "roomComments": "",
        }

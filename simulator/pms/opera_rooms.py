"""The physical rooms of the pretend OPERA Cloud, who is in them, and whether they are clean."""

from datetime import timedelta
from zlib import crc32

from simulator.hotel import OutOfOrder, Room, State
from simulator.pms.opera_calls import Ask, Json, given, text_day
from simulator.pms.opera_stays import PSEUDO_TYPE, Stay
from simulator.pms.opera_tenant import Tenant, full_name

_DEFAULT, _MOST, _DAYS = 20, 200, 180
_STATUSES = ("Clean", "Dirty", "Pickup", "Inspected", "OutOfOrder", "OutOfService")


class RoomDesk:
    """Answers what is asked about rooms; None when there is none."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    def rooms(self, ask: Ask) -> Json | None:
        criteria, tenant = ask.criteria, self._tenant
        if criteria.day("hotelRoomStartDate") and criteria.day("hotelRoomEndDate"):
            criteria.days("hotelRoomStartDate", "hotelRoomEndDate", _DAYS)
        statuses = criteria.words("hotelRoomStatus", _STATUSES)
        offices = criteria.words("hotelFORoomStatus", ("Vacant", "Occupied"))
        kinds = criteria.several("roomType")
        here = self._concerned()
        rows = [] if ask.is_empty else [self._row(room, here.get(room.number)) for room in self._asked(ask)]
        found = []
        for row in rows:
            state = row["housekeeping"]["roomStatus"]
            if statuses is not None and state["roomStatus"] not in statuses:
                continue
            if offices is not None and state["frontOfficeStatus"] not in offices:
                continue
            if kinds is None or row["roomType"]["roomType"] in kinds:
                found.append(row)
        page = tenant.page(found, criteria, _DEFAULT, _MOST)
        if not page.rows:
            return None
        details = {"room": list(page.rows), "hotelId": tenant.names.code}
        return {"hotelRoomsDetails": details, **page.told(), "links": []}

    def _concerned(self) -> dict[str, Stay]:
        """By room: who is in it, else who has left it today."""
        today, here = self._tenant.today(), {}
        for stay in self._tenant.stays():
            room = stay.current(today).room
            has_left = stay.state is State.CHECKED_OUT and stay.departure == today
            if room is not None and (stay.state is State.IN_HOUSE or (has_left and room not in here)):
                here[room] = stay
        return here

    def _asked(self, ask: Ask) -> list[Room]:
        criteria = ask.criteria
        pseudo = [Room(f"900{n}", PSEUDO_TYPE, 9) for n in (1, 2, 3)]
        if criteria.flag("pseudoRoomsOnly"):
            return pseudo
        rooms = list(self._tenant.world.hotel.rooms)
        return rooms + pseudo if criteria.flag("includePseudoRooms") else rooms

    def _row(self, room: Room, stay: Stay | None) -> Json:
        today = self._tenant.today()
        is_pseudo = room.room_type == PSEUDO_TYPE
        is_occupied = stay is not None and stay.state is State.IN_HOUSE and not is_pseudo
        closed = [o for o in self._tenant.world.hotel.out_of_order if o.room == room.number and o.end > today]
        is_closed = any(each.covers(today) for each in closed)
        status = given(
            roomStatus="OutOfOrder" if is_closed else self._cleanliness(room, stay, is_occupied),
            frontOfficeStatus="Occupied" if is_occupied else "Vacant",
            housekeepingStatus="Occupied" if is_occupied else "Vacant",
        )
        return given(
            roomId=room.number,
            roomType=self._room_type(room.room_type),
            floor=str(room.floor),
            housekeeping={"roomStatus": status},
            outOfOrder=[_closed(each) for each in closed] or None,
            resvInfo=[self._resident(stay)] if stay is not None and is_occupied else None,
        )

    def _cleanliness(self, room: Room, stay: Stay | None, is_occupied: bool) -> str:
        """Left today: dirty. Slept in: about half are done. Else clean or inspected."""
        today = self._tenant.today()
        chance = crc32(f"{room.number}:{today}".encode()) % 4
        if stay is not None and stay.state is State.CHECKED_OUT and stay.departure == today:
            return "Dirty"
        if is_occupied:
            return ("Dirty", "Clean", "Pickup", "Clean")[chance]
        return ("Inspected", "Clean", "Clean", "Inspected")[chance]

    def _room_type(self, code: str) -> Json:
        if code == PSEUDO_TYPE:
            return {"roomType": code, "shortDescription": "Posting Master", "pseudo": True, "roomClass": code}
        kind = self._tenant.world.hotel.room_type(code)
        return {
            "roomType": code,
            "shortDescription": kind.name,
            "pseudo": False,
            "roomClass": code[:3],
            "maximumOccupancy": kind.max_occupancy,
        }

    def _resident(self, stay: Stay) -> Json:
        today = self._tenant.today()
        status = "DueOut" if stay.departure <= today else "Arrived" if stay.arrival == today else "StayOver"
        span = {"startDate": text_day(stay.arrival), "endDate": text_day(stay.departure)}
        return {
            "guestName": full_name(stay.guest)[:80],
            "reservationId": {"id": stay.id, "type": "Reservation"},
            "reservationStatusInfo": status,
            "stayDateInfo": {"timeSpan": span},
            "profileId": {"id": self._tenant.names.profile(stay.guest.id), "type": "Profile"},
        }


def _closed(closed: OutOfOrder) -> Json:
    return {
        "start": text_day(closed.start),
        "end": text_day(closed.end - timedelta(1)),
        "roomStatus": "OutOfOrder",
        "returnStatus": "Dirty",
        "reasonDesc": closed.reason[:80],
    }

"""What Guesty makes of the hotel's reservations: one booking for each room of a reservation, in two generations."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from simulator.hotel import Guest, Reservation, State, StayLine
from simulator.pms.guesty_calls import Json, instant, instant_or_none
from simulator.pms.guesty_names import Names
from simulator.pms.guesty_switches import Switches
from simulator.pms.guesty_words import (
    CHECK_IN,
    CHECK_OUT,
    ENDINGS,
    STATUSES,
    channel,
    full_name,
    guest_stay,
    money,
    planned_arrival,
)
from simulator.register import Change, News
from simulator.world import World


@dataclass(frozen=True, slots=True)
class Booking:
    """One unit of a reservation; `total` and `balance` are its share, in minor units."""

    id: str
    record: Reservation
    unit: int
    lines: tuple[StayLine, ...]
    status: str
    guest_stay: str
    total: int
    balance: int

    @property
    def arrival(self) -> date:
        return self.lines[0].arrival

    @property
    def departure(self) -> date:
        return self.lines[-1].departure

    @property
    def people(self) -> int:
        return self.lines[0].adults + self.lines[0].children


class Books:
    """Listens to the hotel; every read may come from any thread."""

    def __init__(self, world: World, names: Names, switches: Callable[[], Switches]) -> None:
        self.world = world
        self._names = names
        self._switches = switches
        self._endings: dict[str, str] = {}
        self._stays: dict[str, datetime] = {}
        self._numbers: dict[str, str] = {}  # of the reservations that were asked for, by the booking's id
        world.listen(self._hear)

    def bookings(self) -> list[Booking]:
        return [booking for record in self.world.reservations() for booking in self.of(record)]

    def find(self, booking_id: str) -> Booking | None:
        number = self._numbers.get(booking_id)
        among = self.bookings() if number is None else self.of(self.world.reservation(number))
        found = next((booking for booking in among if booking.id == booking_id), None)
        if found is not None:
            self._numbers[booking_id] = found.record.number
        return found

    def of(self, record: Reservation) -> list[Booking]:
        """The units of a reservation in their order; money that belongs to no night is the last one's."""
        made: list[Booking] = []
        units = sorted({line.unit for line in record.lines})
        owed, rest = record.balance, record.total
        for unit in units:
            lines = tuple(line for line in record.lines if line.unit == unit)
            is_last = unit == units[-1]
            total = rest if is_last else sum(sum(line.nightly) for line in lines)
            balance = owed if is_last else min(owed, total)
            owed, rest = owed - balance, rest - total
            made.append(
                Booking(
                    self._names.id("reservation", record.number, unit, at=record.created_at),
                    record, unit, lines, self._status(record), guest_stay(record, lines), total, balance,
                )
            )  # fmt: skip
        return made

    def group(self, record: Reservation) -> str | None:
        """The id that holds together a group, or the rooms of one reservation."""
        if record.group_code is not None:
            return self._names.id("group", record.group_code)
        is_single = len({line.unit for line in record.lines}) == 1
        return None if is_single else self._names.id("group", "rooms", record.number)

    def code(self, booking: Booking) -> str:
        return f"GY-{booking.id[-8:]}"

    def guest_id(self, guest: Guest) -> str:
        return self._names.guest(guest.id, guest.created_at)

    def old_row(self, booking: Booking) -> Json:
        """A reservation of the generation that ends on 1 March 2027: guest, listing and money are in it."""
        record, guest = booking.record, self.world.guest(booking.record.guest_id)
        source, platform = channel(record)
        listing = self._names.room_type(self._current(booking).room_type)
        status = booking.status
        if booking.guest_stay != "not_set" and self._switches().is_stay_in_old_status:
            status = booking.guest_stay
        return {
            "_id": booking.id,
            "accountId": self._names.account,
            "confirmationCode": self.code(booking),
            "status": status,
            "listingId": listing,
            "guestId": self.guest_id(guest),
            "source": source,
            "integration": {"_id": self._names.id("integration", platform), "platform": platform},
            "guestsCount": booking.people,
            "nightsCount": (booking.departure - booking.arrival).days,
            **self._span(booking),
            "plannedArrival": f"{planned_arrival(record):%H:%M}",
            "plannedDeparture": f"{CHECK_OUT:%H:%M}",
            "createdAt": instant(record.created_at),
            "lastUpdatedAt": instant(record.updated_at),
            "confirmedAt": instant(record.created_at)
            if booking.status in ("confirmed", "canceled")
            else None,
            "canceledAt": instant_or_none(record.cancelled_at),
            "money": money(record.currency, booking.total, booking.balance, booking.status == "confirmed"),
            "guest": {
                "_id": self.guest_id(guest),
                "fullName": full_name(guest),
                "email": guest.email,
                "phone": guest.phone,
            },
            "listing": {
                "_id": listing,
                "title": self.world.hotel.room_type(self._current(booking).room_type).name,
                "timezone": self.world.hotel.timezone,
            },
            "isReturningGuest": guest.vip,
            "customFields": [],
        }

    def search_row(self, booking: Booking) -> Json:
        """The short row of the new search."""
        guest = self.world.guest(booking.record.guest_id)
        return {
            "reservationId": booking.id,
            "status": booking.status,
            "guestId": self.guest_id(guest),
            **self._span(booking),
            "stay": [self._segment(booking, line) for line in booking.lines],
        }

    def row(self, booking: Booking) -> Json:
        """The whole booking of the new generation: no names and no money in it, only their ids."""
        record = booking.record
        source, platform = channel(record)
        guest = self.world.guest(record.guest_id)
        made: Json = {
            self._switches().id_key: booking.id,
            "accountId": self._names.account,
            "status": booking.status,
            "confirmationCode": self.code(booking),
            "source": source,
            "platform": platform,
            "bookerId": self.guest_id(guest),
            "quoteId": self._names.id("quote", booking.id, at=record.created_at),
            "moneyId": self._names.id("money", booking.id, at=record.created_at),
            "isAssigned": any(line.room is not None for line in booking.lines),
            "stay": [self._segment(booking, line) for line in booking.lines],
            "guestStay": {
                "status": booking.guest_stay,
                "createdAt": instant(record.created_at),
                "updatedAt": instant(self._stays.get(record.number, record.updated_at)),
            },
            "createdAt": instant(record.created_at),
            "notes": {"other": record.notes} if record.notes else {},
            "customFields": [],
        }
        group = self.group(record)
        if group is not None:
            made["groupId"] = group
        if booking.status in ("confirmed", "canceled"):
            made["confirmedAt"] = instant(record.created_at)
        if record.cancelled_at is not None:
            made |= {"canceledAt": instant(record.cancelled_at), "canceledBy": "TEAM_MEMBER"}
        if record.updated_at > record.created_at:
            made["alteredAt"] = instant(record.updated_at)
        return made

    def first_listings(self, booking: Booking) -> frozenset[str]:
        """The unit type of the first segment, and its unit once it is assigned."""
        first = booking.lines[0]
        unit = [self._names.room(first.room)] if first.room is not None else []
        return frozenset({self._names.room_type(first.room_type), *unit})

    def local(self, on: date, at: time) -> datetime:
        """A listing-local wall clock as an instant."""
        return datetime.combine(on, at, self.world.hotel.zone).astimezone(UTC)

    def today(self) -> date:
        return self.world.clock.now().astimezone(self.world.hotel.zone).date()

    def _current(self, booking: Booking) -> StayLine:
        today = self.world.business_date
        covering = [line for line in booking.lines if line.covers(today)]
        return covering[0] if covering else booking.lines[0 if today < booking.arrival else -1]

    def _span(self, booking: Booking) -> Json:
        return {
            "checkIn": instant(self.local(booking.arrival, CHECK_IN)),
            "checkOut": instant(self.local(booking.departure, CHECK_OUT)),
            "checkInDateLocalized": booking.arrival.isoformat(),
            "checkOutDateLocalized": booking.departure.isoformat(),
        }

    def _segment(self, booking: Booking, line: StayLine) -> Json:
        made: Json = {
            "_id": self._names.id("segment", booking.id, line.arrival.isoformat()),
            "unitTypeId": self._names.room_type(line.room_type),
            "checkInDateLocalized": line.arrival.isoformat(),
            "checkOutDateLocalized": line.departure.isoformat(),
            "guestsCount": line.adults + line.children,
            "numberOfGuests": {
                "numberOfAdults": line.adults,
                "numberOfChildren": line.children,
                "numberOfInfants": 0,
                "numberOfPets": 0,
            },
            "ratePlanId": self._names.plan(line.rate_plan),
            "eta": instant(self.local(line.arrival, planned_arrival(booking.record))),
            "etd": instant(self.local(line.departure, CHECK_OUT)),
        }
        return made | ({"unitId": self._names.room(line.room)} if line.room is not None else {})

    def _status(self, record: Reservation) -> str:
        return self._endings.get(record.number) or STATUSES.get(record.state, "confirmed")

    def _hear(self, news: News) -> None:
        if not isinstance(news, Change) or not isinstance(news.after, Reservation):
            return
        before, after = news.before, news.after
        if not isinstance(before, Reservation) or before.state is after.state:
            return
        self._stays[after.number] = after.updated_at
        self._endings.pop(after.number, None)
        if after.state is State.CANCELLED and before.state in ENDINGS:
            self._endings[after.number] = ENDINGS[before.state]

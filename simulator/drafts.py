"""Turns a wish for a stay into a whole reservation: room, people, price, balance and a believable past."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from simulator import pricing
from simulator.hotel import PREPAID_SOURCES, TAKING_A_ROOM, Guest, Hotel, Reservation, State, StayLine
from simulator.inventory import RoomLedger
from simulator.people import Person, someone
from simulator.stays import renumbered

_SOURCES = (
    *("Booking.com",) * 6,
    *("Direct",) * 3,
    *("Website",) * 3,
    *("Expedia",) * 3,
    *("Phone",) * 2,
    *("Corporate",) * 2,
    "Hotelbeds",
    "Walk-in",
)
_NOTES = (
    "Quiet room, away from the lift",
    "Late arrival, after 22:00",
    "Cot for a baby",
    "Allergic to feathers",
    "Celebrating an anniversary",
    "Parking space needed",
    "Vegan breakfast",
    "Room near the stairs, please",
    "Invoice to the company",
)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a stay should be; None means "whatever fits".

    `parts` are the nights of each line: two parts make a split stay, `types` names the room type of each.
    """

    arrival: date
    parts: Sequence[int]
    types: Sequence[str] = ()
    state: State | None = None
    units: int = 1
    person: Person | None = None
    plan: str | None = None
    source: str | None = None
    notes: str | None = None
    group: tuple[str, str] | None = None
    created_at: datetime | None = None

    @property
    def departure(self) -> date:
        return self.arrival + timedelta(sum(self.parts))


class Drafts:
    """Collects reservations without numbers; rooms are taken from one ledger, so none is sold twice."""

    def __init__(self, hotel: Hotel, business_date: date, now: datetime, rng: Random) -> None:
        self.hotel = hotel
        self.today = business_date
        self.now = now
        self.rng = rng
        self.ledger = RoomLedger(hotel)
        self.reservations: list[Reservation] = []
        self.guests: list[Guest] = []
        self.sold: dict[date, int] = {}
        self.leaving_today = 0
        self._due_in_today = 0

    def add(self, wish: Wish) -> bool:
        """Keeps the reservation, or says False when no room is free for it."""
        state = wish.state or State.CONFIRMED
        lines = self._lines(wish, state)
        if lines is None:
            return False
        if wish.state is None:
            state = self._natural_state(wish)
        lines = [replace(line, state=self._line_state(line, state)) for line in lines]
        lines = [self._with_shown_room(line) for line in lines]
        for line in lines:
            if line.state in TAKING_A_ROOM and line.takes_room:
                self.ledger.take(line.takes_room, line.arrival, line.departure)
                for night in line.nights():
                    self.sold[night] = self.sold.get(night, 0) + 1
        guest = self._guest(wish.person or self._somebody())
        total = sum(sum(line.nightly) for line in lines)
        source = wish.source or self._source(wish.arrival)
        draft = Reservation(
            number="",
            state=state,
            guest_id=guest.id,
            lines=renumbered(lines),
            currency=self.hotel.currency,
            total=total,
            balance=self._balance(state, source, total),
            source=source,
            notes=wish.notes if wish.notes is not None else self._note(),
            created_at=wish.created_at or self._created_at(wish.arrival, source),
            updated_at=self.now,
            group_code=wish.group[0] if wish.group else None,
            group_name=wish.group[1] if wish.group else None,
            sharer_ids=self._sharers(lines[0]),
            option_until=max(self.today, wish.arrival - timedelta(7)) if state is State.OPTION else None,
        )
        self.reservations.append(self._with_past(draft))
        return True

    def _lines(self, wish: Wish, state: State) -> list[StayLine] | None:
        plan = wish.plan or self._plan(sum(wish.parts))
        lines: list[StayLine] = []
        for unit in range(1, wish.units + 1):
            start = wish.arrival
            party: tuple[int, int] | None = None
            for place, nights in enumerate(wish.parts):
                end = start + timedelta(nights)
                kind = wish.types[place] if place < len(wish.types) else self._room_type(start, end)
                room = self._room(kind, start, end, lines) if state in TAKING_A_ROOM else None
                if state in TAKING_A_ROOM and room is None:
                    return None
                adults, children = party = party or self._party(kind)
                nightly = pricing.nightly(self.hotel, plan, kind, start, end)
                lines.append(
                    StayLine(0, unit, state, kind, None, start, end, adults, children, plan, nightly, room)
                )
                start = end
        return lines

    def _room_type(self, start: date, end: date) -> str:
        """A type that still has a room, the larger ones more often; any type when the house is full."""
        kinds = self.hotel.room_types
        free = [len(self.ledger.free_rooms(kind.code, start, end)) for kind in kinds]
        return self.rng.choices(kinds, weights=free if any(free) else None)[0].code

    def _room(self, kind: str, start: date, end: date, lines: Sequence[StayLine]) -> str | None:
        """A free room that none of the reservation's other lines has."""
        others = {line.planned_room for line in lines}
        free = [room for room in self.ledger.free_rooms(kind, start, end) if room not in others]
        return self.rng.choice(free) if free else None

    def _natural_state(self, wish: Wish) -> State:
        """What the calendar makes of a sold stay; a part of today's movements has already happened."""
        if wish.departure < self.today:
            return State.CHECKED_OUT
        if wish.departure == self.today:
            self.leaving_today += 1
            return State.CHECKED_OUT if self.leaving_today % 5 in (1, 3) else State.IN_HOUSE
        if wish.arrival < self.today:
            return State.IN_HOUSE
        if wish.arrival == self.today:
            self._due_in_today += 1
            return State.IN_HOUSE if self._due_in_today % 10 in (3, 6, 9) else State.CONFIRMED
        return State.CONFIRMED

    def _line_state(self, line: StayLine, state: State) -> State:
        if state is not State.IN_HOUSE or line.covers(self.today):
            return state
        if line.arrival > self.today:
            return State.CONFIRMED
        return State.IN_HOUSE if line.departure == self.today else State.CHECKED_OUT

    def _with_shown_room(self, line: StayLine) -> StayLine:
        """Rooms are assigned late: nearly all for today, few for next month."""
        days = (line.arrival - self.today).days
        share = 0.8 if days <= 0 else 0.5 if days <= 3 else 0.15
        assigned = 1.0 if line.state in (State.IN_HOUSE, State.CHECKED_OUT) else share
        if line.planned_room and self.rng.random() < assigned:
            return replace(line, room=line.planned_room, planned_room=None)
        return line

    def _somebody(self) -> Person | Guest:
        return self.rng.choice(self.guests) if self.guests and self.rng.random() < 0.07 else someone(self.rng)

    def _guest(self, person: Person | Guest) -> Guest:
        if isinstance(person, Guest):
            return person
        known_since = self.now - timedelta(days=self.rng.randint(1, 900), minutes=self.rng.randint(0, 1440))
        guest = Guest(
            id=f"G{100001 + len(self.guests)}",
            first=person.first,
            last=person.last,
            email=person.email,
            phone=person.phone,
            country=person.country,
            language=person.language,
            vip=self.rng.random() < 0.05,
            created_at=known_since,
            updated_at=known_since,
        )
        self.guests.append(guest)
        return guest

    def _sharers(self, line: StayLine) -> tuple[str, ...]:
        if line.adults < 2 or self.rng.random() > 0.15:
            return ()
        return (self._guest(someone(self.rng)).id,)

    def _party(self, room_type: str) -> tuple[int, int]:
        most = self.hotel.room_type(room_type).max_occupancy
        adults = 1 if most == 1 or self.rng.random() < 0.25 else 2
        children = self.rng.randint(0, 2) if most >= 4 else int(most == 3 and self.rng.random() < 0.2)
        return adults, min(children, most - adults)

    def _plan(self, nights: int) -> str:
        if nights >= 7:
            return "LONG"
        return self.rng.choice(("FLEX",) * 5 + ("NREF",) * 3 + ("BB",) * 3 + ("CORP",))

    def _source(self, arrival: date) -> str:
        source = self.rng.choice(_SOURCES)
        return "Direct" if source == "Walk-in" and arrival > self.today else source

    def _note(self) -> str:
        return self.rng.choice(_NOTES) if self.rng.random() < 0.3 else ""

    def _balance(self, state: State, source: str, total: int) -> int:
        if state not in TAKING_A_ROOM or source in PREPAID_SOURCES:
            return 0
        if state is State.CHECKED_OUT:
            return total // 4 if self.rng.random() < 0.03 else 0
        return self.rng.choice((total, total, total // 2, 0))

    def _local(self, day: date, hour: float) -> datetime:
        """An instant of a local day, never later than now."""
        at = datetime.combine(day, time(), tzinfo=self.hotel.zone) + timedelta(seconds=round(hour * 3600))
        return self._past(at.astimezone(UTC))

    def _past(self, at: datetime) -> datetime:
        """The instant itself, or one in the last hour and a half when it has not come yet."""
        return at if at <= self.now else self.now - timedelta(seconds=self.rng.randint(30, 5400))

    def _created_at(self, arrival: date, source: str) -> datetime:
        if source == "Walk-in" and arrival <= self.today:
            return self._local(arrival, self.rng.uniform(13, 17))
        least = max(1, (arrival - self.today).days)
        lead = least + round(min(120.0, self.rng.expovariate(1 / 18)))
        return self._local(arrival - timedelta(lead), self.rng.uniform(7, 22))

    def _with_past(self, draft: Reservation) -> Reservation:
        """The times of what has happened to it; the last of them is its `updated_at`."""
        rng, state = self.rng, draft.state
        arrived = left = cancelled = None
        last = draft.created_at
        if state in (State.IN_HOUSE, State.CHECKED_OUT):
            last = arrived = max(draft.created_at, self._local(draft.arrival, rng.uniform(14, 21.5)))
        if state is State.CHECKED_OUT:
            last = left = max(last, self._local(draft.departure, rng.uniform(6.75, 11.5)))
        elif state is State.CANCELLED:
            end = min(self.now, self._local(draft.arrival, 10))
            last = cancelled = draft.created_at + (end - draft.created_at) * rng.random()
            cancelled = last = max(draft.created_at, last.replace(microsecond=0))
        elif state is State.NO_SHOW:
            last = self._local(draft.arrival + timedelta(1), 2.5)
        elif len(draft.lines) > 1 and draft.lines[1].arrival <= self.today:
            last = max(last, self._local(draft.lines[1].arrival, 11))
        elif state is State.CONFIRMED and draft.group_code is None:
            last = min(self.now, last + timedelta(minutes=rng.randint(0, 2880)))
        return replace(
            draft, updated_at=last, checked_in_at=arrived, checked_out_at=left, cancelled_at=cancelled
        )

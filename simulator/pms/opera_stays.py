"""The hotel's reservations as OPERA keeps them: one per room, its room moves and room types inside, and posting masters."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from simulator.hotel import Guest, Reservation, State, StayLine
from simulator.pms.opera_names import Names
from simulator.world import World

PSEUDO_TYPE = "PM"
_MASTERS = ("Lobby Bar", "Breakfast House", "Groups")

STATUSES: Mapping[State, str] = {
    State.INQUIRY: "Requested",
    State.WAITLIST: "Waitlisted",
    State.OPTION: "Reserved",
    State.CONFIRMED: "Reserved",
    State.IN_HOUSE: "InHouse",
    State.CHECKED_OUT: "CheckedOut",
    State.CANCELLED: "Cancelled",
    State.NO_SHOW: "NoShow",
}


@dataclass(frozen=True, slots=True)
class Stay:
    """One reservation of this vendor: a unit of a booking, its lines in order.

    `balance` and `total` are minor units; what a booking owes stands on its first room. `people` are profile owners, the
    first is the guest. A posting master is a stay that nobody sleeps in.
    """

    id: str
    confirmation: str
    number: str
    unit: int
    units: int
    state: State
    lines: tuple[StayLine, ...]
    people: tuple[Guest, ...]
    record: Reservation
    balance: int
    total: int
    is_pseudo: bool = False

    @property
    def arrival(self) -> date:
        return self.lines[0].arrival

    @property
    def departure(self) -> date:
        return self.lines[-1].departure

    @property
    def guest(self) -> Guest:
        return self.people[0]

    def status(self) -> str:
        return STATUSES[self.state]

    def computed(self, today: date) -> str:
        """The status relative to the business date."""
        if self.status() == "Reserved" and self.arrival == today:
            return "DueIn"
        if self.status() == "InHouse" and self.departure <= today:
            return "DueOut"
        return self.status()

    def current(self, today: date) -> StayLine:
        """The line somebody is in, else that of today, else the nearest."""
        here = [line for line in self.lines if line.state is State.IN_HOUSE]
        covering = here or [line for line in self.lines if line.covers(today)]
        if covering:
            return covering[0]
        return self.lines[0] if today < self.arrival else self.lines[-1]


class Profiles:
    """What has become of profiles, beside what the hotel knows of its guests."""

    def __init__(self, names: Names, world: World, masters: Iterable[Stay]) -> None:
        self._names = names
        self._world = world
        self._masters = {stay.guest.id: stay.guest for stay in masters}
        self._merged: dict[str, str] = {}
        self.inactive: set[str] = set()
        self.anonymized: dict[str, datetime] = {}

    def merge(self, guest_id: str, into: str) -> None:
        """The first profile is no more, its reservations are the other's; raises UnknownError."""
        self._world.guest(guest_id)
        survivor = self.survivor(self._world.guest(into).id)
        if survivor != guest_id:
            self._merged[guest_id] = survivor

    def survivor(self, guest_id: str) -> str:
        while guest_id in self._merged:
            guest_id = self._merged[guest_id]
        return guest_id

    def all(self) -> list[Guest]:
        """Everybody that still has a profile, in order of number; posting masters have one too."""
        known = [guest for guest in self._world.guests() if guest.id not in self._merged]
        return [self._shown(guest) for guest in (*known, *self._masters.values())]

    def find(self, profile_id: str) -> Guest | None:
        return next((guest for guest in self.all() if self._names.profile(guest.id) == profile_id), None)

    def of(self, guest_id: str) -> Guest:
        guest_id = self.survivor(guest_id)
        return self._shown(self._masters.get(guest_id) or self._world.guest(guest_id))

    def _shown(self, guest: Guest) -> Guest:
        if guest.id not in self.anonymized:
            return guest
        return replace(guest, first="", last="Anonymized", email=None, phone=None, country=None)


class StayBook:
    """Makes stays of reservations; every read may come from any thread."""

    def __init__(self, names: Names, world: World, profiles: Profiles, masters: tuple[Stay, ...]) -> None:
        self._names = names
        self._world = world
        self._profiles = profiles
        self._masters = masters

    def all(self, hidden: frozenset[str]) -> list[Stay]:
        """In order of number, posting masters last."""
        records = [record for record in self._world.reservations() if record.number not in hidden]
        return [*(stay for record in records for stay in self.of(record)), *self._masters]

    def find(self, stay_id: str, hidden: frozenset[str]) -> Stay | None:
        return next((stay for stay in self.all(hidden) if stay.id == stay_id), None)

    def of_number(self, number: str) -> tuple[Stay, ...]:
        """Raises UnknownError."""
        return self.of(self._world.reservation(number))

    def of(self, record: Reservation) -> tuple[Stay, ...]:
        units = sorted({line.unit for line in record.lines})
        extra = record.total - sum(sum(line.nightly) for line in record.lines)
        return tuple(
            self._stay(record, unit, len(units), extra if unit == units[0] else None) for unit in units
        )

    def _stay(self, record: Reservation, unit: int, units: int, extra: int | None) -> Stay:
        """`extra` belongs to the first room: what is paid for nights that are no longer slept."""
        lines = tuple(line for line in record.lines if line.unit == unit)
        owners = (record.guest_id, *(record.sharer_ids if extra is not None else ()))
        people = [self._profiles.of(owner) for owner in owners]
        return Stay(
            id=self._names.reservation(record.number, unit),
            confirmation=self._names.confirmation(record.number),
            number=record.number,
            unit=unit,
            units=units,
            state=_state(lines),
            lines=lines,
            people=tuple({person.id: person for person in people}.values()),
            record=record,
            balance=record.balance if extra is not None else 0,
            total=sum(sum(line.nightly) for line in lines) + (extra or 0),
        )


def posting_masters(names: Names, world: World) -> Iterator[Stay]:
    """Accounts for charges of nobody's room, in house for months."""
    start, end = world.business_date - timedelta(30), world.business_date + timedelta(120)
    made = datetime.combine(start, time(8), UTC)
    for place, name in enumerate(_MASTERS, start=1):
        number = f"PM{place}"
        guest = Guest(f"GPM{place}", "", name, None, None, None, None, False, made, made)
        free = (0,) * (end - start).days
        line = StayLine(1, 1, State.IN_HOUSE, PSEUDO_TYPE, f"900{place}", start, end, 0, 0, "HOUSE", free)
        record = Reservation(
            number, State.IN_HOUSE, guest.id, (line,), world.hotel.currency, 0, 0, "Direct", "",
            made, made, checked_in_at=made,
        )  # fmt: skip
        yield Stay(
            id=names.reservation(number, 1),
            confirmation=names.confirmation(number),
            number=number,
            unit=1,
            units=1,
            state=State.IN_HOUSE,
            lines=(line,),
            people=(guest,),
            record=record,
            balance=0,
            total=0,
            is_pseudo=True,
        )


def _state(lines: tuple[StayLine, ...]) -> State:
    states = {line.state for line in lines}
    # A stay that has begun and is not over, whatever its parts say.
    return lines[0].state if len(states) == 1 else State.IN_HOUSE

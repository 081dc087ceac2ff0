"""A hotel chain's worth of reservations that are computed when asked for, never kept.

Record `i` is a pure function of its index: five hundred samples give names, rooms and prices, the index gives
number, dates and stamps. It serves volume, not truth: nobody counts its rooms.
"""

import threading
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from random import Random

from simulator import pricing
from simulator.hotel import Guest, Hotel, Reservation, State, StayLine
from simulator.people import Person, someone
from simulator.register import Query

SAMPLES = 500
FIRST_NUMBER = 1_000_000
FIRST_GUEST = 100_000
_SPAN_DAYS = 25
_DAY_MS = 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAYS = 730
_SOURCES = ("Booking.com", "Direct", "Website", "Expedia", "Phone", "Corporate")


@dataclass(frozen=True, slots=True)
class Sample:
    """What a five-hundredth of the reservations has in common."""

    person: Person
    room_type: str
    room: str
    rate_plan: str
    nights: int
    adults: int
    source: str
    notes: str
    is_cancelled: bool
    nightly: tuple[int, ...]


class BulkHotel:
    """`count` reservations of `guest_count` guests, written one after another over the last 26 days."""

    def __init__(self, hotel: Hotel, business_date: date, now: datetime, count: int) -> None:
        self.hotel = hotel
        self.today = business_date
        self.count = count
        self.guest_count = max(SAMPLES, count * 7 // 10 // SAMPLES * SAMPLES)
        self.samples = _samples(hotel, business_date)
        self._end_ms = _ms(now) // 1000 * 1000 - _DAY_MS
        self._step_ms = max(1, _SPAN_DAYS * _DAY_MS // max(1, count))
        self._lock = threading.Lock()
        self._every = 0
        self._touched_ms = 0
        self._revision = 0
        self._found: tuple[object, Sequence[int]] | None = None

    def touch(self, share: float, now: datetime) -> int:
        """Changes that share of the reservations just before `now`; answers how many.

        Later calls change the same ones again. Raises ValueError for another share than the first.
        """
        every = round(1 / share) if 0 < share <= 1 else 0
        with self._lock:
            if every < 2 or self._every not in (0, every):
                raise ValueError("a share of at most a half, the same on every call")
            self._every = every
            self._revision += 1
            self._touched_ms = _ms(now)
            self._found = None
        return self.touched_count

    @property
    def touched_count(self) -> int:
        return -(-self.count // self._every) if self._every else 0

    def is_touched(self, index: int) -> bool:
        return self._every > 0 and index % self._every == 0

    def sample(self, index: int) -> Sample:
        return self.samples[index % SAMPLES]

    def number(self, index: int) -> str:
        return str(FIRST_NUMBER + index)

    def index_of(self, number: str) -> int | None:
        index = (
            int(number) - FIRST_NUMBER if number.isascii() and number.isdecimal() and len(number) < 12 else -1
        )
        return index if 0 <= index < self.count else None

    def guest_index(self, index: int) -> int:
        return index % self.guest_count

    def arrival(self, index: int) -> date:
        return self.today + timedelta(index % _DAYS - _DAYS // 2)

    def changed_ms(self, index: int) -> int:
        """Milliseconds since 1970."""
        if self.is_touched(index):
            return self._touched_ms - self.touched_count + index // self._every
        return self.laid_down_ms(index)

    def laid_down_ms(self, index: int) -> int:
        """When a reservation, or the guest of that index, was first written."""
        return self._end_ms - self._step_ms * (self.count - index)

    def created_ms(self, index: int) -> int:
        return self.laid_down_ms(index) - index % 60 * _DAY_MS

    def note(self, index: int) -> str:
        plain = self.sample(index).notes
        return f"{plain} (revision {self._revision})" if self.is_touched(index) else plain

    def state(self, index: int) -> State:
        sample, arrival = self.sample(index), self.arrival(index)
        if sample.is_cancelled:
            return State.CANCELLED
        if arrival >= self.today:
            return State.CONFIRMED
        return State.CHECKED_OUT if arrival + timedelta(sample.nights) < self.today else State.IN_HOUSE

    def reservation(self, index: int) -> Reservation:
        """The whole record, the slow way."""
        sample, arrival, state = self.sample(index), self.arrival(index), self.state(index)
        changed = _at(self.changed_ms(index))
        room = sample.room if state in (State.IN_HOUSE, State.CHECKED_OUT) else None
        line = StayLine(
            1, 1, state, sample.room_type, room, arrival, arrival + timedelta(sample.nights),
            sample.adults, 0, sample.rate_plan, sample.nightly,
        )  # fmt: skip
        return Reservation(
            number=self.number(index),
            state=state,
            guest_id=f"G{FIRST_GUEST + self.guest_index(index)}",
            lines=(line,),
            currency=self.hotel.currency,
            total=sum(sample.nightly),
            balance=sum(sample.nightly) if state is State.CONFIRMED else 0,
            source=sample.source,
            notes=self.note(index),
            created_at=_at(self.created_ms(index)),
            updated_at=changed,
            cancelled_at=changed if state is State.CANCELLED else None,
        )

    def guest(self, guest: int) -> Guest:
        person, stamp = self.samples[guest % SAMPLES].person, self.laid_down_ms(guest)
        return Guest(
            id=f"G{FIRST_GUEST + guest}",
            first=person.first,
            last=person.last,
            email=f"guest{guest}@example.org",
            phone=person.phone,
            country=person.country,
            language=person.language,
            vip=False,
            created_at=_at(stamp - guest % 60 * _DAY_MS),
            updated_at=_at(stamp),
        )

    def select(self, query: Query) -> Sequence[int]:
        """Indexes that match, in order of change; four bytes each, and only the last answer is kept."""
        with self._lock:
            if self._found is not None and self._found[0] == query:
                return self._found[1]
        every = self._every
        early: Iterable[int] = self._between(query, self.laid_down_ms(0), self._step_ms, self.count)
        if every:
            first = self._touched_ms - self.touched_count
            late = (rank * every for rank in self._between(query, first, 1, self.touched_count))
            early = chain((index for index in early if index % every), late)
        if query.ids is not None:
            wanted = {self.index_of(number) for number in query.ids}
            early = (index for index in early if index in wanted)
        if query.stay_from is not None or query.stay_to is not None:
            early = (index for index in early if self._stays_within(index, query))
        found = early if isinstance(early, range) else array("I", early)
        with self._lock:
            self._found = (query, found)
        return found

    def select_guests(self, query: Query) -> Sequence[int]:
        """Guests changed within the window, in order of change."""
        found = self._between(query, self.laid_down_ms(0), self._step_ms, self.guest_count)
        if query.ids is None:
            return found
        wanted = {int(key[1:]) - FIRST_GUEST for key in query.ids if key[1:].isdecimal()}
        return [guest for guest in sorted(wanted) if guest in found]

    def _between(self, query: Query, first: int, step: int, count: int) -> range:
        """The places of stamps `first + place * step` that lie in the query's window of change."""
        low = 0 if query.changed_since is None else -((first - _ms(query.changed_since)) // step)
        high = count if query.changed_until is None else -((first - _ms(query.changed_until)) // step)
        low, high = max(0, low), min(count, high)
        return range(low, max(low, high))

    def _stays_within(self, index: int, query: Query) -> bool:
        arrival = self.arrival(index)
        if query.stay_to is not None and arrival > query.stay_to:
            return False
        return query.stay_from is None or arrival + timedelta(self.sample(index).nights) >= query.stay_from


def _ms(at: datetime) -> int:
    """Milliseconds since 1970, rounded up, so that a bound between two stamps parts them rightly."""
    return -((_EPOCH - at) // timedelta(milliseconds=1))


def _at(ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ms)


def _samples(hotel: Hotel, business_date: date) -> list[Sample]:
    rng = Random(11)
    samples = []
    for place in range(SAMPLES):
        kind = rng.choice(hotel.room_types)
        room, plan, nights = (
            rng.choice(hotel.rooms_of(kind.code)),
            rng.choice(hotel.rate_plans),
            rng.randint(1, 5),
        )
        person = replace(someone(rng), email=None)
        end = business_date + timedelta(nights)
        samples.append(
            Sample(
                person=person,
                room_type=kind.code,
                room=room.number,
                rate_plan=plan.code,
                nights=nights,
                adults=rng.randint(1, kind.max_occupancy),
                source=rng.choice(_SOURCES),
                notes=("Late arrival", "", "Quiet room", "")[place % 4],
                is_cancelled=rng.random() < 0.08,
                nightly=pricing.nightly(hotel, plan.code, kind.code, business_date, end),
            )
        )
    return samples

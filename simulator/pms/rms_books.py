"""What RMS Cloud makes of the hotel's reservations: a row for each room and each part of a stay, and rows of its own."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from simulator.hotel import Guest, OutOfOrder, Reservation, State, StayLine
from simulator.pms.rms_switches import Switches
from simulator.pms.rms_words import STATUSES
from simulator.register import Change, News
from simulator.world import World

_FIRST_RESERVATION, _FIRST_GUEST, _FIRST_AREA = 48_000, 7_000, 100
PROPERTY = 1


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the vendor's reservations.

    A part of a stay has `line`; a room move header, a group master and a maintenance row have none. `number` is the
    hotel's own. `money` is whether the reservation's total and balance are told at this row.
    """

    id: int
    kind: str
    status: str
    arrival: date
    departure: date
    created_at: datetime
    modified_at: datetime
    record: Reservation | None = None
    line: StayLine | None = None
    group: int = 0
    split: int = 0
    room: str | None = None
    notes: str = ""
    is_master: bool = False
    total: int = 0
    balance: int = 0


class Ids:
    """Numbers in order of birth; a thing keeps its number for good."""

    def __init__(self, first: int) -> None:
        self._lock = threading.Lock()
        self._first = first
        self._given: dict[object, int] = {}

    def of(self, thing: object) -> int:
        with self._lock:
            return self._given.setdefault(thing, self._first + len(self._given))


class Books:
    """Every read may come from any thread."""

    def __init__(self, world: World, switches: Callable[[], Switches]) -> None:
        self.world = world
        self.switches = switches
        self.areas = {room.number: _FIRST_AREA + n for n, room in enumerate(world.hotel.rooms, 1)}
        self.categories = {kind.code: n for n, kind in enumerate(world.hotel.room_types, 1)}
        self.rates = {plan.code: 10 + n for n, plan in enumerate(world.hotel.rate_plans, 1)}
        self.sources = {
            name: n for n, name in enumerate(sorted({r.source for r in world.reservations()} | {"Direct"}), 1)
        }
        self._reservations = Ids(_FIRST_RESERVATION)
        self._guests = Ids(_FIRST_GUEST)
        for guest in sorted(world.guests(), key=lambda each: (each.created_at, each.id)):
            self._guests.of(guest.id)
        for record in sorted(world.reservations(), key=lambda each: (each.created_at, each.number)):
            self._number(record)
        world.listen(self._hear)

    def guest_id(self, guest_id: str) -> int:
        return self._guests.of(guest_id)

    def source_id(self, name: str) -> int:
        return self.sources.setdefault(name, len(self.sources) + 1)

    def rows(self) -> list[Row]:
        """All of them, masters and headers too, by id."""
        made: list[Row] = []
        groups: dict[str, list[Reservation]] = {}
        for record in self.world.reservations():
            made += self.of(record)
            if record.group_code is not None:
                groups.setdefault(record.group_code, []).append(record)
            elif _units(record) > 1:
                groups[f"rooms of {record.number}"] = [record]
        made += [self._master(code, members) for code, members in groups.items()]
        made += [self._maintenance(each) for each in self.world.hotel.out_of_order]
        made += self._stale()
        return sorted(made, key=lambda row: row.id)

    def of(self, record: Reservation) -> Iterator[Row]:
        """The parts of a reservation, and a header for each unit that moves."""
        group, owed = self._group(record), record.balance
        rest = record.total - sum(sum(line.nightly) for line in record.lines)
        last = record.lines[-1]
        for unit in sorted({line.unit for line in record.lines}):
            lines = [line for line in record.lines if line.unit == unit]
            header = self._reservations.of((record.number, unit, "header")) if len(lines) > 1 else 0
            for part, line in enumerate(lines):
                total = sum(line.nightly) + (rest if line is last else 0)
                balance = owed if line is last else min(owed, total)
                owed -= balance
                yield Row(
                    self._reservations.of((record.number, unit, part)), "Normal", self._status(line.state),
                    line.arrival, line.departure, record.created_at, record.updated_at, record, line,
                    group, header, line.room, record.notes, False, total, balance,
                )  # fmt: skip
            if header:
                yield Row(
                    header, "RoomMoveHeader", self._status(lines[-1].state), lines[0].arrival,
                    lines[-1].departure, record.created_at, record.updated_at, record, None, group, header,
                )  # fmt: skip

    def one(self, identifier: int) -> Row | None:
        return next((row for row in self.rows() if row.id == identifier), None)

    def _number(self, record: Reservation) -> None:
        """Gives ids to all parts that are there, so that they follow the order of booking."""
        for _ in self.of(record):
            pass

    def _status(self, state: State) -> str:
        return self.switches().no_show if state is State.NO_SHOW else STATUSES[state]

    def _group(self, record: Reservation) -> int:
        if record.group_code is not None:
            return self._reservations.of(("group", record.group_code))
        is_single = _units(record) == 1
        return 0 if is_single else self._reservations.of(("group", f"rooms of {record.number}"))

    def _master(self, code: str, members: list[Reservation]) -> Row:
        """The group's own row, without a guest."""
        arrival, departure = min(r.arrival for r in members), max(r.departure for r in members)
        identifier = self._reservations.of(("group", code))
        return Row(
            identifier, "Normal", "Confirmed", arrival, departure, min(r.created_at for r in members),
            max(r.updated_at for r in members), None, None, identifier, notes=members[0].group_name or "",
            is_master=True,
        )  # fmt: skip

    def _maintenance(self, broken: OutOfOrder) -> Row:
        at = datetime.combine(broken.start - timedelta(40), datetime.min.time(), UTC)
        identifier = self._reservations.of(("maintenance", broken.room, broken.start))
        return Row(
            identifier, "Maintenance", "Maintenance", broken.start, broken.end, at, at,
            room=broken.room, notes=broken.reason,
        )  # fmt: skip

    def _stale(self) -> Iterator[Row]:
        """Nobody ever checked these out."""
        parts = [(r, n) for r in self.world.reservations() for n in r.lines if n.state is State.CHECKED_OUT]
        for count, (record, line) in enumerate(parts[: self.switches().stale_arrivals], 1):
            arrival = date(2019, 3, 3 + count)
            at = datetime.combine(arrival, datetime.min.time(), UTC) + timedelta(hours=13)
            identifier = self._reservations.of(("stale", count))
            yield Row(
                identifier, "Normal", "Arrived", arrival, arrival + timedelta(2), at - timedelta(9), at,
                record, line, room=line.room,
            )  # fmt: skip

    def _hear(self, news: News) -> None:
        if not isinstance(news, Change):
            return
        if isinstance(news.after, Guest):
            self._guests.of(news.after.id)
        else:
            self._number(news.after)


def _units(record: Reservation) -> int:
    return len({line.unit for line in record.lines})

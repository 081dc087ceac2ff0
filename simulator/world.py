"""One hotel that lives: what a front desk does to the books, each change under a new stamp."""

from dataclasses import replace
from datetime import date, timedelta

from simulator import pricing
from simulator.hotel import (
    PREPAID_SOURCES,
    TAKING_A_ROOM,
    Guest,
    NewReservation,
    Reservation,
    State,
    StayLine,
)
from simulator.inventory import RoomLedger
from simulator.register import DayClosed, NotPossibleError, UnknownError
from simulator.reversals import Reversals
from simulator.stays import renumbered, with_price_for, with_state

_OPEN = frozenset({State.INQUIRY, State.OPTION, State.WAITLIST, State.CONFIRMED})


class World(Reversals):
    """The books plus the verbs of a front desk.

    A verb answers the stored reservation, or raises UnknownError or NotPossibleError and changes nothing.
    """

    def book(self, order: NewReservation) -> Reservation:
        """Takes a room of the type for every night; inquiries and the waitlist take none."""
        with self._lock:
            if order.departure <= order.arrival:
                raise NotPossibleError("the departure is not after the arrival")
            kind = order.room_type or self._ledger().roomiest_type(order.arrival, order.departure)
            plan = order.rate_plan or self.hotel.rate_plans[0].code
            self._know(kind, plan)
            planned = None
            if order.state in TAKING_A_ROOM:
                planned = self._free_room(kind, order.arrival, order.departure)
            guest = self.guest(order.guest_id) if order.guest_id else self._new_guest(order)
            nightly = pricing.nightly(self.hotel, plan, kind, order.arrival, order.departure)
            line = StayLine(
                1, 1, order.state, kind, None, order.arrival, order.departure,
                order.adults, order.children, plan, nightly, planned,
            )  # fmt: skip
            unpaid = order.state in TAKING_A_ROOM and order.source not in PREPAID_SOURCES
            booked = Reservation(
                number=str(max((int(n) for n in self._reservations if n.isdecimal()), default=200000) + 1),
                state=order.state,
                guest_id=guest.id,
                lines=(line,),
                currency=self.hotel.currency,
                total=sum(nightly),
                balance=sum(nightly) if unpaid else 0,
                source=order.source,
                notes=order.notes,
                created_at=self._now(),
                updated_at=self._now(),
                group_code=order.group_code,
                group_name=order.group_name,
                option_until=order.arrival - timedelta(1) if order.state is State.OPTION else None,
            )
            return self._store(booked)

    def confirm(self, number: str) -> Reservation:
        """Turns an inquiry, an option or a place on the waitlist into a sold room."""
        with self._lock:
            found = self._in_state(number, _OPEN - {State.CONFIRMED})
            lines = tuple(
                line
                if line.takes_room and line.state in TAKING_A_ROOM
                else replace(line, planned_room=self._free_room(line.room_type, line.arrival, line.departure))
                for line in found.lines
            )
            return self._store(with_state(replace(found, lines=lines, option_until=None), State.CONFIRMED))

    def cancel(self, number: str) -> Reservation:
        with self._lock:
            found = self._in_state(number, _OPEN)
            return self._store(
                replace(
                    with_state(found, State.CANCELLED), balance=0, cancelled_at=self._now(), option_until=None
                )
            )

    def mark_no_show(self, number: str) -> Reservation:
        with self._lock:
            found = self._in_state(number, {State.CONFIRMED})
            if found.arrival > self._business_date:
                raise NotPossibleError(f"{number} arrives only on {found.arrival}")
            return self._store(with_state(found, State.NO_SHOW))

    def check_in(self, number: str, room: str | None = None) -> Reservation:
        """Gives every unit due by today its room; `room` is for the first unit."""
        with self._lock:
            found = self._in_state(number, {State.CONFIRMED})
            today = self._business_date
            if not found.arrival <= today < found.departure:
                raise NotPossibleError(
                    f"{number} stays {found.arrival} to {found.departure}, today is {today}"
                )
            ledger = self._ledger(leaving_out=number)
            first = found.lines[0]
            lines = tuple(
                self._entered(ledger, line, room if line is first else None)
                if line.arrival <= today
                else line
                for line in found.lines
            )
            arrived = replace(found, state=State.IN_HOUSE, lines=lines, checked_in_at=self._now())
            return self._store(arrived)

    def check_out(self, number: str) -> Reservation:
        """Ends the stay today; nights not slept are taken off the stay, their price is not."""
        with self._lock:
            found = self._in_state(number, {State.IN_HOUSE})
            end = max(self._business_date, found.arrival + timedelta(1))
            lines = tuple(
                replace(
                    line,
                    departure=min(line.departure, end),
                    nightly=line.nightly[: (min(line.departure, end) - line.arrival).days],
                )
                for line in found.lines
                if line.arrival < end
            )
            gone = with_state(replace(found, lines=lines, checked_out_at=self._now()), State.CHECKED_OUT)
            return self._store(gone)

    def move_room(self, number: str, room: str) -> Reservation:
        """Before the first night the room is swapped; later the rest of the stay becomes a further line."""
        with self._lock:
            found = self._in_state(number, {State.CONFIRMED, State.IN_HOUSE})
            kind = self._room_type_of(room)
            line = found.current_line(self._business_date)
            start = max(line.arrival, self._business_date)
            ledger = self._ledger(leaving_out=number)
            if line.departure <= start or not ledger.is_free(room, start, line.departure):
                raise NotPossibleError(f"room {room} is not free until {line.departure}")
            slept = (start - line.arrival).days
            rest = replace(line, room=room, room_type=kind, arrival=start, nightly=line.nightly[slept:])
            parts = [rest]
            if slept:
                before = replace(line, departure=start, nightly=line.nightly[:slept], state=State.CHECKED_OUT)
                parts = [before, rest]
            lines = [part for old in found.lines for part in (parts if old is line else [old])]
            return self._store(replace(found, lines=renumbered(lines)))

    def enter_next_line(self, number: str) -> Reservation:
        """Moves somebody in house into the line of a split stay that starts today."""
        with self._lock:
            found = self._in_state(number, {State.IN_HOUSE})
            today = self._business_date
            ledger = self._ledger(leaving_out=number)
            lines = tuple(
                replace(line, state=State.CHECKED_OUT)
                if line.state is State.IN_HOUSE and line.departure <= today
                else self._entered(ledger, line, None)
                if line.state is State.CONFIRMED and line.arrival <= today
                else line
                for line in found.lines
            )
            return self._store(replace(found, lines=lines))

    def change_stay(
        self, number: str, arrival: date | None = None, departure: date | None = None
    ) -> Reservation:
        """New dates for a stay of one unit; nights kept keep their price."""
        with self._lock:
            found = self._in_state(number, TAKING_A_ROOM - {State.CHECKED_OUT})
            first, last = found.lines[0], found.lines[-1]
            if last.unit != first.unit:
                raise NotPossibleError(f"{number} has several units")
            if found.state is State.IN_HOUSE and arrival not in (None, first.arrival):
                raise NotPossibleError(f"{number} has arrived; its arrival cannot change")
            lines = list(found.lines)
            for place, start, end in ((0, arrival, None), (-1, None, departure)):
                line = lines[place]
                lines[place] = self._redated(number, line, start or line.arrival, end or line.departure)
            total = sum(sum(line.nightly) for line in lines)
            balance = max(0, found.balance + total - sum(sum(line.nightly) for line in found.lines))
            return self._store(replace(found, lines=tuple(lines), total=total, balance=balance))

    def set_balance(self, number: str, balance: int) -> Reservation:
        """What is still owed, in minor units."""
        with self._lock:
            return self._store(replace(self.reservation(number), balance=balance))

    def set_notes(self, number: str, notes: str) -> Reservation:
        with self._lock:
            return self._store(replace(self.reservation(number), notes=notes))

    def edit_guest(self, guest_id: str, *, email: str | None = None, phone: str | None = None) -> Guest:
        """Changes what is given; the guest's reservations keep their stamps."""
        with self._lock:
            found = self.guest(guest_id)
            return self._store_guest(replace(found, email=email or found.email, phone=phone or found.phone))

    def advance(self, days: int = 1) -> None:
        """Lives that many days: departures, arrivals, no-shows, new reservations, the night audit."""
        from simulator.day import live_one_day

        with self._lock:
            for _ in range(days):
                live_one_day(self)

    def roll_business_date(self) -> None:
        """The night audit's last act; the clock is not touched."""
        with self._lock:
            self._business_date += timedelta(1)
            self._tell(DayClosed(self._business_date, self._now()))

    def _know(self, room_type: str, rate_plan: str) -> None:
        try:
            self.hotel.room_type(room_type)
            self.hotel.rate_plan(rate_plan)
        except KeyError as missing:
            raise UnknownError(f"no room type or rate plan {missing}") from None

    def _room_type_of(self, room: str) -> str:
        try:
            return self.hotel.room(room).room_type
        except KeyError:
            raise UnknownError(f"no room {room}") from None

    def _entered(self, ledger: RoomLedger, line: StayLine, wanted: str | None) -> StayLine:
        room = self._room_for(ledger, line, wanted)
        ledger.take(room, line.arrival, line.departure)
        return replace(line, state=State.IN_HOUSE, room=room)

    def _room_for(self, ledger: RoomLedger, line: StayLine, wanted: str | None) -> str:
        """The wanted room, else the one already meant for the line, else any free one of its type."""
        if wanted is not None and self._room_type_of(wanted) != line.room_type:
            raise NotPossibleError(f"room {wanted} is not a {line.room_type}")
        meant = wanted or line.takes_room
        if meant is not None and ledger.is_free(meant, line.arrival, line.departure):
            return meant
        free = [] if wanted else ledger.free_rooms(line.room_type, line.arrival, line.departure)
        if not free:
            raise NotPossibleError(f"no {line.room_type} room is free until {line.departure}")
        return free[0]

    def _redated(self, number: str, line: StayLine, arrival: date, departure: date) -> StayLine:
        if (arrival, departure) == (line.arrival, line.departure):
            return line
        if departure <= arrival:
            raise NotPossibleError("the departure is not after the arrival")
        ledger = self._ledger(leaving_out=number)
        changed = with_price_for(self.hotel, line, arrival, departure)
        if line.takes_room and ledger.is_free(line.takes_room, arrival, departure):
            return changed
        if line.state is State.IN_HOUSE:
            raise NotPossibleError(f"room {line.room} is not free until {departure}")
        planned = self._free_room(line.room_type, arrival, departure, leaving_out=number)
        return replace(changed, room=None, planned_room=planned)

    def _new_guest(self, order: NewReservation) -> Guest:
        highest = max((int(key[1:]) for key in self._guests if key[1:].isdecimal()), default=100000)
        guest = Guest(
            id=f"G{highest + 1}",
            first=order.first,
            last=order.last,
            email=order.email,
            phone=order.phone,
            country=None,
            language=None,
            vip=False,
            created_at=self._now(),
            updated_at=self._now(),
        )
        return self._store_guest(guest)

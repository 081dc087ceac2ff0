"""What a front desk takes back: a check-in, a check-out, a cancellation, a no-show."""

from dataclasses import replace
from datetime import date

from simulator.hotel import PREPAID_SOURCES, Reservation, State
from simulator.inventory import RoomLedger
from simulator.register import NotPossibleError, Register
from simulator.stays import with_state


class Reversals(Register):
    """The books plus the verbs that undo; each answers the stored reservation or changes nothing."""

    def reverse_check_in(self, number: str) -> Reservation:
        """Undoes a check-in of somebody who has not moved rooms since."""
        with self._lock:
            found = self._in_state(number, {State.IN_HOUSE})
            if any(line.state is State.CHECKED_OUT for line in found.lines):
                raise NotPossibleError(f"{number} has moved rooms; its check-in cannot be undone")
            return self._store(replace(with_state(found, State.CONFIRMED), checked_in_at=None))

    def reverse_check_out(self, number: str) -> Reservation:
        """Undoes a check-out of today; nights that were taken off the stay stay off."""
        with self._lock:
            found = self._in_state(number, {State.CHECKED_OUT})
            end = found.departure
            if end < self._business_date:
                raise NotPossibleError(f"{number} left on {end}, today is {self._business_date}")
            lines = tuple(
                replace(line, state=State.IN_HOUSE) if line.departure == end else line for line in found.lines
            )
            back = replace(found, state=State.IN_HOUSE, lines=lines, checked_out_at=None)
            return self._store(back)

    def reinstate(self, number: str) -> Reservation:
        """Sells a cancelled or missed stay again, if every night has a room; what was paid is not known any more."""
        with self._lock:
            found = self._in_state(number, {State.CANCELLED, State.NO_SHOW})
            if found.departure <= self._business_date:
                raise NotPossibleError(f"{number} would have left on {found.departure}")
            ledger = self._ledger(leaving_out=number)
            lines = []
            for line in found.lines:
                free = ledger.free_rooms(line.room_type, line.arrival, line.departure)
                if not free:
                    raise NotPossibleError(f"no {line.room_type} room is free until {line.departure}")
                room = line.takes_room if line.takes_room in free else free[0]
                ledger.take(room, line.arrival, line.departure)
                lines.append(replace(line, room=None, planned_room=room))
            sold = with_state(replace(found, lines=tuple(lines), cancelled_at=None), State.CONFIRMED)
            owed = 0 if found.source in PREPAID_SOURCES else found.total
            return self._store(replace(sold, balance=owed))

    def _in_state(self, number: str, states: frozenset[State] | set[State]) -> Reservation:
        found = self.reservation(number)
        if found.state not in states:
            raise NotPossibleError(f"{number} is {found.state}")
        return found

    def _free_room(
        self, room_type: str, arrival: date, departure: date, leaving_out: str | None = None
    ) -> str:
        free = self._ledger(leaving_out).free_rooms(room_type, arrival, departure)
        if not free:
            raise NotPossibleError(f"no single {room_type} room is free from {arrival} to {departure}")
        return free[0]

    def _ledger(self, leaving_out: str | None = None) -> RoomLedger:
        return RoomLedger.of(self.hotel, self._reservations.values(), leaving_out)

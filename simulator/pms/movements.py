"""Who comes, goes and moves rooms on a day, as the vendor lists it."""

from collections.abc import Iterator
from datetime import date, datetime

from simulator.hotel import SOLD, Reservation, State, StayLine
from simulator.pms.custom_rest_shapes import MovementRow, guest_brief, utc_text_or_none
from simulator.register import Register


def movements(register: Register, first: date, last: date) -> Iterator[MovementRow]:
    """Each unit's arrival, departure and moves from `first` to `last`, both included, by date and number."""
    found = [
        (line.arrival if kind != "departure" else line.departure, reservation, line, kind)
        for reservation in register.reservations()
        if reservation.state in SOLD and reservation.arrival <= last and reservation.departure >= first
        for line, kind in _moments(reservation)
    ]
    for day, reservation, line, kind in sorted(found, key=lambda m: (m[0], m[1].number, m[2].line, m[3])):
        if first <= day <= last:
            at, done = _happened(reservation, line, kind)
            yield MovementRow(
                date=day,
                kind=kind,
                reservation_no=reservation.number,
                line=line.line,
                room_type=line.room_type,
                room=line.room,
                guest=guest_brief(register.guest(reservation.guest_id)),
                done=done,
                at=utc_text_or_none(at),
            )


def _moments(reservation: Reservation) -> Iterator[tuple[StayLine, str]]:
    units = {line.unit for line in reservation.lines}
    for unit in sorted(units):
        mine = [line for line in reservation.lines if line.unit == unit]
        yield mine[0], "arrival"
        for line in mine[1:]:
            yield line, "move"
        yield mine[-1], "departure"


def _happened(reservation: Reservation, line: StayLine, kind: str) -> tuple[datetime | None, bool]:
    if kind == "arrival":
        return reservation.checked_in_at, line.state is not State.CONFIRMED
    if kind == "departure":
        return reservation.checked_out_at, line.state is State.CHECKED_OUT
    return None, line.state is not State.CONFIRMED

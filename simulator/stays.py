"""Small changes to stay lines that the front desk, the generator and the file reader share."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from simulator import pricing
from simulator.hotel import Hotel, Reservation, State, StayLine


def with_state(reservation: Reservation, state: State) -> Reservation:
    """The reservation and all its lines in one state."""
    return replace(
        reservation, state=state, lines=tuple(replace(line, state=state) for line in reservation.lines)
    )


def renumbered(lines: Iterable[StayLine]) -> tuple[StayLine, ...]:
    """Lines counted from 1 in the order given."""
    return tuple(replace(line, line=count) for count, line in enumerate(lines, start=1))


def with_price_for(hotel: Hotel, line: StayLine, arrival: date, departure: date) -> StayLine:
    """The line over other nights: a night it had keeps its price, a new one gets today's."""
    had = dict(zip(line.nights(), line.nightly, strict=True))
    fresh = pricing.nightly(hotel, line.rate_plan, line.room_type, arrival, departure)
    redated = replace(line, arrival=arrival, departure=departure, nightly=())
    nightly = tuple(had.get(night, price) for night, price in zip(redated.nights(), fresh, strict=True))
    return replace(redated, nightly=nightly)

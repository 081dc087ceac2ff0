"""From the rooms of a Cloudbeds reservation to stays of the hub: pure."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

from webapp.domain.booking import BookingStatus, Stay
from webapp.integrations.kit.plain_values import amount, first, text, whole
from webapp.integrations.kit.unreadable import ENDS_BEFORE_IT_BEGINS, MISSING, Unreadable

from .payloads import ReservationRow, RoomLine
from .reading import day, keyed


class Times(Protocol):
    """When the guests of a room came and left; None where it is not known."""

    def came_at(self, reservation: str, line: RoomLine) -> datetime | None: ...
    def left_at(self, reservation: str, line: RoomLine, departure: date) -> datetime | None: ...


class Statuses(Protocol):
    """What the reservation and its rooms come to."""

    booking: BookingStatus

    def of_line(self, line: RoomLine) -> BookingStatus: ...


def stays_of(
    row: ReservationRow, lines: Sequence[RoomLine], statuses: Statuses, currency: str, times: Times | None
) -> tuple[Stay, ...]:
    """One for each line. Raises Unreadable."""
    spans = _spans(row, lines)
    if not lines:
        ((arrival, departure),) = spans
        nights = _nights(row.detailedRates, arrival, departure, currency)
        return (Stay(line="1", arrival=arrival, departure=departure, status=statuses.booking, nights=nights),)
    reservation = text(row.reservationID)
    names = _line_names(lines)
    units = _units(lines, spans, names)
    stays = []
    for line, (arrival, departure), name, unit in zip(lines, spans, names, units, strict=True):
        rates = line.detailedRoomRates or (row.detailedRates if len(lines) == 1 else None)
        adults, children = whole(line.adults), whole(line.children)
        stays.append(
            Stay(
                line=name,
                unit=unit,
                arrival=arrival,
                departure=departure,
                status=statuses.of_line(line),
                room_type_id=text(line.roomTypeID),
                room_type=text(line.roomTypeName),
                room=text(line.roomName),
                adults=1 if adults is None else adults,
                children=children or 0,
                rate_plan_id=text(line.rateID),
                rate_plan=text(line.rateName),
                nights=_nights(rates, arrival, departure, currency),
                checked_in_at=times.came_at(reservation, line) if times else None,
                checked_out_at=times.left_at(reservation, line, departure) if times else None,
            )
        )
    return tuple(stays)


def _spans(row: ReservationRow, lines: Sequence[RoomLine]) -> list[tuple[date, date]]:
    """Arrival and departure of each line; of the whole stay where nothing is assigned nor asked for, as in some
    deleted reservations."""
    begins = day(row.reservationCheckIn, "reservationCheckIn")
    ends = day(row.reservationCheckOut, "reservationCheckOut")
    if not lines:
        return [_dates((begins, ends))]
    return [
        _dates(
            (day(line.roomCheckIn, "roomCheckIn") or begins, day(line.roomCheckOut, "roomCheckOut") or ends)
        )
        for line in lines
    ]


def _dates(found: tuple[date | None, date | None]) -> tuple[date, date]:
    arrival, departure = found
    if arrival is None or departure is None:
        raise Unreadable(MISSING, field="arrival" if arrival is None else "departure")
    if departure < arrival:
        raise Unreadable(ENDS_BEFORE_IT_BEGINS)
    return arrival, departure


def _line_names(lines: Sequence[RoomLine]) -> list[str]:
    """The row's own number where all have one, else the sub-reservation; always each once."""
    names: list[str] = []
    for number, line in enumerate(lines, 1):
        name = first(line.reservationRoomID, line.subReservationID, number)
        names.append(f"{name}-{number}" if name in names else name)
    return names


def _units(lines: Sequence[RoomLine], dates: Sequence[tuple[date, date]], names: Sequence[str]) -> list[str]:
    """Which lines are one room's story.

    Cloudbeds does not say that a guest moved: it has one more line. So a line belongs to the one before when both
    have one sub-reservation, or when it begins on the day that one ends and has the same main guest.
    """
    units = [""] * len(lines)
    ends: list[tuple[str, str, str, date]] = []  # unit, sub-reservation, guest, departure
    for place in sorted(range(len(lines)), key=lambda place: (*dates[place], place)):
        line, (arrival, departure) = lines[place], dates[place]
        sub, guest = text(line.subReservationID), text(line.guestID)
        for number, (unit, last_sub, last_guest, ended) in enumerate(ends):
            follows = ended == arrival and guest and guest == last_guest
            if follows or (sub and sub == last_sub):
                units[place] = unit
                ends[number] = (unit, sub, guest, departure)
                break
        else:
            units[place] = sub or names[place]
            ends.append((units[place], sub, guest, departure))
    return units


def _nights(
    rates: object, arrival: date, departure: date, currency: str
) -> tuple[tuple[int, int | None], ...]:
    """What each night costs in the rate plan; nothing unless every night has a price.

    Taxes that the hotel adds on top are not in it: Cloudbeds tells them for the whole reservation only.
    """
    by_day = keyed(rates)
    count = max((departure - arrival).days, 1)
    found: list[tuple[int, int | None]] = []
    for number in range(count):
        price = amount(by_day.get((arrival + timedelta(number)).isoformat()), currency, "detailedRoomRates")
        if price is None:
            return ()
        found.append((price, None))
    return tuple(found)

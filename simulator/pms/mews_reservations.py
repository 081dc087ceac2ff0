"""Reservations as Mews has them: one per unit and room type, bound together by a group.

A room move within the type only changes the assigned resource; a stay that goes on in another type is a further
reservation of the group.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count, groupby
from zlib import crc32

from simulator.hotel import Hotel, Reservation, State, StayLine
from simulator.pms.mews_calendar import CHECK_IN, CHECK_OUT, local, stamp, stamp_or_none
from simulator.pms.mews_names import Names

STATES: Mapping[State, str] = {
    State.INQUIRY: "Inquired",
    State.WAITLIST: "Requested",
    State.OPTION: "Optional",
    State.CONFIRMED: "Confirmed",
    State.IN_HOUSE: "Started",
    State.CHECKED_OUT: "Processed",
    State.CANCELLED: "Canceled",
    State.NO_SHOW: "Canceled",
}
_REASONS = ("RequestedByGuest", "BookedElsewhere", "PriceTooHigh", "Other", "InvalidPayment")
_CHANNELS = frozenset({"Booking.com", "Expedia", "Hotelbeds"})
_COMMANDER = {"Direct": "InPerson", "Walk-in": "InPerson", "Phone": "Phone", "Corporate": "Email"}


@dataclass(frozen=True, slots=True)
class ServiceOrder:
    """One reservation of this vendor; `lines` are its nights, `reservation` is where it comes from.

    `account_id` owns it; `companion_ids` are everybody who sleeps there, the owner first.
    """

    id: str
    number: str
    group_id: str
    account_id: str
    companion_ids: tuple[str, ...]
    state: str
    reason: str | None
    origin: tuple[str, str | None, str | None]
    channel_number: str | None
    category_id: str
    resource_id: str | None
    rate_id: str
    persons: tuple[tuple[str, int], ...]
    created_at: datetime
    updated_at: datetime
    cancelled_at: datetime | None
    released_at: datetime | None
    scheduled_start: datetime
    scheduled_end: datetime
    actual_start: datetime | None
    actual_end: datetime | None
    lines: tuple[StayLine, ...]
    reservation: Reservation


def service_orders(
    names: Names, hotel: Hotel, found: Reservation, customers: Mapping[str, str], updated_at: datetime
) -> tuple[ServiceOrder, ...]:
    """`customers` are this vendor's ids of the guests, `updated_at` is the stamp to show."""
    return tuple(
        _order(names, hotel, found, run, customers=customers, updated_at=updated_at) for run in _runs(found)
    )


def order_row(names: Names, order: ServiceOrder) -> dict[str, object]:
    """The JSON of one reservation."""
    is_here = order.state in ("Started", "Processed")
    return {
        "Id": order.id,
        "ServiceId": names.stay_service,
        "AccountId": order.account_id,
        "AccountType": "Customer",
        "CreatorProfileId": names.profile,
        "UpdaterProfileId": names.profile,
        "BookerId": None,
        "Number": order.number,
        "State": order.state,
        "Origin": order.origin[0],
        "CommanderOrigin": order.origin[1],
        "OriginDetails": order.origin[2],
        "CreatedUtc": stamp(order.created_at),
        "UpdatedUtc": stamp(order.updated_at),
        "CancelledUtc": stamp_or_none(order.cancelled_at),
        "VoucherId": None,
        "BusinessSegmentId": None,
        "Options": {
            "OwnerCheckedIn": is_here,
            "AllCompanionsCheckedIn": is_here,
            "AnyCompanionCheckedIn": is_here,
            "ConnectorCheckIn": False,
        },
        "RateId": order.rate_id,
        "CreditCardId": None,
        "GroupId": order.group_id,
        "RequestedResourceCategoryId": order.category_id,
        "AssignedResourceId": order.resource_id,
        "AvailabilityBlockId": None,
        "PartnerCompanyId": None,
        "TravelAgencyId": None,
        "AssignedResourceLocked": False,
        "ChannelNumber": order.channel_number,
        "ChannelManagerNumber": order.number if order.channel_number else None,
        "CancellationReason": order.reason,
        "ReleasedUtc": stamp_or_none(order.released_at),
        "StartUtc": stamp(min(order.scheduled_start, order.actual_start or order.scheduled_start)),
        "EndUtc": stamp(order.scheduled_end),
        "ScheduledStartUtc": stamp(order.scheduled_start),
        "ActualStartUtc": stamp_or_none(order.actual_start),
        "ScheduledEndUtc": stamp(order.scheduled_end),
        "ActualEndUtc": stamp_or_none(order.actual_end),
        "Purpose": "Business" if order.reservation.source == "Corporate" else "Leisure",
        "QrCodeData": None,
        "PersonCounts": [{"AgeCategoryId": age, "Count": people} for age, people in order.persons],
    }


def group_id(names: Names, found: Reservation) -> str:
    """A group booked as one shares it; everybody else has one of their own."""
    if found.group_code is not None:
        return names.id("group", found.group_code)
    return names.id("group", "of", found.number)


def group_row(names: Names, found: Reservation, guest_name: str) -> dict[str, object]:
    return {
        "Id": group_id(names, found),
        "Name": found.group_name or guest_name,
        "ChannelManager": "Aurora Channels" if found.source in _CHANNELS else None,
        "ChannelManagerGroupNumber": found.number if found.source in _CHANNELS else None,
        "EnterpriseId": names.enterprise,
    }


def companionship_row(names: Names, order: ServiceOrder, customer_id: str) -> dict[str, object]:
    return {
        "Id": companionship_id(names, order, customer_id),
        "CustomerId": customer_id,
        "ReservationGroupId": order.group_id,
        "ReservationId": order.id,
    }


def companionship_id(names: Names, order: ServiceOrder, customer_id: str) -> str:
    return names.id("companionship", order.id, customer_id)


@dataclass(frozen=True, slots=True)
class _Run:
    """A unit's consecutive lines in one room type; `place` counts the runs of the whole reservation."""

    place: int
    unit: int
    lines: tuple[StayLine, ...]
    is_first: bool
    is_last: bool


def _runs(found: Reservation) -> Iterator[_Run]:
    places = count()
    for unit, of_unit in groupby(sorted(found.lines, key=lambda line: line.unit), key=lambda line: line.unit):
        runs = [tuple(run) for _, run in groupby(of_unit, key=lambda line: line.room_type)]
        for place, lines in enumerate(runs):
            yield _Run(next(places), unit, lines, place == 0, place == len(runs) - 1)


def _order(
    names: Names,
    hotel: Hotel,
    found: Reservation,
    run: _Run,
    *,
    customers: Mapping[str, str],
    updated_at: datetime,
) -> ServiceOrder:
    lines, first = run.lines, run.lines[0]
    state = _state(lines)
    began, ended = _actual(hotel, found, run)
    sharers = found.sharer_ids if run.unit == found.lines[0].unit else ()
    owner = customers[found.guest_id]
    room = _room(lines)
    return ServiceOrder(
        id=names.id("reservation", found.number, run.place),
        number=found.number if run.place == 0 else f"{found.number}{run.place + 1:02d}",
        group_id=group_id(names, found),
        account_id=owner,
        companion_ids=tuple(dict.fromkeys((owner, *(customers[guest] for guest in sharers)))),
        state=STATES[state],
        reason=_reason(found, state),
        origin=_origin(found.source),
        channel_number=_channel_number(found),
        category_id=names.id("category", first.room_type),
        resource_id=None if room is None else names.id("resource", room),
        rate_id=names.id("rate", first.rate_plan),
        persons=_persons(names, first),
        created_at=found.created_at,
        updated_at=updated_at,
        cancelled_at=_cancelled_at(hotel, found, state),
        released_at=_released_at(hotel, found) if state is State.OPTION else None,
        scheduled_start=local(hotel.zone, first.arrival, CHECK_IN),
        scheduled_end=local(hotel.zone, lines[-1].departure, CHECK_OUT),
        actual_start=began,
        actual_end=ended,
        lines=lines,
        reservation=found,
    )


def _room(lines: tuple[StayLine, ...]) -> str | None:
    """The room somebody is in or was in last; before that, the one of the first night."""
    entered = [line.room for line in lines if line.room and line.state in (State.IN_HOUSE, State.CHECKED_OUT)]
    return entered[-1] if entered else lines[0].room


def _state(lines: tuple[StayLine, ...]) -> State:
    states = {line.state for line in lines}
    if len(states) == 1:
        return lines[0].state
    # A run that has begun and is not over, whatever its parts say.
    return State.IN_HOUSE


def _actual(hotel: Hotel, found: Reservation, run: _Run) -> tuple[datetime | None, datetime | None]:
    """When it began and ended; nobody writes down when a change of rooms happened, so that is at noon."""
    state = _state(run.lines)
    began = ended = None
    if state in (State.IN_HOUSE, State.CHECKED_OUT):
        began = found.checked_in_at if run.is_first else None
        began = began or _noon(hotel, found, run.lines[0].arrival)
    if state is State.CHECKED_OUT:
        ended = found.checked_out_at if run.is_last else None
        ended = ended or _noon(hotel, found, run.lines[-1].departure)
    return began, ended


def _noon(hotel: Hotel, found: Reservation, day: date) -> datetime:
    return min(local(hotel.zone, day, time(12)), found.updated_at)


def _reason(found: Reservation, state: State) -> str | None:
    if state is State.NO_SHOW:
        return "NoShow"
    if state is State.CANCELLED:
        return _REASONS[crc32(found.number.encode()) % len(_REASONS)]
    return None


def _cancelled_at(hotel: Hotel, found: Reservation, state: State) -> datetime | None:
    if state is State.CANCELLED:
        return found.cancelled_at or found.updated_at
    if state is State.NO_SHOW:
        return min(found.updated_at, local(hotel.zone, found.arrival + timedelta(1), time(2, 30)))
    return None


def _released_at(hotel: Hotel, found: Reservation) -> datetime:
    return local(hotel.zone, found.option_until or found.arrival, time(18))


def _origin(source: str) -> tuple[str, str | None, str | None]:
    """Origin, the desk's own detail of it, and details as text."""
    if source in _CHANNELS:
        return "ChannelManager", None, source
    if source == "Website":
        return "Distributor", None, None
    if source in _COMMANDER:
        return "Commander", _COMMANDER[source], None
    return "Import", None, source


def _channel_number(found: Reservation) -> str | None:
    if found.source not in _CHANNELS:
        return None
    return str(3_000_000_000 + crc32(f"{found.source}:{found.number}".encode()) % 1_000_000_000)


def _persons(names: Names, line: StayLine) -> tuple[tuple[str, int], ...]:
    """Adults, and children of two classes: the second child is a small one. Nobody is never listed."""
    infants = 1 if line.children > 1 else 0
    counts = (("adult", line.adults), ("child", line.children - infants), ("infant", infants))
    return tuple((names.id("age", age), people) for age, people in counts if people > 0)

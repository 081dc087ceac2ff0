"""Free rooms and prices per day in Mews's words, and what state each room is in."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime

from simulator import pricing
from simulator.hotel import Hotel, RatePlan, Reservation, State
from simulator.inventory import AvailabilityDay
from simulator.money import major_number
from simulator.pms.mews_calendar import local, stamp
from simulator.pms.mews_money import amount
from simulator.pms.mews_names import Names
from simulator.pms.mews_setup import BUILT, LANGUAGE, Piece
from simulator.register import Register

METRICS: Mapping[str, Callable[[AvailabilityDay], int]] = {
    "ActiveResources": lambda day: day.rooms,
    "UsableResources": lambda day: day.rooms - day.out_of_order,
    "Occupied": lambda day: day.sold + day.held,
    "ConfirmedReservations": lambda day: day.sold,
    "OptionalReservations": lambda day: day.held,
    "BlockAvailability": lambda _: 0,
    "AllocatedBlockAvailability": lambda _: 0,
    "OutOfOrderBlocks": lambda day: day.out_of_order,
    "HouseUse": lambda _: 0,
    "PublicAvailabilityAdjustment": lambda _: 0,
    "OtherServiceReservationCount": lambda _: 0,
}


def availability(
    names: Names, register: Register, days: Sequence[date], metrics: Sequence[str]
) -> dict[str, object]:
    """The answer of the dated operation; no category and no metric is ever left out."""
    by_type = _by_type(register, days)
    return {
        "TimeUnitStartsUtc": _starts(register.hotel, days),
        "ResourceCategoryAvailabilities": [
            {
                "ResourceCategoryId": names.id("category", kind),
                "Metrics": {metric: [METRICS[metric](day) for day in found] for metric in metrics},
            }
            for kind, found in by_type.items()
        ],
    }


def public_availability(names: Names, register: Register, days: Sequence[date]) -> dict[str, object]:
    """The answer of the older operation."""
    starts = _starts(register.hotel, days)
    return {
        "DatesUtc": starts,
        "TimeUnitStartsUtc": starts,
        "CategoryAvailabilities": [
            {
                "CategoryId": names.id("category", kind),
                "Availabilities": [day.available for day in found],
                "Adjustments": [0] * len(found),
            }
            for kind, found in _by_type(register, days).items()
        ],
    }


def prices(names: Names, hotel: Hotel, plan: RatePlan, days: Sequence[date]) -> dict[str, object]:
    """Gross prices for two people, breakfast included where the rate includes it."""
    currency, base, starts = hotel.currency, hotel.room_types[0], _starts(hotel, days)
    by_type = {
        kind.code: [pricing.price(hotel, plan, kind, day) for day in days] for kind in hotel.room_types
    }
    return {
        "Currency": currency,
        "DatesUtc": starts,
        "TimeUnitStartsUtc": starts,
        "BasePrices": [major_number(price, currency) for price in by_type[base.code]],
        "BaseAmountPrices": [amount(price, currency) for price in by_type[base.code]],
        "CategoryPrices": [
            {
                "CategoryId": names.id("category", kind),
                "Prices": [major_number(price, currency) for price in found],
                "AmountPrices": [amount(price, currency) for price in found],
            }
            for kind, found in by_type.items()
        ],
        "CategoryAdjustments": [
            {
                "CategoryId": names.id("category", kind.code),
                "ParentCategoryId": None if kind is base else names.id("category", base.code),
                "AbsoluteValue": 0,
                "RelativeValue": round(kind.base_price / base.base_price - 1, 4),
            }
            for kind in hotel.room_types
        ],
        "AgeCategoryAdjustments": [],
        "RelativeAdjustment": plan.percent / 100 - 1,
        "AbsoluteAdjustment": 0,
        "EmptyUnitAdjustment": 0,
        "ExtraUnitAdjustment": 0,
    }


def resources(names: Names, register: Register) -> list[Piece]:
    """Every room with the state housekeeping sees; a departure moves its stamp."""
    hotel, today = register.hotel, register.business_date
    left = _left_today(register.reservations(), today)
    broken = {out.room for out in hotel.out_of_order if out.covers(today)}
    found = []
    for room in hotel.rooms:
        state = "OutOfOrder" if room.number in broken else "Dirty" if room.number in left else "Inspected"
        updated = left.get(room.number) or BUILT
        row = {
            "Id": names.id("resource", room.number),
            "EnterpriseId": names.enterprise,
            "IsActive": True,
            "ParentResourceId": None,
            "Name": room.number,
            "State": state,
            "Descriptions": {},
            "CreatedUtc": stamp(BUILT),
            "UpdatedUtc": stamp(updated),
            "Data": {
                "Discriminator": "Space",
                "Value": {"FloorNumber": str(room.floor), "LocationNotes": ""},
            },
            "ExternalNames": {LANGUAGE: f"Room {room.number}"},
            "Directions": {},
        }
        found.append(
            Piece(names.id("resource", room.number), row, updated_at=updated, name=room.number, of=state)
        )
    return found


def occupancy(
    names: Names,
    register: Register,
    category_ids: Collection[str],
    room_states: Collection[str] | None,
    occupancy_states: Collection[str] | None,
) -> dict[str, object]:
    """What state each room of the categories is in today; the last two are filters."""
    hotel, today = register.hotel, register.business_date
    states = {piece.name: piece.of for piece in resources(names, register)}
    taken = {
        line.room
        for found in register.reservations()
        for line in found.lines
        if line.room and line.state in (State.IN_HOUSE, State.CONFIRMED) and line.covers(today)
    }
    rows = []
    for kind in hotel.room_types:
        if (category := names.id("category", kind.code)) in category_ids:
            rooms = [
                {
                    "ResourceId": names.id("resource", room.number),
                    "ResourceState": states[room.number],
                    "OccupancyState": _occupied(states[room.number], room.number in taken),
                }
                for room in hotel.rooms_of(kind.code)
                if (room_states is None or states[room.number] in room_states)
                and (
                    occupancy_states is None
                    or _occupied(states[room.number], room.number in taken) in occupancy_states
                )
            ]
            rows.append({"ResourceCategoryId": category, "ResourceOccupancyStates": rooms})
    return {"ResourceCategoryOccupancyStates": rows}


def _occupied(state: str, is_taken: bool) -> str:
    if state == "OutOfOrder":
        return "OutOfOrder"
    return "Reserved" if is_taken else "Vacant"


def _left_today(reservations: Sequence[Reservation], today: date) -> dict[str, datetime]:
    """Rooms somebody left today and nobody has moved into, with when that was."""
    here = Counter(
        line.room
        for found in reservations
        for line in found.lines
        if line.state is State.IN_HOUSE and line.arrival == today
    )
    return {
        line.room: found.checked_out_at or found.updated_at
        for found in reservations
        for line in found.lines
        if line.state is State.CHECKED_OUT and line.departure == today and line.room and not here[line.room]
    }


def _by_type(register: Register, days: Sequence[date]) -> dict[str, list[AvailabilityDay]]:
    found: dict[str, list[AvailabilityDay]] = {kind.code: [] for kind in register.hotel.room_types}
    for day in register.availability(days[0], days[-1]):
        found[day.room_type].append(day)
    return found


def _starts(hotel: Hotel, days: Sequence[date]) -> list[str]:
    return [stamp(local(hotel.zone, day)) for day in days]

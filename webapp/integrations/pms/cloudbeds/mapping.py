"""From Cloudbeds' guests and rates to guests, rates and availability of the hub: pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from webapp.domain.guest import Guest
from webapp.domain.rate import RateDay
from webapp.domain.room import AvailabilityDay
from webapp.integrations.kit.plain_values import Text, amount, first, is_true, text, whole
from webapp.integrations.kit.unreadable import MISSING, Unreadable

from .booking_mapping import name_of
from .hotel import Hotel, RoomType
from .payloads import GuestNote, GuestRow, RateNight, RateRow, SingleGuest
from .reading import day, listed, moment

BASE_PLAN = "base"
"""The plan of rows that have none: the price of the room type itself."""
BASE_PLAN_NAME = "Base rate"


def guest_of(row: GuestRow, hotel: Hotel) -> Guest:
    """Raises Unreadable. Whoever was anonymised or merged into another comes empty, so that our copy is erased too."""
    identity = text(row.guestID)
    if not identity:
        raise Unreadable(MISSING, field="guestID")
    changed_at = moment(row.dateModified, "dateModified", hotel.zone)
    if is_true(row.isAnonymized) or is_true(row.isMerged):
        return Guest(identity, updated_at=changed_at)
    first_name, last_name = name_of(row.guestFirstName, row.guestLastName, row.guestName)
    return Guest(
        external_id=identity,
        first_name=first_name,
        last_name=last_name,
        email=text(row.guestEmail),
        phone=first(row.guestPhone, row.guestCellPhone),
        country=_country(row.guestCountry),
        notes="\n".join(_notes(row)),
        updated_at=changed_at,
    )


def single_guest(identity: str, row: SingleGuest) -> Guest:
    """Of getGuest, which says neither who it is nor when it changed."""
    if is_true(row.isAnonymized) or is_true(row.isMerged):
        return Guest(identity)
    return Guest(
        external_id=identity,
        first_name=text(row.firstName),
        last_name=text(row.lastName),
        email=text(row.email),
        phone=first(row.phone, row.cellPhone),
        country=_country(row.country),
    )


def _notes(row: GuestRow) -> Iterator[str]:
    for note in listed(row.guestNotes):
        if isinstance(note, GuestNote) and text(note.note):
            yield text(note.note)


def _country(value: Text) -> str:
    code = text(value).upper()
    return code if len(code) == 2 and code.isascii() and code.isalpha() else ""


# --- rates and availability -----------------------------------------------------------------------------------------


def rates_of(rows: Sequence[RateRow], hotel: Hotel, begin: date, end: date) -> list[RateDay]:
    """Nights with a price from `begin` to before `end`, each plan, room type and night once. Raises Unreadable.

    A plan has a row for each interval of its prices; where two tell of one night, the first one counts.
    """
    found: dict[tuple[str, str, date], RateDay] = {}
    for row in rows:
        plan = text(row.ratePlanID) or BASE_PLAN
        name = first(row.ratePlanNamePublic, row.ratePlanNamePrivate)
        if not name and plan == BASE_PLAN:
            name = BASE_PLAN_NAME
        for at, night in _nights(row, begin, end):
            price = amount(first(night.totalRate, night.rateBase, night.rate), hotel.currency, "totalRate")
            if price is None:
                continue
            key = (plan, text(row.roomTypeID), at)
            found.setdefault(
                key,
                RateDay(
                    rate_plan_id=plan,
                    day=at,
                    price_minor=price,
                    currency=hotel.currency,
                    room_type_id=text(row.roomTypeID),
                    rate_plan=name,
                    room_type=text(row.roomTypeName),
                    min_stay=whole(night.minLos) or None,
                    # Nobody can arrive on a night that the hotel has blocked for this plan.
                    closed_to_arrival=is_true(night.closedToArrival) or is_true(night.blocked),
                    closed_to_departure=is_true(night.closedToDeparture),
                ),
            )
    return list(found.values())


def availability_of(
    rows: Sequence[RateRow], types: Mapping[str, RoomType], begin: date, end: date
) -> list[AvailabilityDay]:
    """What can be sold per room type and night. Every plan of a type tells the same number; the base rate's counts,
    because plans may be limited on their own. Raises Unreadable."""
    found: dict[tuple[str, date], AvailabilityDay] = {}
    ordered = sorted(rows, key=lambda row: bool(text(row.ratePlanID)))
    for row in ordered:
        key = text(row.roomTypeID)
        known = types.get(key)
        for at, night in _nights(row, begin, end):
            available = whole(night.roomsAvailable)
            if not key or available is None or (key, at) in found:
                continue
            found[key, at] = AvailabilityDay(
                room_type_id=key,
                day=at,
                available=max(available, 0),
                room_type=first(row.roomTypeName, known.name if known else ""),
                total=known.rooms if known else None,
            )
    return sorted(found.values(), key=lambda item: (item.day, item.room_type_id))


def _nights(row: RateRow, begin: date, end: date) -> Iterator[tuple[date, RateNight]]:
    for night in listed(row.roomRateDetailed):
        if isinstance(night, RateNight):
            at = day(night.date, "roomRateDetailed.date")
            if at is not None and begin <= at < end:  # the day of departure may come along
                yield at, night

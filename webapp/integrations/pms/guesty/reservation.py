"""A reservation of either generation of the API in one shape, out of the two that Guesty sends. Pure functions."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from webapp.integrations.kit.plain_values import day, first, text, whole
from webapp.integrations.kit.unreadable import ENDS_BEFORE_IT_BEGINS, MISSING, Unreadable

from .asking import Row
from .reading import id_of, moment


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of the stay: guests that are moved have several. `eta` and `etd` as they came: `17:30` or an instant."""

    type_id: str
    unit_id: str
    arrival: date
    departure: date
    adults: int
    children: int
    plan_id: str
    eta: str
    etd: str


@dataclass(frozen=True, slots=True)
class Reservation:
    """`money` and `guest` are what came with it, None where they are read by calls of their own; `notes` is None where
    they were not sent. `stamped` tells whether Guesty said itself when it was last changed."""

    id: str
    status: str
    code: str
    source: str
    group_id: str
    guest_id: str
    segments: tuple[Segment, ...]
    mark: str  # of guestStay: empty, checked_in, checked_out, no_show
    marked_at: datetime | None
    created_at: datetime | None
    updated_at: datetime | None
    cancelled_at: datetime | None
    stamped: bool
    notes: str | None = None
    money: Row | None = None
    guest: Row | None = None

    def is_within(self, listings: tuple[str, ...]) -> bool:
        """Whether it is about one of the listings; all are meant by none."""
        return not listings or any(
            {segment.type_id, segment.unit_id} & set(listings) for segment in self.segments
        )


def of_v3(row: Row) -> Reservation:
    """Raises Unreadable."""
    identity = id_of(row, "reservationId")
    if not identity:
        raise Unreadable(MISSING, field="_id")
    stays = row.get("stay")
    parts = [part for part in stays if isinstance(part, dict)] if isinstance(stays, list) else []
    segments = tuple(_segment(part, row) for part in parts) or (_segment({}, row),)
    return _reservation(identity, row, tuple(sorted(segments, key=lambda one: (one.arrival, one.departure))))


def of_legacy(row: Row) -> Reservation:
    """Raises Unreadable."""
    identity = id_of(row)
    if not identity:
        raise Unreadable(MISSING, field="_id")
    listing = text(row.get("listingId")) or id_of(_object(row.get("listing")))
    part = {
        "unitTypeId": listing,
        "guestsCount": row.get("guestsCount"),
        "numberOfGuests": row.get("numberOfGuests"),
        "eta": row.get("plannedArrival"),
        "etd": row.get("plannedDeparture"),
    }
    money, guest = row.get("money"), row.get("guest")
    found = _reservation(identity, row, (_segment(part, row),))
    return replace(
        found,
        money=money if isinstance(money, dict) else None,
        guest=guest if isinstance(guest, dict) else None,
    )


def _reservation(identity: str, row: Row, segments: tuple[Segment, ...]) -> Reservation:
    stay = _object(row.get("guestStay"))
    mark = text(stay.get("status")).lower()
    marked_at = moment(stay.get("updatedAt"), "guestStay.updatedAt")
    told = moment(row.get("lastUpdatedAt"), "lastUpdatedAt")
    created = moment(row.get("createdAt"), "createdAt")
    cancelled = moment(row.get("canceledAt"), "canceledAt")
    altered = [moment(row.get(name), name) for name in ("confirmedAt", "alteredAt")]
    stamps = [at for at in (created, cancelled, marked_at, *altered) if at is not None]
    return Reservation(
        id=identity,
        status=text(row.get("status")).lower(),
        code=text(row.get("confirmationCode")),
        source=first(row.get("source"), row.get("platform"), _object(row.get("integration")).get("platform")),
        group_id=text(row.get("groupId")),
        guest_id=first(row.get("guestId"), row.get("bookerId"), id_of(_object(row.get("guest")))),
        segments=segments,
        mark="" if mark == "not_set" else mark,
        marked_at=marked_at,
        created_at=created,
        updated_at=told or max(stamps, default=None),
        cancelled_at=cancelled,
        stamped=told is not None,
        notes=_notes(row),
    )


def _segment(part: Row, row: Row) -> Segment:
    """What a segment does not say stands in the reservation itself."""
    arrival = _day(part, row, "checkInDateLocalized", "checkIn")
    departure = _day(part, row, "checkOutDateLocalized", "checkOut")
    if departure < arrival:
        raise Unreadable(ENDS_BEFORE_IT_BEGINS)
    people = _object(part.get("numberOfGuests"))
    children = sum(whole(people.get(name)) or 0 for name in ("numberOfChildren", "numberOfInfants"))
    adults = whole(people.get("numberOfAdults"))
    if adults is None:
        adults = max((whole(part.get("guestsCount")) or 1) - children, 0)
    type_id = first(part.get("unitTypeId"), part.get("unitId"), row.get("listingId"))
    return Segment(
        type_id=type_id,
        unit_id=first(part.get("unitId"), type_id),
        arrival=arrival,
        departure=departure,
        adults=adults,
        children=children,
        plan_id=text(part.get("ratePlanId")),
        eta=text(part.get("eta")),
        etd=text(part.get("etd")),
    )


def _day(part: Row, row: Row, localized: str, plain: str) -> date:
    """The listing's own date; the hour of an instant in UTC may belong to the day before."""
    for source, name in ((part, localized), (row, localized), (part, plain), (row, plain)):
        found = day(source.get(name), name)
        if found is not None:
            return found
    raise Unreadable(MISSING, field=localized)


def _notes(row: Row) -> str | None:
    """None when they were not sent, which does not mean that there are none."""
    notes = row.get("notes")
    if isinstance(notes, str):
        return notes.strip()
    if not isinstance(notes, dict):
        return None
    kinds = ("guest", "specialRequests", "other", "cleaning")  # the key code is no note for a list
    return "\n".join(found for kind in kinds if (found := text(notes.get(kind))))


def _object(value: Any) -> Row:
    return value if isinstance(value, dict) else {}

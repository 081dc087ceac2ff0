"""From a Cloudbeds reservation to a booking of the hub: pure."""

from collections import Counter
from collections.abc import Sequence

from webapp.domain.booking import Booking, BookingGuest, BookingStatus, Stay
from webapp.domain.wording import N_
from webapp.integrations.kit.plain_values import Text, amount, first, is_true, text
from webapp.integrations.kit.unreadable import MISSING, Unreadable

from .hotel import Hotel
from .payloads import Person, ReservationRow, RoomLine, Source
from .reading import listed, moment
from .stay_mapping import Times, stays_of

STATUSES = {
    "confirmed": BookingStatus.CONFIRMED,
    "checked_in": BookingStatus.CHECKED_IN,
    "checked_out": BookingStatus.CHECKED_OUT,
    "canceled": BookingStatus.CANCELLED,
    "cancelled": BookingStatus.CANCELLED,
    "no_show": BookingStatus.NO_SHOW,
    "not_confirmed": BookingStatus.INQUIRY,
    # These four stand in the contract for guests; they are ways of not having paid yet.
    "in_progress": BookingStatus.INQUIRY,
    "call2confirm": BookingStatus.INQUIRY,
    "paypal_init": BookingStatus.INQUIRY,
    "pending_payment": BookingStatus.INQUIRY,
}
ROOM_STATUSES = {
    "in_house": BookingStatus.CHECKED_IN,
    "checked_out": BookingStatus.CHECKED_OUT,
    "cancelled": BookingStatus.CANCELLED,
    "canceled": BookingStatus.CANCELLED,
    "not_checked_in": BookingStatus.CONFIRMED,
}
# "Confirmation pending" keeps its place in the calendar, so it takes a room like an option does. The contract does
# not say so; should it be otherwise somewhere, such bookings are counted as held and nothing else changes.
HOLDING = frozenset({"not_confirmed"})
DELETED = "deleted"
_NOT_SURE = frozenset({BookingStatus.INQUIRY})


def booking_of(
    row: ReservationRow, hotel: Hotel, group_ref: str, unmapped: Counter[str], times: Times | None = None
) -> Booking:
    """Raises Unreadable. Words that are not known are counted in `unmapped`. Its notes are another call."""
    external_id = text(row.reservationID)
    if not external_id:
        raise Unreadable(MISSING, field="reservationID")
    if text(row.propertyID) not in ("", hotel.external_id):
        raise Unreadable(N_("the reservation is of another property"))
    lines = [line for line in listed(row.rooms) if isinstance(line, RoomLine)]
    statuses = _Statuses(row, lines, unmapped)
    currency = text(row.propertyCurrency).upper() or hotel.currency
    stays = stays_of(row, lines, statuses, currency, times)
    return Booking(
        external_id=external_id,
        confirmation_number=external_id,
        status=statuses.booking,
        raw_status=statuses.word,
        holds_room=statuses.booking is BookingStatus.INQUIRY and statuses.word in HOLDING,
        currency=currency,
        stays=stays,
        guests=_guests(row, stays),
        group_ref=group_ref,
        source=first(row.source.name if isinstance(row.source, Source) else row.source, row.sourceName),
        total_minor=amount(row.total, currency, "total"),
        balance_minor=amount(row.balance, currency, "balance"),
        created_at=moment(row.dateCreatedUTC, "dateCreatedUTC")
        or moment(row.dateCreated, "dateCreated", hotel.zone),
        updated_at=moment(row.dateModifiedUTC, "dateModifiedUTC")
        or moment(row.dateModified, "dateModified", hotel.zone),
        notes=None,
        cancelled_at=moment(row.dateCancelledUTC, "dateCancelledUTC")
        or moment(row.dateCancelled, "dateCancelled", hotel.zone),
    )


# --- status ---------------------------------------------------------------------------------------------------------


class _Statuses:
    """What the reservation's own word and the rooms' words come to. Unknown words are counted in `unmapped`."""

    def __init__(self, row: ReservationRow, lines: Sequence[RoomLine], unmapped: Counter[str]) -> None:
        self.word = DELETED if is_true(row.isDeleted) else text(row.status).lower()
        known = BookingStatus.CANCELLED if self.word == DELETED else STATUSES.get(self.word)
        if known is None:
            unmapped[self.word] += 1
        self._own = known or BookingStatus.INQUIRY
        self._unmapped = unmapped
        told = [ROOM_STATUSES.get(text(line.roomStatus).lower()) for line in lines]
        self.booking = _overall(self._own, [status for status in told if status])

    def of_line(self, line: RoomLine) -> BookingStatus:
        word = text(line.roomStatus).lower()
        known = ROOM_STATUSES.get(word)
        if known is None and word:
            self._unmapped[f"room: {word}"] += 1
        if known is None or self.booking in (BookingStatus.CANCELLED, BookingStatus.NO_SHOW):
            return self.booking
        # "Not checked in" is said of an inquiry, too.
        return self._own if known is BookingStatus.CONFIRMED and self._own in _NOT_SURE else known


def _overall(own: BookingStatus, told: Sequence[BookingStatus]) -> BookingStatus:
    """The rooms know first who is in: check-in is kept per room, and the reservation's own word may stay behind."""
    if own in (BookingStatus.CANCELLED, BookingStatus.NO_SHOW):
        return own
    if BookingStatus.CHECKED_IN in told:
        return BookingStatus.CHECKED_IN
    active = [status for status in told if status is not BookingStatus.CANCELLED]
    if told and not active:
        return BookingStatus.CANCELLED
    if active and all(status is BookingStatus.CHECKED_OUT for status in active):
        return BookingStatus.CHECKED_OUT
    if not active or own in _NOT_SURE:
        return own
    # Some left and some never came is over when the reservation says so; else somebody is still awaited.
    is_over = own is BookingStatus.CHECKED_OUT and BookingStatus.CHECKED_OUT in active
    return own if is_over else BookingStatus.CONFIRMED


# --- people ---------------------------------------------------------------------------------------------------------


def _guests(row: ReservationRow, stays: Sequence[Stay]) -> tuple[BookingGuest, ...]:
    """The main guest first. Nobody is made up when a reservation names nobody."""
    main = text(row.guestID)
    people = [person for person in listed(row.guestList) if isinstance(person, Person)]
    people.sort(key=lambda person: not (is_true(person.isMainGuest) or text(person.guestID) == main))
    found = {guest.external_id: guest for person in people if (guest := _guest(person, stays))}
    if not found and main:
        called = first(
            row.guestName, *(line.guestName for line in listed(row.rooms) if text(line.guestID) == main)
        )
        first_name, last_name = split_name(called)
        return (BookingGuest(main, first_name, last_name),)
    return tuple(found.values())


def _guest(person: Person, stays: Sequence[Stay]) -> BookingGuest | None:
    identity = text(person.guestID)
    if not identity:
        return None
    rooms = [*listed(person.rooms), *listed(person.unassignedRooms)]
    words = {word for room in rooms if (word := text(room.roomStatus).lower())}
    own = {text(room.reservationRoomID) for room in rooms} & {stay.line for stay in stays}
    line = own.pop() if len(own) == 1 and len(stays) > 1 else ""
    is_in = ("in_house" in words) if words else None
    if is_true(person.isAnonymized):
        return BookingGuest(identity, stay_line=line, is_checked_in=is_in)
    first_name, last_name = name_of(person.guestFirstName, person.guestLastName, person.guestName)
    return BookingGuest(
        external_id=identity,
        first_name=first_name,
        last_name=last_name,
        email=text(person.guestEmail),
        phone=first(person.guestPhone, person.guestCellPhone),
        stay_line=line,
        is_checked_in=is_in,
    )


def name_of(first_name: Text, last_name: Text, whole_name: Text) -> tuple[str, str]:
    """First and last name, out of the whole one where a call gives no other."""
    given, family = text(first_name), text(last_name)
    return (given, family) if given or family else split_name(text(whole_name))


def split_name(whole_name: str) -> tuple[str, str]:
    """`"Mara Lindqvist"` -> `("Mara", "Lindqvist")`."""
    given, _, family = whole_name.strip().rpartition(" ")
    return given.strip(), family

"""From OPERA's reservations to bookings of the hub: pure."""

from collections import Counter
from collections.abc import Sequence

from webapp.domain.booking import Booking, BookingGuest, BookingStatus, Stay
from webapp.domain.wording import N_
from webapp.integrations.kit.plain_values import Text, amount, day, first, is_true, text, whole
from webapp.integrations.kit.unreadable import ENDS_BEFORE_IT_BEGINS, MISSING, Unreadable

from .hotel import NO_CURRENCY, Hotel
from .payloads import (
    Amount,
    ListedGuest,
    ListedReservation,
    StayInfo,
)
from .reading import id_of, moment

STATUSES = {
    "requested": BookingStatus.INQUIRY,
    "waitlisted": BookingStatus.INQUIRY,
    "waitlist": BookingStatus.INQUIRY,
    "prospect": BookingStatus.INQUIRY,
    "reserved": BookingStatus.CONFIRMED,
    "duein": BookingStatus.CONFIRMED,
    "inhouse": BookingStatus.CHECKED_IN,
    "checkedin": BookingStatus.CHECKED_IN,
    "dueout": BookingStatus.CHECKED_IN,
    "walkin": BookingStatus.CHECKED_IN,
    "pendingcheckout": BookingStatus.CHECKED_IN,
    "checkedout": BookingStatus.CHECKED_OUT,
    "cancelled": BookingStatus.CANCELLED,
    "canceled": BookingStatus.CANCELLED,
    "noshow": BookingStatus.NO_SHOW,
}
"""OPERA's words without blanks, because REST writes `DueIn` and events write `DUE IN`. Not a one-way road: OPERA takes
back check-ins, check-outs, cancellations and no-shows."""
MOST_ROOMS = 200
OTHER_HOTEL = N_("the reservation is of another hotel")


def status_of(word: str | None) -> BookingStatus | None:
    """None for a word that is not known."""
    return STATUSES.get("".join(letter for letter in (word or "").lower() if letter.isalpha()))


def is_pseudo(row: ListedReservation) -> bool:
    """A posting master: a room number that nobody sleeps in."""
    return is_true(row.room_stay.pseudo_room)


def booking_of(row: ListedReservation, hotel: Hotel, unmapped: Counter[str]) -> Booking:
    """Raises Unreadable. Words that are not known are counted in `unmapped`."""
    external_id = id_of(row.reservation_id_list, "Reservation")
    if not external_id:
        raise Unreadable(MISSING, field="reservationIdList")
    if text(row.hotel_id).casefold() not in ("", hotel.external_id.casefold()):
        raise Unreadable(OTHER_HOTEL)
    status, word = _status(row, unmapped)
    stay = row.room_stay
    currency = _currency(stay, hotel)
    is_hidden = is_true(stay.rate_suppressed)
    is_over = status is BookingStatus.CANCELLED
    return Booking(
        external_id=external_id,
        confirmation_number=id_of(row.reservation_id_list, "Confirmation"),
        status=status,
        raw_status=word,
        currency=currency,
        stays=_stays(stay, status),
        guests=_guests(row.reservation_guest),
        group_ref=_group(stay),
        source=first(stay.source_code_description, stay.source_code),
        total_minor=None if is_hidden else _minor(stay.total_amount, currency, "totalAmount"),
        balance_minor=_minor(stay.balance, currency, "balance"),
        created_at=moment(row.create_date_time, "createDateTime", hotel.zone),
        updated_at=moment(row.last_modify_date_time, "lastModifyDateTime", hotel.zone),
        # It stays there as history when a cancellation was taken back.
        cancelled_at=moment(row.cancellation_info.date, "cancellation date", hotel.zone)
        if is_over and row.cancellation_info
        else None,
    )


def _status(row: ListedReservation, unmapped: Counter[str]) -> tuple[BookingStatus, str]:
    """The computed word knows the business date; the stored one stands in where it is missing or new."""
    words = [word for word in (row.computed_reservation_status, row.reservation_status) if word]
    for word in words:
        known = status_of(word)
        if known is not None:
            return known, word
        unmapped[word] += 1
    if not words:
        unmapped[""] += 1
    return BookingStatus.INQUIRY, words[0] if words else ""


def _currency(stay: StayInfo, hotel: Hotel) -> str:
    told = (part.currency_code for part in (stay.total_amount, stay.rate_amount, stay.balance) if part)
    return (next((code for code in told if code), "") or hotel.currency or NO_CURRENCY).upper()


def _minor(part: Amount | None, currency: str, name: str) -> int | None:
    """An amount in another currency than the booking's cannot be shown beside it."""
    if part is None or (part.currency_code or currency).upper() != currency:
        return None
    return amount(part.amount, currency, name)


def _stays(stay: StayInfo, status: BookingStatus) -> tuple[Stay, ...]:
    """One line for each room. OPERA keeps several rooms in one reservation until they are split; lists price no nights,
    so that they are spread evenly."""
    arrival, departure = day(stay.arrival_date, "arrivalDate"), day(stay.departure_date, "departureDate")
    if arrival is None or departure is None:
        raise Unreadable(MISSING, field="arrivalDate" if arrival is None else "departureDate")
    if departure < arrival:
        raise Unreadable(ENDS_BEFORE_IT_BEGINS)
    adults, children = whole(stay.adult_count), whole(stay.child_count)
    rooms = min(max(whole(stay.number_of_rooms) or 1, 1), MOST_ROOMS)
    return tuple(
        Stay(
            line=str(number),
            unit=str(number),
            arrival=arrival,
            departure=departure,
            status=status,
            room_type_id=text(stay.room_type),
            room_type=text(stay.room_type),
            room=first(stay.room_id, stay.room_number) if rooms == 1 else "",
            adults=1 if adults is None else adults,
            children=children or 0,
            rate_plan_id=text(stay.rate_plan_code),
            rate_plan=text(stay.rate_plan_code),
        )
        for number in range(1, rooms + 1)
    )


def _group(stay: StayInfo) -> str:
    """The block it was made in, else what links it to others."""
    blocks = stay.reservation_block.block_id_list if stay.reservation_block else None
    return first(*(block.id for block in blocks or ()), stay.link_code)


def _guests(guest: ListedGuest | None) -> tuple[BookingGuest, ...]:
    """Nobody is made up when a reservation names nobody."""
    if guest is None or not text(guest.id):
        return ()
    given, family = _names(guest.given_name, guest.surname, guest.full_name)
    main = BookingGuest(
        external_id=text(guest.id),
        first_name=given,
        last_name=family,
        email=text(guest.email),
        phone=text(guest.phone_number),
    )
    others = [
        BookingGuest(key, *_names(person.first_name, person.last_name, person.full_name))
        for person in guest.accompany_guests or ()
        if (key := id_of(person.profile_id_list, "Profile"))
    ]
    return tuple(
        {person.external_id: person for person in (*others, main)}[key] for key in _once(main, others)
    )


def _once(main: BookingGuest, others: Sequence[BookingGuest]) -> list[str]:
    return list(dict.fromkeys(person.external_id for person in (main, *others)))


def _names(given: Text, family: Text, whole_name: Text) -> tuple[str, str]:
    """Given and family name, out of `Madeup, Ana` where nothing else is told."""
    if text(given) or text(family):
        return text(given), text(family)
    last, _, rest = text(whole_name).partition(",")
    return rest.strip(), last.strip()

"""From what RMS sends to the hub's words: bookings, their people, guests. Pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from webapp.domain.booking import Booking, BookingGuest, BookingStatus, Stay
from webapp.domain.guest import Guest
from webapp.integrations.kit.plain_values import amount, text
from webapp.integrations.kit.unreadable import ENDS_BEFORE_IT_BEGINS, MISSING, Unreadable

from .reading import Row, day, id_of, moment, whole

STATUSES: Mapping[str, BookingStatus] = {
    "quote": BookingStatus.INQUIRY,
    "pencil": BookingStatus.INQUIRY,
    "unconfirmed": BookingStatus.INQUIRY,
    "confirmed": BookingStatus.CONFIRMED,
    "arrived": BookingStatus.CHECKED_IN,
    "departed": BookingStatus.CHECKED_OUT,
    "cancelled": BookingStatus.CANCELLED,
    "noshow": BookingStatus.NO_SHOW,
}
"""By folded word: RMS writes `noShow`, `NoShow` and `No Show`."""
_HOLDS = frozenset({"pencil", "unconfirmed"})
_NO_GUESTS = frozenset({"maintenance", "stopsell", "owneroccupied"})
# `BedReservation` and `Parked` are guests too, of a hostel and without a room yet.
_NO_BOOKINGS = frozenset({"maintenance", "blocking", "roommoveheader", "partofghost"})
_BALANCES = (
    "accommodationBalance",
    "extrasBalance",
    "electricityBalance",
    "gasBalance",
    "waterBalance",
    "phoneBalance",
    "internetBalance",
)
_ADDED = ("rateAmount", "additionalsAmount", "dynamicAmount", "linkedRateAdjustmentAmount", "packageAmount")
_TAKEN_OFF = ("discountAmount", "xNightsDiscount", "packageAmountIncludedInRateAmount")


@dataclass(frozen=True, slots=True)
class Moments:
    """When somebody came and left, by the audit trail."""

    arrived_at: datetime | None = None
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """What makes a row's times and amounts mean something; `currency` is the hotel's, for amounts without one."""

    zone: ZoneInfo
    now: datetime
    currency: str


@dataclass(frozen=True, slots=True)
class Told:
    """What other calls said of one booking."""

    nights: Sequence[Row] = ()
    account: Row | None = None
    guest: Row | None = None
    moments: Moments = field(default_factory=Moments)


def folded(word: str) -> str:
    return "".join(word.split()).casefold()


def is_booking(row: Row) -> bool:
    """False for rooms out of order, the heads of split stays, and the heads of groups, who are nobody."""
    if folded(text(row.get("status"))) in _NO_GUESTS:
        return False
    if folded(text(row.get("reservationType"))) in _NO_BOOKINGS:
        return False
    return not (row.get("groupHeader") is True and not id_of(row, "guestId"))


def booking_of(row: Row, told: Told, frame: Frame) -> Booking:
    """Raises Unreadable."""
    identity = id_of(row)
    if not identity:
        raise Unreadable(MISSING, field="id")
    word = folded(text(row.get("status")))
    status = STATUSES.get(word, BookingStatus.INQUIRY)
    currency = _currency(told, frame)
    arrival, departure = (
        day(row.get("arrivalDate"), "arrivalDate"),
        day(row.get("departureDate"), "departureDate"),
    )
    if departure < arrival:
        raise Unreadable(ENDS_BEFORE_IT_BEGINS)
    nights = nights_of(told.nights, arrival, departure, currency)

    def at(name: str) -> datetime | None:
        return moment(row.get(name), frame.zone, frame.now, name)

    return Booking(
        external_id=identity,
        status=status,
        currency=currency,
        stays=(_stay(row, status, (arrival, departure), nights, told.moments),),
        guests=_people(row, told.guest),
        confirmation_number=identity,
        group_ref=id_of(row, "groupReservationId") or id_of(row, "splitReservationId"),
        holds_room=word in _HOLDS,
        source=text(row.get("bookingSourceName")) or text(row.get("travelAgentName")),
        total_minor=_total(told.account, nights, currency),
        balance_minor=_balance(told.account, currency),
        notes=text(row.get("notes")),
        created_at=at("createdDate"),
        updated_at=at("modifiedDate"),
        cancelled_at=at("cancelledDate") if status is BookingStatus.CANCELLED else None,
        raw_status=text(row.get("status")),
    )


def _stay(
    row: Row,
    status: BookingStatus,
    days: tuple[date, date],
    nights: tuple[tuple[int, int | None], ...],
    moments: Moments,
) -> Stay:
    has_left = status is BookingStatus.CHECKED_OUT
    has_come = has_left or status is BookingStatus.CHECKED_IN
    return Stay(
        line="1",
        arrival=days[0],
        departure=days[1],
        status=status,
        room_type_id=id_of(row, "categoryId"),
        room_type=text(row.get("categoryName")),
        room=" ".join(text(row.get("areaName")).split()),
        adults=whole(row.get("adults")),
        children=whole(row.get("children")) + whole(row.get("infants")),
        rate_plan_id=id_of(row, "rateTypeId"),
        rate_plan=text(row.get("rateTypeName")),
        nights=nights,
        checked_in_at=moments.arrived_at if has_come else None,
        checked_out_at=moments.left_at if has_left else None,
    )


def nights_of(
    rows: Sequence[Row], arrival: date, departure: date, currency: str
) -> tuple[tuple[int, int | None], ...]:
    """Gross and net of every night; empty when one is missing, so that none is invented. Raises Unreadable."""
    by_day = {day(row.get("stayDate"), "stayDate"): row for row in rows}
    days = [arrival + timedelta(number) for number in range((departure - arrival).days)]
    if not days or any(on not in by_day for on in days):
        return ()
    return tuple(_night(by_day[on], currency) for on in days)


def _night(row: Row, currency: str) -> tuple[int, int | None]:
    """Whether the total of a night has the exclusive tax in it is not documented; its parts tell."""
    total = amount(row.get("totalRateAmount"), currency, "totalRateAmount")
    if total is None:
        raise Unreadable(MISSING, field="totalRateAmount")
    tax = amount(row.get("exclusiveTax"), currency, "exclusiveTax") or 0
    if not tax:
        return total, None
    parts = sum(amount(row.get(name), currency, name) or 0 for name in _ADDED)
    parts -= sum(amount(row.get(name), currency, name) or 0 for name in _TAKEN_OFF)
    gross = total + tax if parts == total else total
    return gross, gross - tax


def _currency(told: Told, frame: Frame) -> str:
    given = [text(row.get("currency")) for row in told.nights[:1]]
    given.append(text(told.account.get("currencyCode")) if told.account else "")
    codes = (code.upper() for code in given if len(code) == 3 and code.isascii() and code.isalpha())
    return next(codes, frame.currency)


def _total(account: Row | None, nights: Sequence[tuple[int, int | None]], currency: str) -> int | None:
    told = amount(account.get("totalRate"), currency, "totalRate") if account else None
    if told is not None:
        return told
    return sum(gross for gross, _ in nights) if nights else None


def _balance(account: Row | None, currency: str) -> int | None:
    """All accounts of the guest together; what an agency owes stands beside them."""
    if account is None:
        return None
    given = [amount(account.get(name), currency, name) for name in _BALANCES]
    known = [part for part in given if part is not None]
    return sum(known) if known else None


def _people(row: Row, guest: Row | None) -> tuple[BookingGuest, ...]:
    identity = id_of(row, "guestId")
    if not identity:
        return ()
    given, family = text(row.get("guestGiven")), text(row.get("guestSurname"))
    profile = guest or {}
    if not (given or family):
        given, family = text(profile.get("guestGiven")), text(profile.get("guestSurname"))
    return (BookingGuest(identity, given, family, email=_email(profile), phone=_phone(profile)),)


def guest_of(row: Row, frame: Frame, countries: Mapping[str, str]) -> Guest | None:
    """A profile; None without an id. Passports, licences, visas and birthdays are sent and left where they are.
    Raises Unreadable."""
    identity = id_of(row)
    if not identity:
        return None
    language = text(row.get("languageSpoken"))
    return Guest(
        external_id=identity,
        first_name=text(row.get("guestGiven")),
        last_name=text(row.get("guestSurname")),
        email=_email(row),
        phone=_phone(row),
        country=countries.get(id_of(row, "countryId"), ""),
        language=language.lower() if len(language) == 2 and language.isascii() else "",
        is_vip=bool(id_of(row, "vipCodesId")),
        notes=text(row.get("notes")),
        updated_at=moment(row.get("modifiedDate"), frame.zone, frame.now, "modifiedDate"),
    )


def newest(rows: Sequence[Row]) -> dict[str, Row]:
    """One row for each id: enterprise databases send one for each account of a guest."""
    found: dict[str, Row] = {}
    for row in rows:
        identity = id_of(row)
        known = found.get(identity)
        if identity and (known is None or text(row.get("modifiedDate")) >= text(known.get("modifiedDate"))):
            found[identity] = row
    return found


def _email(row: Row) -> str:
    return text(row.get("email")) or text(row.get("email2"))


def _phone(row: Row) -> str:
    return next((found for name in ("mobile", "phoneAH", "PhoneBH") if (found := text(row.get(name)))), "")

"""The hotel: claiming a new installation, and the business date, which only moves forward."""

import hmac
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import msgspec
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from webapp.domain.value import Value
from webapp.domain.wording import N_
from webapp.models import Connection, Hotel, Instance, Role
from webapp.runtime import Runtime

from . import audit, users
from .installation import claim_digest
from .night_audit import audit_of
from .throttling import PER_CLAIMANT, Gate

LATEST_AUDIT_HOUR = 12
TRUSTED_FOR = timedelta(minutes=15)
"""How long a provider's business date speaks for now; around the audit it is asked more often."""


class ClaimError(Exception):
    """The set-up cannot be finished as asked: `field` and a sentence to translate."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class NewHotel(Value, frozen=True):
    """`timezone` is an IANA name, `currency` an ISO 4217 code, `audit_hour` the local hour (0 to 12) of the night audit."""

    name: str
    timezone: str
    currency: str
    audit_hour: int = 3


class Habits(Value, frozen=True):
    """What an admin may change later: the audit's local hour, minutes before and after it, bookings compared an hour,
    and the local hour by which somebody has checked in."""

    audit_hour: int
    audit_minutes: int
    truth_bookings: int
    quiet_hour: int


@dataclass(frozen=True, slots=True)
class NewOwner:
    name: str
    email: str
    password: str = field(repr=False)


def current_hotel(session: Session) -> Hotel | None:
    """None until the set-up is done."""
    return session.scalars(_THE_ONE).one_or_none()


_THE_ONE = select(Hotel).where(Hotel.id == 1)  # every request asks it


def habits_of(hotel: Hotel) -> Habits:
    return Habits(hotel.audit_hour, hotel.audit_minutes, hotel.truth_bookings, hotel.quiet_hour)


def change_habits(runtime: Runtime, habits: Habits, *, actor: str) -> None:
    """Sweeps that are planned move with the audit; one audit line with what was and what is."""
    with runtime.writing() as session:
        hotel = session.get_one(Hotel, 1, with_for_update=True)
        before = habits_of(hotel)
        if before == habits:
            return
        hotel.audit_hour, hotel.audit_minutes = habits.audit_hour, habits.audit_minutes
        hotel.truth_bookings, hotel.quiet_hour = habits.truth_bookings, habits.quiet_hour
        now = runtime.clock()
        session.execute(
            update(Connection)
            .where(Connection.archived_at.is_(None), Connection.next_sweep_at > now)
            .values(next_sweep_at=audit_of(hotel).coming(now).ends)
        )
        audit.record(
            runtime,
            session,
            actor,
            "hotel.changed",
            f"{actor} changed the hotel's habits: night audit {habits.audit_hour:02}:00 ± {habits.audit_minutes} min, "
            f"{habits.truth_bookings} bookings compared an hour",
            details={"before": msgspec.to_builtins(before), "after": msgspec.to_builtins(habits)},
        )


def claim(
    runtime: Runtime, gate: Gate, code: str, hotel: NewHotel, owner: NewOwner, *, address: str
) -> users.Person:
    """Whoever has the code of the first start becomes the owner; one transaction, and the code is used up.

    Raises ClaimError, UserError or TooManyTries.
    """
    gate.enter(PER_CLAIMANT, address)
    with runtime.writing() as session:
        instance = session.scalars(select(Instance).where(Instance.id == 1).with_for_update()).one()
        if instance.claim_digest is None or current_hotel(session) is not None:
            raise ClaimError("", N_("This hub has an owner already. Sign in instead."))
        if not hmac.compare_digest(instance.claim_digest, claim_digest(code)):
            raise ClaimError(
                "claim_code",
                N_(
                    "This is not the code that the console showed when the hub was started for the first time."
                ),
            )
        person = users.add_user(
            runtime, session, email=owner.email, name=owner.name, role=Role.OWNER, password=owner.password
        )
        users.note_sign_in(runtime, session, person)
        add_hotel(runtime, session, hotel)
        audit.record(
            runtime,
            session,
            person.email,
            "hotel.claimed",
            f"{person.email} set up {hotel.name} from {address}",
        )
    gate.forgive(PER_CLAIMANT, address)
    return person


def add_hotel(
    runtime: Runtime, session: Session, hotel: NewHotel, *, business_date: date | None = None
) -> Hotel:
    """The hotel's row, in the caller's transaction; the claim code, if any, is used up. Raises ClaimError.

    Without `business_date` it is what the hotel's clock says.
    """
    name = " ".join(hotel.name.split())
    if not 1 <= len(name) <= 120:
        raise ClaimError("hotel_name", N_("Enter the hotel's name, up to 120 letters."))
    if hotel.timezone not in available_timezones():
        raise ClaimError("timezone", N_("Choose a time zone from the list, like Europe/Zurich."))
    if not (len(hotel.currency) == 3 and hotel.currency.isascii() and hotel.currency.isupper()):
        raise ClaimError("currency", N_("Choose a currency from the list."))
    if not 0 <= hotel.audit_hour <= LATEST_AUDIT_HOUR:
        raise ClaimError("audit_hour", N_("The night audit lies between midnight and noon."))
    now = runtime.clock()
    row = Hotel(
        id=1,
        name=name,
        timezone=hotel.timezone,
        currency=hotel.currency,
        audit_hour=hotel.audit_hour,
        business_date=business_date or business_date_at(now, ZoneInfo(hotel.timezone), hotel.audit_hour),
        business_date_moved_at=now,
        created_at=now,
    )
    session.add(row)
    instance = session.get(Instance, 1)
    if instance is not None:
        instance.claim_digest = None
    session.flush()
    return row


def business_date_at(instant: datetime, zone: ZoneInfo, audit_hour: int) -> date:
    """The date the hotel's clock stands for: before the audit hour it is still yesterday's.

    Where a clock change skips the audit hour the date rolls with the first minute after it.
    """
    local = instant.astimezone(zone)
    return local.date() - timedelta(days=1) if local.hour < audit_hour else local.date()


def roll_business_date(runtime: Runtime) -> date | None:
    """Move the business date on to what the hotel's clock says; None when there is nothing to move.

    What the provider said a moment ago wins, and every booking is read again right after it rolled the date; without
    its word the hub's own clock decides, and the sweep follows at the end of the audit.
    A second call does nothing, several missed days are caught up in one step, and a date that a provider
    already moved further, or a clock that was set back, leaves it alone.
    """
    with runtime.writing() as session:
        hotel = session.scalars(select(Hotel).where(Hotel.id == 1).with_for_update()).one_or_none()
        if hotel is None:
            return None
        now = runtime.clock()
        due = business_date_at(now, ZoneInfo(hotel.timezone), hotel.audit_hour)
        told = _told_date(hotel, now, due)
        due = told or due
        if due <= hotel.business_date:
            return None
        before = hotel.business_date
        hotel.business_date = due
        hotel.business_date_moved_at = now
        audit.record(
            runtime,
            session,
            "scheduler",
            "hotel.business_date_moved",
            f"The business date is {due}, was {before}{', as the provider says' if told else ''}",
        )
        if told:
            _ask_for_sweeps(session, now)
        return due


def _told_date(hotel: Hotel, now: datetime, due: date) -> date | None:
    """A training system's date of years ago is nobody's business date."""
    if hotel.provider_date is None or hotel.provider_date_at is None:
        return None
    is_fresh = timedelta(0) <= now - hotel.provider_date_at <= TRUSTED_FOR
    is_near = abs((hotel.provider_date - due).days) <= 1
    return hotel.provider_date if is_fresh and is_near else None


def _ask_for_sweeps(session: Session, now: datetime) -> None:
    live = (
        Connection.archived_at.is_(None),
        Connection.last_good_at.is_not(None),
        Connection.next_sync_at.is_not(None),
    )
    session.execute(update(Connection).where(*live).values(next_sweep_at=now))
    session.execute(update(Connection).where(*live, Connection.next_sync_at > now).values(next_sync_at=now))

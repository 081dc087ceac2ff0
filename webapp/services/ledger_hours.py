"""The ledger's counts by hour: by which road facts came, and how many changes were here within the interval."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.models import BookingChange, Connection, LedgerHour

from .ledger_facts import Candidate


def count(session: Session, judged: Sequence[tuple[Candidate, str]], rows: Mapping[int, Connection]) -> None:
    """In the transaction that judges. Each fact comes with the column it counts in, empty for none."""
    stamps = _provider_stamps(session, [fact for fact, _ in judged])
    told: set[tuple[int, datetime]] = set()
    hours: dict[tuple[datetime, int, str], LedgerHour] = {}
    for fact, column in judged:
        key = (hour_of(fact.recorded_at), fact.connection_id, fact.type.value)
        if key not in hours:
            hours[key] = session.get(LedgerHour, key) or _new_hour(session, key)
        row = hours[key]
        if column:
            setattr(row, column, getattr(row, column) + 1)
        look = (fact.booking_id, fact.recorded_at)
        if look in told:  # one change of a booking may be several facts
            continue
        told.add(look)
        minutes = rows[fact.connection_id].frequency_minutes
        timing = _timing(stamps.get(look), fact.recorded_at, timedelta(minutes=minutes))
        setattr(row, timing, getattr(row, timing) + 1)


def _new_hour(session: Session, key: tuple[datetime, int, str]) -> LedgerHour:
    row = LedgerHour(
        hour=key[0], connection_id=key[1], type=key[2],
        by_hit=0, also_heard=0, missed=0, in_time=0, late=0, unstamped=0,
    )  # fmt: skip
    session.add(row)
    return row


def hour_of(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _timing(provider_at: datetime | None, arrived_at: datetime, interval: timedelta) -> str:
    if provider_at is None:
        return "unstamped"
    return "in_time" if arrived_at - provider_at <= interval else "late"


def _provider_stamps(
    session: Session, facts: Sequence[Candidate]
) -> Mapping[tuple[int, datetime], datetime | None]:
    statement = (
        select(BookingChange.booking_id, BookingChange.arrived_at, func.max(BookingChange.provider_at))
        .where(
            BookingChange.booking_id.in_({fact.booking_id for fact in facts}),
            BookingChange.arrived_at >= min(fact.recorded_at for fact in facts),
        )
        .group_by(BookingChange.booking_id, BookingChange.arrived_at)
    )
    return {(booking, arrived): at for booking, arrived, at in session.execute(statement)}

"""Judges a completed walk: new data, nothing new, or a zero that cannot be true."""

from datetime import timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.engine import Connection as DatabaseConnection

from webapp.domain.booking import BookingStatus
from webapp.domain.fault import Actor, Fault
from webapp.domain.stream import Stream
from webapp.domain.wording import N_
from webapp.models import Stay, Verdict

from .sync_plan import CHECK_IN_DAYS, Walk
from .sync_report import Counters
from .sync_runs import Run

STAYS = Stay.metadata.tables["stay"]

SUSPICIOUS_ZERO = Fault(
    code="suspicious_zero",
    message=N_("The provider answered without a single record where there were some before."),
    advice=N_(
        "Look into the provider's own screens. If the records are there, the key may have lost its right to see "
        "them; if they are truly gone, press “Clear cache and retry” to accept the empty answer."
    ),
    actor=Actor.ADMIN,
)


def verdict_of(db: DatabaseConnection, run: Run, walk: Walk, counters: Counters, seen: int) -> Verdict:
    """`seen` counts the whole walk, its runs before a break included; `counters` this run's part of it.

    A zero is suspicious only where everything in the window was asked for; a delta without a record is what a
    quiet quarter of an hour looks like.
    """
    if seen == 0 and walk.is_whole and _should_have_some(db, run, walk):
        return Verdict.SUSPICIOUS_ZERO
    return Verdict.NEW_DATA if counters.added or counters.changed else Verdict.NOTHING_NEW


def _should_have_some(db: DatabaseConnection, run: Run, walk: Walk) -> bool:
    """Check-ins of a small hotel may truly be none, so they are judged by the stays we hold, not by last time."""
    if walk.stream is Stream.CHECK_INS:
        return _moves_are_due(db, run)
    if walk.last_seen:
        return True
    return walk.stream is Stream.BOOKINGS and _somebody_is_in_house(db, run)


def _somebody_is_in_house(db: DatabaseConnection, run: Run) -> bool:
    today = run.business_date
    statement = select(STAYS.c.id).where(
        STAYS.c.connection_id == run.claim.connection_id,
        STAYS.c.status == BookingStatus.CHECKED_IN.value,
        STAYS.c.arrival <= today,
        STAYS.c.departure > today,
    )
    return db.execute(statement.limit(1)).first() is not None


def _moves_are_due(db: DatabaseConnection, run: Run) -> bool:
    first, last = (run.business_date + timedelta(days) for days in CHECK_IN_DAYS)
    active = (BookingStatus.CONFIRMED.value, BookingStatus.CHECKED_IN.value, BookingStatus.CHECKED_OUT.value)
    statement = select(STAYS.c.id).where(
        STAYS.c.connection_id == run.claim.connection_id,
        STAYS.c.status.in_(active),
        or_(
            and_(STAYS.c.arrival >= first, STAYS.c.arrival < last),
            and_(STAYS.c.departure >= first, STAYS.c.departure < last),
        ),
    )
    return db.execute(statement.limit(1)).first() is not None

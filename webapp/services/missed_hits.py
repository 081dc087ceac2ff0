"""The ledger: judges every fact once, whether a webhook call announced it or only a poll found it, and counts by hour."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.orm import Session

from webapp.domain.event import Road
from webapp.domain.stream import Stream
from webapp.domain.value import Value
from webapp.models import (
    BookingGuest,
    Connection,
    HitSubject,
    HitWatch,
    LedgerHour,
    LedgerMark,
    MissedHit,
)
from webapp.runtime import Runtime

from . import announcements, hit_orders, hit_watching, ledger_hours, missed_causes, tight_polling
from .ledger_facts import AT_ONCE, BY_POLL, Batch, Candidate, due, grace_of
from .missed_causes import Cause, Question

EARLIEST = timedelta(days=1)
"""How long before a poll found it a call may have spoken of it: a call that was told late is still a call."""
LEEWAY = timedelta(seconds=10)
"""By how much a vendor's clock may be ahead of ours, so that its call comes before what it tells of."""
RETENTION_DAYS = 30
HOURS_DAYS = 400


class _Judged(Value, frozen=True):
    fact: Candidate
    count: str  # the column of its hour
    cause: Cause | None = None


def settle(runtime: Runtime) -> int:
    """Judges what is due, and relaxes polling where calls are back; returns how many facts were judged.

    Asks providers what is on order, outside of every transaction, at most once an hour each.
    """
    hit_watching.notice(runtime)
    done = 0
    while not runtime.stopping.is_set():
        with runtime.reading() as session:
            batch = due(session, runtime)
            missing = _connections_with_misses(session, runtime, batch)
        if not batch.facts:
            break
        for connection_id in missing:
            hit_orders.ask_what_is_ordered(runtime, connection_id)
        with runtime.writing() as session:
            done += _judge(runtime, session, batch)
        if len(batch.facts) < AT_ONCE:
            break
    tight_polling.relax_due(runtime)
    return done


def prune(runtime: Runtime) -> None:
    """Missed calls for thirty days, hours for a little more than a year."""
    now = runtime.clock()
    with runtime.writing() as session:
        old = now - timedelta(days=RETENTION_DAYS)
        session.execute(delete(MissedHit).where(MissedHit.found_at < old))
        session.execute(delete(LedgerHour).where(LedgerHour.hour < now - timedelta(days=HOURS_DAYS)))


# --- the verdict ------------------------------------------------------------------------------------------------------


def _connections_with_misses(session: Session, runtime: Runtime, batch: Batch) -> list[int]:
    watches = _watches(session, batch.facts)
    rows = _connections(session, batch.facts)
    grace = grace_of(runtime)
    return sorted(
        {
            fact.connection_id
            for fact in batch.facts
            if _is_expected(fact, rows[fact.connection_id], watches.get(fact.connection_id))
            and not _is_heard(session, fact, rows[fact.connection_id], grace)
        }
    )


def _judge(runtime: Runtime, session: Session, batch: Batch) -> int:
    mark = session.get_one(LedgerMark, 1, with_for_update=True)
    if mark.fact_id != batch.mark:
        return 0  # another process was faster
    rows, watches = _connections(session, batch.facts), _watches(session, batch.facts)
    grace = grace_of(runtime)
    judged = [
        _verdict(session, fact, rows[fact.connection_id], watches.get(fact.connection_id), grace)
        for fact in batch.facts
    ]
    ledger_hours.count(session, [(one.fact, one.count) for one in judged], rows)
    for one in judged:
        if one.cause is not None:
            session.add(_row(one.fact, one.cause))
    _tighten(runtime, session, judged, rows, watches)
    mark.fact_id = batch.facts[-1].id
    return len(judged)


def _connections(session: Session, facts: Sequence[Candidate]) -> Mapping[int, Connection]:
    keys = {fact.connection_id for fact in facts}
    return {row.id: row for row in session.scalars(select(Connection).where(Connection.id.in_(keys)))}


def _watches(session: Session, facts: Sequence[Candidate]) -> Mapping[int, HitWatch]:
    keys = {fact.connection_id for fact in facts}
    found = session.scalars(select(HitWatch).where(HitWatch.connection_id.in_(keys)))
    return {row.connection_id: row for row in found}


def _is_expected(fact: Candidate, connection: Connection, watch: HitWatch | None) -> bool:
    """Whether a call should have told of it: the provider announces its kind, and had been set up when it happened."""
    if fact.road not in BY_POLL or watch is None or watch.set_up_at is None:
        return False
    happened_at = min(fact.occurred_at or fact.recorded_at, fact.recorded_at)
    if happened_at < watch.set_up_at or fact.type not in announcements.words_of(connection):
        return False
    return not (fact.fields and set(fact.fields) <= announcements.silent_fields(connection.provider))


def _is_heard(session: Session, fact: Candidate, connection: Connection, grace: timedelta) -> bool:
    """A call about the booking came since it happened, or within the grace after the poll."""
    interval = timedelta(minutes=connection.frequency_minutes)
    since = fact.occurred_at - LEEWAY if fact.occurred_at else fact.recorded_at - 2 * interval
    since = max(min(since, fact.recorded_at - grace), fact.recorded_at - EARLIEST)
    about = and_(HitSubject.stream == Stream.BOOKINGS.value, HitSubject.external_id == fact.external_id)
    if "guests" in fact.fields:  # a changed name may be told of the guest instead of the booking
        people = select(BookingGuest.guest_external_id).where(BookingGuest.booking_id == fact.booking_id)
        about = or_(about, and_(HitSubject.stream == Stream.GUESTS.value, HitSubject.external_id.in_(people)))
    calls = select(HitSubject.hit_id).where(
        HitSubject.connection_id == fact.connection_id,
        about,
        HitSubject.received_at >= since,
        HitSubject.received_at <= fact.recorded_at + grace,
    )
    return session.scalars(calls.limit(1)).first() is not None


def _verdict(
    session: Session, fact: Candidate, connection: Connection, watch: HitWatch | None, grace: timedelta
) -> _Judged:
    if fact.road is Road.HIT:
        return _Judged(fact, "by_hit")
    if watch is None or not _is_expected(fact, connection, watch):
        return _Judged(fact, "")
    if _is_heard(session, fact, connection, grace):
        return _Judged(fact, "also_heard")
    asked = Question(
        words=announcements.words_of(connection)[fact.type],
        found_at=fact.recorded_at,
        occurred_at=fact.occurred_at,
        grace=grace,
        ordered=watch.ordered,
    )
    return _Judged(fact, "missed", missed_causes.likeliest(session, connection, asked))


def _row(fact: Candidate, cause: Cause) -> MissedHit:
    return MissedHit(
        fact_id=fact.id,
        connection_id=fact.connection_id,
        booking_id=fact.booking_id,
        type=fact.type.value,
        road=fact.road.value,
        occurred_at=fact.occurred_at,
        found_at=fact.recorded_at,
        cause=cause.value,
    )


# --- what follows -----------------------------------------------------------------------------------------------------


def _tighten(
    runtime: Runtime,
    session: Session,
    judged: Sequence[_Judged],
    rows: Mapping[int, Connection],
    watches: Mapping[int, HitWatch],
) -> None:
    """Only for what was missed lately, and while we were here: polling more often mends nothing else."""
    recent = runtime.clock() - tight_polling.QUIET - grace_of(runtime)
    fresh: dict[int, list[int]] = {}
    for one in judged:
        if one.cause not in (None, Cause.NOT_RUNNING) and one.fact.recorded_at >= recent:
            fresh.setdefault(one.fact.connection_id, []).append(one.fact.id)
    for key, facts in fresh.items():
        tight_polling.tighten(
            runtime, session, rows[key], watches[key], misses=len(facts), last_fact=max(facts)
        )

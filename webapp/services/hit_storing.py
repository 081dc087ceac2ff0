"""Stores what hits brought and settles them, in one transaction: a kill in between repeats a re-read and loses nothing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import bindparam, func, select, update
from sqlalchemy.engine import Connection as DatabaseConnection

from webapp.domain.booking import Booking
from webapp.domain.event import Road
from webapp.domain.guest import Guest
from webapp.domain.stream import Mode, Stream
from webapp.integrations.kit.contract import Missing, Record
from webapp.models import BookingChange, ConnectionRole, HitState, HitSubject, LogEntry
from webapp.models.bulk import bulk_insert, bulk_upsert
from webapp.runtime import Runtime

from .adapters import CallLog
from .applying import Circumstances
from .applying_bookings import apply_bookings, mark_gone
from .applying_guests import apply_guests
from .hit_claims import HITS, ClaimedHits
from .hit_reading import Subject, Work
from .sync_claims import CONNECTIONS
from .sync_pages import NEWS_LEEWAY
from .sync_plan import CURSORS

LOG = LogEntry.metadata.tables["log_entry"]
CHANGES = BookingChange.metadata.tables["booking_change"]
SUBJECTS = HitSubject.metadata.tables["hit_subject"]
_SETTLE = update(HITS).where(HITS.c.id == bindparam("of_id"))
_SETTLED = (
    "state", "events", "dedupe", "reason", "fault", "tries", "lags", "changed", "next_try_at", "settled_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of claimed hits: the records that were read, and when unsettled ones are tried again, by hit id."""

    works: Sequence[Work]
    next_tries: Mapping[int, datetime]
    found: Mapping[Subject, Record | Missing] = field(default_factory=dict)
    calls: Sequence[tuple[Any, ...]] = ()


def earlier_marks(runtime: Runtime, claimed: ClaimedHits, marks: Collection[str]) -> dict[str, int]:
    """The provider's marks that came before: by mark the first hit that has it and was not given up."""
    if not marks:
        return {}
    statement = (
        select(HITS.c.dedupe, func.min(HITS.c.id))
        .where(
            HITS.c.connection_id == claimed.connection_id,
            HITS.c.dedupe.in_(marks),
            HITS.c.state.in_([HitState.APPLIED.value, HitState.WAITING.value, HitState.IGNORED.value]),
        )
        .group_by(HITS.c.dedupe)
    )
    with runtime.reading() as session:
        return {mark: key for mark, key in session.execute(statement) if mark is not None}


def store(runtime: Runtime, claimed: ClaimedHits, outcome: Outcome) -> None:
    """Nothing is written for hits that another worker took over meanwhile."""
    now = runtime.clock()
    with runtime.right_of_way.taken(), runtime.bulk_writing() as db:
        # Pages of a sync lock the same row: two writers never compare with the same stored booking.
        of = db.execute(
            select(
                CONNECTIONS.c.role,
                CONNECTIONS.c.mapping_version,
                CONNECTIONS.c.is_search_stale,
                CONNECTIONS.c.created_at,
            )
            .where(CONNECTIONS.c.id == claimed.connection_id)
            .with_for_update()
        ).one()
        ours = _ours(db, claimed)
        works = [work for work in outcome.works if work.hit.id in ours]
        if works:
            history = _history_began_at(db, claimed.connection_id)
            how = Circumstances(
                connection_id=claimed.connection_id,
                mapping_version=of.mapping_version,
                road=Road.HIT,
                at=now,
                announces=of.role == ConnectionRole.PRIMARY.value,
                watched_since=(history or of.created_at) - NEWS_LEEWAY,
                keeps_search=not of.is_search_stale,
                hits=_leaders(works),
            )
            _apply(db, how, works, outcome.found)
            _note_subjects(db, how.connection_id, works)
            _count_changes(db, works)
        _settle(db, works, outcome.next_tries, now)
        bulk_insert(db, LOG, CallLog.COLUMNS, [*outcome.calls, *_log_lines(works, outcome.next_tries, now)])


def _ours(db: DatabaseConnection, claimed: ClaimedHits) -> set[int]:
    statement = select(HITS.c.id).where(
        HITS.c.id.in_([hit.id for hit in claimed.hits]),
        HITS.c.claimed_by == claimed.token,
        HITS.c.state == HitState.WAITING.value,
    )
    return set(db.execute(statement.with_for_update()).scalars())


def _history_began_at(db: DatabaseConnection, connection_id: int) -> datetime | None:
    statement = select(func.min(CURSORS.c.began_at)).where(
        CURSORS.c.connection_id == connection_id,
        CURSORS.c.stream.in_([Stream.BOOKINGS.value, Stream.CHECK_INS.value]),
        CURSORS.c.mode == Mode.BACKFILL.value,
    )
    found: datetime | None = db.execute(statement).scalar()
    return found


def _leaders(works: Sequence[Work]) -> dict[str, int]:
    """Of several hits that speak of one booking, the first stands in its change rows."""
    leaders: dict[str, int] = {}
    for work in works:
        for subject in work.hints:
            if subject.stream is Stream.BOOKINGS:
                leaders.setdefault(subject.external_id, work.hit.id)
    return leaders


def _apply(
    db: DatabaseConnection,
    how: Circumstances,
    works: Sequence[Work],
    found: Mapping[Subject, Record | Missing],
) -> None:
    wanted = {subject: found[subject] for work in works for subject in work.hints if subject in found}
    lagging = {subject for work in works if work.is_lagging for subject in work.hints}
    apply_guests(db, how, [record for record in wanted.values() if isinstance(record, Guest)])
    apply_bookings(db, how, [record for record in wanted.values() if isinstance(record, Booking)])
    gone = [
        subject.external_id
        for subject, record in wanted.items()
        if isinstance(record, Missing) and subject.stream is Stream.BOOKINGS and subject not in lagging
    ]
    mark_gone(db, how, gone)


def _note_subjects(db: DatabaseConnection, connection_id: int, works: Sequence[Work]) -> None:
    """What calls spoke of, whether it changed or a poll had been faster: the ledger of missed calls asks for it."""
    rows = [
        (work.hit.id, subject.stream.value, subject.external_id, connection_id, work.hit.received_at)
        for work in works
        for subject in work.hints
    ]
    key = ("hit_id", "stream", "external_id")
    rest = ("connection_id", "received_at")
    bulk_upsert(db, SUBJECTS, (*key, *rest), rows, key=key, keep=rest)


def _count_changes(db: DatabaseConnection, works: Sequence[Work]) -> None:
    statement = (
        select(CHANGES.c.hit_id, func.count(CHANGES.c.booking_id.distinct()))
        .where(CHANGES.c.hit_id.in_([work.hit.id for work in works]))
        .group_by(CHANGES.c.hit_id)
    )
    counts = {row[0]: row[1] for row in db.execute(statement)}
    for work in works:
        work.changed = counts.get(work.hit.id, 0)


def _settle(
    db: DatabaseConnection, works: Sequence[Work], next_tries: Mapping[int, datetime], now: datetime
) -> None:
    rows = []
    for work in works:
        next_try_at = next_tries.get(work.hit.id)
        rows.append(
            {
                "of_id": work.hit.id,
                "state": work.state.value,
                "events": work.words or work.hit.events,
                "dedupe": work.dedupe or work.hit.dedupe,
                "reason": work.note or work.hit.reason,
                "fault": msgspec.to_builtins(work.fault) if work.fault else None,
                "tries": work.hit.tries + (work.fault is not None),
                "lags": work.hit.lags + work.is_lagging,
                "changed": work.changed,
                "next_try_at": next_try_at,
                "settled_at": None if work.state is HitState.WAITING else now,
            }
        )
    if rows:
        values: dict[str, Any] = {name: bindparam(name) for name in _SETTLED}
        db.execute(_SETTLE.values(**values, claimed_by=None, claimed_until=None), rows)


def _log_lines(
    works: Sequence[Work], next_tries: Mapping[int, datetime], now: datetime
) -> list[tuple[Any, ...]]:
    """One line when it is known what became of a hit, and one when it first must be tried again."""
    lines = []
    for work in works:
        hit = work.hit
        if work.state is HitState.WAITING and (hit.tries or hit.lags):
            continue
        level = "error" if work.state is HitState.FAILED else "warning" if work.fault else "info"
        lines.append(
            (now, "hit", level, hit.connection_id, hit.trace_id, "", f"hit.{work.state.value}", _summary(work))
        )  # fmt: skip
    return lines


def _summary(work: Work) -> str:
    """Words and ids, never what a payload says of a person."""
    about = ", ".join(dict.fromkeys(subject.external_id for subject in list(work.hints)[:3]))
    head = f"{work.words or work.hit.events or 'A webhook call'}{f' of {about}' if about else ''}"
    if work.fault is not None:
        again = "given up" if work.state is HitState.FAILED else "tried again later"
        return f"{head}: {work.fault.message % work.fault.params} ({again})"
    if work.is_lagging:
        return f"{head}: the provider does not show it yet; read again shortly"
    if work.state is HitState.APPLIED:
        if not work.changed:
            return f"{head}: nothing new"
        return f"{head}: {work.changed} booking{'s' if work.changed > 1 else ''} changed"
    return f"{head}: {work.note}" if work.note else head

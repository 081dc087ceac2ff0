"""Truth checks: reads some bookings again, compares them with what is stored, and lets a sweep mend what differs."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import msgspec
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from webapp.domain.fault import Fault
from webapp.domain.stream import Stream
from webapp.domain.value import Value
from webapp.integrations.kit.contract import Missing, Record, StreamSource
from webapp.integrations.kit.errors import ContractBroken, ProviderError
from webapp.integrations.registry import UnknownProvider
from webapp.models import Booking, Connection, Hotel, LogEntry, TruthCheck, TruthPlan, TruthState
from webapp.models.bulk import bulk_insert
from webapp.runtime import Runtime
from webapp.vault import VaultError

from . import audit, freshness, truth_choice, truth_plans
from .adapters import CallLog, credentials_of, new_trace_id, open_adapter
from .applying_bookings import contents_of
from .freshness import LEAST_GRACE
from .syncing import KEY_MISSING, PROVIDER_UNKNOWN
from .truth_compare import Circle, Compared, Finding, Stored, compare_all
from .truth_plans import Turn

LOG = LogEntry.metadata.tables["log_entry"]
KEPT = timedelta(days=31)
UNKNOWN_HASH = bytes(16)
"""Equals no record's: what differs is written again although its own record may look unread."""


class _Answer(Value, frozen=True):
    asked_at: datetime
    records: Mapping[str, Record | Missing]
    fault: Fault | None = None


def check(runtime: Runtime, connection_id: int, *, owner: str = "truth") -> TruthState | None:
    """One comparison, when it is due and may be; None when nothing was compared. Raises nothing of a provider.

    Nothing is applied: what differs comes by the normal road, a sweep that is asked for here.
    """
    turn = truth_plans.open_turn(runtime, connection_id, owner=owner)
    if turn is None:
        return None
    with runtime.reading() as session:
        earlier = _last_compared(session, connection_id)
        ids = _ids(session, turn.connection, earlier, runtime.clock())
    calls = CallLog(connection_id, new_trace_id(runtime))
    answer = _ask(runtime, turn.connection, ids, calls)
    with runtime.reading() as session:
        circle = _circle(session, turn.connection, answer.asked_at, earlier)
        compared = compare_all(_stored(session, connection_id, ids), answer.records, circle)
    return _store(runtime, turn, compared, answer.fault, calls)


def request(runtime: Runtime, connection_id: int, *, actor: str) -> str:
    """Check now: due at once. Answers the reason when it must wait, else an empty text; raises LookupError."""
    truth_plans.plan_new(runtime)
    with runtime.writing() as session:
        row = session.get(TruthPlan, connection_id, with_for_update=True)
        connection = session.get(Connection, connection_id)
        if row is None or connection is None or connection.archived_at is not None:
            raise LookupError(f"no connection {connection_id}")
        now = runtime.clock()
        reason = truth_plans.reason_to_wait(session, connection, now)
        if reason in (truth_plans.Reason.STATE, truth_plans.Reason.LOADING):
            return reason
        reason = "" if reason == truth_plans.Reason.AUDIT else reason  # a dozen bookings are no bulk work
        row.is_wanted, row.next_check_at, row.waits_for = True, now, reason
        audit.record(
            runtime,
            session,
            actor,
            "truth.requested",
            f"{actor} asked to compare {connection.name} with its provider",
            connection_id=connection_id,
        )
    runtime.nudge.ring()
    return reason


def prune(runtime: Runtime) -> None:
    with runtime.writing() as session:
        session.execute(delete(TruthCheck).where(TruthCheck.at < runtime.clock() - KEPT))


def _last_compared(session: Session, connection_id: int) -> TruthCheck | None:
    compared = select(TruthCheck).where(
        TruthCheck.connection_id == connection_id, TruthCheck.state != TruthState.FAILED
    )
    return session.scalars(compared.order_by(TruthCheck.id.desc()).limit(1)).first()


def _ids(
    session: Session, connection: Connection, earlier: TruthCheck | None, now: datetime
) -> tuple[str, ...]:
    hotel = session.get(Hotel, 1)
    today: date = hotel.business_date if hotel else now.date()
    return truth_choice.choose(
        session,
        connection.id,
        today,
        hotel.truth_bookings if hotel else 12,
        seed=truth_choice.seed_of(connection.public_id, now),
        first=tuple(dict.fromkeys(one.external_id for one in findings_of(earlier))),
    )


def findings_of(row: TruthCheck | None) -> tuple[Finding, ...]:
    return msgspec.convert(row.findings, tuple[Finding, ...]) if row is not None else ()


def _ask(runtime: Runtime, connection: Connection, ids: tuple[str, ...], calls: CallLog) -> _Answer:
    asked_at = runtime.clock()
    try:
        opened = open_adapter(
            runtime,
            connection.provider,
            credentials_of(runtime, connection),
            connection_id=connection.id,
            record=calls,
            should_stop=runtime.stopping.is_set,
            is_check=True,
        )
        with opened as adapter:
            if not isinstance(adapter, StreamSource):
                return _Answer(asked_at, {}, PROVIDER_UNKNOWN)
            answers = adapter.fetch_by_ids(Stream.BOOKINGS, ids) if ids else ()
    except ProviderError as error:
        return _Answer(asked_at, {}, error.fault)
    except VaultError:
        return _Answer(asked_at, {}, KEY_MISSING)
    except UnknownProvider:
        return _Answer(asked_at, {}, PROVIDER_UNKNOWN)
    if len(answers) != len(ids):
        return _Answer(asked_at, {}, ContractBroken("fetch_by_ids").fault)
    return _Answer(asked_at, dict(zip(ids, answers, strict=True)))


def _stored(session: Session, connection_id: int, ids: tuple[str, ...]) -> dict[str, Stored]:
    rows = session.scalars(
        select(Booking).where(
            Booking.connection_id == connection_id,
            Booking.external_id.in_(ids),
            Booking.gone_at.is_(None),
        )
    ).all()
    contents = contents_of(session.connection(), [row.id for row in rows])
    return {
        row.external_id: Stored(
            public_id=row.public_id,
            number=row.confirmation_number or row.external_id,
            updated_at=row.updated_at,
            changed_at=row.changed_at,
            content=contents[row.id],
        )
        for row in rows
    }


def _circle(
    session: Session, connection: Connection, asked_at: datetime, earlier: TruthCheck | None
) -> Circle:
    view = next(one for one in freshness.connections(session, asked_at) if one.id == connection.id)
    interval = timedelta(minutes=view.frequency_minutes)
    return Circle(
        asked_at=asked_at,
        synced_at=view.as_of,
        patience=interval + max(LEAST_GRACE, interval / 2),
        checked_at=earlier.at if earlier else None,
        seen_before=frozenset((one.external_id, one.line, one.field) for one in findings_of(earlier)),
    )


def _store(
    runtime: Runtime, turn: Turn, compared: Compared, fault: Fault | None, calls: CallLog
) -> TruthState | None:
    """One transaction: the check's row, its calls, the next turn, and a sweep when there is something to mend."""
    state = _state(compared, fault)
    with runtime.writing() as session:
        now = runtime.clock()
        bulk_insert(session.connection(), LOG, CallLog.COLUMNS, calls.drain())
        calls.note_headroom(session)
        is_clean = state in (TruthState.CLEAN, TruthState.FAILED)
        if not truth_plans.close_turn(session, turn, now, is_clean=is_clean):
            return None
        if not compared.bookings and fault is None:
            return None  # nothing is stored yet, or all of it changed in this moment
        before = _last_compared(session, turn.connection.id)
        session.add(
            TruthCheck(
                connection_id=turn.connection.id,
                at=now,
                trigger="manual" if turn.is_wanted else "schedule",
                state=state.value,
                bookings=compared.bookings,
                fields=compared.fields,
                differing=compared.differing,
                underway=compared.underway,
                findings=msgspec.to_builtins(compared.findings),
                fault=msgspec.to_builtins(fault) if fault else None,
                trace_id=calls.trace_id,
            )
        )
        if state is TruthState.DIFFERS:
            _mend(session, turn.connection.id, compared, now)
        # When something begins to differ and when it has ended, not each hour.
        was_wrong = before is not None and before.state == TruthState.DIFFERS
        if fault is None and was_wrong != (state is TruthState.DIFFERS):
            _log(runtime, session, turn, compared, calls.trace_id)
    if state is TruthState.DIFFERS:
        runtime.nudge.ring()
    return state


def _state(compared: Compared, fault: Fault | None) -> TruthState:
    if fault is not None:
        return TruthState.FAILED
    if compared.differing:
        return TruthState.DIFFERS
    return TruthState.ON_ITS_WAY if compared.underway else TruthState.CLEAN


def _mend(session: Session, connection_id: int, compared: Compared, now: datetime) -> None:
    wrong = {one.external_id for one in compared.findings if not one.is_underway}
    session.execute(
        update(Booking)
        .where(Booking.connection_id == connection_id, Booking.external_id.in_(wrong))
        .values(content_hash=UNKNOWN_HASH)
    )
    connection = session.get_one(Connection, connection_id, with_for_update=True)
    connection.next_sweep_at = now
    if connection.next_sync_at is not None:
        connection.next_sync_at = min(connection.next_sync_at, now)


def _log(runtime: Runtime, session: Session, turn: Turn, compared: Compared, trace_id: str) -> None:
    differs = compared.differing > 0
    audit.note_run(
        runtime,
        session,
        "truth.differs" if differs else "truth.agrees",
        f"{turn.connection.name}: {compared.differing} of {compared.fields} compared fields differ",
        connection_id=turn.connection.id,
        trace_id=trace_id,
        level="warning" if differs else "info",
    )

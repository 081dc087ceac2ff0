"""One log entry with everything of its trace: messages, the run, the fields it stored, and its payload, masked or revealed."""

from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.models import Booking, BookingChange, Connection, LogEntry, LogPayload, SyncRun, WebhookHit
from webapp.runtime import Runtime
from webapp.vault import VaultError

from . import audit, hit_parcels, hits, run_views
from .log_views import HitView, LogDetail, LogRow, StoredField
from .logs import COLUMNS
from .masking import masked

MESSAGES, FIELDS = 200, 100
SHORTEST_REASON = 5
OURS = frozenset({"audit", "run"})


class NoSuchEntry(LookupError):
    """There is no such entry, or retention has taken it."""


class ReasonMissing(ValueError):
    """A payload is revealed for a reason, and none was given."""


def detail(runtime: Runtime, session: Session, entry_id: int) -> LogDetail:
    """Raises NoSuchEntry."""
    entry, connection = _find(session, entry_id)
    run, hit = _run(session, entry.trace_id), _hit(session, entry.trace_id)
    payload = _payload(runtime, session, entry, hit)
    messages = _messages(session, entry, connection.name if connection else "")
    return LogDetail(
        row=_row(entry, connection.name if connection else ""),
        run=run_views.find(session, run.connection_id, run.public_id) if run else None,
        hit=_hit_view(hit) if hit else None,
        connection_public_id=connection.public_id if connection else "",
        messages=messages[:MESSAGES],
        is_cut=len(messages) > MESSAGES,
        fields=stored_fields(session, run.id if run else None, hit.id if hit else None),
        payload=pretty(masked(payload, is_ours=entry.kind in OURS)) if payload is not None else "",
        is_masked=payload is not None and entry.kind not in OURS,
    )


def reveal(runtime: Runtime, entry_id: int, *, actor: str, reason: str) -> str:
    """The payload as it is, for `reason`, which the log keeps with who looked. Raises NoSuchEntry, ReasonMissing."""
    reason = " ".join(reason.split())[:200]
    if len(reason) < SHORTEST_REASON:
        raise ReasonMissing(reason)
    with runtime.writing() as session:
        entry, _ = _find(session, entry_id)
        payload = _payload(runtime, session, entry, _hit(session, entry.trace_id))
        if payload is None:
            raise NoSuchEntry(entry_id)
        audit.record(
            runtime,
            session,
            actor,
            "log.revealed",
            f"The payload of log entry {entry_id} was looked at: {reason}",
            connection_id=entry.connection_id,
            trace_id=entry.trace_id,
        )
    return pretty(payload)


def _find(session: Session, entry_id: int) -> tuple[LogEntry, Connection | None]:
    entry = session.get(LogEntry, entry_id)
    if entry is None:
        raise NoSuchEntry(entry_id)
    return entry, session.get(Connection, entry.connection_id) if entry.connection_id else None


def _payload(runtime: Runtime, session: Session, entry: LogEntry, hit: WebhookHit | None) -> Any:
    """What was stored beside the entry, else what its webhook call brought; None for neither."""
    row = session.get(LogPayload, entry.id)
    try:
        if row is not None:
            return readable(runtime.vault.open(row.sealed))
        if hit is None or entry.kind != "hit":
            return None
        parcel = hit_parcels.open_parcel(runtime, hit)
    except VaultError:
        return {"unreadable": True}
    return {"headers": parcel.headers, "body": None if parcel.body is None else readable(parcel.body)}


def readable(plain: bytes) -> Any:
    """The JSON that it is, else its letters."""
    try:
        return msgspec.json.decode(plain)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return plain.decode(errors="replace")


def pretty(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def _messages(session: Session, entry: LogEntry, name: str) -> tuple[LogRow, ...]:
    if not entry.trace_id:
        return ()
    statement = select(*COLUMNS).where(LogEntry.trace_id == entry.trace_id)
    rows = session.execute(statement.order_by(LogEntry.at, LogEntry.id).limit(MESSAGES + 1))
    return tuple(_row(row, name) for row in rows)


def _run(session: Session, trace_id: str) -> SyncRun | None:
    if not trace_id:
        return None
    return session.scalars(select(SyncRun).where(SyncRun.trace_id == trace_id).limit(1)).first()


def _hit(session: Session, trace_id: str) -> WebhookHit | None:
    if not trace_id:
        return None
    return session.scalars(select(WebhookHit).where(WebhookHit.trace_id == trace_id).limit(1)).first()


def _hit_view(hit: WebhookHit) -> HitView:
    return HitView(
        public_id=hit.public_id,
        state=hit.state,
        trust=hit.trust,
        reason=hit.reason,
        events=hit.events,
        received_at=hit.received_at,
        settled_at=hit.settled_at,
        size=hit.size,
        digest=hit.digest,
        changed=hit.changed,
        replays=hit.replays,
        fault=run_views.fault_of(hit.fault),
        may_be_replayed=hits.may_be_replayed(hit),
    )


def stored_fields(session: Session, run_id: int | None, hit_id: int | None) -> tuple[StoredField, ...]:
    """What a run or a webhook call changed, the first `FIELDS` of it."""
    if run_id is None and hit_id is None:
        return ()
    made_by = BookingChange.run_id == run_id if run_id is not None else BookingChange.hit_id == hit_id
    statement = (
        select(
            BookingChange,
            Booking.public_id,
            Booking.confirmation_number,
            Booking.external_id,
            Booking.currency,
        )
        .join(Booking, Booking.id == BookingChange.booking_id)
        .where(made_by)
        .order_by(BookingChange.id)
        .limit(FIELDS)
    )
    return tuple(
        StoredField(
            booking=public_id,
            number=number or external_id,
            field=change.field,
            line=change.stay_line,
            old=change.old,
            new=change.new,
            at=change.arrived_at,
            currency=currency,
        )
        for change, public_id, number, external_id, currency in session.execute(statement)
    )


def _row(entry: Any, connection: str) -> LogRow:
    return LogRow(
        entry.id,
        entry.at,
        entry.kind,
        entry.level,
        connection,
        entry.trace_id,
        entry.actor,
        entry.action,
        entry.summary,
    )

"""How long logs and webhook calls are kept: in days and in megabytes, with a forecast; and the deleting that follows."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from webapp.domain.value import Value
from webapp.models import Hotel, LogEntry, LogPayload, WebhookHit
from webapp.runtime import Runtime

from . import audit, hits, pruning

LEAST_DAYS, MOST_DAYS = 1, 365
LEAST_MEGABYTES, MOST_MEGABYTES = 50, 100_000
DEFAULT_DAYS, DEFAULT_MEGABYTES = 30, 1_000
MEGABYTE = 1_000_000
_SAMPLE = 500
_OF_A_ROW = 220
"""Bytes of a row beside its texts: columns, and its places in the indexes. An estimate, so that the forecast is one too."""
_A_DAY = timedelta(days=1)


class Keeping(Value, frozen=True):
    days: int = DEFAULT_DAYS
    megabytes: int = DEFAULT_MEGABYTES


class Forecast(Value, frozen=True):
    """`used` and `per_day` are bytes, estimated from the latest rows; `full_at` is when the megabytes are reached at this
    pace, None when the days come first or nothing grows. `at_end` is what is kept then. `oldest_at`: None for an empty log."""

    entries: int
    calls: int
    used: int
    per_day: int
    at_end: int
    full_at: datetime | None
    oldest_at: datetime | None


class NotKept(ValueError):
    """Days or megabytes outside what may be chosen; `field` names which."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def keeping(session: Session) -> Keeping:
    """As an admin set it; the usual before the set-up."""
    hotel = session.get(Hotel, 1)
    return Keeping(hotel.log_days, hotel.log_megabytes) if hotel else Keeping()


def keep(runtime: Runtime, wanted: Keeping, *, actor: str) -> None:
    """Applies at the next hour's clearing. Raises NotKept."""
    if not LEAST_DAYS <= wanted.days <= MOST_DAYS:
        raise NotKept("days")
    if not LEAST_MEGABYTES <= wanted.megabytes <= MOST_MEGABYTES:
        raise NotKept("megabytes")
    with runtime.writing() as session:
        hotel = session.get_one(Hotel, 1)
        before = Keeping(hotel.log_days, hotel.log_megabytes)
        if before == wanted:
            return
        hotel.log_days, hotel.log_megabytes = wanted.days, wanted.megabytes
        words = "; ".join(f"{one.days} days, {one.megabytes} MB" for one in (wanted, before))
        audit.record(runtime, session, actor, "log.keeping_changed", f"Logs are kept for {words} before")


def forecast(session: Session, wanted: Keeping, now: datetime) -> Forecast:
    """From counts and the size of the latest rows: no row is read for its size alone."""
    entries, calls = (session.scalar(select(func.count(one.id))) or 0 for one in (LogEntry, WebhookHit))
    used = round(entries * _entry_bytes(session) + calls * _call_bytes(session))
    oldest = min(
        (
            at
            for at in (
                session.scalar(select(func.min(LogEntry.at))),
                session.scalar(select(func.min(WebhookHit.received_at))),
            )
            if at is not None
        ),
        default=None,
    )
    span = max((now - oldest) / _A_DAY, 1.0) if oldest else 1.0
    per_day = round(used / span)
    limit = wanted.megabytes * MEGABYTE
    wished = per_day * wanted.days
    full_at = None
    if per_day and wished > limit:
        full_at = now + max(_A_DAY * ((limit - used) / per_day), timedelta(0))
    return Forecast(entries, calls, used, per_day, min(wished, limit), full_at, oldest)


def prune(runtime: Runtime) -> None:
    """Deletes what is older than the days, and the oldest of the rest while there is more than the megabytes.

    The last day always stays: a flood must not sweep out the log of how it came.
    """
    with runtime.reading() as session:
        wanted = keeping(session)
    pruning.prune(runtime, days=wanted.days)
    hits.prune(runtime, days=wanted.days)
    now = runtime.clock()
    with runtime.reading() as session:
        found = forecast(session, wanted, now)
        excess = 1 - wanted.megabytes * MEGABYTE / found.used if found.used else 0.0
        if excess <= 0:
            return
        before = [_at_share(session, LogEntry.at, found.entries, excess)]
        before.append(_at_share(session, WebhookHit.received_at, found.calls, excess))
    cut = min(max((at for at in before if at is not None), default=now), now - _A_DAY)
    days = (now - cut) / _A_DAY
    pruning.prune(runtime, days=days)
    hits.prune(runtime, days=days)


def _at_share(session: Session, column: Any, count: int, share: float) -> datetime | None:
    """The moment before which `share` of the rows lie."""
    found: datetime | None = session.scalar(
        select(column).order_by(column).offset(int(count * share)).limit(1)
    )
    return found


def _entry_bytes(session: Session) -> float:
    texts = (LogEntry.summary, LogEntry.action, LogEntry.actor, LogEntry.trace_id)
    length: Any = sum((func.length(column) for column in texts), start=literal(0))
    latest = (
        select((length + func.coalesce(func.length(LogPayload.sealed), 0)).label("size"))
        .outerjoin(LogPayload, LogPayload.log_entry_id == LogEntry.id)
        .order_by(LogEntry.id.desc())
        .limit(_SAMPLE)
        .subquery()
    )
    return _OF_A_ROW + float(session.scalar(select(func.avg(latest.c.size))) or 0)


def _call_bytes(session: Session) -> float:
    latest = (
        select((func.length(WebhookHit.sealed) + func.length(WebhookHit.events)).label("size"))
        .order_by(WebhookHit.id.desc())
        .limit(_SAMPLE)
        .subquery()
    )
    return _OF_A_ROW + float(session.scalar(select(func.avg(latest.c.size))) or 0)

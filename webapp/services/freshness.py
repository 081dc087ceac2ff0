"""How old the bookings are, why, and who mends it: the state of every connection in terms a person can act on."""

from collections import defaultdict
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from webapp.domain.fault import Fault
from webapp.domain.stream import Stream
from webapp.domain.value import Value
from webapp.integrations import registry
from webapp.models import Connection, ConnectionRole, ConnectionState

# A run takes a while, and the clock ticks every few seconds: only past this is a due run a missed one.
UNSTARTED = timedelta(minutes=3)
# How far past its interval a connection may be before its data are called old.
LEAST_GRACE = timedelta(minutes=5)


Found = Row[*tuple[Any, ...]]


class Standing(StrEnum):
    """Where a connection stands, worst first where several would fit."""

    NEEDS_ATTENTION = "needs_attention"  # an admin must act; nothing is tried until then
    PAUSED = "paused"
    FIRST_SYNC = "first_sync"  # the first load is going on or about to start
    STALLED = "stalled"  # a run is due and nobody starts it
    TROUBLE = "trouble"  # the last tries failed; it is tried again by itself
    LATE = "late"  # older than promised, with a run going on or about to start
    IN_STEP = "in_step"


class ConnectionView(Value, frozen=True):
    """One connection. `as_of` is when its bookings were last known to be complete; None before the first sync.

    `fault` is set while something is wrong; `is_current` says that the bookings are as fresh as promised,
    `is_search_stale` that the search waits for the end of the first load.
    """

    id: int
    public_id: str
    name: str
    provider: str
    provider_label: str
    is_primary: bool
    state: ConnectionState
    standing: Standing
    as_of: datetime | None
    stream_ages: dict[Stream, datetime]
    next_sync_at: datetime | None
    frequency_minutes: int
    history_days: int
    fault: Fault | None
    fault_since: datetime | None
    is_running: bool
    is_current: bool
    is_search_stale: bool


def connections(session: Session, now: datetime) -> tuple[ConnectionView, ...]:
    """Every connection that is not archived, the primary one first."""
    db = session.connection()
    rows = db.execute(_NOT_ARCHIVED).all()
    if not rows:
        return ()
    ages: dict[int, dict[Stream, datetime]] = defaultdict(dict)
    for connection_id, stream, at in db.execute(_LAST_COMPLETED):
        if at is not None:
            ages[connection_id][Stream(stream)] = at
    return tuple(_view(row, ages[row.id], now) for row in rows)


# Every page asks for these: put together once, and without the options, which hold a whole recipe.
_CONNECTION, _CURSOR = (Connection.metadata.tables[name].c for name in ("connection", "stream_cursor"))
_NOT_ARCHIVED = (
    select(
        _CONNECTION.id,
        _CONNECTION.public_id,
        _CONNECTION.name,
        _CONNECTION.provider,
        _CONNECTION.role,
        _CONNECTION.state,
        _CONNECTION.last_good_at,
        _CONNECTION.next_sync_at,
        _CONNECTION.frequency_minutes,
        _CONNECTION.history_days,
        _CONNECTION.claimed_by,
        _CONNECTION.claimed_until,
        _CONNECTION.fault,
        _CONNECTION.fault_since,
        _CONNECTION.is_search_stale,
    )
    .where(_CONNECTION.archived_at.is_(None))
    .order_by(_CONNECTION.role, _CONNECTION.id)
)
_LAST_COMPLETED = (
    select(_CURSOR.connection_id, _CURSOR.stream, func.max(_CURSOR.completed_at))
    .where(_CURSOR.completed_at.is_not(None))
    .group_by(_CURSOR.connection_id, _CURSOR.stream)
)


def _view(row: Found, ages: dict[Stream, datetime], now: datetime) -> ConnectionView:
    as_of = ages.get(Stream.BOOKINGS, row.last_good_at)
    is_running = row.claimed_by is not None and row.claimed_until is not None and row.claimed_until > now
    interval = timedelta(minutes=row.frequency_minutes)
    is_current = as_of is not None and now - as_of <= interval + max(LEAST_GRACE, interval / 2)
    return ConnectionView(
        id=row.id,
        public_id=row.public_id,
        name=row.name,
        provider=row.provider,
        provider_label=_label(row.provider),
        is_primary=row.role == ConnectionRole.PRIMARY,
        state=ConnectionState(row.state),
        standing=_standing(row, as_of, now, is_running=is_running, is_current=is_current),
        as_of=as_of,
        stream_ages=ages,
        next_sync_at=row.next_sync_at,
        frequency_minutes=row.frequency_minutes,
        history_days=row.history_days,
        fault=msgspec.convert(row.fault, Fault) if row.fault else None,
        fault_since=row.fault_since,
        is_running=is_running,
        is_current=is_current,
        is_search_stale=row.is_search_stale,
    )


def _standing(
    row: Found, as_of: datetime | None, now: datetime, *, is_running: bool, is_current: bool
) -> Standing:
    if row.state == ConnectionState.NEEDS_ATTENTION:
        return Standing.NEEDS_ATTENTION
    if row.state == ConnectionState.PAUSED:
        return Standing.PAUSED
    is_overdue = row.next_sync_at is None or now - row.next_sync_at > UNSTARTED
    if not is_running and is_overdue:
        return Standing.STALLED
    if row.state == ConnectionState.DEGRADED:
        return Standing.TROUBLE
    if as_of is None:
        return Standing.FIRST_SYNC
    return Standing.IN_STEP if is_current else Standing.LATE


def _label(provider: str) -> str:
    try:
        return registry.manifest(provider).label
    except registry.UnknownProvider:  # a provider of an older version, kept for its bookings
        return provider

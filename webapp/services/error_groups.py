"""What went wrong lately, grouped: one line per connection and kind of fault, with first, last, count and fix."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.domain.fault import Fault
from webapp.models import Connection, SyncRun
from webapp.models import RunState as State

LOOKED_AT = 2_000
SPAN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ErrorGroup:
    """`count` runs between `first_at` and `last_at`; `is_over` when the connection works again."""

    connection: str
    connection_public_id: str
    code: str
    fault: Fault
    first_at: datetime
    last_at: datetime
    count: int
    trace_id: str
    is_over: bool


def of_runs(session: Session, now: datetime) -> tuple[ErrorGroup, ...]:
    """Of the last seven days, those that still hold first, then the latest."""
    failed = (
        select(SyncRun, Connection)
        .join(Connection, Connection.id == SyncRun.connection_id)
        .where(
            SyncRun.started_at >= now - SPAN, SyncRun.state != State.RUNNING, Connection.archived_at.is_(None)
        )
        .where(SyncRun.fault["code"].as_string().is_not(None))
        .order_by(SyncRun.started_at.desc(), SyncRun.id.desc())
        .limit(LOOKED_AT)
    )
    groups: dict[tuple[int, str], ErrorGroup] = {}
    for run, connection in session.execute(failed):
        fault = _fault(run.fault)
        if fault is None:
            continue
        key = (connection.id, fault.code)
        if key in groups:
            groups[key] = replace(groups[key], first_at=run.started_at, count=groups[key].count + 1)
        else:
            groups[key] = ErrorGroup(
                connection=connection.name,
                connection_public_id=connection.public_id,
                code=fault.code,
                fault=fault,
                first_at=run.started_at,
                last_at=run.started_at,
                count=1,
                trace_id=run.trace_id,
                is_over=(connection.fault or {}).get("code") != fault.code,
            )
    by_time = sorted(groups.values(), key=lambda group: group.last_at, reverse=True)
    return tuple(sorted(by_time, key=lambda group: group.is_over))


def _fault(stored: dict[str, Any] | None) -> Fault | None:
    return msgspec.convert(stored, Fault) if stored else None

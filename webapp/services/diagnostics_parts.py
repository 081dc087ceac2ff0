"""The parts of a diagnostics bundle, each an allow list of what may leave the house: codes, states, counts, instants."""

import platform
import re
import sqlite3
import sys
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import Session

from webapp import migrations
from webapp.domain.fault import Actor
from webapp.integrations import registry
from webapp.models import (
    Booking,
    Connection,
    Delivery,
    Endpoint,
    Guest,
    Hotel,
    LogHour,
    Stay,
    SyncRun,
    SyncRunStream,
    WebhookHit,
)
from webapp.runtime import Runtime
from webapp.settings import NAMES

from . import beats, disk_space, error_groups, self_check

PROGRAM = "ai-hotel-assistant"
PACKAGES = (
    "flask",
    "sqlalchemy",
    "apscheduler",
    "waitress",
    "requests",
    "cryptography",
    "msgspec",
    "alembic",
)
RUNS = 10
"""The last ones of each connection."""
SPAN = timedelta(days=7)
_CODE = re.compile(r"[a-z][a-z0-9_]{0,60}")


def gather(runtime: Runtime, session: Session) -> dict[str, Any]:
    """JSON-ready; a fixed number of queries and a few for each connection."""
    now = runtime.clock()
    connections = session.scalars(
        select(Connection).where(Connection.archived_at.is_(None)).order_by(Connection.role, Connection.id)
    ).all()
    return {
        "versions": _versions(runtime, session),
        "settings": {name: "set" if runtime.settings.environment.get(name) else "default" for name in NAMES},
        "hotel": _hotel(session),
        "self_check": _self_check(runtime),
        "scheduler": _scheduler(session, now),
        "counts": _counts(session),
        "connections": [_connection(session, row) for row in connections],
        "errors_of_7_days": _errors(session, now),
        "log_lines_of_7_days": _log_lines(session, now),
        "webhooks_in": _by_state(session, select(WebhookHit.state, func.count()).group_by(WebhookHit.state)),
        "webhooks_out": _by_state(session, select(Delivery.state, func.count()).group_by(Delivery.state)),
        "endpoints": _by_state(session, select(Endpoint.state, func.count()).group_by(Endpoint.state)),
    }


def _versions(runtime: Runtime, session: Session) -> dict[str, Any]:
    database = (
        sqlite3.sqlite_version
        if runtime.dialect == "sqlite"
        else str(session.execute(text("SHOW server_version")).scalar_one()).split(" ", 1)[0]
    )
    return {
        "hub": _version_of(PROGRAM),
        "python": platform.python_version(),
        "system": platform.system(),
        "machine": platform.machine(),
        "64_bit": sys.maxsize > 2**32,
        "database": runtime.dialect,
        "database_version": database,
        "tables": migrations.head(),
        "packages": {name: _version_of(name) for name in PACKAGES},
    }


def _version_of(package: str) -> str | None:
    """None where it is not installed as a package, as when it runs out of its sources."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _hotel(session: Session) -> dict[str, Any] | None:
    hotel = session.get(Hotel, 1)
    if hotel is None:
        return None
    return {
        "timezone": hotel.timezone,
        "currency": hotel.currency,
        "business_date": hotel.business_date,
        "audit_hour": hotel.audit_hour,
        "log_days": hotel.log_days,
    }


def _self_check(runtime: Runtime) -> dict[str, Any]:
    """Only whether each is fine: its words name folders, hosts and connections."""
    found = [one for one in self_check.examine(runtime) if not one.name.startswith("connection ")]
    free = disk_space.free_bytes(runtime.settings.data_dir)
    return {
        **{one.name.replace(" ", "_"): "ok" if one.ok else "not ok" for one in found},
        "disk_free_mb": free // 1024**2,
    }


def _scheduler(session: Session, now: datetime) -> dict[str, Any]:
    view = beats.clock_view(session, now)
    return {
        "is_ticking": view.is_ticking,
        "heartbeat_at": view.heartbeat_at,
        "late_or_failing_jobs": sorted(
            job.name for job in view.jobs if (job.is_late or job.error) and job.name in beats.EVERY
        ),
    }


def _counts(session: Session) -> dict[str, int]:
    return {
        model.__tablename__: session.scalar(select(func.count()).select_from(model)) or 0
        for model in (Booking, Stay, Guest, SyncRun, WebhookHit, Delivery)
    }


def _connection(session: Session, row: Connection) -> dict[str, Any]:
    """Its name and the values of its options are people's; which options are filled is not."""
    known = row.provider in registry.PROVIDERS
    fields = {one.name for one in registry.manifest(row.provider).fields} if known else set()
    return {
        "id": row.public_id,
        "provider": row.provider if known else "unknown",
        "role": row.role,
        "state": row.state,
        "streams": row.streams,
        "frequency_minutes": row.frequency_minutes,
        "history_days": row.history_days,
        "options_set": sorted(name for name, value in row.options.items() if value and name in fields),
        "secrets_set": sorted(name for name in row.secret_hints if name in fields),
        "fault": _fault(row.fault),
        "fault_since": row.fault_since,
        "failures_in_a_row": row.failures,
        "last_good_at": row.last_good_at,
        "last_tried_at": row.last_tried_at,
        "next_sync_at": row.next_sync_at,
        "runs": _runs(session, row.id),
    }


def _runs(session: Session, connection_id: int) -> list[dict[str, Any]]:
    latest = (
        select(SyncRun)
        .where(SyncRun.connection_id == connection_id)
        .order_by(SyncRun.started_at.desc(), SyncRun.id.desc())
        .limit(RUNS)
    )
    runs = session.scalars(latest).all()
    streams: dict[int, dict[str, Any]] = {}
    wanted = select(SyncRunStream).where(SyncRunStream.run_id.in_([run.id for run in runs]))
    for one in session.scalars(wanted) if runs else ():
        streams.setdefault(one.run_id, {})[one.stream] = {
            "verdict": one.verdict,
            "pages": one.pages,
            "seen": one.seen,
            "added": one.added,
            "changed": one.changed,
            "skipped": one.skipped,
            "words_without_a_meaning": len(one.notes.get("unmapped", {})),
            "seconds": round(one.seconds, 1),
            "fault": _fault(one.fault),
        }
    return [
        {
            "mode": run.mode,
            "trigger": run.trigger,
            "state": run.state,
            "verdict": run.verdict,
            "fault": _fault(run.fault),
            "trace_id": run.trace_id,
            "started_at": run.started_at,
            "finished_at": run.finished_at,
            "calls": run.calls,
            "streams": streams.get(run.id, {}),
        }
        for run in runs
    ]


def _errors(session: Session, now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "connection": group.connection_public_id,
            "code": _code(group.code),
            "count": group.count,
            "first_at": group.first_at,
            "last_at": group.last_at,
            "trace_id": group.trace_id,
            "is_over": group.is_over,
        }
        for group in error_groups.of_runs(session, now)
    ]


def _log_lines(session: Session, now: datetime) -> dict[str, int]:
    counted = session.execute(
        select(LogHour.kind, LogHour.level, func.sum(LogHour.count))
        .where(LogHour.hour >= now - SPAN)
        .group_by(LogHour.kind, LogHour.level)
        .order_by(LogHour.kind, LogHour.level)
    )
    return {f"{kind} {level}": int(count) for kind, level, count in counted}


def _by_state(session: Session, counted: Select[str, int]) -> dict[str, int]:
    return {str(row[0]): int(row[1]) for row in sorted(session.execute(counted), key=str)}


def _fault(stored: dict[str, Any] | None) -> dict[str, Any] | None:
    """The code and who acts. Message and detail may quote a provider."""
    if not stored:
        return None
    actor = stored.get("actor")
    return {"code": _code(stored.get("code")), "actor": actor if actor in set(Actor) else None}


def _code(found: object) -> str:
    return found if isinstance(found, str) and _CODE.fullmatch(found) else "unknown"

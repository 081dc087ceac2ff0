"""The hub examines itself: folder, key, database, disk, clock, connections; each finding says what to do."""

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from webapp.models import Connection, ConnectionState, Hotel, Lease
from webapp.runtime import Runtime

from . import disk_space

LATE_HEARTBEAT = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the examination. `advice` is empty when `ok`."""

    name: str
    ok: bool
    text: str
    advice: str = ""


def examine(runtime: Runtime) -> tuple[Finding, ...]:
    """Reads only; takes well under a second on a healthy hub."""
    with runtime.reading() as session:
        return (
            *_folder(runtime),
            *_database(runtime, session),
            *_hotel(session),
            *_clock(runtime, session),
            *_connections(session),
        )


def _folder(runtime: Runtime) -> Iterator[Finding]:
    settings = runtime.settings
    mode = stat.S_IMODE(settings.key_file.stat().st_mode)
    safe = mode & 0o077 == 0
    yield Finding(
        "key file",
        safe,
        f"{settings.key_file} opens this database"
        + ("" if safe else f", but others may read it ({mode:04o})"),
        "" if safe else f"Run: chmod 600 {settings.key_file}",
    )
    if (count := len(settings.key_file.read_bytes().split())) > 1:
        yield Finding(
            "key rotation",
            False,
            f"{count} keys are in the key file: a rotation was cut off",
            "Stop the hub and run: hotel-assistant rotate-key",
        )
    free = disk_space.free_bytes(settings.data_dir)
    yield Finding(
        "disk",
        free > disk_space.LOW_BYTES,
        f"{free // (1024 * 1024):,} MB free in {settings.data_dir}",
        "" if free > disk_space.LOW_BYTES else "Make room: below 500 MB syncs may stop.",
    )
    stamp = Path(__file__).parents[1] / "static" / "vendor" / ".stamp"
    yield Finding(
        "browser files",
        stamp.exists(),
        "in place" if stamp.exists() else "missing",
        "" if stamp.exists() else "Run: ./run setup",
    )


def _database(runtime: Runtime, session: Session) -> Iterator[Finding]:
    if runtime.dialect != "sqlite":
        version = session.execute(text("SHOW server_version")).scalar_one()
        yield Finding("database", True, f"PostgreSQL {version}")
        return
    result = session.execute(text("PRAGMA quick_check(1)")).scalar_one()
    yield Finding(
        "database",
        result == "ok",
        "SQLite, every page reads well" if result == "ok" else f"SQLite says: {result}",
        ""
        if result == "ok"
        else "Stop the hub, keep a copy of the data folder, and restore the last backup.",
    )


def _hotel(session: Session) -> Iterator[Finding]:
    hotel = session.get(Hotel, 1)
    if hotel is None:
        yield Finding(
            "hotel",
            False,
            "not set up yet",
            "Open the dashboard and enter the claim code that `serve` printed.",
        )
    else:
        yield Finding(
            "hotel", True, f"{hotel.name}, {hotel.timezone}, business date {hotel.business_date.isoformat()}"
        )


def _clock(runtime: Runtime, session: Session) -> Iterator[Finding]:
    lease = session.scalars(select(Lease).where(Lease.name == "clock")).one_or_none()
    if lease is None:
        yield Finding("scheduler", True, "has not run in this folder yet")
        return
    late = runtime.clock() - lease.heartbeat_at
    ok = late < LATE_HEARTBEAT
    yield Finding(
        "scheduler",
        ok,
        f"last beat {int(late.total_seconds())} s ago, by {lease.owner}",
        "" if ok else "If the hub should be running, start it: no sync runs without its clock.",
    )


def _connections(session: Session) -> Iterator[Finding]:
    rows = session.scalars(select(Connection).where(Connection.archived_at.is_(None)).order_by(Connection.id))
    for row in rows:
        ok = row.state in {ConnectionState.HEALTHY, ConnectionState.PAUSED}
        good = f"last good sync {row.last_good_at:%Y-%m-%d %H:%M} UTC" if row.last_good_at else "never synced"
        fault = row.fault or {}
        yield Finding(
            f"connection {row.name}",
            ok,
            f"{row.state.replace('_', ' ')}, {good}",
            "" if ok else _filled(fault) or "Press Test Connection on its page.",
        )


def _filled(fault: dict[str, object]) -> str:
    params = fault.get("params")
    advice = str(fault.get("advice", ""))
    return advice % params if isinstance(params, dict) and params else advice

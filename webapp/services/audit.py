"""Writes audit lines: who did what, from where, in the transaction that did it."""

from typing import Any

import msgspec
from sqlalchemy.orm import Session

from webapp.models import LogEntry, LogPayload
from webapp.runtime import Runtime


def record(
    runtime: Runtime,
    session: Session,
    actor: str,
    action: str,
    summary: str,
    *,
    connection_id: int | None = None,
    details: dict[str, Any] | None = None,
    trace_id: str = "",
    level: str = "info",
) -> None:
    """`action` is noun.verb (`connection.created`); `details` holds before and after without secrets, sealed."""
    entry = LogEntry(
        at=runtime.clock(),
        kind="audit",
        level=level,
        actor=actor,
        action=action,
        summary=summary,
        connection_id=connection_id,
        trace_id=trace_id,
    )
    _store(runtime, session, entry, details)


def note_run(
    runtime: Runtime,
    session: Session,
    action: str,
    summary: str,
    *,
    connection_id: int,
    trace_id: str,
    level: str = "info",
    details: dict[str, Any] | None = None,
) -> None:
    """A line about a sync run or a change of a connection's state, which nobody in person did."""
    entry = LogEntry(
        at=runtime.clock(),
        kind="run",
        level=level,
        action=action,
        summary=summary,
        connection_id=connection_id,
        trace_id=trace_id,
    )
    _store(runtime, session, entry, details)


def _store(runtime: Runtime, session: Session, entry: LogEntry, details: dict[str, Any] | None) -> None:
    session.add(entry)
    if details:
        session.flush()
        sealed = runtime.vault.seal(msgspec.json.encode(details))
        session.add(LogPayload(log_entry_id=entry.id, sealed=sealed))

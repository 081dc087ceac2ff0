"""Writes log entries straight into the table, for tests of lists and counts: short to write, and fast for a million."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import insert

from webapp.models import LogEntry, LogPayload
from webapp.runtime import Runtime

KINDS = ("call", "call", "call", "run", "call", "audit", "call", "hit")


def entry(
    hub: Runtime, summary: str = "GET /bookings → 200 in 40 ms", *, minutes_ago: float = 1, **more: Any
) -> int:
    """One entry, an info of kind run unless told otherwise; `payload` is sealed beside it. Answers its id."""
    payload = more.pop("payload", None)
    given: dict[str, Any] = {
        "kind": "run",
        "level": "info",
        "trace_id": "",
        "actor": "",
        "action": "run.succeeded",
    }
    row = LogEntry(at=hub.clock() - timedelta(minutes=minutes_ago), summary=summary, **{**given, **more})
    with hub.writing() as session:
        session.add(row)
        session.flush()
        if payload is not None:
            session.add(LogPayload(log_entry_id=row.id, sealed=hub.vault.seal(msgspec.json.encode(payload))))
        return row.id


def fill(hub: Runtime, count: int, *, connection_ids: Iterable[int] = (), seconds_apart: float = 2.0) -> None:
    """`count` entries of all kinds, one in fifty a warning and one in a thousand an error; the last is now."""
    owners = [*connection_ids, None]
    now, step = hub.clock(), timedelta(seconds=seconds_apart)
    columns = LogEntry.__table__
    batch = 20_000
    for begin in range(0, count, batch):
        rows = [
            {
                "at": now - step * (count - 1 - number),
                "kind": KINDS[number % len(KINDS)],
                "level": "error" if number % 1000 == 7 else "warning" if number % 50 == 3 else "info",
                "connection_id": owners[number % len(owners)],
                "trace_id": f"tr_{number // 10}",
                "actor": "",
                "action": "GET 200",
                "summary": f"line {number}",
            }
            for number in range(begin, min(begin + batch, count))
        ]
        with hub.writing() as session:
            session.execute(insert(columns), rows)  # type: ignore[arg-type]  # a table, as mapped classes have

"""The Logs page over a million entries, asked over HTTP: a deep page must cost what the first one costs."""

import tempfile
from datetime import timedelta
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from sqlalchemy import insert, select

from bench import hub
from bench.pretend_hotel import pretend_hotel
from bench.report import Line, Table
from bench.sync import Plan
from bench.web import Visitor, hub_command, served
from webapp.models import LogEntry
from webapp.runtime import Runtime
from webapp.services.log_place import LogPlace
from webapp.services.log_views import Gravity, LogView

ENTRIES_PER_BOOKING = 10
"""100,000 bookings stand for a hub with a million log entries."""
KINDS = ("call", "call", "call", "run", "call", "audit", "call", "hit")
TIMES = 30
FILTERS = {
    "everything": {"view": LogView.ALL.value},
    "operations": {},
    "errors": {"view": LogView.ALL.value, "level": Gravity.ERRORS.value},
}
BATCH = 20_000


def measure(plan: Plan) -> list[Table]:
    """Fills a folder's log and asks for pages of three filters in turns."""
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        folder = Path(place)
        with pretend_hotel(1) as hotel:
            runtime = hub.opened(folder)
            hub.furnish(runtime, hotel, plan.page)
            _fill(runtime, plan.rows * ENTRIES_PER_BOOKING)
            deep = _deep_place(runtime, plan.rows * ENTRIES_PER_BOOKING)
            runtime.close()
        with served(*hub_command(folder)) as (address, _):
            visitor = Visitor(address)
            visitor.sign_in()
            found: dict[tuple[str, str], list[float]] = {}
            for _ in range(plan.rounds + 1):
                for name, filter_ in FILTERS.items():
                    for depth, more in (("first", {}), ("deep", {"after": deep.text()})):
                        path = f"/integrations/logs?{urlencode({'period': 'month', **filter_, **more})}"
                        found.setdefault((name, depth), []).extend(visitor.timed(path, TIMES))
    middle = {key: median(values) for key, values in found.items()}
    goals, times = Table.of_goals("Logs"), Table("Logs, milliseconds", ("filter", "first", "deep"))
    for name in FILTERS:
        goals.judge(Line(f"{name}: deep page, x first", middle[name, "deep"] / middle[name, "first"], 1.2))
        times.add(name, *(f"{middle[name, depth]:.1f}" for depth in ("first", "deep")))
    return [goals, times]


def _fill(runtime: Runtime, count: int) -> None:
    """One entry in fifty is a warning, one in a thousand an error; the last is now."""
    now, step = runtime.clock(), timedelta(seconds=2)
    for begin in range(0, count, BATCH):
        rows = [
            {
                "at": now - step * (count - 1 - number),
                "kind": KINDS[number % len(KINDS)],
                "level": "error" if number % 1000 == 7 else "warning" if number % 50 == 3 else "info",
                "connection_id": 1 if number % 2 else None,
                "trace_id": f"tr_{number // 10}",
                "actor": "",
                "action": "GET 200",
                "summary": f"line {number}",
            }
            for number in range(begin, min(begin + BATCH, count))
        ]
        with runtime.writing() as session:
            session.execute(insert(LogEntry), rows)


def _deep_place(runtime: Runtime, count: int) -> LogPlace:
    """Where a page begins after nine tenths of the log."""
    with runtime.reading() as session:
        at, key = session.execute(
            select(LogEntry.at, LogEntry.id).order_by(LogEntry.id).offset(count // 10).limit(1)
        ).one()
    return LogPlace(True, at, key)

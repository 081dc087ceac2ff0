"""P7 and P8: webhook calls that are on disk before they are answered, alone, beside a first load, and at a vendor's pace."""

import sqlite3
import tempfile
import threading
from contextlib import closing
from pathlib import Path
from statistics import median

from bench import hub
from bench.calls import CONNECTIONS, SignedCall, Volley, signed_call, volley
from bench.pretend_hotel import PretendHotel, pretend_hotel
from bench.report import Line, Table
from bench.rounds import orders
from bench.sync import Plan
from bench.web import hub_command, served
from webapp.models import Connection
from webapp.services import hit_addresses

CALLS = 2_000
PACE, PACED_CALLS = 50.0, 500
"""Calls a second of a busy hotel, and how many: ten seconds."""


def measure(plan: Plan) -> list[Table]:
    """Both sides are called in turns; then a hub of its own is called while it loads."""
    with tempfile.TemporaryDirectory(prefix="bench-") as place, pretend_hotel(plan.rows) as hotel:
        alone = _alone(plan, Path(place), hotel)
        beside = _beside_a_load(plan, Path(place) / "loading", hotel)
        paced = _beside_a_load(plan, Path(place) / "paced", hotel, PACE)
        bare = _paced_bare(Path(place), hotel)
    figures = {
        **alone,
        "hub, first load": [beside],
        "hub, first load, 50 a second": [paced],
        "bare durable insert, 50 a second": [bare],
    }
    return [_goals(alone, beside, paced), _figures(figures)]


def _alone(plan: Plan, place: Path, hotel: PretendHotel) -> dict[str, list[Volley]]:
    folder = place / "hub"
    path = _furnished(folder, hotel, plan.page, is_due=False)
    with (
        served(*hub_command(folder), "--no-scheduler") as (address, _),
        served("-m", "bench.yardsticks.durable", str(place / "durable.sqlite3")) as (other, _),
    ):
        ways = {"hub": (address, path), "bare durable insert": (other, "/hook")}
        found: dict[str, list[Volley]] = {name: [] for name in ways}
        for number, order in enumerate(orders(tuple(ways), plan.rounds + 1)):
            calls = _calls(f"e{number}", CALLS, hotel)
            for name in order:
                found[name].append(volley(*ways[name], calls))
    return {name: volleys[1:] for name, volleys in found.items()}  # the first one only warms up


def _beside_a_load(plan: Plan, folder: Path, hotel: PretendHotel, pace: float | None = None) -> Volley:
    """From the first stored page on; the load goes on afterwards, and is cut off. Raises SystemExit when a paced volley
    outlasts it: then it would show a hub at rest."""
    path = _furnished(folder, hotel, plan.page, is_due=True)
    calls = _calls("s", CALLS if pace is None else PACED_CALLS, hotel)
    with served(*hub_command(folder)) as (address, _):
        _wait_for_bookings(folder)
        found = volley(address, path, calls, pace)
        if pace is not None and _stored(folder) >= plan.rows:
            raise SystemExit("the first load ended before the calls: measure with more --rows")
        return found


def _paced_bare(place: Path, hotel: PretendHotel) -> Volley:
    with served("-m", "bench.yardsticks.durable", str(place / "paced.sqlite3")) as (address, _):
        return volley(address, "/hook", _calls("p", PACED_CALLS, hotel), PACE)


def _furnished(folder: Path, hotel: PretendHotel, page: int, *, is_due: bool) -> str:
    """A hub whose connection reads the hotel and is called by it; returns its secret path."""
    runtime = hub.opened(folder)
    hub.furnish(runtime, hotel, page)
    with runtime.writing() as session:
        connection = session.get_one(Connection, 1)
        connection.next_sync_at = runtime.clock() if is_due else None
        public_id = connection.public_id
    path = hit_addresses.ensure(runtime, public_id).path
    runtime.close()
    return path


def _wait_for_bookings(folder: Path) -> None:
    for _ in range(1_000):
        if _stored(folder):
            return
        threading.Event().wait(0.03)
    raise SystemExit("the first load does not begin")


def _stored(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "hub.sqlite3")) as db:
        return int(db.execute("SELECT count(*) FROM booking").fetchone()[0])


def _calls(prefix: str, count: int, hotel: PretendHotel) -> list[SignedCall]:
    return [signed_call(f"{prefix}-{number}", number % 400, hotel.property_id) for number in range(count)]


def _goals(alone: dict[str, list[Volley]], beside: Volley, paced: Volley) -> Table:
    rate = {name: median(one.rate for one in volleys) for name, volleys in alone.items()}
    slow = median(one.percentile(99) for one in alone["hub"])
    table = Table.of_goals("Webhook calls")
    share = rate["hub"] / rate["bare durable insert"]
    table.judge(Line("P7 calls a second, x bare durable insert", share, 1.2, least=True))
    table.judge(
        Line("P8 calls a second during a first load, x alone", beside.rate / rate["hub"], 0.5, least=True)
    )
    table.judge(Line("P8 99th percentile during a first load, x alone", beside.percentile(99) / slow, 5.0))
    table.judge(Line("P8 slowest call during a first load, seconds", max(beside.seconds), 2.0))
    name = "95th percentile at 50 calls a second during a first load, milliseconds"
    table.judge(Line(name, paced.percentile(95), 100.0))
    return table


def _figures(found: dict[str, list[Volley]]) -> Table:
    table = Table(
        f"Webhook calls, {CONNECTIONS} connections",
        ("", "calls/s", "p50 ms", "p95 ms", "p99 ms", "slowest ms"),
    )
    for name, volleys in found.items():
        cells = (
            median(one.rate for one in volleys),
            median(one.percentile(50) for one in volleys),
            median(one.percentile(95) for one in volleys),
            median(one.percentile(99) for one in volleys),
            max(max(one.seconds) for one in volleys) * 1000,
        )
        table.add(name, *(f"{cell:,.0f}" for cell in cells))
    return table

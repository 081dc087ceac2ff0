"""P9 to P11: list, search and refresh of bookings, beside a page made by hand over the same database."""

import gzip
import sqlite3
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlencode

from bench import hub
from bench.pretend_hotel import pretend_hotel
from bench.report import Line, Table
from bench.rounds import orders
from bench.sync import Plan
from bench.web import Visitor, cpu_ms, hub_command, served
from webapp.services.booking_place import Place
from webapp.services.syncing import sync_once

TIMES = 30
Samples = dict[tuple[str, str], list[float]]


def measure(plan: Plan) -> list[Table]:
    """Loads a folder of its own, then asks both sides for the same pages in turns."""
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        folder = Path(place)
        with pretend_hotel(plan.rows) as hotel:
            runtime = hub.opened(folder)
            hub.furnish(runtime, hotel, plan.page)
            sync_once(runtime, 1)
            runtime.close()
        deep = _deep_place(folder / "hub.sqlite3", plan.rows)
        paths = {
            ("hub", "first"): "/bookings",
            ("hub", "deep"): f"/bookings?{urlencode({'after': deep.text()})}",
            ("hub", "search"): f"/bookings?{urlencode({'q': str(1_000_000 + plan.rows // 2)})}",
            ("keyset", "first"): "/bookings",
            ("keyset", "deep"): f"/bookings?{urlencode({'arrival': deep.arrival, 'id': deep.id})}",
            ("keyset", "search"): f"/bookings?{urlencode({'q': str(1_000_000 + plan.rows // 2)})}",
        }
        with (
            served(*hub_command(folder)) as (address, process),
            served("-m", "bench.yardsticks.keyset", str(folder / "hub.sqlite3")) as (other, yardstick),
        ):
            visitors = {"hub": Visitor(address), "keyset": Visitor(other)}
            processes = {"hub": process, "keyset": yardstick}
            visitors["hub"].sign_in()
            found: Samples = {key: [] for key in paths}
            used: Samples = {key: [] for key in paths}
            for order in orders(("hub", "keyset"), plan.rounds + 1):
                for name in order:
                    for page in ("first", "deep", "search"):
                        before = cpu_ms(processes[name])
                        found[name, page] += visitors[name].timed(paths[name, page], TIMES)
                        used[name, page].append((cpu_ms(processes[name]) - before) / TIMES)
            sent = _refresh_size(visitors["hub"])
    # The first round only warms both up: a page's code comes with its first visitor, and a hub that starts catches up.
    found = {key: values[TIMES:] for key, values in found.items()}
    used = {key: values[1:] for key, values in used.items()}
    return [_goals(found, used, sent), _times(found, used)]


def _deep_place(database: Path, rows: int) -> Place:
    """Where a page begins after nine tenths of the list."""
    with sqlite3.connect(database) as db:
        statement = "SELECT arrival, id FROM booking ORDER BY arrival DESC, id DESC LIMIT 1 OFFSET ?"
        arrival, key = db.execute(statement, (rows * 9 // 10,)).fetchone()
    return Place(True, date.fromisoformat(arrival), key)


def _refresh_size(visitor: Visitor) -> int:
    """Bytes of a list refresh as HTMX asks for it, gzipped as a server in front would, unless it came so."""
    answer = visitor.get(
        "/bookings", **{"HX-Request": "true", "HX-Target": "bookings-list", "Accept-Encoding": "gzip"}
    )
    if answer.headers.get("Content-Encoding") == "gzip":
        return len(answer.data)
    return len(gzip.compress(answer.data, 6))


def _goals(found: Samples, used: Samples, sent: int) -> Table:
    middle = {key: median(values) for key, values in found.items()}
    cpu = {key: median(values) for key, values in used.items()}
    table = Table.of_goals("Pages")
    for page, goal in (("first", 2.0), ("deep", 2.0), ("search", 2.4)):
        name = "P10 search of a rare word" if page == "search" else f"P9 bookings, {page} page"
        table.judge(Line(f"{name}, x keyset, wall", middle["hub", page] / middle["keyset", page], goal))
        table.judge(Line(f"{name}, x keyset, cpu", cpu["hub", page] / cpu["keyset", page], goal))
    table.judge(Line("P9 deep page, x first page", middle["hub", "deep"] / middle["hub", "first"], 1.2))
    table.judge(
        Line("P9 95th percentile, x median", _p95(found["hub", "first"]) / middle["hub", "first"], 2.0)
    )
    table.judge(Line("P11 refresh of the list, kB gzipped", sent / 1000, 5.3))
    return table


def _times(found: Samples, used: Samples) -> Table:
    table = Table("Pages, milliseconds of wall / of CPU", ("page", "hub", "keyset"))
    for page in ("first", "deep", "search"):
        both = [(name, page) for name in ("hub", "keyset")]
        table.add(page, *(f"{median(found[key]):.1f} / {median(used[key]):.1f}" for key in both))
    return table


def _p95(values: Sequence[float]) -> float:
    return quantiles(values, n=20)[-1]

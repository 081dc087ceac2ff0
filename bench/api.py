"""The API's list of bookings: the first page beside page 900 of a hundred each, and beside sqlite3 and json by hand."""

import base64
import json
import sqlite3
import tempfile
from contextlib import closing
from itertools import cycle
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from bench import hub
from bench.pretend_hotel import pretend_hotel
from bench.report import Line, Table
from bench.rounds import orders
from bench.sync import Plan
from bench.web import Visitor, hub_command, served
from webapp.models import Scope
from webapp.services import api_keys
from webapp.services.syncing import sync_once

TIMES, PAGE = 20, 100
KEYS = 20
"""Each may make a hundred calls a minute."""


def measure(plan: Plan) -> list[Table]:
    """Loads a folder of its own, then asks both sides for the same pages in turns."""
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        folder = Path(place)
        with pretend_hotel(plan.rows) as hotel:
            runtime = hub.opened(folder)
            hub.furnish(runtime, hotel, plan.page)
            sync_once(runtime, 1)
            keys = [
                api_keys.create(runtime, name=f"bench {number}", scope=Scope.READ, actor="bench").text
                for number in range(KEYS)
            ]
            runtime.close()
        deep = _deep_id(folder / "hub.sqlite3", plan.rows)
        with (
            served(*hub_command(folder), "--no-scheduler") as (address, _),
            served("-m", "bench.yardsticks.listing", str(folder / "hub.sqlite3")) as (other, _),
        ):
            found = _asked(plan, Visitor(address), Visitor(other), keys, deep)
    return _tables({key: median(values) for key, values in found.items()})


def _asked(
    plan: Plan, program: Visitor, yardstick: Visitor, keys: list[str], deep: int
) -> dict[tuple[str, str], list[float]]:
    holders = cycle(keys)
    path = f"/api/v1/bookings?limit={PAGE}"
    first = program.get(path, Authorization=f"Bearer {next(holders)}")
    cursor = _moved(json.loads(first.data)["next_cursor"], deep)
    paths = {
        ("hub", "first"): path,
        ("hub", "page 900"): f"{path}&{urlencode({'cursor': cursor})}",
        ("by hand", "first"): "/bookings",
        ("by hand", "page 900"): f"/bookings?after={deep}",
    }
    found: dict[tuple[str, str], list[float]] = {}
    for number, order in enumerate(orders(("hub", "by hand"), plan.rounds + 1)):
        for name in order:
            for page in ("first", "page 900"):
                headers = {"Authorization": f"Bearer {next(holders)}"} if name == "hub" else {}
                visitor = program if name == "hub" else yardstick
                took = visitor.timed(paths[name, page], TIMES, **headers)
                if number:  # the first round only warms up
                    found.setdefault((name, page), []).extend(took)
    return found


def _deep_id(database: Path, rows: int) -> int:
    """The booking that page 900 of 1,000 follows."""
    with closing(sqlite3.connect(database)) as db:
        statement = "SELECT id FROM booking ORDER BY id LIMIT 1 OFFSET ?"
        key: int = db.execute(statement, (rows * 9 // 10 - PAGE - 1,)).fetchone()[0]
        return key


def _moved(cursor: str, key: int) -> str:
    """A cursor of the hub, set to another place: 900 calls would only lead there more slowly."""
    filters, _ = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    return base64.urlsafe_b64encode(json.dumps([filters, [key]]).encode()).decode().rstrip("=")


def _tables(middle: dict[tuple[str, str], float]) -> list[Table]:
    goals = Table.of_goals("API, 100 bookings a page")
    goals.judge(Line("page 900, x first page", middle["hub", "page 900"] / middle["hub", "first"], 1.2))
    times = Table("API, milliseconds", ("", "first", "page 900"))
    for name in ("hub", "by hand"):
        times.add(name, *(f"{middle[name, page]:.1f}" for page in ("first", "page 900")))
    # A key, an allowance and every check stand on one side only: a figure to watch, no goal.
    shares = (middle["hub", page] / middle["by hand", page] for page in ("first", "page 900"))
    times.add("hub, x by hand", *(f"{share:.1f}" for share in shares))
    return [goals, times]

"""P1 to P5: the first load and what follows it, the hub beside the limit, each step a process of its own."""

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench.figures import Figures
from bench.pretend_hotel import ROOT, PretendHotel, pretend_hotel
from bench.report import Line, Table
from bench.rounds import Rounds, median, orders

SHARE = 0.01
MODULES = {
    "limit": ("bench.yardsticks.limit", "limit"),
    "limit+hash": ("bench.yardsticks.limit", "limit+hash"),
    "core": ("bench.yardsticks.core", "core"),
    "hub": ("bench.hub",),
}


@dataclass(frozen=True, slots=True)
class Plan:
    rows: int
    rounds: int
    page: int


def measure(plan: Plan) -> list[Table]:
    """Loads, asks for changes, changes one in a hundred, asks again, and reads the whole list once more."""
    found = Rounds()
    with pretend_hotel(plan.rows) as hotel:
        for order in orders(tuple(MODULES), plan.rounds):
            with tempfile.TemporaryDirectory(prefix="bench-") as place:
                folders = {name: Path(place) / name for name in order}
                for folder in folders.values():
                    folder.mkdir()
                _steps(hotel, plan.page, folders, found, {"full": "full", "delta": "delta"})
                hotel.touch(SHARE)
                _steps(hotel, plan.page, folders, found, {"delta1%": "delta"})
                _steps(hotel, plan.page, folders, found, {"again": "again"})
    with pretend_hotel(plan.rows // 4) as hotel, tempfile.TemporaryDirectory(prefix="bench-") as place:
        found.add("hub", "quarter", _run("hub", Path(place), hotel, plan.page, "full"))
    return _tables(plan, found)


def _steps(
    hotel: PretendHotel,
    page: int,
    folders: dict[str, Path],
    found: Rounds,
    steps: dict[str, str],
) -> None:
    """`steps` gives the step of each label under which it is kept."""
    for label, step in steps.items():
        for name, folder in folders.items():
            if name != "core" or step == "full":
                found.add(name, label, _run(name, folder, hotel, page, step))


def _run(name: str, folder: Path, hotel: PretendHotel, page: int, step: str) -> Figures:
    module, *extra = MODULES[name]
    told = msgspec.json.encode(hotel).decode()
    command = [sys.executable, "-m", module, *extra, str(folder), told, str(page), step]
    ended = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return msgspec.json.decode(ended.stdout, type=Figures)


def _tables(plan: Plan, found: Rounds) -> list[Table]:
    full = Table(
        f"First load, {plan.rows:,} bookings, {plan.page} a page",
        ("contestant", "bookings/s", "wall x limit", "CPU x limit", "CPU µs a booking", "peak MiB"),
    )
    base = found.of("limit", "full")
    for name in MODULES:
        runs = found.of(name, "full")
        wall, cpu = median(runs, "wall"), median(runs, "cpu")
        full.add(
            name,
            f"{plan.rows / wall:,.0f}",
            f"{wall / median(base, 'wall'):.2f}",
            f"{cpu / median(base, 'cpu'):.2f}",
            f"{cpu / plan.rows * 1e6:.0f}",
            f"{median(runs, 'peak_mib'):.0f}",
        )
    after = Table(
        "After the first load, seconds of wall",
        ("contestant", "nothing changed", "1 % changed", "everything again"),
    )
    for name in ("limit", "limit+hash", "hub"):
        steps = ("delta", "delta1%", "again")
        after.add(name, *(f"{median(found.of(name, step), 'wall'):.3f}" for step in steps))
    return [_goals(found), full, after]


def _goals(found: Rounds) -> Table:
    wall = {
        (name, step): median(found.of(name, step), "wall")
        for name in ("limit", "limit+hash", "hub")
        for step in ("full", "delta", "delta1%", "again")
    }
    cpu = {name: median(found.of(name, "full"), "cpu") for name in ("limit", "core", "hub")}
    peak = median(found.of("hub", "full"), "peak_mib") / median(found.of("hub", "quarter"), "peak_mib")
    calls = median(found.of("hub", "delta"), "calls")
    table = Table.of_goals("Sync")
    table.judge(
        Line(
            "P1 first load, share of limit, wall",
            wall["limit", "full"] / wall["hub", "full"],
            0.45,
            least=True,
        )
    )
    table.judge(Line("P1 the same, CPU", cpu["limit"] / cpu["hub"], 0.45, least=True))
    table.judge(Line("P1 the same, CPU, share of Core", cpu["core"] / cpu["hub"], None))
    table.judge(Line("P2 peak memory, against a quarter of the bookings", peak, 1.15))
    table.judge(Line("P3 nothing changed, x limit", wall["hub", "delta"] / wall["limit", "delta"], 2.0))
    table.judge(Line("P3 calls", calls, 1.0))
    table.judge(Line("P4 1 % changed, x limit", wall["hub", "delta1%"] / wall["limit", "delta1%"], 1.5))
    table.judge(
        Line("P5 everything again, x limit + hash", wall["hub", "again"] / wall["limit+hash", "again"], 1.6)
    )
    table.judge(
        Line("P5 faster than the first load", wall["hub", "full"] / wall["hub", "again"], 3.0, least=True)
    )
    return table

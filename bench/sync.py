"""P1 to P5: the first load and what follows it, the hub beside the limit, each step a process of its own."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench.figures import Figures
from bench.pretend_hotel import ROOT, PretendHotel, pretend_hotel
from bench.report import Line, Table
from bench.rounds import Rounds, median, orders

SHARE = 0.01
TOUCHED = "1%"
STEPS = (("full", "full"), ("delta", "delta"), (TOUCHED, "delta"), ("again", "again"))
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


@dataclass(frozen=True, slots=True)
class Contestant:
    """A process that does the steps it is told."""

    name: str
    process: subprocess.Popen[bytes]

    def do(self, step: str) -> Figures:
        """Raises DecodeError when the process ended; its own words then stand above."""
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError("a contestant without pipes")
        self.process.stdin.write(f"{step}\n".encode())
        self.process.stdin.flush()
        return msgspec.json.decode(self.process.stdout.readline(), type=Figures)


def measure(plan: Plan) -> list[Table]:
    """Loads, asks for changes, changes one in a hundred, asks again, and reads the whole list once more."""
    found = Rounds()
    for order in orders(tuple(MODULES), plan.rounds):
        # In a hotel of an earlier round the changed bookings share the latest stamp, and "nothing changed" lists them all.
        with pretend_hotel(plan.rows) as hotel, _started(hotel, plan.page, order) as contestants:
            for label, step in STEPS:
                if label == TOUCHED:
                    hotel.touch(SHARE)
                for one in contestants:
                    if one.name != "core" or step == "full":
                        found.add(one.name, label, one.do(step))
    with pretend_hotel(plan.rows // 4) as hotel, _started(hotel, plan.page, ("hub",)) as (alone,):
        found.add("hub", "quarter", alone.do("full"))
    return _tables(plan, found)


@contextmanager
def _started(hotel: PretendHotel, page: int, names: tuple[str, ...]) -> Iterator[list[Contestant]]:
    told = msgspec.json.encode(hotel).decode()
    with tempfile.TemporaryDirectory(prefix="bench-") as place, ExitStack() as stack:
        contestants = []
        for name in names:
            folder = Path(place) / name
            folder.mkdir()
            module, *extra = MODULES[name]
            command = [sys.executable, "-m", module, *extra, str(folder), told, str(page)]
            pipes = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            contestants.append(Contestant(name, stack.enter_context(pipes)))
        yield contestants


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
        "After the first load, seconds of wall / of CPU",
        ("contestant", "nothing changed", "1 % changed", "everything again"),
    )
    for name in ("limit", "limit+hash", "hub"):
        steps = [found.of(name, step) for step in ("delta", TOUCHED, "again")]
        after.add(name, *(f"{median(run, 'wall'):.3f} / {median(run, 'cpu'):.3f}" for run in steps))
    return [_goals(found), full, after]


def _goals(found: Rounds) -> Table:
    """Wall is what the goals speak of; CPU beside it, because it holds on a machine that others use too."""
    table = Table.of_goals("Sync")
    for unit in ("wall", "cpu"):
        value = {(name, step): median(found.of(name, step), unit) for name, step in found.keys}
        full = value["limit", "full"] / value["hub", "full"]
        rescan = value["hub", "again"] / value["limit+hash", "again"]
        table.judge(Line(f"P1 first load, share of limit, {unit}", full, 0.45, least=True))
        table.judge(
            Line(f"P1 first load, share of Core, {unit}", value["core", "full"] / value["hub", "full"], None)
        )
        table.judge(
            Line(f"P3 nothing changed, x limit, {unit}", value["hub", "delta"] / value["limit", "delta"], 2.0)
        )
        table.judge(
            Line(f"P4 1 % changed, x limit, {unit}", value["hub", TOUCHED] / value["limit", TOUCHED], 1.5)
        )
        table.judge(Line(f"P5 everything again, x limit + hash, {unit}", rescan, 1.6))
        faster = value["hub", "full"] / value["hub", "again"]
        table.judge(Line(f"P5 faster than the first load, {unit}", faster, 3.0, least=True))
    peak = median(found.of("hub", "full"), "peak_mib") / median(found.of("hub", "quarter"), "peak_mib")
    table.judge(Line("P2 peak memory, x that of a quarter of the bookings", peak, 1.15))
    table.judge(Line("P3 calls when nothing changed", median(found.of("hub", "delta"), "calls"), 1.0))
    return table

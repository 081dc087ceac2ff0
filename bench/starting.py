"""P14: from the start of the process to its first answer, and its memory once its jobs have had their turns, beside a bare
page."""

import tempfile
import time
from pathlib import Path
from statistics import median

import urllib3

from bench import hub
from bench.report import Line, Table
from bench.rounds import orders
from bench.sync import Plan
from bench.web import cpu_ms, hub_command, served

AT_REST = 4.0
"""Seconds after the first answer; the hub loads its jobs after it, and most have their first turn at once."""
LOOKS = 2


def measure(plan: Plan) -> list[Table]:
    """An existing data folder, the scheduler running, compiled files kept."""
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        hub.opened(Path(place)).close()
        commands = {
            "hub": (hub_command(Path(place)), "/healthz"),
            "bare": (("-m", "bench.yardsticks.bare"), "/"),
        }
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        used: dict[str, list[float]] = {name: [] for name in commands}
        memory: dict[str, list[float]] = {name: [] for name in commands}
        for number, order in enumerate(orders(tuple(commands), plan.rounds * 2)):
            for name in order:
                command, path = commands[name]
                began = time.perf_counter()
                with served(*command) as (address, process):
                    status = urllib3.request("GET", address + path, retries=20).status
                    seconds[name].append(time.perf_counter() - began)
                    used[name].append(cpu_ms(process) / 1000)
                    if status != 200:
                        raise SystemExit(f"{path}: {status}")
                    if number < LOOKS:
                        time.sleep(AT_REST)
                        memory[name].append(_private_mib(process.pid))
    table = Table.of_goals("Start")
    for unit, values in (("wall", seconds), ("cpu", used)):
        ratio = median(values["hub"]) / median(values["bare"])
        table.judge(Line(f"P14 start to first 200, x bare, {unit}", ratio, 2.0))
    table.judge(Line("P14 memory at rest, x bare", median(memory["hub"]) / median(memory["bare"]), 1.6))
    plain = Table("Start", ("", "seconds to the first 200, wall / CPU", "MiB at rest"))
    for name in commands:
        times = f"{median(seconds[name]):.2f} / {median(used[name]):.2f}"
        plain.add(name, times, f"{median(memory[name]):.0f}")
    return [table, plain]


def _private_mib(process: int) -> float:
    """Proportional share of memory, which leaves out what the processes of a machine share."""
    text = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) / 1024

"""What one contestant says about one piece of work, as a line of JSON on its standard output."""

import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec


class Figures(msgspec.Struct, frozen=True):
    """Seconds of wall and of CPU in the process, its greatest resident size in MiB, and what it counted."""

    wall: float
    cpu: float
    peak_mib: float
    counted: dict[str, float] = {}


@dataclass(slots=True)
class Watch:
    """Measures from its making; imports and opening a folder stay outside."""

    _wall: float = field(default_factory=time.perf_counter)
    _cpu: float = field(default_factory=time.process_time)

    def figures(self, **counted: float) -> Figures:
        wall, cpu = time.perf_counter() - self._wall, time.process_time() - self._cpu
        return Figures(wall, cpu, _peak_mib(), counted)


def answer(work: Callable[[str], Figures]) -> None:
    """Does each step that comes as a line of standard input, and says its figures; one process, as a hub is one."""
    for line in sys.stdin:
        sys.stdout.write(msgspec.json.encode(work(line.strip())).decode() + "\n")
        sys.stdout.flush()


def _peak_mib() -> float:
    """Of this program alone: what the kernel tells of resources counts the parent's size before it as well."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0

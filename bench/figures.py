"""What one contestant says about one piece of work, as a line of JSON on its standard output."""

import resource
import sys
import time
from dataclasses import dataclass, field

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
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return Figures(time.perf_counter() - self._wall, time.process_time() - self._cpu, peak, counted)


def say(figures: Figures) -> None:
    sys.stdout.write(msgspec.json.encode(figures).decode() + "\n")

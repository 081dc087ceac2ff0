"""Runs of several contestants, one after another in turns, and their medians."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median as middle

from bench.figures import Figures


def orders(names: tuple[str, ...], rounds: int) -> Iterator[tuple[str, ...]]:
    """Every second round goes backwards, so that a machine that slows down slows both sides."""
    for number in range(rounds):
        yield names if number % 2 == 0 else names[::-1]


@dataclass
class Rounds:
    """What was measured, by contestant and step."""

    _found: dict[tuple[str, str], list[Figures]] = field(default_factory=lambda: defaultdict(list))

    def add(self, name: str, step: str, figures: Figures) -> None:
        self._found[name, step].append(figures)

    @property
    def keys(self) -> Sequence[tuple[str, str]]:
        """Each contestant with each of its steps."""
        return list(self._found)

    def of(self, name: str, step: str) -> Sequence[Figures]:
        return self._found[name, step]


def median(runs: Sequence[Figures], what: str) -> float:
    """Of `wall`, `cpu`, `peak_mib`, or of something counted."""
    return middle(float(getattr(run, what, run.counted.get(what, 0))) for run in runs)

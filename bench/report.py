"""The tables of a run, as text for the screen and for `bench/results.md`."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Line:
    """A ratio beside its goal; `least` when more is better, no goal when it is only told."""

    name: str
    value: float
    goal: float | None
    least: bool = False

    @property
    def verdict(self) -> str:
        if self.goal is None:
            return ""
        return "ok" if (self.value >= self.goal if self.least else self.value <= self.goal) else "missed"


@dataclass(slots=True)
class Table:
    title: str
    head: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)

    @classmethod
    def of_goals(cls, title: str) -> "Table":
        return cls(f"{title}: goals", ("ratio", "measured", "goal", ""))

    def add(self, *cells: str) -> None:
        self.rows.append(cells)

    def judge(self, line: Line) -> None:
        sign = "≥" if line.least else "≤"
        goal = "" if line.goal is None else f"{sign} {line.goal:g}"
        self.add(line.name, f"{line.value:.2f}", goal, line.verdict)

    def text(self) -> str:
        lines = [f"## {self.title}", "", _row(self.head), _row(("---",) * len(self.head))]
        return "\n".join([*lines, *(_row(row) for row in self.rows), ""])


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"

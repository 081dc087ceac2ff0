"""How much of a page is written at once, and when: short transactions, and none while somebody else is waited for."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy.engine import Connection as DatabaseConnection

from webapp.runtime import Runtime

from .sync_runs import Run

LONGEST = 0.1
"""Seconds that SQLite's one write lock is held; a webhook call waits for no more than one such bite."""
SHORT = 0.04
SMALLEST, LARGEST = 50, 500
WHILE_CALLED, A_MOMENT = 100, 1.0
"""Records of a transaction while webhook calls come, and for how many seconds after one they are expected."""
GIVE_WAY_FOR = 0.5
"""A sync beside an endless stream of calls still gets on."""


@dataclass(slots=True)
class Bite:
    """Records of one transaction: fewer on a machine that is slow or busy, as many as a usual page on another."""

    size: int = field(default_factory=lambda: LARGEST)

    def most(self, runtime: Runtime) -> int:
        """Records of the next transaction."""
        is_called = runtime.dialect == "sqlite" and runtime.right_of_way.was_taken(A_MOMENT)
        return min(self.size, WHILE_CALLED) if is_called else self.size

    @contextmanager
    def writing(self, run: Run) -> Iterator[DatabaseConnection]:
        give_way(run.runtime)
        with run.runtime.bulk_writing() as db:
            locked = time.monotonic()
            yield db
        self.learn(time.monotonic() - locked)

    def learn(self, seconds: float) -> None:
        """What the last transaction took."""
        if seconds > LONGEST:
            self.size = max(self.size // 2, SMALLEST)
        elif seconds < SHORT:
            self.size = min(self.size * 2, LARGEST)


def give_way(runtime: Runtime) -> None:
    """Before a write that nobody waits for. PostgreSQL's rows are locked one by one, so that there is no need."""
    if runtime.dialect == "sqlite":
        runtime.right_of_way.give(GIVE_WAY_FOR)

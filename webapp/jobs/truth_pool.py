"""Compares connections with their providers in two threads, so that one that hangs delays no other."""

from collections.abc import Sequence
from typing import ClassVar

from webapp.runtime import Runtime
from webapp.services import truth_checks, truth_plans

from .hit_pool import HitPool

SIZE = 2


class TruthPool(HitPool):
    """The threads of hits, at work on truth checks."""

    kind: ClassVar[str] = "truth"

    def __init__(self, runtime: Runtime) -> None:
        super().__init__(runtime, size=SIZE)

    def _due(self) -> Sequence[int]:
        truth_plans.plan_new(self._runtime)
        return truth_plans.due(self._runtime)

    def _work(self, connection_id: int) -> int:
        truth_checks.check(self._runtime, connection_id, owner=self._owner)
        return 0  # one check is one turn

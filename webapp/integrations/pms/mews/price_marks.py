"""When the prices of each rate were last read: every rate costs a call of its own, so not all are asked every time."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec

from webapp.integrations.kit.contract import SetupCache

from .setup import Plan

FRESH_FOR = timedelta(hours=4)
"""How old the prices of a rate that is not the default one may become before they are asked again."""
_KEPT_FOR = timedelta(days=30)
_NEVER = datetime.min.replace(tzinfo=UTC)


class Mark(msgspec.Struct, frozen=True):
    """`until` is the first day that was not read."""

    at: datetime
    until: date


class PriceMarks:
    def __init__(self, cache: SetupCache, key: str) -> None:
        self._cache = cache
        self._name = f"priced:{key}"
        self._marks = self._read()

    def due(self, plans: Sequence[Plan], until: date, now: datetime) -> list[Plan]:
        """The default rates always and first, then whatever has waited longest."""

        def is_due(plan: Plan) -> bool:
            mark = self._marks.get(plan.id)
            return plan.is_default or mark is None or mark.until < until or now - mark.at >= FRESH_FOR

        def last(plan: Plan) -> datetime:
            mark = self._marks.get(plan.id)
            return _NEVER if plan.is_default or mark is None else mark.at

        # Sorting keeps the order of equals, in which the default rates come first.
        return sorted((plan for plan in plans if is_due(plan)), key=last)

    def note(self, plan: Plan, until: date, now: datetime) -> None:
        self._marks[plan.id] = Mark(now, until)
        self._cache.put(self._name, msgspec.json.encode(self._marks).decode(), now + _KEPT_FOR)

    def _read(self) -> dict[str, Mark]:
        try:
            return msgspec.json.decode(self._cache.get(self._name) or "{}", type=dict[str, Mark])
        except msgspec.DecodeError:
            return {}  # written by another version

"""Reads event queues in a few threads, one per connection, so that a provider that hangs delays no other."""

from collections.abc import Sequence
from typing import ClassVar

from webapp.services import event_queues

from .hit_pool import HitPool


class QueuePool(HitPool):
    """The threads of hits, at work on queues."""

    kind: ClassVar[str] = "queue"

    def _due(self) -> Sequence[int]:
        return event_queues.due_connections(self._runtime)

    def _work(self, connection_id: int) -> int:
        return event_queues.drain(self._runtime, connection_id, owner=self._owner)

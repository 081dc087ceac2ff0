"""Sends outgoing webhooks in a few threads, one per endpoint, so that a receiver that hangs delays no other."""

from collections.abc import Sequence
from typing import ClassVar

from webapp.runtime import Runtime
from webapp.services import delivery_claims, delivery_sending

from .hit_pool import HitPool

SIZE = 24
"""A hung receiver holds a thread for fifteen seconds; this many may hang before one that is well has to wait."""


class DeliveryPool(HitPool):
    """The threads of hits, at work on deliveries."""

    kind: ClassVar[str] = "deliveries"

    def __init__(self, runtime: Runtime, *, owner: str = "") -> None:
        super().__init__(runtime, owner=owner, size=SIZE)

    def _due(self) -> Sequence[int]:
        return delivery_claims.due_endpoints(self._runtime)

    def _work(self, connection_id: int) -> int:
        return delivery_sending.process(self._runtime, connection_id, owner=self._owner)

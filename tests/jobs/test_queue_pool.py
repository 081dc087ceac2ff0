"""Event queues are read in threads: one that hangs delays nobody."""

import threading

import pytest

from tests import queue_provider
from tests.queue_provider import said
from tests.queue_stage import QueueStage, queue_provider_listed
from webapp.jobs.queue_pool import QueuePool
from webapp.models import EventQueue
from webapp.runtime import Runtime

__all__ = ["queue_provider_listed"]
pytestmark = pytest.mark.usefixtures("queue_provider_listed", "memory_provider")
LONG = 10.0


def test_a_queue_that_hangs_delays_no_other(hub: Runtime) -> None:
    slow, quick = QueueStage(hub, name="Slow"), QueueStage(hub, name="Quick")
    hangs, goes_on, is_read = threading.Event(), threading.Event(), threading.Event()

    def hang() -> None:
        hangs.set()
        goes_on.wait(LONG)

    queue_provider.between[:] = [hang, is_read.set]
    pool = QueuePool(hub)
    slow.put(said("R1"))
    assert pool.start_due() == 2
    assert hangs.wait(LONG)
    quick.put(said("R1"))
    for _ in range(200):
        _due_again(quick)  # the first round may still be writing down when it wants to come again
        pool.start_due()
        if is_read.wait(LONG / 200):
            break
    assert is_read.is_set()
    assert not slow.hits() or {hit.connection_id for hit in slow.hits()} == {quick.id}
    goes_on.set()
    hub.stopping.set()
    pool.stop()
    assert {hit.connection_id for hit in slow.hits()} == {slow.id, quick.id}


def _due_again(stage: QueueStage) -> None:
    """As if the minute were over."""
    with stage.hub.writing() as session:
        row = session.get(EventQueue, stage.id)
        if row is not None:
            row.next_drain_at = stage.hub.clock()

"""Outgoing webhooks and the clock: an event goes out within seconds, and one receiver that hangs delays no other."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from tests.jobs.test_clock import eventually, ticking
from tests.receiver import Receiver, receiving
from tests.services.test_deliveries import listen, tell
from webapp.jobs.delivery_pool import DeliveryPool
from webapp.models import Delivery, DeliveryState
from webapp.runtime import Runtime


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def other() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


def states(hub: Runtime) -> list[str]:
    with hub.reading() as session:
        return list(session.scalars(select(Delivery.state).order_by(Delivery.endpoint_id, Delivery.id)))


def test_an_event_goes_out_by_itself(hub: Runtime, receiver: Receiver) -> None:
    listen(hub, receiver)
    with ticking(hub):
        tell(hub)
        assert eventually(lambda: states(hub) == [DeliveryState.DELIVERED])


def test_a_receiver_that_hangs_delays_no_other_and_gets_one_call_at_a_time(
    hub: Runtime, receiver: Receiver, other: Receiver
) -> None:
    listen(hub, receiver)
    listen(hub, other)
    receiver.open.clear()
    tell(hub, 3)
    pool = DeliveryPool(hub)
    try:
        assert pool.start_due() == 2
        assert eventually(lambda: states(hub).count(DeliveryState.DELIVERED) == 3)
        assert eventually(lambda: len(receiver.told) == 1)
        assert len(other.told) == 3
        assert pool.start_due() == 0  # its own thread comes to the rest
    finally:
        receiver.open.set()
        assert eventually(lambda: pool.running == 0)
    assert states(hub) == [DeliveryState.DELIVERED] * 6
    assert len(receiver.told) == 3

"""Endpoints that need somebody are named, and a test that gets through switches them on again."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.cast import IAN
from tests.conftest import FixedClock
from tests.receiver import Receiver, Reply, receiving
from tests.services.test_deliveries import endpoint, listen, send, tell
from webapp.models import EndpointState
from webapp.runtime import Runtime
from webapp.services import delivery_orders, endpoint_repairs, endpoints
from webapp.services.endpoint_repairs import EndpointTrouble


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


def troubles(hub: Runtime) -> tuple[EndpointTrouble, ...]:
    with hub.reading() as session:
        return endpoint_repairs.troubles(session)


def test_an_endpoint_that_is_well_or_was_switched_off_by_a_person_needs_nobody(
    hub: Runtime, receiver: Receiver
) -> None:
    made = listen(hub, receiver)
    assert troubles(hub) == ()
    endpoints.disable(hub, made.endpoint.public_id, actor=IAN.email)
    assert troubles(hub) == ()


def test_a_receiver_that_is_gone_needs_somebody_and_keeps_what_came(
    hub: Runtime, receiver: Receiver, clock: FixedClock
) -> None:
    listen(hub, receiver)
    receiver.reply(Reply(410))
    tell(hub)
    send(hub)
    clock.advance(hours=1)
    tell(hub, 2)
    (one,) = troubles(hub)
    assert (one.is_off, one.reason, one.held) == (True, "gone", 3)
    assert one.since == clock.now - timedelta(hours=1)


def test_a_day_of_failures_needs_somebody_though_it_is_still_tried(
    hub: Runtime, receiver: Receiver, clock: FixedClock
) -> None:
    listen(hub, receiver)
    receiver.reply(Reply(500))
    tell(hub)
    send(hub)
    assert troubles(hub) == ()
    clock.advance(days=1, minutes=1)
    send(hub)
    (one,) = troubles(hub)
    assert (one.is_off, one.reason, one.held) == (False, "failing", 0)


def test_what_a_day_of_failures_kept_from_arriving_may_be_sent_again_after_the_test(
    hub: Runtime, receiver: Receiver, clock: FixedClock
) -> None:
    """The test ends the trouble, but what it cost is counted from its beginning."""
    made = listen(hub, receiver)
    tell(hub)
    first = clock.now
    receiver.reply(Reply(500))
    for _ in hub.settings.outbound_retry_schedule:
        send(hub)
        clock.advance(days=2)  # past every wait of the calendar, however long it was drawn
    (one,) = troubles(hub)
    assert not one.is_off
    receiver.reply(Reply(204))
    done = endpoint_repairs.repair(hub, made.endpoint.public_id, actor=IAN.email)
    assert (done.posted.status, done.waits, done.held_since) == (204, 1, first)
    assert troubles(hub) == ()


def test_a_test_that_fails_leaves_it_off(hub: Runtime, receiver: Receiver) -> None:
    made = listen(hub, receiver)
    receiver.reply(Reply(410))
    tell(hub)
    send(hub)
    done = endpoint_repairs.repair(hub, made.endpoint.public_id, actor=IAN.email)
    assert (done.posted.status, done.waits) == (410, 0)
    assert endpoint(hub).state == EndpointState.DISABLED


def test_a_test_that_arrives_switches_it_on_and_says_what_may_be_sent_again(
    hub: Runtime, receiver: Receiver, clock: FixedClock
) -> None:
    made = listen(hub, receiver)
    receiver.reply(Reply(410))
    tell(hub, 2)
    clock.advance(seconds=2)
    send(hub)
    clock.advance(hours=1)
    tell(hub)
    receiver.reply(Reply(204))
    done = endpoint_repairs.repair(hub, made.endpoint.public_id, actor=IAN.email)
    assert (done.posted.status, done.waits) == (204, 3)
    assert endpoint(hub).state == EndpointState.ACTIVE
    assert troubles(hub) == ()
    assert send(hub) == 0  # what was held waits for a person
    assert done.held_since is not None
    assert delivery_orders.replay_all(hub, made.endpoint.public_id, done.held_since, actor=IAN.email) == 3
    assert send(hub) == 3

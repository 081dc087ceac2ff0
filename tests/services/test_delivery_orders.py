"""What people ask of deliveries, and how they are shown."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.cast import IAN
from tests.conftest import FixedClock
from tests.receiver import Receiver, Reply, receiving
from tests.services.test_deliveries import endpoint, listen, only, send, tell
from webapp.domain.outgoing import CHOICES, EXAMPLES, OutgoingType
from webapp.models import Delivery, DeliveryAttempt, DeliveryState, EndpointState, LogEntry, OutboxEvent
from webapp.runtime import Runtime
from webapp.services import delivery_orders, delivery_views, endpoints
from webapp.services.delivery_orders import NoSuchDelivery


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.mark.parametrize("kind", [OutgoingType.PAYMENT_SUCCEEDED, OutgoingType.WEBHOOK_TEST])
def test_a_test_goes_out_at_once_marked_as_one(hub: Runtime, receiver: Receiver, kind: OutgoingType) -> None:
    made = listen(hub, receiver, OutgoingType.TICKET_CREATED)
    posted = delivery_orders.send_test(hub, made.endpoint.public_id, kind, actor=IAN.email)
    assert posted.is_delivered
    body = json.loads(receiver.told[0].body)
    assert (body["type"], body["data"]["test"]) == (kind, True)
    assert body["id"] == receiver.told[0].headers["webhook-id"]
    assert only(hub).state == DeliveryState.DELIVERED


def test_a_test_that_fails_is_not_tried_again(hub: Runtime, receiver: Receiver, clock: FixedClock) -> None:
    made = listen(hub, receiver)
    receiver.reply(Reply(500, body=b"<b>broken</b>"))
    posted = delivery_orders.send_test(
        hub, made.endpoint.public_id, OutgoingType.BOOKING_CREATED, actor=IAN.email
    )
    assert (posted.status, posted.is_delivered) == (500, False)
    clock.advance(days=1)
    assert send(hub) == 0


def test_a_receiver_that_answers_a_test_with_gone_is_told_no_more(hub: Runtime, receiver: Receiver) -> None:
    made = listen(hub, receiver)
    tell(hub)
    receiver.reply(Reply(410))
    for _ in range(2):  # the second time it is off already
        delivery_orders.send_test(hub, made.endpoint.public_id, OutgoingType.BOOKING_CREATED, actor=IAN.email)
    row = endpoint(hub)
    assert (row.state, row.disabled_because) == (EndpointState.DISABLED, "gone")
    with hub.reading() as session:
        states = sorted(session.scalars(select(Delivery.state)))
        lines = list(session.scalars(select(LogEntry.action).where(LogEntry.level == "warning")))
    assert states == ["dead", "dead", "held"]
    assert lines == ["endpoint.disabled"]


def test_a_test_that_arrives_ends_the_failing_of_an_endpoint_that_is_told(
    hub: Runtime, receiver: Receiver, clock: FixedClock
) -> None:
    key = listen(hub, receiver).endpoint.public_id
    receiver.reply(Reply(500), Reply(500), Reply(204))
    tell(hub)
    send(hub)
    failing = endpoint(hub).failing_since
    clock.advance(days=1, minutes=1)
    send(hub)
    assert (failing is not None, endpoint(hub).told_failing_at is not None) == (True, True)
    delivery_orders.send_test(hub, key, OutgoingType.WEBHOOK_TEST, actor=IAN.email)
    row = endpoint(hub)
    assert (row.failing_since, row.told_failing_at, row.last_success_at) == (None, None, clock.now)


def test_a_test_to_an_endpoint_that_is_off_leaves_the_beginning_of_its_trouble(
    hub: Runtime, receiver: Receiver
) -> None:
    """It tells how far back the form for sending again reaches."""
    key = listen(hub, receiver).endpoint.public_id
    receiver.reply(Reply(410), Reply(204))
    tell(hub)
    send(hub)
    began = endpoint(hub).failing_since
    assert delivery_orders.send_test(hub, key, OutgoingType.WEBHOOK_TEST, actor=IAN.email).is_delivered
    assert (endpoint(hub).failing_since, endpoint(hub).state) == (began, EndpointState.DISABLED)
    assert began is not None


def test_a_test_that_failed_is_not_among_what_is_sent_again(hub: Runtime, receiver: Receiver) -> None:
    made = listen(hub, receiver)
    key = made.endpoint.public_id
    receiver.reply(Reply(500))
    delivery_orders.send_test(hub, key, OutgoingType.BOOKING_CREATED, actor=IAN.email)
    endpoints.disable(hub, key, actor=IAN.email)
    tell(hub)
    since = hub.clock() - timedelta(days=1)
    with hub.reading() as session:
        assert delivery_orders.count_to_replay(hub, session, key, since) == 1
    assert delivery_orders.replay_all(hub, key, since, actor=IAN.email) == 1


def test_every_kind_has_an_example() -> None:
    assert set(EXAMPLES) == set(OutgoingType)
    assert OutgoingType.WEBHOOK_TEST not in CHOICES


def test_one_delivery_is_sent_again_with_its_id_and_body(
    hub: Runtime, receiver: Receiver, clock: FixedClock
) -> None:
    listen(hub, receiver)
    tell(hub)
    send(hub)
    clock.advance(hours=1)
    delivery_orders.replay(hub, only(hub).public_id, actor=IAN.email)
    send(hub)
    first, second = receiver.told
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 3600
    assert only(hub).replays == 1
    with hub.reading() as session:
        assert "delivery.replayed" in session.scalars(select(LogEntry.action)).all()
    with pytest.raises(NoSuchDelivery):
        delivery_orders.replay(hub, "dl_unknown", actor=IAN.email)


def test_all_that_failed_or_was_held_since_a_time_is_counted_first_and_sent_again(
    hub: Runtime, receiver: Receiver, clock: FixedClock
) -> None:
    made = listen(hub, receiver)
    tell(hub)
    clock.advance(days=1)
    since = clock.now
    endpoints.disable(hub, made.endpoint.public_id, actor=IAN.email)
    tell(hub, 3)
    endpoints.enable(hub, made.endpoint.public_id, actor=IAN.email)
    assert send(hub) == 0
    with hub.reading() as session:
        key = made.endpoint.public_id
        assert delivery_orders.count_to_replay(hub, session, key, since) == 3
        assert delivery_orders.count_to_replay(hub, session, key, since - timedelta(days=2)) == 4
    assert delivery_orders.replay_all(hub, key, since, actor=IAN.email) == 3
    assert send(hub) == 3


def test_deliveries_are_paged_from_the_latest_and_filtered(
    hub: Runtime, receiver: Receiver, clock: FixedClock
) -> None:
    made = listen(hub, receiver)
    tell(hub, 5)
    send(hub)
    receiver.reply(Reply(404))
    clock.advance(seconds=1)  # ids of one moment come in no order
    tell(hub, 2)
    send(hub)
    with hub.reading() as session:
        first = delivery_views.deliveries(session, endpoint=made.endpoint.public_id, limit=4)
        rest = delivery_views.deliveries(session, before=first.older or "", limit=4)
        failing = delivery_views.deliveries(session, state=DeliveryState.WAITING)
        counted = delivery_views.count(session, hub.clock())
        one = delivery_views.deliveries(session, event=first.deliveries[0].event_id)
    found = [view.public_id for view in (*first.deliveries, *rest.deliveries)]
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == 7
    assert rest.older is None
    assert {view.status for view in failing.deliveries} == {404}
    assert (counted.delivered, counted.waiting, counted.held, counted.dead) == (5, 2, 0, 0)
    assert [view.public_id for view in one.deliveries] == [found[0]]


def test_an_opened_delivery_shows_question_and_answer_without_the_signature(
    hub: Runtime, receiver: Receiver
) -> None:
    listen(hub, receiver)
    receiver.reply(Reply(500, body=b"<script>x</script>\xff"))
    tell(hub)
    send(hub)
    with hub.reading() as session:
        shown = delivery_views.detail(hub, session, only(hub).public_id)
    assert '"number": 0' in shown.body
    assert "webhook-signature" not in shown.headers
    (attempt,) = shown.attempts
    assert (attempt.status, attempt.answer) == (500, "<script>x</script>\ufffd")


def test_old_deliveries_go_with_their_events_and_attempts(
    hub: Runtime, receiver: Receiver, clock: FixedClock
) -> None:
    listen(hub, receiver, path="/good")
    tell(hub)
    send(hub)
    listen(hub, receiver, path="/bad")
    receiver.reply(Reply(410))
    tell(hub)
    send(hub)
    clock.advance(days=31)
    assert delivery_orders.prune(hub) == 1
    with hub.reading() as session:
        assert len(session.scalars(select(Delivery)).all()) == 2
    clock.advance(days=60)
    assert delivery_orders.prune(hub) == 2
    with hub.reading() as session:
        for table in (Delivery, OutboxEvent, DeliveryAttempt):
            assert session.scalars(select(table)).all() == []


def test_an_event_stays_as_long_as_one_of_its_deliveries(
    hub: Runtime, receiver: Receiver, clock: FixedClock
) -> None:
    """What arrived at one endpoint is deleted before what did not at another, and both speak of one event."""
    listen(hub, receiver, path="/good")
    off = listen(hub, receiver, path="/off").endpoint.public_id
    endpoints.disable(hub, off, actor=IAN.email)
    tell(hub)
    assert send(hub) == 1
    clock.advance(days=31)
    assert delivery_orders.prune(hub) == 1
    with hub.reading() as session:
        left = session.scalars(select(Delivery)).one()
        shown = delivery_views.detail(hub, session, left.public_id)
    assert (left.state, '"number": 0' in shown.body) == (DeliveryState.HELD, True)


def test_a_test_never_calls_the_hub_itself(hub: Runtime, receiver: Receiver) -> None:
    """The port may have become ours after the address was typed in."""
    made = listen(hub, receiver)
    hub.own_ports = frozenset({int(receiver.url.rpartition(":")[2].partition("/")[0])})
    posted = delivery_orders.send_test(
        hub, made.endpoint.public_id, OutgoingType.WEBHOOK_TEST, actor=IAN.email
    )
    assert not posted.is_delivered
    assert receiver.told == []

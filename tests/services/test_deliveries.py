"""Outgoing webhooks: what is written with a fact, how it is sent, tried again, given up, held and sent once more."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.cast import IAN
from tests.conftest import FixedClock
from tests.receiver import Receiver, Reply, receiving
from webapp.domain.outgoing import OutgoingType
from webapp.integrations.kit.posting import signed_headers
from webapp.models import Delivery, DeliveryAttempt, DeliveryState, Endpoint, EndpointState, LogEntry
from webapp.runtime import Runtime
from webapp.services import delivery_claims, delivery_sending, endpoint_secrets, endpoints, outbox
from webapp.services.endpoints import WithSecret
from webapp.services.outbox import News

CREATED = OutgoingType.BOOKING_CREATED


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


def listen(
    hub: Runtime, receiver: Receiver, *events: str, path: str = "", personal: bool = False
) -> WithSecret:
    return endpoints.add(
        hub,
        url=receiver.url + path,
        events=events or (CREATED,),
        actor=IAN.email,
        includes_personal=personal,
    )


def tell(hub: Runtime, count: int = 1, kind: OutgoingType = CREATED) -> int:
    with hub.writing() as session:
        news = [
            News(kind, hub.clock(), {"number": number}, personal={"guest_name": "Ana"})
            for number in range(count)
        ]
        return outbox.tell(session.connection(), hub.clock(), news)


def send(hub: Runtime) -> int:
    return sum(delivery_sending.process(hub, key, owner="test") for key in delivery_claims.due_endpoints(hub))


def only(hub: Runtime) -> Delivery:
    with hub.reading() as session:
        return session.scalars(select(Delivery)).one()


def endpoint(hub: Runtime) -> Endpoint:
    with hub.reading() as session:
        return session.scalars(select(Endpoint)).one()


def test_nothing_is_written_for_nobody(hub: Runtime, receiver: Receiver) -> None:
    assert tell(hub) == 0
    listen(hub, receiver, OutgoingType.TICKET_CREATED)
    assert tell(hub) == 0


def test_an_event_goes_out_signed_byte_by_byte_as_it_was_stored(
    hub: Runtime, receiver: Receiver, clock: FixedClock
) -> None:
    made = listen(hub, receiver)
    assert tell(hub) == 1
    clock.advance(minutes=3)
    assert send(hub) == 1
    (told,) = receiver.told
    body = json.loads(told.body)
    assert body == {
        "id": told.headers["webhook-id"],
        "type": "booking.created",
        "timestamp": "2026-07-14T10:30:00Z",
        "api_version": "1",
        "data": {"number": 0},
    }
    right = signed_headers(body["id"], clock.now, told.body, [made.secret])
    assert {name: told.headers[name] for name in right} == right
    row = only(hub)
    assert (row.state, row.tries, row.settled_at) == (DeliveryState.DELIVERED, 1, clock.now)
    assert endpoint(hub).last_success_at == clock.now
    assert send(hub) == 0


def test_names_go_only_where_they_were_asked_for(hub: Runtime, receiver: Receiver) -> None:
    listen(hub, receiver, path="/plain")
    listen(hub, receiver, path="/personal", personal=True)
    assert tell(hub) == 2
    send(hub)
    data = {told.path.rpartition("/")[2]: json.loads(told.body)["data"] for told in receiver.told}
    assert data == {"plain": {"number": 0}, "personal": {"number": 0, "guest_name": "Ana"}}


def test_tries_keep_to_the_calendar_and_to_one_id(
    hub: Runtime, receiver: Receiver, clock: FixedClock
) -> None:
    listen(hub, receiver)
    tell(hub)
    receiver.reply(Reply(500))
    waits = []
    for _ in range(10):
        assert send(hub) == 1
        row = only(hub)
        if row.next_try_at is not None:
            waits.append((row.next_try_at - clock.now).total_seconds())
            assert send(hub) == 0
            clock.now = row.next_try_at
    schedule = hub.settings.outbound_retry_schedule
    assert len(waits) == 9
    for wait, planned in zip(waits, schedule[1:], strict=True):
        assert 0.9 * planned <= wait <= 1.1 * planned
    assert (row.state, row.tries) == (DeliveryState.DEAD, 10)
    assert len({told.headers["webhook-id"] for told in receiver.told}) == 1
    assert len({told.headers["webhook-signature"] for told in receiver.told}) == 10
    with hub.reading() as session:
        attempts = session.scalars(select(DeliveryAttempt).order_by(DeliveryAttempt.id)).all()
    assert [one.status for one in attempts] == [500] * 10
    assert hub.vault.open(attempts[0].answer) == b"thanks"


def test_a_wish_for_rest_is_kept_and_never_shortens_the_wait(
    hub: Runtime, receiver: Receiver, clock: FixedClock
) -> None:
    listen(hub, receiver)
    tell(hub)
    receiver.reply(Reply(429, {"Retry-After": "600"}), Reply(503, {"Retry-After": "1"}))
    send(hub)
    assert only(hub).next_try_at == clock.now + timedelta(seconds=600)
    clock.advance(seconds=600)
    send(hub)
    planned = only(hub).next_try_at
    assert planned is not None
    assert planned >= clock.now + timedelta(seconds=270)


def test_what_was_not_tried_after_a_failure_keeps_its_turn(hub: Runtime, receiver: Receiver) -> None:
    listen(hub, receiver)
    tell(hub, 5)
    receiver.reply(Reply(429, {"Retry-After": "60"}))
    assert send(hub) == 1
    with hub.reading() as session:
        tries = sorted(session.scalars(select(Delivery.tries)))
        claims = set(session.scalars(select(Delivery.claimed_by)))
    assert tries == [0, 0, 0, 0, 1]
    assert claims == {None}


def test_a_receiver_that_asks_for_rest_gets_it_from_everything_that_waits(
    hub: Runtime, receiver: Receiver, clock: FixedClock
) -> None:
    listen(hub, receiver)
    tell(hub, 3)
    receiver.reply(Reply(503, {"Retry-After": "60"}), Reply())
    assert send(hub) == 1
    tell(hub)  # what comes meanwhile waits too
    clock.advance(seconds=59)
    assert send(hub) == 0
    clock.advance(seconds=2)
    assert send(hub) == 4


@pytest.mark.parametrize("status", [400, 302])
def test_a_wish_for_rest_counts_only_with_an_answer_that_means_it(
    hub: Runtime, receiver: Receiver, clock: FixedClock, status: int
) -> None:
    listen(hub, receiver)
    tell(hub, 2)
    receiver.reply(Reply(status, {"Retry-After": "86400"}), Reply())
    assert send(hub) == 2
    assert endpoint(hub).rests_until is None


def test_a_rest_that_a_wrong_clock_left_behind_binds_nobody(
    hub: Runtime, receiver: Receiver, clock: FixedClock
) -> None:
    listen(hub, receiver)
    tell(hub, 2)
    receiver.reply(Reply(503, {"Retry-After": "60"}), Reply())
    send(hub)
    clock.advance(days=-400)
    assert send(hub) == 2


def test_gone_switches_an_endpoint_off_and_what_comes_is_held(
    hub: Runtime, receiver: Receiver, clock: FixedClock
) -> None:
    made = listen(hub, receiver)
    tell(hub, 3)
    receiver.reply(Reply(410))
    send(hub)
    row = endpoint(hub)
    assert (row.state, row.disabled_because) == (EndpointState.DISABLED, "gone")
    assert tell(hub) == 1
    assert send(hub) == 0
    with hub.reading() as session:
        states = sorted(session.scalars(select(Delivery.state)))
        lines = list(session.scalars(select(LogEntry.action).where(LogEntry.level == "warning")))
    assert states == ["held"] * 4
    assert lines == ["endpoint.disabled"]
    endpoints.enable(hub, made.endpoint.public_id, actor=IAN.email)
    receiver.reply(Reply(200))
    tell(hub)
    assert send(hub) == 1  # what was held waits for a person


def test_five_days_without_one_success_switch_an_endpoint_off(
    hub: Runtime, receiver: Receiver, clock: FixedClock
) -> None:
    listen(hub, receiver)
    receiver.reply(Reply(500))
    tell(hub, 12)
    for _ in range(12):
        send(hub)
    assert endpoint(hub).failing_since == clock.now
    clock.advance(days=1)
    tell(hub)
    send(hub)
    assert endpoint(hub).state == EndpointState.ACTIVE
    assert endpoint(hub).told_failing_at == clock.now
    clock.advance(days=4)
    send(hub)
    row = endpoint(hub)
    assert (row.state, row.disabled_because) == (EndpointState.DISABLED, "failing")
    with hub.reading() as session:
        told = list(session.scalars(select(LogEntry.action).where(LogEntry.level == "warning")))
    assert told == ["endpoint.failing", "endpoint.disabled"]


def test_a_few_failures_in_five_days_switch_nothing_off(
    hub: Runtime, receiver: Receiver, clock: FixedClock
) -> None:
    listen(hub, receiver)
    receiver.reply(Reply(500))
    tell(hub, 2)
    send(hub), send(hub)
    clock.advance(days=6)
    send(hub)
    assert endpoint(hub).state == EndpointState.ACTIVE


def test_one_success_begins_the_count_anew(hub: Runtime, receiver: Receiver, clock: FixedClock) -> None:
    listen(hub, receiver)
    receiver.reply(Reply(500), Reply(200))
    tell(hub)
    send(hub)
    clock.advance(days=5)
    send(hub)
    assert endpoint(hub).failing_since is None


def test_a_claim_runs_out_and_is_nobody_elses_meanwhile(
    hub: Runtime, receiver: Receiver, clock: FixedClock
) -> None:
    listen(hub, receiver)
    tell(hub)
    key = endpoint(hub).id
    lost = delivery_claims.claim(hub, key, owner="first")
    assert len(lost.parcels) == 1
    assert delivery_claims.due_endpoints(hub) == []
    assert delivery_claims.claim(hub, key, owner="second").parcels == []
    clock.advance(seconds=61)
    assert send(hub) == 1
    assert only(hub).state == DeliveryState.DELIVERED


def test_both_secrets_sign_for_a_day_after_a_rotation(
    hub: Runtime, receiver: Receiver, clock: FixedClock
) -> None:
    old = listen(hub, receiver)
    new = endpoint_secrets.rotate_secret(hub, old.endpoint.public_id, actor=IAN.email)
    counts = []
    for _ in range(2):
        tell(hub)
        send(hub)
        counts.append(receiver.told[-1].headers["webhook-signature"].split(" "))
        clock.advance(hours=24)
    told = receiver.told[0]
    both = signed_headers(
        told.headers["webhook-id"], clock.now - timedelta(hours=48), told.body, [new.secret, old.secret]
    )
    assert [len(one) for one in counts] == [2, 1]
    assert " ".join(counts[0]) == both["webhook-signature"]
    endpoint_secrets.rotate_secret(hub, old.endpoint.public_id, actor=IAN.email)
    endpoint_secrets.end_old_secret(hub, old.endpoint.public_id, actor=IAN.email)
    tell(hub)
    send(hub)
    assert len(receiver.told[-1].headers["webhook-signature"].split(" ")) == 1


def test_a_removed_endpoint_hears_nothing_more(hub: Runtime, receiver: Receiver) -> None:
    made = listen(hub, receiver)
    tell(hub)
    endpoints.remove(hub, made.endpoint.public_id, actor=IAN.email)
    assert tell(hub) == 0
    assert send(hub) == 0
    assert only(hub).state == DeliveryState.DEAD

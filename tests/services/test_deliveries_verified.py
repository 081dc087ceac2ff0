"""What is sent, judged by the specification's own package instead of by us."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tests.cast import IAN
from tests.conftest import FixedClock
from tests.receiver import Receiver, Reply, Told, receiving
from tests.services.test_deliveries import listen, only, send, tell
from webapp.domain.outgoing import OutgoingType
from webapp.runtime import Runtime
from webapp.services import delivery_orders, endpoint_secrets, outbox
from webapp.services.outbox import News
from webapp.vault import Secret


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture(autouse=True)
def today(clock: FixedClock) -> None:
    """The package looks at the machine's clock: five minutes either way."""
    clock.now = datetime.now(UTC)


def verified(secret: Secret, told: Told) -> dict[str, object]:
    found: dict[str, object] = Webhook(secret.reveal()).verify(told.body, told.headers)
    return found


def test_a_delivery_is_accepted(hub: Runtime, receiver: Receiver) -> None:
    made = listen(hub, receiver)
    tell(hub)
    send(hub)
    (told,) = receiver.told
    assert verified(made.secret, told)["id"] == told.headers["webhook-id"]


def test_names_in_any_alphabet_are_accepted(hub: Runtime, receiver: Receiver) -> None:
    made = listen(hub, receiver, personal=True)
    name = {"guest_name": "Zoë Kovač, 李小龙 😀"}
    with hub.writing() as session:
        news = News(OutgoingType.BOOKING_CREATED, hub.clock(), {}, personal=name)
        outbox.tell(session.connection(), hub.clock(), [news])
    send(hub)
    assert verified(made.secret, receiver.told[0])["data"] == name


@pytest.mark.parametrize("kind", OutgoingType)
def test_a_test_of_every_kind_is_accepted(hub: Runtime, receiver: Receiver, kind: OutgoingType) -> None:
    made = listen(hub, receiver)
    delivery_orders.send_test(hub, made.endpoint.public_id, kind, actor=IAN.email)
    assert verified(made.secret, receiver.told[0])["type"] == kind


def test_after_a_rotation_the_old_and_the_new_secret_accept(hub: Runtime, receiver: Receiver) -> None:
    old = listen(hub, receiver)
    new = endpoint_secrets.rotate_secret(hub, old.endpoint.public_id, actor=IAN.email)
    tell(hub)
    send(hub)
    for secret in (old.secret, new.secret):
        verified(secret, receiver.told[0])
    endpoint_secrets.end_old_secret(hub, old.endpoint.public_id, actor=IAN.email)
    tell(hub)
    send(hub)
    verified(new.secret, receiver.told[1])
    with pytest.raises(WebhookVerificationError):
        verified(old.secret, receiver.told[1])


def test_a_second_try_and_a_replay_are_signed_anew_and_accepted(
    hub: Runtime, receiver: Receiver, clock: FixedClock
) -> None:
    made = listen(hub, receiver)
    receiver.reply(Reply(500), Reply(200))
    tell(hub)
    send(hub)
    clock.advance(seconds=10)
    send(hub)
    delivery_orders.replay(hub, only(hub).public_id, actor=IAN.email)
    clock.advance(seconds=1)
    send(hub)
    assert len({told.headers["webhook-signature"] for told in receiver.told}) == 3
    assert len({json.dumps(verified(made.secret, told)) for told in receiver.told}) == 1


def test_a_changed_body_is_refused(hub: Runtime, receiver: Receiver) -> None:
    made = listen(hub, receiver)
    tell(hub)
    send(hub)
    (told,) = receiver.told
    with pytest.raises(WebhookVerificationError):
        verified(made.secret, Told(told.path, told.headers, told.body.replace(b"0", b"1")))
